#pragma once

#include <cstdint>

#include "livegrad/real.hpp"
#include "livegrad/shape.hpp"

namespace livegrad {

/// A non-owning view of real values, row-major and contiguous. Only arenas and the ParamStore own memory.
/// `data` is null where a tensor is not wanted (a gradient that nothing asked for).
/// To use it with xtensor include livegrad/xtensor.hpp.
struct TensorView {
  real* data = nullptr;
  Shape shape;

  std::int64_t size() const noexcept { return shape.size(); }
  explicit operator bool() const noexcept { return data != nullptr; }
};

/// The same for integers: class labels, pooling switches.
struct IndexView {
  std::int32_t* data = nullptr;
  Shape shape;

  std::int64_t size() const noexcept { return shape.size(); }
  explicit operator bool() const noexcept { return data != nullptr; }
};

}  // namespace livegrad
