#pragma once

#include "views.hpp"

namespace livegrad::kernels::ref {

struct Conv2dGeometry {
  std::int64_t stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups;

  /// The place in the padded picture that output row i reads through filter row u; likewise columns.
  std::size_t row(std::size_t i, std::size_t u) const {
    return i * std::size_t(stride_h) + u * std::size_t(dilation_h);
  }
  std::size_t column(std::size_t j, std::size_t v) const {
    return j * std::size_t(stride_w) + v * std::size_t(dilation_w);
  }
};

/// The picture in its border.
template <class P>
auto inside(P& p, const Conv2dGeometry& g) {
  return xt::view(p, xt::all(), xt::all(), xt::range(g.pad_h, std::int64_t(p.shape(2)) - g.pad_h),
                  xt::range(g.pad_w, std::int64_t(p.shape(3)) - g.pad_w));
}

/// x with a border of zeros, which take part in the sums.
template <class T, class X>
xt::xtensor<T, 4> padded(const X& x, const Conv2dGeometry& g) {
  const std::array<std::size_t, 4> shape{x.shape(0), x.shape(1), x.shape(2) + 2 * std::size_t(g.pad_h),
                                         x.shape(3) + 2 * std::size_t(g.pad_w)};
  xt::xtensor<T, 4> p(shape, T{0});
  assign(inside(p, g), x);
  return p;
}

/// Cross-correlation in G groups, s the stride, d the dilation.
/// Math    y[n,o,i,j] = bias[o] + Σ_c Σ_u Σ_v w[o,c,u,v] x[n, g C/G + c, i s − pad + u d, j s − pad + v d],  g = ⌊o G/F⌋
/// Shapes  x [N,C,H,W], w [F,C/G,R,S], bias [F] or null -> y [N,F,H',W']
/// Ref     Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning"
template <class T>
void conv2d_forward(Maps<const T> x, Maps<const T> w, const T* bias, Maps<T> y, const Conv2dGeometry& g) {
  const xt::xtensor<T, 4> p = padded<T>(x, g);
  for (std::size_t n = 0; n < y.shape(0); ++n)
    for (std::size_t o = 0; o < y.shape(1); ++o) {
      const std::size_t channel =
          o * std::size_t(g.groups) / w.shape(0) * w.shape(1);  // the first of its group
      for (std::size_t i = 0; i < y.shape(2); ++i)
        for (std::size_t j = 0; j < y.shape(3); ++j) {
          T sum = bias ? bias[o] : T{0};
          for (std::size_t c = 0; c < w.shape(1); ++c)
            for (std::size_t u = 0; u < w.shape(2); ++u)
              for (std::size_t v = 0; v < w.shape(3); ++v)
                sum += w(o, c, u, v) * p(n, channel + c, g.row(i, u), g.column(j, v));
          y(n, o, i, j) = sum;
        }
    }
}

/// The gradient of a convolution by its input: dy spread back through the filters.
/// Math    dx[n,c,a,b] = beta dx + Σ_o Σ_i Σ_j w[o,c,u,v] dy[n,o,i,j]  where a = i s − pad + u d, b = j s − pad + v d
/// Shapes  dy [N,F,H',W'], w [F,C/G,R,S] -> dx [N,C,H,W]
template <class T>
void conv2d_dx(Maps<const T> w, Maps<const T> dy, Maps<T> dx, T beta, const Conv2dGeometry& g) {
  if (beta == T{0}) dx.fill(T{0});
  xt::xtensor<T, 4> p = padded<T>(dx, g);
  for (std::size_t n = 0; n < dy.shape(0); ++n)
    for (std::size_t o = 0; o < dy.shape(1); ++o) {
      const std::size_t channel = o * std::size_t(g.groups) / w.shape(0) * w.shape(1);
      for (std::size_t i = 0; i < dy.shape(2); ++i)
        for (std::size_t j = 0; j < dy.shape(3); ++j)
          for (std::size_t c = 0; c < w.shape(1); ++c)
            for (std::size_t u = 0; u < w.shape(2); ++u)
              for (std::size_t v = 0; v < w.shape(3); ++v)
                p(n, channel + c, g.row(i, u), g.column(j, v)) += w(o, c, u, v) * dy(n, o, i, j);
    }
  assign(dx, inside(p, g));
}

/// The gradient of a convolution by its filters.
/// Math    dw[o,c,u,v] = beta dw + Σ_n Σ_i Σ_j dy[n,o,i,j] x[n, g C/G + c, i s − pad + u d, j s − pad + v d]
/// Shapes  x [N,C,H,W], dy [N,F,H',W'] -> dw [F,C/G,R,S]
template <class T>
void conv2d_dw(Maps<const T> x, Maps<const T> dy, Maps<T> dw, T beta, const Conv2dGeometry& g) {
  const xt::xtensor<T, 4> p = padded<T>(x, g);
  for (std::size_t o = 0; o < dw.shape(0); ++o) {
    const std::size_t channel = o * std::size_t(g.groups) / dw.shape(0) * dw.shape(1);
    for (std::size_t c = 0; c < dw.shape(1); ++c)
      for (std::size_t u = 0; u < dw.shape(2); ++u)
        for (std::size_t v = 0; v < dw.shape(3); ++v) {
          T sum = beta == T{0} ? T{0} : dw(o, c, u, v);
          for (std::size_t n = 0; n < dy.shape(0); ++n)
            for (std::size_t i = 0; i < dy.shape(2); ++i)
              for (std::size_t j = 0; j < dy.shape(3); ++j)
                sum += dy(n, o, i, j) * p(n, channel + c, g.row(i, u), g.column(j, v));
          dw(o, c, u, v) = sum;
        }
  }
}

}  // namespace livegrad::kernels::ref
