#pragma once

#include <algorithm>
#include <cmath>

#include "views.hpp"

namespace livegrad::kernels::ref {

/// The gradient of a bias.
/// Math    sums_c = beta sums_c + Σ_n Σ_i x[n,c,i]
/// Shapes  x [N,C,inner] -> sums [C]
template <class T>
void channel_sum(Cube<const T> x, Vec<T> sums, T beta) {
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const T total = T(sum_of(xt::view(x, xt::all(), c, xt::all())));
    sums(c) = beta == T{0} ? total : sums(c) + total;
  }
}

/// Math    sum_of_squares = Σ x_i² in double;  nonfinite: whether any x_i is NaN or infinite
template <class T>
void norm(Vec<const T> x, double* sum_of_squares, bool* nonfinite) {
  const auto wide = xt::cast<double>(x);
  *sum_of_squares = sum_of(wide * wide);
  *nonfinite = !std::all_of(x.data(), x.data() + x.size(), [](T v) { return std::isfinite(v); });
}

}  // namespace livegrad::kernels::ref
