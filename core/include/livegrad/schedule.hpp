#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "livegrad/error.hpp"
#include "livegrad/graph.hpp"

namespace livegrad {

/// What changes from one run of a schedule to the next.
struct Run {
  std::int64_t examples = 1;  ///< live batch size, at most the graph's capacity
  bool training =
      false;  ///< dropout drops, batch normalisation uses the batch and moves its running statistics
  std::uint64_t seed = 0;
  std::uint64_t step = 0;  ///< keys the random numbers of this step
  /// The parameters are those of this schedule's run before, and no backward pass came between: recurrent weights need
  /// not be packed again. For sampling.
  bool same_parameters = false;
};

/// A value to compute and to start the backward pass from. Its gradient starts as weight / examples in every row: the
/// gradient of weight times the mean over the batch. With weight 0 it is computed only.
struct Target {
  ValueId value;
  real weight = 1;
};

/// What gradients are wanted for.
struct Wrt {
  std::uint32_t parameter_groups = 0;  ///< bit g set: parameters of group g
  bool inputs = false;                 ///< real inputs: saliency, adversarial steps
  /// Where parameter gradients go, laid out as in the ParamStore; null: the store's own gradients.
  real* parameter_gradients = nullptr;
  static constexpr std::uint32_t kAllGroups = ~std::uint32_t{0};
  static Wrt parameters() { return {.parameter_groups = kAllGroups}; }
};

/// What a schedule leaves for others to look at. The fewer values, the less goes through memory.
enum class Keep : std::uint8_t {
  everything,  ///< every value, and every gradient that is asked for
  layers,  ///< values as layers give them: an activation takes the place of its layer's product. Every gradient
  targets,  ///< an activation takes the place of the product before it, its input's gradient that of its own
};

/// The order in which a graph is computed and differentiated, worked out once: which nodes the targets need, which of
/// them the backward pass visits, where each gradient lives, and whether its first writer overwrites. Running it
/// allocates nothing.
class Schedule {
 public:
  /// Gradients live in the schedule's own arena, those of parameters in the ParamStore (which must be allocated) unless
  /// wrt says otherwise. With wrt empty it only runs forward. An operation writes the gradients of its inputs in order.
  /// Errors  invalid_argument when a target cannot be differentiated; out_of_memory
  Schedule(const Graph& graph, std::span<const Target> targets, const Wrt& wrt, Keep keep = Keep::everything);
  /// Works everything out anew for what the graph holds now, reusing memory: for graphs that are rewound.
  void rebuild(std::span<const Target> targets, const Wrt& wrt);

  void forward(const Run& run) noexcept;
  /// From the targets' cotangents weight / examples.
  void backward(const Run& run) noexcept;
  /// From cotangents that the caller has written to gradient(target): with Keep::targets, of targets that have one.
  void backward_given(const Run& run) noexcept;

  /// Whether forward leaves the value where the graph has it.
  bool keeps(ValueId id) const noexcept { return place_of(id) == id; }
  /// The gradient of a value after backward; a view of null where none was asked for or another took its place.
  TensorView gradient(ValueId id, std::int64_t examples) const noexcept;
  /// The first value, in forward order, that went NaN or infinite, of those whose place an activation took what is left
  /// of them; an index of -1 when all are finite.
  ValueId first_nonfinite(const Run& run) const noexcept;

  const Graph& graph() const noexcept { return *graph_; }
  /// Nodes that forward visits, in order.
  std::span<const std::int32_t> forward_order() const noexcept { return forward_; }

 private:
  friend class Exec;
  /// What a node has to do with an epilogue.
  struct Fusion {
    std::int32_t activation =
        -1;  ///< of a product: the activation that forward puts it through, and that takes its place
    std::int32_t writer =
        -1;  ///< of such an activation: who puts its gradient through its derivative; -1: it does so itself
    bool applied = false;  ///< of an activation: whether it took a product's place
  };
  const Fusion& fusion(std::int32_t node) const noexcept { return fusions_[std::size_t(node)]; }
  /// Where the value is when forward is done: at the activation that took its place, or its own.
  ValueId place_of(ValueId id) const noexcept;
  TensorView gradient_at(ValueId id, std::int64_t examples) const noexcept;
  void find_epilogues();
  bool flows(const Node& node, std::int32_t input) const noexcept;

  const Graph* graph_;
  Keep keep_;
  std::vector<Target> targets_;
  std::vector<std::int32_t> forward_, backward_;
  std::vector<real*> gradients_;  ///< by value; null: not wanted
  std::vector<std::uint8_t>
      accumulate_;  ///< by edge: whether the gradient holds something when the node adds to it
  std::vector<std::uint8_t> needed_, reaches_,
      touched_;                  ///< by value: rebuild's marks, kept for their memory; needed_ counts to 2
  std::vector<Fusion> fusions_;  ///< by node
  Arena memory_;
};

/// What infer sees of the operation being recorded.
class Infer {
 public:
  struct Output {
    ValueType type = ValueType::real;
    bool differentiable = true;
    std::string_view role = "out";
  };

  int inputs() const noexcept { return static_cast<int>(inputs_.size()); }
  const Value& input(int i) const noexcept { return graph_->value(inputs_[std::size_t(i)]); }
  /// The shape with the batch capacity.
  Shape shape(int i) const noexcept { return input(i).shape; }
  template <class A>
  const A& attributes() const noexcept {
    return attributes_->get<A>();
  }
  /// Declares the next output; its axis 0 goes with the batch as that of input 0 does, unless rows say otherwise.
  void output(const Shape& shape, const Output& options) {
    output(shape, options, input(0).rows_per_example);
  }
  void output(const Shape& shape) { output(shape, Output{}); }
  void output(const Shape& shape, const Output& options, std::int32_t rows_per_example);
  /// Throws Error with the operation and layer as the place.
  template <class... Values>
  [[noreturn]] void fail(ErrorCode code, [[maybe_unused]] Sentence<sizeof...(Values)> sentence,
                         [[maybe_unused]] const Values&... values) const {
#if LIVEGRAD_WITHOUT_TEXTS
    fail_with(code, "", {});
#else
    fail_with(code, sentence.pattern(), {Filling(values)...});
#endif
  }
  /// Fails unless the condition holds.
  template <class... Values>
  void require(bool condition, Sentence<sizeof...(Values)> sentence, const Values&... values) const {
    if (!condition) fail(ErrorCode::shape_mismatch, sentence, values...);
  }

 private:
  friend class Graph;
  Infer(Graph& graph, const OpDef& op, std::span<const ValueId> inputs, const Attributes& attributes)
      : graph_(&graph), op_(&op), inputs_(inputs), attributes_(&attributes) {}
  [[noreturn]] void fail_with(ErrorCode code, std::string_view pattern,
                              std::initializer_list<Filling> values) const;

  Graph* graph_;
  const OpDef* op_;
  std::span<const ValueId> inputs_;
  const Attributes* attributes_;
};

/// What forward and backward see of the node being run: views with the live batch size.
class Exec {
 public:
  Exec(const Schedule& schedule, const Node& node, const Run& run) noexcept
      : schedule_(&schedule), graph_(schedule.graph_), node_(&node), run_(&run) {}

  const kernels::KernelTable& k() const noexcept { return graph_->device().kernels(); }
  kernels::KernelContext& context() const noexcept { return graph_->device().context(); }
  const Run& run() const noexcept { return *run_; }
  /// The stable id of the layer.
  std::uint32_t layer() const noexcept { return graph_->scope_key(node_->scope); }
  template <class A>
  const A& attributes() const noexcept {
    return node_->attributes.get<A>();
  }

  int inputs() const noexcept { return node_->inputs; }
  ValueType in_type(int i) const noexcept { return graph_->value(input_id(i)).type; }
  TensorView in(int i) const noexcept;
  IndexView index_in(int i) const noexcept { return graph_->index_view(input_id(i), run_->examples); }
  TensorView out(int i = 0) const noexcept;
  IndexView index_out(int i) const noexcept { return graph_->index_view(output_id(i), run_->examples); }
  /// The gradient of output i.
  TensorView dout(int i = 0) const noexcept;
  /// Where the gradient of input i goes; null when nobody wants it.
  TensorView din(int i) const noexcept;
  /// The activation that forward puts output 0 through; null: none.
  const Node* epilogue() const noexcept { return node_at(schedule_->fusion(index()).activation); }
  /// The activation that backward puts the gradient of input 0 through; null: none.
  const Node* gradient_epilogue() const noexcept {
    const std::int32_t producer = graph_->value(input_id(0)).node;
    return producer >= 0 && schedule_->fusion(producer).writer == index() ? node_at(producer) : nullptr;
  }
  /// 0: overwrite din(i); 1: add to it.
  real beta(int i) const noexcept {
    return schedule_->accumulate_[std::size_t(node_->first_input + i)] ? real(1) : real(0);
  }

 private:
  std::int32_t index() const noexcept { return static_cast<std::int32_t>(node_ - graph_->nodes().data()); }
  const Node* node_at(std::int32_t n) const noexcept {
    return n < 0 ? nullptr : &graph_->nodes()[std::size_t(n)];
  }
  ValueId input_id(int i) const noexcept { return graph_->inputs(*node_)[std::size_t(i)]; }
  ValueId output_id(int i) const noexcept { return {node_->first_output + i}; }
  const Schedule* schedule_;
  const Graph* graph_;
  const Node* node_;
  const Run* run_;
};

}  // namespace livegrad
