#pragma once

#include <cmath>

#include "views.hpp"

namespace livegrad::kernels::ref {

/// The gradient of a bias.
/// Math    sums_c = beta sums_c + Σ_n Σ_i x[n,c,i]
/// Shapes  x [N,C,inner] -> sums [C]
template <class T>
void channel_sum(Cube<const T> x, Vec<T> sums, T beta) {
  const xt::xtensor<T, 1> total = xt::sum<double>(x, {0, 2});
  assign(sums, beta, total);
}

/// Math    sum_of_squares = Σ x_i² in double;  nonfinite: whether any x_i is NaN or infinite
template <class T>
void norm(Vec<const T> x, double* sum_of_squares, bool* nonfinite) {
  const auto wide = xt::cast<double>(x);
  *sum_of_squares = xt::sum<double>(wide * wide)();
  *nonfinite = !xt::all(xt::isfinite(x));
}

}  // namespace livegrad::kernels::ref
