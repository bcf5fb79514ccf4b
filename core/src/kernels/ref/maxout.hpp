#pragma once

#include "views.hpp"

namespace livegrad::kernels::ref {

/// The largest of each group of neighbouring channels.
/// Math    y[r,o,s] = max_g x[r, o·group + g, s]
/// Shapes  x [rows,channels,inner] -> y [rows,channels/group,inner]; switches alike: g of the winner, the first of equals
/// Grad    dy to the winner (NaN wins), 0 to the others
/// Ref     Goodfellow et al. 2013, "Maxout networks"
template <class T>
void maxout_forward(Cube<const T> x, Cube<T> y, Cube<std::int32_t> switches) {
  const std::size_t group = x.shape(1) / y.shape(1);
  for (std::size_t r = 0; r < y.shape(0); ++r)
    for (std::size_t o = 0; o < y.shape(1); ++o)
      for (std::size_t s = 0; s < y.shape(2); ++s) {
        std::size_t winner = 0;
        T best = x(r, o * group, s);
        for (std::size_t g = 1; g < group; ++g)
          if (!(x(r, o * group + g, s) <= best) && best == best) {
            best = x(r, o * group + g, s);
            winner = g;
          }
        y(r, o, s) = best;
        switches(r, o, s) = std::int32_t(winner);
      }
}

template <class T>
void maxout_backward(Cube<const std::int32_t> switches, Cube<const T> dy, Cube<T> dx, T beta) {
  const std::size_t group = dx.shape(1) / dy.shape(1);
  for (std::size_t c = 0; c < dx.shape(1); ++c) {
    const auto won = xt::equal(xt::view(switches, xt::all(), c / group, xt::all()), std::int32_t(c % group));
    assign(xt::view(dx, xt::all(), c, xt::all()), beta,
           xt::where(won, xt::view(dy, xt::all(), c / group, xt::all()), T{0}));
  }
}

}  // namespace livegrad::kernels::ref
