#include <algorithm>

#include "livegrad/layers.hpp"

namespace livegrad {

namespace {

void require_alike(const Builder& b, std::span<const ValueId> xs) {
  for (const ValueId x : xs) {
    if (b.shape(x) != b.shape(xs[0])) {
      b.fail(ErrorCode::shape_mismatch,
             "its inputs have shapes {} and {}, which must be alike. Change the layers that make them or use "
             "concat.",
             b.example(xs[0]), b.example(x));
    }
  }
}

template <class Operation>
ValueId fold(Builder& b, std::span<const ValueId> xs, const Operation& operation) {
  b.require(xs.size() >= 2, "it takes at least two inputs. Name them in from.");
  require_alike(b, xs);
  ValueId y = xs[0];
  for (const ValueId x : xs.subspan(1)) y = operation(b.graph(), y, x);
  return y;
}

}  // namespace

ValueId add(Builder& b, std::span<const ValueId> xs, std::string_view name) {
  const auto scope = b.scope("add", name);
  return fold(b, xs, ops::add);
}

ValueId multiply(Builder& b, std::span<const ValueId> xs, std::string_view name) {
  const auto scope = b.scope("multiply", name);
  return fold(b, xs, ops::multiply);
}

ValueId concat(Builder& b, std::span<const ValueId> xs, std::string_view name) {
  const auto scope = b.scope("concat", name);
  b.require(xs.size() >= 2, "it takes at least two inputs. Name them in from.");
  const Shape first = b.example(xs[0]);
  const int axis = first.rank() == 2 ? 1 : 0;  // features come last in a sequence
  for (const ValueId x : xs) {
    const Shape other = b.example(x);
    if (other.rank() != first.rank() || other.with(axis, 0) != first.with(axis, 0)) {
      b.fail(ErrorCode::shape_mismatch,
             "its inputs have shapes {} and {}, which may differ in their channels only. Change stride or "
             "pad of the layers that make them.",
             first, other);
    }
  }
  return ops::concat(b.graph(), xs);
}

ValueId flatten(Builder& b, ValueId x, std::string_view name) {
  const auto scope = b.scope("flatten", name);
  return ops::flatten(b.graph(), x);
}

ValueId reshape(Builder& b, ValueId x, const Shape& example, std::string_view name) {
  const auto scope = b.scope("reshape", name);
  if (example.size() != b.example(x).size()) {
    b.fail(ErrorCode::shape_mismatch,
           "input {} has {} numbers and {} would have {}. Use a shape with as many.", b.example(x),
           b.example(x).size(), example, example.size());
  }
  return ops::reshape(b.graph(), x, example);
}

}  // namespace livegrad
