#pragma once

// Apart from tensor.hpp so that only the files that use xtensor compile it.

#include <array>
#include <xtensor/xadapt.hpp>
#include <xtensor/xnoalias.hpp>

#include "livegrad/error.hpp"
#include "livegrad/tensor.hpp"

namespace livegrad {

namespace detail {
template <std::size_t N>
std::array<std::size_t, N> xt_shape(const Shape& shape) {
  if (shape.rank() != static_cast<int>(N)) {
    throw Error(ErrorCode::shape_mismatch, "as_xt",
                "A tensor of shape " + shape.text() + " has not " + std::to_string(N) + " axes.");
  }
  std::array<std::size_t, N> extents;
  for (std::size_t i = 0; i < N; ++i) extents[i] = static_cast<std::size_t>(shape[static_cast<int>(i)]);
  return extents;
}
}  // namespace detail

/// The view as an xtensor adaptor of rank N that shares its memory. No copy, nothing on the heap.
/// Errors  shape_mismatch when the rank is not N
template <std::size_t N>
auto as_xt(const TensorView& view) {
  return xt::adapt(view.data, static_cast<std::size_t>(view.size()), xt::no_ownership(),
                   detail::xt_shape<N>(view.shape));
}

template <std::size_t N>
auto as_xt(const IndexView& view) {
  return xt::adapt(view.data, static_cast<std::size_t>(view.size()), xt::no_ownership(),
                   detail::xt_shape<N>(view.shape));
}

}  // namespace livegrad
