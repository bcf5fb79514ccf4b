#include <string>

#include "impl.hpp"
#include "livegrad/error.hpp"

namespace livegrad {
void Trainer::set_options(const TrainingOptions& options) {
  Impl& s = *impl_;
  Spec spec = s.spec.with(options);
  const int slots = slots_of(options.optimizer.type);

  // What can fail comes first, into places of its own.
  Data data;
  if (s.data.training) {
    data = s.open(s.data.training, s.data.test, options);
    if (options.hold_out >= data.training->size())
      throw_error(ErrorCode::invalid_argument, "training",
                  "hold_out is {} of {} examples. Leave some to learn from.", options.hold_out,
                  data.training->size());
  }
  if (s.data.text) {
    data = s.open_text(s.data.text, s.data.identity.split, options.hold_out);  // whether the hold-out fits
    data.parts = s.data.parts;
  }
  std::unique_ptr<Compiled> training;
  if (options.batch > s.training->graph.capacity())
    training = std::make_unique<Compiled>(s.device, s.params, s.spec, options.batch, slots,
                                          Wrt{.parameter_groups = 1}, Keep::targets, false);
  const bool averages = options.average_decay > 0, averaged = s.evaluator.average != nullptr;
  Evaluator evaluator;
  if (averages != averaged) evaluator = s.make_evaluator(averages);
  if (options.optimizer.type != s.options().optimizer.type)
    s.params.set_slots(slots, shared_slots(options.optimizer.type, s.options().optimizer.type));

  if (averages != averaged) {
    s.evaluator = std::move(evaluator);
    s.reset_average();
  }
  if (training) {
    s.carried_backup.resize(training->carried_size());
    s.training = std::move(training);
  }
  if (s.has_data()) s.data = std::move(data);
  if (s.data.text) s.streams.set_batch(options.batch);
  s.spec = std::move(spec);
}

Data Trainer::Impl::open(std::shared_ptr<const Dataset> train, std::shared_ptr<const Dataset> test,
                         const TrainingOptions& o) const {
  Data opened;
  opened.training = std::move(train);
  opened.test = std::move(test);
  const Network& network = training->network;
  if (network.symbols > 0)
    throw_error(ErrorCode::shape_mismatch, "data",
                "The network takes symbols, and \"{}\" is not a text. Give it a text.",
                opened.training->name);
  const std::int64_t outputs = training->graph.shape(network.output, 1).size();
  opened.encodes_labels = network.targets.index >= 0 && opened.training->targets.size() == 0;
  const auto open_one = [&](const std::shared_ptr<const Dataset>& set) {
    auto reader = std::make_unique<BatchReader>(set, o.scaling, o.augmentation, progress.seed);
    const Shape shape = reader->sample_shape();
    // A network over a row of features takes samples of any shape with so many numbers: they lie in a row.
    const bool fits = network.input_shape.rank() == 1 ? shape.size() == network.input_shape.size()
                                                      : shape == network.input_shape;
    if (!fits)
      throw_error(ErrorCode::shape_mismatch, "data",
                  "The network takes inputs of {}, and those of \"{}\" are {}{}. Change the network's input "
                  "or the crop.",
                  network.input_shape, set->name, shape, o.augmentation.crop > 0 ? " after cropping" : "");
    if (network.labels.index >= 0 || opened.encodes_labels) {
      if (set->labels.size() == 0)
        throw_error(ErrorCode::invalid_data, "data",
                    "\"{}\" has no labels, and the network's loss needs them. Use a loss over targets.",
                    set->name);
      for (const std::int32_t label : set->labels)
        if (label < 0 || label >= outputs)
          throw_error(
              ErrorCode::invalid_data, "data",
              "\"{}\" has the label {}, and the network has {} outputs. Give the last layer more units.",
              set->name, label, outputs);
    } else if (network.targets.index >= 0) {
      const std::int64_t needed = outputs;
      const std::int64_t given = set->targets.size() == 0 ? 0 : std::int64_t(set->targets.shape(1));
      if (given != needed)
        throw_error(ErrorCode::shape_mismatch, "data",
                    "The network's loss needs {} targets for each example, and \"{}\" has {}. Give the last "
                    "layer as many units.",
                    needed, set->name, given);
    }
    return reader;
  };
  opened.training_reader = open_one(opened.training);
  if (opened.test) opened.test_reader = open_one(opened.test);
  opened.identity = {.name = opened.training->name,
                     .origin = opened.training->origin,
                     .training = opened.training->size(),
                     .test = opened.test ? opened.test->size() : 0,
                     .shape = opened.training->sample_shape()};
  return opened;
}

void Trainer::Impl::take(Data taken) {
  const bool same = taken.identity == data.identity;
  const std::int64_t hold_out = same ? progress.hold_out : options().hold_out;
  if (hold_out >= taken.identity.training)
    throw_error(ErrorCode::invalid_data, "data",
                "\"{}\" has {} examples, and hold_out takes {}. Leave some to learn from.",
                taken.identity.name, taken.identity.training, hold_out);
  const std::uint64_t epoch = order.epoch();
  const std::int64_t position = same ? order.position() : 0;
  order.assign(taken.identity.training, hold_out, progress.seed);
  order.seek(epoch, position);
  progress.hold_out = hold_out;
  data = std::move(taken);
}

void Trainer::set_data(std::shared_ptr<const Dataset> training, std::shared_ptr<const Dataset> test) {
  impl_->take(impl_->open(std::move(training), std::move(test), impl_->options()));
}

}  // namespace livegrad
