#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "livegrad/augment.hpp"
#include "livegrad/graph.hpp"
#include "livegrad/layers.hpp"
#include "livegrad/optim.hpp"

namespace livegrad {

/// How a network is trained: the `training` part of a spec. Every field is the default of a control on the page and of
/// an option of the command line.
struct TrainingOptions {
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  std::int64_t batch = 32;
  double epochs = 1;          ///< passes over the training examples
  std::int64_t hold_out = 0;  ///< training examples kept for validation, drawn once from the seed
  std::uint64_t seed = 1;     ///< below 2^53, so that every JSON reader keeps it
  Scaling scaling;
  Augmentation augmentation;
  int test_crops = 1;         ///< 1: the centre; 4: mean of four fixed crops (ConvNetJS)
  std::int64_t patience = 0;  ///< early stopping: evaluations without improvement; 0: never
  double average_decay = 0;   ///< exponential moving average of the weights used for evaluation; 0: none
};

/// The options as the `training` part of a spec, every field written out.
std::string to_json(const TrainingOptions& options);
/// `base` with the fields that the JSON object names changed, by the rules of a spec's `training` part: another type of
/// optimiser brings its own rate, rho and epsilon unless they are named too.
/// Errors  invalid_spec; where() is a JSON pointer such as `/optimizer/rate`
TrainingOptions parse_training(std::string_view json, const TrainingOptions& base);

/// A network as recorded in a graph.
struct Network {
  /// labels or targets are {-1} when the loss has no use for them: softmax and hinge take labels, the other losses
  /// targets of the output's shape (a label's one-hot code where the data have labels), or neither when the target is
  /// the input itself.
  ValueId input, labels, targets;
  ValueId output;  ///< what the loss looks at: logits, reconstruction
  ValueId
      probabilities;  ///< [N,classes], of a sequence [N,T,classes], for losses over classes (softmax of the scores
                      ///< for hinge), else {-1}
  ValueId loss;       ///< [N]
  std::vector<LayerInfo> layers;  ///< in the order of computation; a block's own layers come before it
  Shape input_shape;         ///< of one example, after cropping: C,H,W; a sequence: T,C, or T for symbols
  std::int64_t steps = 0;    ///< of a sequence: T; 0: no sequence
  std::int64_t symbols = 0;  ///< kinds of symbols in the input, which then is of integers; 0: real numbers
  /// States that forward leaves for the next batch: inputs of the graph [N,H], zeros at first. Each graph has its own.
  std::vector<ValueId> carried;
  std::int64_t classes = 0;  ///< 0 for a loss over targets
};

/// Values and gradients of one training batch may take this much memory.
inline constexpr std::int64_t kMaxActivationBytes = std::int64_t{512} << 20;
/// Layers of a network, repetitions counted.
inline constexpr std::int64_t kMaxLayers = 1000;

/// A parsed network spec: JSON checked against the rules that spec_schema() publishes. Cheap to copy; never changes.
///
///     { "input": [1, 28, 28],
///       "layers": [ { "conv": 8, "kernel": 5, "pad": 2, "act": "relu" }, { "pool": 2 }, { "dense": 10 },
///                   { "loss": "softmax" } ],
///       "training": { "optimizer": { "type": "adadelta" }, "batch": 20 } }
class Spec {
 public:
  /// Reads and checks everything: grammar, names, shapes, sizes.
  /// Errors  invalid_spec, shape_mismatch: one sentence that names the layer, the numbers and a way out; where() is a
  ///         JSON pointer such as `/layers/2/kernel`, or `line 3, column 7` for what is not JSON
  static Spec parse(std::string_view json);

  /// The spec with every default written out and every layer with its stable name; parse(json()) gives the same.
  std::string json() const;
  const std::string& name() const noexcept;
  const Shape& input() const noexcept;
  const TrainingOptions& training() const noexcept;
  /// Whether the JSON had a `training` part: a live edit without one keeps the options in force.
  bool has_training() const noexcept;
  /// What record() will find, without memory: shapes and counts.
  const std::vector<LayerInfo>& layers() const noexcept;
  std::int64_t parameter_count() const noexcept;

  /// Whether the input is symbols, and how many kinds: 0 until with_symbols says so.
  bool takes_symbols() const noexcept;
  std::int64_t symbols() const noexcept;
  /// Steps of a sequence; 0: the input is none.
  std::int64_t steps() const noexcept;
  /// The same network for a vocabulary of so many symbols.
  /// Errors  invalid_spec when its input is not symbols, or there are fewer than 2 or more than 65536
  Spec with_symbols(std::int64_t symbols) const;

  /// The same network trained in another way.
  /// Errors  invalid_spec as parse
  Spec with(const TrainingOptions& training) const;

  /// Declares parameters in the graph's store on first use (or finds them by name) and records the network, for sequences
  /// of `steps` steps where that is above 0: 1 to sample.
  /// Errors  shape_mismatch when the store holds parameters of other shapes under these names; out_of_memory; invalid_spec while
  ///         the number of symbols is not known
  Network record(Graph& graph, std::int64_t steps = 0) const;

 private:
  struct Impl;
  explicit Spec(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// The JSON Schema (draft 2020-12) of specs, made from the rules that parse() goes by: web/models/schema.json.
std::string spec_schema();

}  // namespace livegrad
