#pragma once

#include "livegrad/spec.hpp"
#include "rules.hpp"

/// The fields of training options; see grammar.hpp.
namespace livegrad::spec {

/// The settings that differ from rule to rule.
inline void set_defaults(OptimizerOptions& o) {
  using enum OptimizerType;
  o.rate = o.type == adadelta ? 1 : o.type == rmsprop || o.type == adam || o.type == adamw ? 0.001 : 0.01;
  o.rho = o.type == rmsprop ? 0.9 : 0.95;
  o.epsilon = o.type == adadelta || o.type == windowgrad ? 1e-6 : 1e-8;
}

template <class V>
void describe(V& v, OptimizerOptions& o) {
  const OptimizerType before = o.type;
  v.field("type", o.type, OneOf<OptimizerType>{OptimizerType::sgd, OptimizerType::adamw}, "The update rule.");
  if (o.type != before) set_defaults(o);
  v.field("rate", o.rate, Number{0, 1000},
          "Learning rate; by default 1 for adadelta, 0.001 for rmsprop, adam and adamw, "
          "else 0.01.");
  v.field("momentum", o.momentum, Number{0, 1, false, true}, "momentum, nesterov: share of the last step.");
  v.field("rho", o.rho, Number{0, 1, false, true},
          "rmsprop, windowgrad, adadelta: share of the old average; by default "
          "0.9 for rmsprop, else 0.95.");
  v.field("beta1", o.beta1, Number{0, 1, false, true}, "adam, adamw: share of the old mean.");
  v.field("beta2", o.beta2, Number{0, 1, false, true}, "adam, adamw: share of the old square.");
  v.field("epsilon", o.epsilon, Number{1e-30, 1},
          "Added to denominators; by default 1e-6 for adadelta and windowgrad, "
          "else 1e-8.");
  v.field("l1", o.l1, Number{0, 1000}, "L1 decay: adds l1·sign(w) to the gradient.");
  v.field("l2", o.l2, Number{0, 1000},
          "L2 decay: adds l2·w to the gradient (adamw: shrinks the weight directly).");
  v.field("decay_per_example", o.decay_per_example, Flag{},
          "Divide l1 and l2 by the batch size, as ConvNetJS does.");
  v.field("clip_value", o.clip_value, Number{0, 1e6}, "Clamp each gradient to ± this; 0: no.");
  v.field("clip_norm", o.clip_norm, Number{0, 1e6},
          "Scale the gradient so that its norm is at most this; 0: no.");
}

template <class V>
void describe(V& v, ScheduleOptions& o) {
  v.field("type", o.type, OneOf<ScheduleType>{ScheduleType::constant, ScheduleType::halve_on_plateau},
          "How the learning rate changes.");
  v.field("every", o.every, Number{0, 1e6, true}, "step: epochs between two drops.");
  v.field("factor", o.factor, Number{0, 1, true}, "step: of each drop; exponential: of each epoch.");
  v.field("floor", o.floor, Number{0, 1}, "cosine: the share of the rate that is left at the end.");
  v.field("warmup", o.warmup, Number{0, 1e6}, "Epochs of linear rise from 0 before everything else.");
  v.field("hold", o.hold, Number{0, 1e6}, "Epochs of the whole rate after the warm-up.");
  v.field("patience", o.patience, Whole{0, 1000000},
          "halve_on_plateau: validations without improvement before halving.");
}

template <class V>
void describe(V& v, Scaling& o) {
  v.field("scale", o.scale, Number{-1e6, 1e6}, "Bytes are multiplied by this.");
  v.field("shift", o.shift, Number{-1e6, 1e6}, "Added after that.");
}

template <class V>
void describe(V& v, Augmentation& o) {
  v.field("crop", o.crop, Whole{0, 65536},
          "Side of the square cut out of each image, at a random place in training; "
          "0: none. It is the side of the network's input.");
  v.field("shift", o.shift, Whole{0, 1024}, "Most pixels of a random shift.");
  v.field("rotate", o.rotate, Number{0, 180}, "Most degrees of a random turn.");
  v.field("scale", o.scale, Number{0, 0.9}, "Most change of a random size, as a fraction.");
  v.field("elastic_alpha", o.elastic_alpha, Number{0, 1000},
          "Amplitude of a random elastic distortion, pixels.");
  v.field("elastic_sigma", o.elastic_sigma, Number{0.5, 16}, "Smoothness of the elastic distortion, pixels.");
  v.field("flip", o.flip, Flag{}, "Mirror half the images.");
}

template <class V>
void describe(V& v, TrainingOptions& o) {
  v.object("optimizer", o.optimizer, "The update rule; its type alone may be written instead.");
  v.object("schedule", o.schedule, "How the learning rate changes; its type alone may be written instead.");
  v.field("batch", o.batch, Whole{1, 65536, "examples"}, "Examples in one step.");
  v.field("epochs", o.epochs, Number{0, 1e6, true}, "Passes over the training examples.");
  v.field("hold_out", o.hold_out, Whole{0, 1000000000, "examples"}, "Training examples kept for validation.");
  v.field("seed", o.seed, Whole{0, (std::int64_t{1} << 53) - 1}, "Every random choice follows from it.");
  v.object("scaling", o.scaling, "How a byte of an image becomes a number.");
  v.object("augmentation", o.augmentation, "Random changes of training images.");
  v.field("test_crops", o.test_crops, Either{1, 4}, "Crops over which a test averages: the centre, or four.");
  v.field("patience", o.patience, Whole{0, 1000000},
          "Stop after so many validations without improvement; 0: never.");
  v.field("average_decay", o.average_decay, Number{0, 1, false, true},
          "Test with a moving average of the weights that keeps this share at each step; 0: no.");
}

}  // namespace livegrad::spec
