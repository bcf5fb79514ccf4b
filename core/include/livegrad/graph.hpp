#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "livegrad/arena.hpp"
#include "livegrad/device.hpp"
#include "livegrad/params.hpp"
#include "livegrad/tensor.hpp"

namespace livegrad {

class Attributes;
class Exec;
class Infer;
namespace kernels {
struct Epilogue;
}

/// Index of a value in its graph. A value's id is its place in the order of recording.
struct ValueId {
  std::int32_t index = -1;
  friend bool operator==(ValueId, ValueId) = default;
};

#if LIVEGRAD_WITHOUT_TEXTS
/// Nothing is kept of it where nobody reads it and a page fetches the code.
struct OpText {
  constexpr OpText(std::string_view) {}
  constexpr OpText(const char*) {}
};
#else
using OpText = std::string_view;
#endif

/// What an operation is: its equation, how shapes follow, and its two directions. One constant per operation.
struct OpDef {
  std::string_view name;  ///< as in specs, tests and error messages: "conv2d"
  OpText equation;        ///< "y = tanh(x)": also the page's tooltip
  OpText reference;       ///< where it comes from
  /// Checks the input shapes and declares the outputs. Throws Error.
  void (*infer)(Infer&);
  void (*forward)(Exec&) noexcept;
  /// Writes the gradient of every input that wants one, in order. Null when nothing can be differentiated.
  void (*backward)(Exec&) noexcept;
  /// Bit i set: input i is taken as constant and gets no gradient, such as a loss's target.
  std::uint32_t constant_inputs = 0;
  /// Of an activation: writes what it is, and says whether its derivative follows from its output alone, so that this can
  /// take its input's place.
  bool (*epilogue)(const Attributes&, kernels::Epilogue&) noexcept = nullptr;
  /// Forward puts output 0 through an activation that follows, where Exec names one, and backward does not read it.
  bool takes_epilogue = false;
  /// Backward puts the gradient of input 0 through an activation's derivative, where Exec names one.
  bool takes_gradient_epilogue = false;
};

enum class ValueKind : std::uint8_t { input, parameter, state, activation };
enum class ValueType : std::uint8_t { real, index };

/// A tensor of the graph. Output 0 of a node is its value; further outputs are its named parts (switches, gates, saved
/// statistics).
struct Value {
  Shape shape;                    ///< with the batch capacity in axis 0 where there is a batch
  std::int32_t rows_per_example;  ///< axis 0 has this many rows for each example; 0: no batch axis
  ValueKind kind;
  ValueType type;
  bool differentiable;     ///< gradients can flow through it
  std::int32_t node;       ///< the node that computes it, or -1
  std::int32_t scope;      ///< the layer that it belongs to
  std::int32_t parameter;  ///< index of the parameter or state for those kinds
  std::string_view role;   ///< "out", "switches", "mask"; static storage
  void* data;              ///< null for parameters and states, which the ParamStore owns
};

/// The constant settings of a node: any small trivially copyable struct, the same whether values are float or double, so
/// that a recording can be read by the other library.
class Attributes {
 public:
  template <class T>
  void set(const T& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= kSize && alignof(T) <= 8);
    std::memcpy(bytes_.data(), &value, sizeof(T));
  }
  template <class T>
  const T& get() const noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= kSize && alignof(T) <= 8);
    return *reinterpret_cast<const T*>(bytes_.data());
  }

 private:
  static constexpr std::size_t kSize = 96;
  alignas(8) std::array<std::byte, kSize> bytes_{};
};

/// One recorded operation. Inputs are edges [first_input, first_input + inputs); outputs are consecutive values.
struct Node {
  const OpDef* op;
  std::int32_t first_input, inputs;
  std::int32_t first_output, outputs;
  std::int32_t scope;
  Attributes attributes;
};

/// A recorded computation over a ParamStore. Nodes are appended by the functions of ops.hpp; the order of appending is a
/// topological order. Recorded once for a batch capacity and run for any number of examples up to it ("held"), or
/// recorded anew for each example between mark() and rewind() ("rewound").
class Graph {
 public:
  Graph(Device& device, ParamStore& params, std::int64_t capacity);
  /// A graph for one example without memory: to check a network and work out its shapes, never to run it.
  explicit Graph(ParamStore& params);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// An input of real numbers with one row of `example` extents for each example: [capacity, example...].
  ValueId input(const Shape& example, std::string_view role = "input");
  /// An input of integers, such as labels: [capacity, example...].
  ValueId index_input(const Shape& example, std::string_view role = "labels");
  /// The parameter as a value; the same value each time.
  ValueId use(ParamId id);
  ValueId use(StateId id);

  /// Appends an operation; returns its output 0. Further outputs have the following ids.
  /// Errors  what the operation's infer says: shape_mismatch, invalid_argument; out_of_memory
  template <class A>
  ValueId record(const OpDef& op, std::span<const ValueId> inputs, const A& attributes) {
    Attributes stored;
    stored.set(attributes);
    return append(op, inputs, stored);
  }
  ValueId record(const OpDef& op, std::span<const ValueId> inputs) {
    return append(op, inputs, Attributes{});
  }

  /// Names the layer that values recorded from now on belong to.
  void enter_scope(std::string_view name);
  const std::string& scope_name(std::int32_t scope) const noexcept {
    return scopes_[std::size_t(scope)].name;
  }
  /// The stable id that random numbers of the layer are keyed by.
  std::uint32_t scope_key(std::int32_t scope) const noexcept { return scopes_[std::size_t(scope)].key; }

  struct Mark {
    std::size_t nodes, edges, values, scopes;
    Arena::Mark memory;
  };
  Mark mark() const noexcept;
  /// Forgets everything recorded since the mark. Ids from since then are void.
  void rewind(const Mark& mark) noexcept;

  std::int64_t capacity() const noexcept { return capacity_; }
  std::span<const Node> nodes() const noexcept { return nodes_; }
  std::span<const Value> values() const noexcept { return values_; }
  const Value& value(ValueId id) const noexcept { return values_[std::size_t(id.index)]; }
  std::span<const ValueId> inputs(const Node& node) const noexcept {
    return std::span(edges_).subspan(std::size_t(node.first_input), std::size_t(node.inputs));
  }
  /// "conv1.out"
  std::string name(ValueId id) const;

  /// The numbers of a value for `examples` examples. Parameters must have been allocated.
  TensorView view(ValueId id, std::int64_t examples) const noexcept;
  IndexView index_view(ValueId id, std::int64_t examples) const noexcept;
  Shape shape(ValueId id, std::int64_t examples) const noexcept;

  Device& device() const noexcept { return *device_; }
  ParamStore& params() const noexcept { return *params_; }

 private:
  friend class Infer;
  struct Scope {
    std::string name;
    std::uint32_t key;
  };
  ValueId append(const OpDef& op, std::span<const ValueId> inputs, const Attributes& attributes);
  ValueId add_value(Value value);
  void* data(ValueId id) const noexcept;

  Device* device_;
  ParamStore* params_;
  std::int64_t capacity_;
  std::vector<Node> nodes_;
  std::vector<ValueId> edges_;
  std::vector<Value> values_;
  std::vector<Scope> scopes_;
  std::vector<std::int32_t> param_values_, state_values_;
  Arena memory_;
};

}  // namespace livegrad
