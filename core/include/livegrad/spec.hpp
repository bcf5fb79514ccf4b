#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "livegrad/augment.hpp"
#include "livegrad/graph.hpp"
#include "livegrad/optim.hpp"

namespace livegrad {

/// How a network is trained: the `training` part of a spec. Every field is the default of a control on the page and of
/// an option of the command line.
struct TrainingOptions {
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  std::int64_t batch = 32;
  double epochs = 1;                ///< passes over the training examples
  std::int64_t hold_out = 0;        ///< training examples kept for validation, drawn once from the seed
  std::uint64_t seed = 1;
  Scaling scaling;
  Augmentation augmentation;
  int test_crops = 1;               ///< 1: the centre; 4: mean of four fixed crops (ConvNetJS)
  std::int64_t patience = 0;        ///< early stopping: evaluations without improvement; 0: never
  double average_decay = 0;         ///< exponential moving average of the weights used for evaluation; 0: none
};

/// The options as the `training` part of a spec, every field written out.
std::string to_json(const TrainingOptions& options);
/// `base` with the fields that the JSON object names changed, by the rules of a spec's `training` part.
/// Errors  invalid_spec
TrainingOptions parse_training(std::string_view json, const TrainingOptions& base);

/// One layer of a network as recorded: which values and parameters are its own.
struct LayerInfo {
  std::string id;     ///< stable, unique: "conv1"
  std::string kind;   ///< "conv", "pool", "dense", "act", "loss" …
  std::string path;   ///< JSON pointer into the spec: "/layers/0"
  std::vector<ValueId> values;  ///< in order; the last is what the next layer sees
  std::vector<ParamId> params;
  Shape output;       ///< of one example
  std::int64_t parameter_count = 0;
  std::int64_t multiply_adds = 0;  ///< per example, forward
};

/// A network as recorded in a graph.
struct Network {
  ValueId input, labels, targets;  ///< labels or targets are {-1} when the loss has no use for them
  ValueId output;                  ///< what the loss looks at: logits, reconstruction
  ValueId probabilities;           ///< [N,classes] for losses over classes (softmax of the scores for hinge), else {-1}
  ValueId loss;                    ///< [N]
  std::vector<LayerInfo> layers;
  Shape input_shape;               ///< of one example, after cropping: C,H,W
  std::int64_t classes = 0;        ///< 0 for a loss over targets
};

/// A parsed network spec: JSON checked against web/models/schema.json's rules.
///
///     { "input": [1, 28, 28],
///       "layers": [ { "conv": 8, "kernel": 5, "pad": 2, "act": "relu" }, { "pool": 2 }, { "dense": 10 },
///                   { "loss": "softmax" } ],
///       "training": { "optimizer": { "type": "adadelta" }, "batch": 20 } }
class Spec {
 public:
  /// Errors  invalid_spec: one sentence that names the layer, the numbers and a way out; where() is a JSON pointer with
  ///         the line and column for what is not JSON
  static Spec parse(std::string_view json);
  ~Spec();
  Spec(const Spec&);
  Spec(Spec&&) noexcept;
  Spec& operator=(Spec);

  /// The spec with every default written out and every layer with its stable name.
  std::string json() const;
  const std::string& name() const noexcept;
  const TrainingOptions& training() const noexcept;
  /// Whether the JSON had a `training` part.
  bool has_training() const noexcept;
  const Shape& input() const noexcept;

  /// Declares parameters in `params` on first use (or finds them by name) and records the network in the graph.
  /// Errors  invalid_spec, shape_mismatch with the layer's name and kind
  Network record(Graph& graph) const;

 private:
  Spec();
  struct Impl;
  Impl* impl_;
};

}  // namespace livegrad
