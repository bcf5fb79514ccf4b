#pragma once

#include <iterator>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "grammar_training.hpp"
#include "livegrad/spec.hpp"
#include "rules.hpp"

/// What a spec is: the structures that it is read into, and for each the function describe() that lists its fields. A
/// visitor that reads, one that writes and one that makes the JSON Schema all go through the same lists.
namespace livegrad::spec {

struct AddOptions {};
struct MultiplyOptions {};
struct ConcatOptions {};
struct FlattenOptions {};
struct ReshapeOptions {
  Shape example;
};
struct LastStepOptions {};
struct MeanOverStepsOptions {};
struct RepeatStepsOptions {
  std::int64_t steps = 1;
};
template <CellType type>
struct CellOptions : RecurrentOptions {
  std::string encoder;  ///< the layer that initial names
  CellOptions() { cell = type; }
};
struct BlockOptions {
  std::int64_t repeat = 1;
};

/// What a loss over targets comes close to.
enum class TargetSource : std::int32_t {
  data,   ///< what the data set gives: numbers, or a label's one-hot code
  input,  ///< the network's own input: an autoencoder
};
constexpr std::string_view to_string(TargetSource source) {
  return source == TargetSource::data ? "data" : "input";
}

struct LossLayer : LossOptions {
  TargetSource source = TargetSource::data;
};

using LayerOptions =
    std::variant<ConvOptions, DenseOptions, PoolOptions, ActivationOptions, MaxoutOptions, DropoutOptions,
                 BatchNormOptions, LayerNormOptions, LocalResponseNormOptions, LocalContrastNormOptions,
                 AddOptions, MultiplyOptions, ConcatOptions, FlattenOptions, ReshapeOptions, HighwayOptions,
                 ResidualOptions, BlockOptions, EmbeddingOptions, Conv1dOptions, CellOptions<CellType::rnn>,
                 CellOptions<CellType::gru>, CellOptions<CellType::lstm>, LastStepOptions,
                 MeanOverStepsOptions, RepeatStepsOptions, LossLayer>;

/// The key that says what a layer is, in the variant's order.
inline constexpr std::string_view kKinds[] = {"conv",
                                              "dense",
                                              "pool",
                                              "act",
                                              "maxout",
                                              "dropout",  //
                                              "batch_norm",
                                              "layer_norm",
                                              "local_response_norm",
                                              "local_contrast_norm",  //
                                              "add",
                                              "multiply",
                                              "concat",
                                              "flatten",
                                              "reshape",  //
                                              "highway",
                                              "residual",
                                              "block",
                                              "embedding",
                                              "conv1d",
                                              "rnn",
                                              "gru",
                                              "lstm",
                                              "last_step",
                                              "mean_over_steps",
                                              "repeat_steps",  //
                                              "loss"};
static_assert(std::size(kKinds) == std::variant_size_v<LayerOptions>);

struct LayerSpec {
  std::string name;               ///< among its neighbours: "conv1"
  std::string path;               ///< JSON pointer
  std::vector<std::string> from;  ///< empty: the layer before
  LayerOptions options;
  std::vector<LayerSpec> layers;  ///< inside highway, residual and block

  std::string_view kind() const noexcept { return kKinds[options.index()]; }
};

struct Content {
  std::string schema, name, description;
  Semantics semantics = Semantics::livegrad;
  Input input;
  std::vector<LayerSpec> layers;
  TrainingOptions training;
  bool has_training = false;  ///< the JSON had that part
};

// Layers. The first field is the kind's.

template <class V>
void describe_weights(V& v, WeightOptions& w) {
  v.field("init", w.init, Initial{},
          "How the weights are drawn. By default he_normal before ReLU-like activations, "
          "else glorot_uniform; lecun_normal under ConvNetJS's semantics.");
  v.field("rate", w.rate, Number{0, 1000}, "Multiplies the learning rate of this layer; 0 freezes it.");
  v.field("l1", w.l1, Number{0, 1000},
          "Multiplies the L1 decay of its weights; 1 by default, 0 under ConvNetJS's "
          "semantics. Biases are never decayed.");
  v.field("l2", w.l2, Number{0, 1000}, "Multiplies the L2 decay of its weights.");
}

constexpr OneOf<Activation> kActivations{Activation::relu, Activation::softmax};
constexpr OneOf<Activation> kActivationsOrNone{Activation::none, Activation::softmax};
constexpr std::string_view kAct = "The activation that follows.";
constexpr std::string_view kDropout = "Share of the outputs dropped in training, after the activation.";
constexpr std::string_view kBias =
    "false: no bias; a number: where the biases start. By default 0; 0.1 before relu under "
    "ConvNetJS's semantics.";
constexpr std::string_view kInside = "The layers inside; \"input\" in their from is what this layer gets.";

template <class V>
void describe(V& v, ConvOptions& o) {
  v.field("conv", o.filters, Whole{1, kMaxUnits, "filters"}, "Convolution: number of filters.");
  v.field("kernel", o.kernel, Whole{1, 1024}, "Side of the square kernel.");
  v.field("stride", o.stride, Whole{1, 1024}, "Step between two places of the kernel.");
  v.field("pad", o.pad, Padding{},
          "Rows and columns of zeros on every side; \"same\" keeps the size at stride 1.");
  v.field("dilation", o.dilation, Whole{1, 1024}, "Distance between neighbours in the kernel.");
  v.field("groups", o.groups, Whole{1, kMaxUnits}, "Channels are split into so many groups that do not mix.");
  v.field("connections", o.connections, Connections{o.filters},
          "Which filter sees which channel: all (full), LeNet-5's C3 table, or rows of 0 and 1.");
  v.field("act", o.act, kActivationsOrNone, kAct);
  v.field("dropout", o.dropout, Number{0, 1, false, true}, kDropout);
  v.field("bias", o.bias, BiasStart{}, kBias);
  describe_weights(v, o.weights);
}

template <class V>
void describe(V& v, DenseOptions& o) {
  v.field("dense", o.units, Units{},
          "Fully connected layer: number of units; \"symbols\": one for each symbol of the input. A sequence "
          "is taken "
          "step by step.");
  v.field("act", o.act, kActivationsOrNone, kAct);
  v.field("dropout", o.dropout, Number{0, 1, false, true}, kDropout);
  v.field("bias", o.bias, BiasStart{}, kBias);
  describe_weights(v, o.weights);
}

template <class V>
void describe(V& v, PoolOptions& o) {
  v.field("pool", o.kernel, Window{}, "Pooling: side of the square window, or the whole map.");
  v.field("type", o.type, OneOf<ops::PoolType>{ops::PoolType::max, ops::PoolType::l2},
          "What is kept of a window.");
  v.field("stride", o.stride, Whole{1, 1024}, "Step between two windows; by default their side.");
  v.field("pad", o.pad, Whole{0, 1024}, "Rows and columns outside the map that a window may reach.");
}

template <class V>
void describe(V& v, ActivationOptions& o) {
  v.field("act", o.type, kActivations, "Activation.");
  if (v.applies(o.type == Activation::leaky_relu)) {
    v.field("slope", o.slope, Number{0, 1}, "leaky_relu: slope below 0.");
  }
  if (v.applies(o.type == Activation::elu)) {
    v.field("alpha", o.alpha, Number{0, 1000, true}, "elu: minus the limit at −∞.");
  }
}

template <class V>
void describe(V& v, MaxoutOptions& o) {
  v.field("maxout", o.group, Whole{2, kMaxUnits}, "The largest of so many neighbouring channels.");
}

template <class V>
void describe(V& v, DropoutOptions& o) {
  v.field("dropout", o.rate, Number{0, 1, false, true}, "Share of the values dropped in training.");
}

template <class V>
void describe(V& v, BatchNormOptions& o) {
  v.field("batch_norm", o, Always{}, "Batch normalisation.");
  v.field("momentum", o.momentum, Number{0, 1, true}, "Weight of the new batch in the running statistics.");
  v.field("epsilon", o.epsilon, Number{1e-12, 1}, "Added to the variance.");
  v.field("rate", o.rate, Number{0, 1000}, "Multiplies the learning rate of gamma and shift.");
}

template <class V>
void describe(V& v, LayerNormOptions& o) {
  v.field("layer_norm", o, Always{}, "Layer normalisation.");
  v.field("epsilon", o.epsilon, Number{1e-12, 1}, "Added to the variance.");
  v.field("rate", o.rate, Number{0, 1000}, "Multiplies the learning rate of gamma and shift.");
}

template <class V>
void describe(V& v, LocalResponseNormOptions& o) {
  v.field("local_response_norm", o.window, Whole{1, kMaxUnits},
          "Across this many neighbouring channels, an odd number.");
  v.field("k", o.k, Number{0, 1000, true}, "Added to the weighted sum of squares.");
  v.field("alpha", o.alpha, Number{0, 1000}, "Weight of the sum of squares.");
  v.field("power", o.power, Number{0, 10, true}, "What the sum is raised to.");
}

template <class V>
void describe(V& v, LocalContrastNormOptions& o) {
  v.field("local_contrast_norm", o.window, Whole{1, 255}, "Side of the Gaussian window, an odd number.");
  v.field("epsilon", o.epsilon, Number{1e-12, 1}, "Least deviation divided by.");
}

template <class V>
void describe(V& v, AddOptions& o) {
  v.field("add", o, Always{}, "Sum of the layers named in from.");
}
template <class V>
void describe(V& v, MultiplyOptions& o) {
  v.field("multiply", o, Always{}, "Product, element by element, of the layers named in from.");
}
template <class V>
void describe(V& v, ConcatOptions& o) {
  v.field("concat", o, Always{}, "The layers named in from side by side, along the channels.");
}
template <class V>
void describe(V& v, FlattenOptions& o) {
  v.field("flatten", o, Always{}, "All numbers of an example in one row.");
}
template <class V>
void describe(V& v, ReshapeOptions& o) {
  v.field("reshape", o.example, Extents{4, false}, "Another shape for the same numbers.");
}

template <class V>
void describe(V& v, HighwayOptions& o) {
  v.layers("highway", kInside);
  v.field("kernel", o.kernel, Whole{1, 1023}, "Side of the gate's kernel on maps, an odd number.");
  v.field("bias", o.bias, Number{-1000, 1000},
          "Where the gate's biases start; negative lets the input through.");
  describe_weights(v, o.weights);
}

template <class V>
void describe(V& v, ResidualOptions& o) {
  v.layers("residual", kInside);
  v.field("project", o.project, Flag{},
          "Bring the input to the layers' shape by a 1x1 convolution without bias.");
  v.field("act", o.act, kActivationsOrNone, "The activation after the sum.");
  describe_weights(v, o.weights);
}

template <class V>
void describe(V& v, EmbeddingOptions& o) {
  v.field("embedding", o.units, Whole{1, kMaxUnits, "numbers"},
          "So many learned numbers for each symbol. By default drawn from N(0, 1).");
  describe_weights(v, o.weights);
}

template <class V>
void describe(V& v, Conv1dOptions& o) {
  v.field("conv1d", o.filters, Whole{1, kMaxUnits, "filters"}, "Convolution over time: number of filters.");
  v.field("kernel", o.kernel, Whole{1, 1024}, "Steps that a filter sees.");
  v.field("stride", o.stride, Whole{1, 1024}, "Steps between two places of the kernel.");
  v.field("dilation", o.dilation, Whole{1, 1024}, "Distance between neighbours in the kernel.");
  v.field("causal", o.causal, Flag{},
          "A time-delay layer: each step sees itself and steps before it, with zeros before the first.");
  v.field("act", o.act, kActivationsOrNone, kAct);
  v.field("dropout", o.dropout, Number{0, 1, false, true}, kDropout);
  v.field("bias", o.bias, BiasStart{}, kBias);
  describe_weights(v, o.weights);
}

template <class V, CellType type>
void describe(V& v, CellOptions<type>& o) {
  v.field(to_string(type), o.units, Whole{1, kMaxUnits, "units"},
          type == CellType::rnn ? "Plain recurrent layer over a sequence: number of units."
          : type == CellType::gru
              ? "Gated recurrent units over a sequence, the reset gate after the product: number "
                "of units."
              : "Long short-term memory over a sequence: number of units.");
  v.field("layers", o.layers, Whole{1, kMaxStackedLayers}, "So many of them, each on the one before.");
  v.field("dropout", o.dropout, Number{0, 1, false, true},
          "Share of the values dropped between stacked layers.");
  v.field("bidirectional", o.bidirectional, Flag{},
          "A second one runs from the last step to the first; their outputs stand side by side.");
  v.field("pyramid", o.pyramid, Flag{},
          "Each stacked layer after the first takes two steps as one, which halves the sequence.");
  v.field("carry", o.carry, Flag{},
          "Begin each batch with the state at the end of the one before, as for text cut into pieces; else "
          "with zeros.");
  v.field("initial", o.encoder, Name{},
          "Begin with the state at the end of this earlier layer of the same kind: a decoder's encoder.");
  if constexpr (type == CellType::rnn) {
    v.field("act", o.act, OneOf<RnnActivation>{RnnActivation::tanh, RnnActivation::relu},
            "Activation of the new state.");
    v.field("leak", o.leak, Number{0, 1, true}, "Weight of the new state; what is left keeps the old one.");
    v.field("echo", o.echo, Flag{}, "An echo state network: its weights stay as drawn.");
    v.field(
        "spectral_radius", o.spectral_radius, Number{0, 100},
        "Scale the recurrent weights to this spectral radius at the start; 0: as drawn. At most 512 units.");
  }
  if constexpr (type == CellType::lstm) {
    v.field("forget_bias", o.forget_bias, Number{-100, 100}, "Where the forget gate's biases start.");
    v.field("peephole", o.peephole, Flag{}, "Let the gates see the cell.");
  }
  v.field("layer_norm", o.layer_norm, Flag{},
          type == CellType::lstm
              ? "Normalise the input's product, the recurrent product and, before its tanh, the cell."
              : "Normalise the input's product and the recurrent product, each over all gates.");
  v.field("bias", o.bias, Flag{}, "Whether there are biases, which start at 0.");
  v.field("recurrent_init", o.recurrent_init, Initial{},
          "How the recurrent weights are drawn. By default orthogonal.");
  describe_weights(v, o.weights);
}

template <class V>
void describe(V& v, LastStepOptions& o) {
  v.field("last_step", o, Always{}, "The last step of a sequence that is no padding.");
}
template <class V>
void describe(V& v, MeanOverStepsOptions& o) {
  v.field("mean_over_steps", o, Always{}, "The mean over the steps of a sequence that are no padding.");
}
template <class V>
void describe(V& v, RepeatStepsOptions& o) {
  v.field("repeat_steps", o.steps, Whole{1, kMaxUnits, "steps"}, "A sequence of so many times the same.");
}

template <class V>
void describe(V& v, BlockOptions& o) {
  v.layers("block", kInside);
  v.field("repeat", o.repeat, Whole{1, kMaxLayers, "times"},
          "The layers stand there so many times, one after another.");
}

template <class V>
void describe(V& v, LossLayer& o) {
  v.field("loss", o.type, OneOf<LossType>{LossType::softmax, LossType::poisson},
          "What training makes small: softmax is the cross-entropy of the softmax.");
  if (v.applies(o.type == LossType::softmax)) {
    v.field("smoothing", o.smoothing, Number{0, 1, false, true},
            "softmax: share of the target spread over all classes.");
  }
  if (v.applies(o.type == LossType::hinge)) {
    v.field("margin", o.margin, Number{0, 1e6, true}, "hinge: by how much the right class must lead.");
  }
  if (v.applies(o.type != LossType::softmax && o.type != LossType::hinge)) {
    v.field("target", o.source, OneOf<TargetSource>{TargetSource::data, TargetSource::input},
            "The other losses: come close to what the data give, or to the network's own input.");
  }
}

/// How many names `from` takes.
inline From from_rule(const LayerOptions& options) {
  const bool joins = std::holds_alternative<AddOptions>(options) ||
                     std::holds_alternative<MultiplyOptions>(options) ||
                     std::holds_alternative<ConcatOptions>(options);
  return joins ? From{2, 64} : From{1, 1};
}

template <class V>
void describe(V& v, LayerSpec& layer) {
  std::visit([&](auto& options) { describe(v, options); }, layer.options);
  v.field("name", layer.name, Name{},
          "Stable name, unique among its neighbours; by default the kind and a number.");
  v.field("from", layer.from, from_rule(layer.options),
          "What it gets: names of earlier layers; by default the one before.");
}

template <class V>
void describe(V& v, Content& o) {
  v.field("$schema", o.schema, Text{300}, "Where an editor finds this schema.");
  v.field("name", o.name, Text{100}, "What the network is called.");
  v.field("description", o.description, Text{2000}, "What it is for.");
  const Semantics before = o.semantics;
  v.field("semantics", o.semantics, OneOf<Semantics>{Semantics::livegrad, Semantics::convnetjs},
          "Whose conventions fill in what is not said. convnetjs: weights N(0, 1/fan-in), biases 0.1 before "
          "relu, L1 decay "
          "off for every layer, decay divided by the batch size.");
  if (o.semantics != before) o.training.optimizer.decay_per_example = o.semantics == Semantics::convnetjs;
  v.field("input", o.input, InputRule{},
          "Shape of one example after cropping: [channels, height, width] or [features]; or a sequence of "
          "symbols, as of "
          "text, or of features.");
  v.layers("layers", "The network, from the input to the loss.");
  v.object("training", o.training, "How it is trained.");
}

}  // namespace livegrad::spec
