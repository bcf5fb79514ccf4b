#pragma once

#include <initializer_list>
#include <string>

#include "../kernels/abi.hpp"
#include "livegrad/ops.hpp"

namespace livegrad::ops {

inline ValueId record(Graph& g, const OpDef& op, std::initializer_list<ValueId> inputs) {
  return g.record(op, std::span(inputs.begin(), inputs.size()));
}

template <class A>
ValueId record(Graph& g, const OpDef& op, std::initializer_list<ValueId> inputs, const A& attributes) {
  return g.record(op, std::span(inputs.begin(), inputs.size()), attributes);
}

/// What a kernel has to put its result through; for as long as the kernel runs.
class WithEpilogue {
 public:
  static WithEpilogue of_output(const Exec& e) noexcept;
  /// The gradient of input 0, by the value that it has.
  static WithEpilogue of_gradient(const Exec& e) noexcept;
  const kernels::Epilogue* get() const noexcept { return any_ ? &epilogue_ : nullptr; }

 private:
  WithEpilogue(const Node* activation, const real* y) noexcept;
  bool any_;
  kernels::Epilogue epilogue_;
};

/// Every operation needs a batch in axis 0 and real numbers in input i.
inline void require_batch(const Infer& infer, int i, int min_rank, const char* axes) {
  infer.require(infer.input(i).type == ValueType::real && infer.shape(i).rank() >= min_rank,
                "input must be real numbers of shape {}, not {}.", axes, infer.shape(i));
}

inline void require_shape(const Infer& infer, int i, const Shape& expected, const char* what) {
  infer.require(infer.shape(i) == expected, "{} must have shape {}, not {}.", what, expected, infer.shape(i));
}

}  // namespace livegrad::ops
