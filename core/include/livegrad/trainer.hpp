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

namespace livegrad {

/// What one training step did. Steps never throw.
struct StepResult {
  double loss = 0;           ///< mean over the batch, nats for softmax, without the decay terms
  std::int64_t examples = 0; ///< in this batch
  std::int64_t correct = 0;  ///< among them, before the update; -1 when the loss has no classes
  std::uint64_t step = 0;    ///< updates so far, this one included
  double epoch = 0;          ///< passes over the training examples so far
  double rate = 0;           ///< learning rate used
  double gradient_norm = 0;  ///< over all parameters, before clipping
  bool clipped = false;
  /// The first value, in forward order, that went NaN or infinite ("conv1.out", "conv1.weight gradient"); empty when all is
  /// well. Nothing was updated then.
  std::string_view first_nonfinite;
};

/// Loss and accuracy over a set of examples.
struct Evaluation {
  std::int64_t examples = 0, correct = 0;  ///< correct is -1 when the loss has no classes
  double loss_sum = 0;
  std::vector<std::int64_t> confusion;     ///< [classes,classes]: row true class, column predicted

  double loss() const noexcept { return examples ? loss_sum / double(examples) : 0; }
  /// Percent wrong.
  double error() const noexcept { return examples ? 100.0 * double(examples - correct) / double(examples) : 0; }
  /// 95 % Wilson score interval of the error in percent.
  struct Interval { double low, high; };
  Interval interval() const noexcept;
};

enum class Split : std::int32_t { training, validation, test };

/// Trains one network on one data set: owns parameters, graphs and the place in the data. Everything that happens
/// follows from the spec, the seed and the data, on every target of the same family of bits.
class Trainer {
 public:
  /// Compiles the spec and draws the initial weights from its seed.
  /// Errors  invalid_spec, shape_mismatch, out_of_memory
  Trainer(Device& device, Spec spec);
  ~Trainer();
  Trainer(Trainer&&) noexcept;

  /// The examples to learn from and to test on. Their shape (after cropping) must be the network's input.
  /// Errors  shape_mismatch, invalid_data when labels exceed the classes
  void set_data(std::shared_ptr<const Dataset> training, std::shared_ptr<const Dataset> test);

  /// Learns from the next batch. Allocates nothing. Call only with data.
  StepResult step() noexcept;
  /// Whether spec.training().epochs are done, or early stopping has said enough.
  bool finished() const noexcept;
  /// The weights, statistics, optimiser and place in the data as after construction, from `seed`.
  void start_over(std::uint64_t seed) noexcept;

  /// Adds examples [first, first + count) of a split to `into`; so a page can test in slices. Uses the averaged weights
  /// where there are some. Changes nothing that learning depends on.
  void evaluate(Split split, std::int64_t first, std::int64_t count, Evaluation& into) noexcept;
  std::int64_t size(Split split) const noexcept;
  /// All of a split.
  Evaluation evaluate(Split split);
  /// Tells schedules and early stopping about a finished validation; adds it to the history.
  void report_validation(const Evaluation& evaluation) noexcept;

  /// The settings in force; those of the spec until changed.
  const TrainingOptions& options() const noexcept;
  /// Changes settings between two steps: everything but seed and hold_out takes effect at once. A batch above the
  /// capacity recompiles and keeps weights and optimiser.
  /// Errors  invalid_argument: one sentence; nothing is changed
  void set_options(const TrainingOptions& options);

  /// Another network: parameters, state and optimiser slots whose layer id, role and shape still fit move over; the rest
  /// start from the seed. Step, place in the data and history go on.
  /// Errors  as the constructor; then nothing has changed
  /// Returns the names of the parameters that were kept.
  std::vector<std::string> replace(Spec spec);

  const Spec& spec() const noexcept;
  const Network& network() const noexcept;
  const Graph& graph() const noexcept;        ///< the training graph: activations of the last batch
  const Schedule& schedule() const noexcept;  ///< and its gradients
  ParamStore& params() noexcept;
  const ParamStore& params() const noexcept;
  const History& history() const noexcept;
  std::uint64_t step_count() const noexcept;
  double epoch() const noexcept;
  Device& device() const noexcept;
  /// Examples of the last batch.
  std::int64_t live_examples() const noexcept;

  /// The whole state of training as a safetensors file: weights, statistics, optimiser, averages; in its metadata the
  /// spec, options, step, place in the data and history. Loading it gives the same next loss, bit for bit.
  std::vector<std::uint8_t> save() const;
  /// Errors  invalid_checkpoint, invalid_spec; then nothing has changed. The network becomes the checkpoint's.
  void load(std::span<const std::uint8_t> file);

 private:
  friend class Probe;
  struct Impl;
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

  /// Input values [C,H,W] as the network sees them, after scaling and cropping. label -1: none (loss 0, gradients 0).
  void set_input(std::int64_t slot, std::span<const real> pixels, std::int32_t label) noexcept;
  /// An example of a split, as in evaluation.
  void set_example(std::int64_t slot, Split split, std::int64_t index) noexcept;
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
