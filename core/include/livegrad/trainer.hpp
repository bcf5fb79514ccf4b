#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "livegrad/data.hpp"
#include "livegrad/history.hpp"
#include "livegrad/optim.hpp"
#include "livegrad/schedule.hpp"
#include "livegrad/spec.hpp"
#include "livegrad/text.hpp"

namespace livegrad {

/// What one training step did. Steps never throw. Of a text every predicted character is an example.
struct StepResult {
  double loss = 0;            ///< mean over the batch, nats for softmax, without the decay terms
  std::int64_t examples = 0;  ///< in this batch
  std::int64_t correct = 0;   ///< among them, before the update; -1 when the loss has no classes
  std::uint64_t step = 0;     ///< updates so far, this one included
  double epoch = 0;           ///< passes over the training examples so far
  double rate = 0;            ///< learning rate used
  double forward_ms = 0;      ///< wall-clock milliseconds of the forward pass, without making the batch ready
  double backward_ms = 0;     ///< of the backward pass and the update
  double gradient_norm = 0;   ///< over all parameters, before clipping
  bool clipped = false;       ///< the norm was above clip_norm
  bool clipped_value = false;  ///< some gradient was beyond clip_value
  /// The first value, in forward order, that went NaN or infinite ("conv1.out", "conv1.weight gradient"); empty when all
  /// is well. Otherwise nothing has changed: weights, statistics, step and place in the data are as before, so that the
  /// next step would see the same again. Valid until the network is recompiled.
  std::string_view first_nonfinite;
};

/// Loss and accuracy over a set of examples, or of predicted characters.
struct Evaluation {
  std::int64_t examples = 0, correct = 0;  ///< correct is -1 when the loss has no classes
  double loss_sum = 0;
  std::vector<std::int64_t>
      confusion;  ///< [classes,classes]: row true class, column predicted; empty for a text

  double loss() const noexcept { return examples ? loss_sum / double(examples) : 0; }
  /// Percent wrong; NaN without classes.
  double error() const noexcept;
  struct Interval {
    double low, high;
  };
  /// 95 % score interval of the error in percent.
  /// Ref     Wilson 1927, "Probable inference, the law of succession, and statistical inference"
  Interval interval() const noexcept;
};

/// What became of the data when a checkpoint was loaded.
struct LoadResult {
  enum class Data : std::int32_t {
    none,  ///< there were none; set_data goes on at the checkpoint's place if it gets the checkpoint's data
    same,  ///< by name and sizes: the next step is the one that the saved run would have done
    different,  ///< learning goes on with them, from the beginning of a pass
    unfit,      ///< the network cannot take them: they were let go, call set_data
  };
  Data data = Data::none;
  std::string data_name;  ///< of the data set that the checkpoint was learning from; empty: none
};

/// Of a text, test is what its TextSplit holds out, and validation the hold_out of the training options, cut from the
/// training part: to choose checkpoints by.
enum class Split : std::int32_t { training, validation, test };

/// In how many of the steps so far gradients were clipped.
struct ClipCount {
  std::uint64_t steps = 0;
  std::uint64_t by_norm = 0, by_value = 0;  ///< scaled to clip_norm; some gradient clamped to clip_value
};

/// Trains one network on one data set: owns parameters, graphs and the place in the data. Everything that happens
/// follows from the spec, the seed and the data, on every target of the same family of bits.
class Trainer {
 public:
  struct Impl;  ///< for the library's own sources

  /// Compiles the spec and draws the initial weights from its seed.
  /// Errors  invalid_spec, shape_mismatch, out_of_memory
  Trainer(Device& device, Spec spec);
  ~Trainer();
  Trainer(Trainer&&) noexcept;

  /// The examples to learn from and to test on (test may be null). Their shape after cropping must be the network's input.
  /// Learning goes on where it is when name and sizes are those of the data before; otherwise from the beginning of a pass.
  /// Errors  shape_mismatch; invalid_data when a label has no class or the hold-out leaves nothing; nothing has changed
  void set_data(std::shared_ptr<const Dataset> training, std::shared_ptr<const Dataset> test);

  /// The text to learn from, for a network over symbols whose last layer has one unit for each. With carried state every
  /// row of a batch runs through its own part of the text, and the state begins at zero at the start of a pass; without,
  /// windows come in random order. Learning goes on where it is when the text and split are those of before.
  /// Errors  shape_mismatch when the vocabulary has not the network's number of symbols or no label fits each step;
  ///         invalid_data when the text is too short; invalid_argument when hold_out leaves nothing; nothing has changed
  void set_text(std::shared_ptr<const Text> text, TextSplit split);
  /// Of the text that is or was learned from; empty without one.
  const Vocabulary& vocabulary() const noexcept;
  TextSplit text_split() const noexcept;
  ClipCount clipped() const noexcept;

  /// Learns from the next batch; the last one of a pass may be short. Allocates nothing. Without data it does nothing.
  StepResult step() noexcept;
  /// Whether options().epochs are done, early stopping has said enough, or there are no data.
  bool finished() const noexcept;
  /// The weights, statistics, optimiser, place in the data and curves as after construction, from `seed`; options stay.
  void start_over(std::uint64_t seed) noexcept;

  /// Adds examples [first, first + count) of a split to `into`, so that a page can test in slices; allocates at most
  /// its confusion matrix. Of a text, slices follow one another from 0 on, so that the state is carried, and whole batches
  /// of windows that begin in the slice count. Uses the averaged weights where there are some. Changes nothing that learning depends on.
  /// With four test crops a loss is the mean of the crops' losses, a prediction that of their mean probabilities. Of
  /// equal scores the first counts as predicted. `probabilities` [count,classes], where given, gets those of each example
  /// added, the mean over test crops: to average networks by. Not of a text.
  void evaluate(Split split, std::int64_t first, std::int64_t count, Evaluation& into,
                std::span<real> probabilities = {});
  std::int64_t size(Split split) const noexcept;
  /// All of a split.
  Evaluation evaluate(Split split);
  /// Tells schedules and early stopping about a finished validation; adds it to the history. True when its loss is the
  /// smallest of the run so far.
  bool report_validation(const Evaluation& evaluation) noexcept;

  /// The settings in force; those of the spec until changed.
  const TrainingOptions& options() const noexcept;
  /// Changes settings between two steps: all but seed and hold_out, which start_over looks at, take effect at once. A
  /// batch above the capacity recompiles and keeps weights and optimiser; another optimiser keeps the slots it shares.
  /// Errors  invalid_argument: one sentence; nothing is changed
  void set_options(const TrainingOptions& options);

  /// Another network: parameters, state and optimiser slots whose layer id, role and shape still fit move over; the rest
  /// start from the seed. Step, place in the data and history go on; so do the options unless the spec has its own.
  /// Errors  as the constructor; then nothing has changed
  /// Returns the names of the parameters that were kept.
  std::vector<std::string> replace(Spec spec);

  const Spec& spec() const noexcept;
  const Network& network() const noexcept;
  const Graph& graph()
      const noexcept;  ///< of training: values of the last batch, those that schedule() keeps
  const Schedule& schedule() const noexcept;  ///< and the gradients of the last batch
  ParamStore& params() noexcept;
  const ParamStore& params() const noexcept;
  const History& history() const noexcept;
  std::uint64_t step_count() const noexcept;
  double epoch() const noexcept;
  /// Examples, of a text characters, of a whole pass.
  std::int64_t pass_size() const noexcept;
  /// Examples learned from so far, over all passes.
  std::uint64_t examples_seen() const noexcept;
  Device& device() const noexcept;
  /// Examples of the last batch.
  std::int64_t live_examples() const noexcept;

  /// The whole state of training as a safetensors file: weights, statistics, optimiser, averages; in its metadata the
  /// spec, options, step, place in the data and history. Loading it gives the same next loss, bit for bit.
  std::vector<std::uint8_t> save() const;
  /// Network and options become the checkpoint's, whatever they were.
  /// Errors  invalid_checkpoint; then nothing has changed
  LoadResult load(std::span<const std::uint8_t> file);

 private:
  friend class Probe;
  friend class Sampler;
  std::unique_ptr<Impl> impl_;
};

/// A second, small graph over the trainer's weights, in evaluation mode, to look at examples of one's choice while
/// learning goes on: activations, and gradients of the loss with respect to values, input and (into arrays of its own)
/// parameters. Looking changes nothing.
class Probe {
 public:
  /// Valid until the trainer is replaced or loaded. capacity: most examples looked at together.
  Probe(Trainer& trainer, std::int64_t capacity = 1);
  ~Probe();
  Probe(Probe&&) noexcept;

  /// Input values [C,H,W] as the network sees them, after scaling and cropping; targets are 0. label -1: none (loss 0,
  /// gradients 0).
  /// Errors  invalid_argument when slot, label or the number of pixels is out of range
  void set_input(std::int64_t slot, std::span<const real> pixels, std::int32_t label);
  /// Symbols for the steps of a slot, each of which the network is to predict from those before it; steps beyond them
  /// have no label. The slot begins with a carried state of zero.
  /// Errors  invalid_argument when slot or a symbol is out of range, or there are not 1 to steps + 1 of them; unsupported
  ///         when the network takes no symbols
  void set_symbols(std::int64_t slot, std::span<const std::int32_t> symbols);
  /// An example of a split, as in evaluation, cut at the centre.
  /// Errors  invalid_argument when slot or index is out of range
  void set_example(std::int64_t slot, Split split, std::int64_t index);
  /// Forward for the first `examples` slots; backward too when asked.
  void run(std::int64_t examples, bool backward) noexcept;

  const Graph& graph() const noexcept;
  const Schedule& schedule() const noexcept;
  const Network& network() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace livegrad
