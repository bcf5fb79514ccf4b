#pragma once

#include <cmath>

#include "../abi.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// The cells [first, last) of an axis of `extent` cells that lie in the window of output `i`.
struct Window {
  std::int64_t first, last;
  Window(std::int64_t i, std::int64_t stride, std::int64_t pad, std::int64_t kernel, std::int64_t extent)
      : first(std::max<std::int64_t>(i * stride - pad, 0)),
        last(std::min(i * stride - pad + kernel, extent)) {}
  auto range() const { return xt::range(first, last); }
};

struct Pool2dGeometry {
  PoolKind kind;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
};

/// Pooling over windows, which may hang over the border: only the cells inside count.
/// Math    max: y = max x;  average: y = mean x;  l2: y = √(Σ x²)
/// Shapes  x [planes,H,W] -> y [planes,H',W'], switches alike: the winner's index in its plane, the first of equals
/// Grad    max: to the winner (NaN wins);  average: dy / cells to each;  l2: x dy / y, 0 where y = 0
/// Ref     LeCun et al. 1998, §II.A; Sermanet et al. 2012, "Convolutional neural networks applied to house numbers digit
///         classification" (Lp pooling)
template <class T>
void pool2d_forward(Cube<const T> x, Cube<T> y, std::int32_t* switches, const Pool2dGeometry& g) {
  const auto height = std::int64_t(x.shape(1)), width = std::int64_t(x.shape(2));
  for (std::size_t p = 0; p < y.shape(0); ++p)
    for (std::size_t i = 0; i < y.shape(1); ++i)
      for (std::size_t j = 0; j < y.shape(2); ++j) {
        const Window rows(std::int64_t(i), g.stride_h, g.pad_h, g.kernel_h, height);
        const Window columns(std::int64_t(j), g.stride_w, g.pad_w, g.kernel_w, width);
        const auto cells = xt::view(x, p, rows.range(), columns.range());
        if (g.kind == PoolKind::average) y(p, i, j) = T(sum_of(cells) / T(cells.size()));
        if (g.kind == PoolKind::l2) y(p, i, j) = T(std::sqrt(sum_of(cells * cells)));
        if (g.kind == PoolKind::max) {
          std::int64_t winner = rows.first * width + columns.first;
          T best = x(p, rows.first, columns.first);
          for (std::int64_t a = rows.first; a < rows.last; ++a)
            for (std::int64_t b = columns.first; b < columns.last; ++b)
              if (!(x(p, a, b) <= best) && best == best) {
                best = x(p, a, b);
                winner = a * width + b;
              }
          y(p, i, j) = best;
          switches[y.strides()[0] * std::ptrdiff_t(p) + std::ptrdiff_t(i * y.shape(2) + j)] =
              std::int32_t(winner);
        }
      }
}

template <class T>
void pool2d_backward(Cube<const T> x, Cube<const T> y, const std::int32_t* switches, Cube<const T> dy,
                     Cube<T> dx, T beta, const Pool2dGeometry& g) {
  const auto height = std::int64_t(dx.shape(1)), width = std::int64_t(dx.shape(2));
  if (beta == T{0}) dx.fill(T{0});
  for (std::size_t p = 0; p < dy.shape(0); ++p)
    for (std::size_t i = 0; i < dy.shape(1); ++i)
      for (std::size_t j = 0; j < dy.shape(2); ++j) {
        const Window rows(std::int64_t(i), g.stride_h, g.pad_h, g.kernel_h, height);
        const Window columns(std::int64_t(j), g.stride_w, g.pad_w, g.kernel_w, width);
        auto cells = xt::view(dx, p, rows.range(), columns.range());
        if (g.kind == PoolKind::average) assign(cells, cells + dy(p, i, j) / T(cells.size()));
        if (g.kind == PoolKind::l2 && y(p, i, j) != T{0})
          assign(cells, T{1}, xt::view(x, p, rows.range(), columns.range()) * (dy(p, i, j) / y(p, i, j)));
        if (g.kind == PoolKind::max) {
          const std::int64_t winner = *switches++;
          dx(p, winner / width, winner % width) += dy(p, i, j);
        }
      }
}

}  // namespace livegrad::kernels::ref
