#pragma once

#include <algorithm>
#include <cmath>

#include "livegrad/math.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// Channels inhibit their neighbours.
/// Math    y_c = x_c scale_c^−power,  scale_c = k + alpha/window Σ x_j²,  j from c − ⌊window/2⌋ to c + ⌊(window−1)/2⌋
/// Shapes  x [N,C,inner] -> y, scale alike
/// Ref     Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks", §3.3 (alpha there is
///         alpha/window here)
template <class T>
void local_response_norm_forward(Cube<const T> x, std::int64_t window, T k, T alpha, T power, Cube<T> scale,
                                 Cube<T> y) {
  const auto channels = std::int64_t(x.shape(1));
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto first = std::max<std::int64_t>(c - window / 2, 0),
               last = std::min(c + (window - 1) / 2 + 1, channels);
    each_place<2>(std::array{x.shape(0), x.shape(2)}, [&](auto n, auto i) {
      const auto around = xt::view(x, n, xt::range(first, last), i);
      scale(n, c, i) = T(k + alpha / T(window) * sum_of(around * around));
    });
  }
  const auto inverse = xt::vectorize([power](T s) { return T(math::pow(double(s), -double(power))); })(scale);
  assign(y, x * inverse);
}

/// Math    dx_c = beta dx_c + dy_c scale_c^−power − 2 alpha power/window x_c Σ_{j: c in j's window} dy_j y_j / scale_j
template <class T>
void local_response_norm_backward(Cube<const T> x, Cube<const T> y, Cube<const T> scale, Cube<const T> dy,
                                  std::int64_t window, T alpha, T power, Cube<T> dx, T beta) {
  const auto channels = std::int64_t(x.shape(1));
  const auto inverse = xt::vectorize([power](T s) { return T(math::pow(double(s), -double(power))); })(scale);
  const auto ratio = evaluated<T>(dy * y / scale);
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto first = std::max<std::int64_t>(c - (window - 1) / 2, 0),
               last = std::min(c + window / 2 + 1, channels);
    each_place<2>(std::array{x.shape(0), x.shape(2)}, [&](auto n, auto i) {
      const T around = T(sum_of(xt::view(ratio, n, xt::range(first, last), i)));
      const T d = dy(n, c, i) * inverse(n, c, i) - (T{2} * alpha * power / T(window)) * (x(n, c, i) * around);
      dx(n, c, i) = beta == T{0} ? d : dx(n, c, i) + d;
    });
  }
}

/// Channel c of picture n.
template <class M>
auto map_of(M& maps, std::size_t n, std::size_t c) {
  return xt::view(maps, n, c, xt::all(), xt::all());
}

/// The window's weights on every cell of a map, without and with renormalisation where the window hangs over the border.
template <class T>
struct Blur {
  Mat<const T> weights;

  /// out_ij = Σ_pq w_pq m_{i+p−h, j+q−h}, h = ⌊window/2⌋; `spread` is the transposed map.
  xt::xtensor<T, 2> gather(const xt::xtensor<T, 2>& m) const {
    xt::xtensor<T, 2> out(m.shape(), T{0});
    each(m, [&](auto i, auto j, auto a, auto b, T w) { out(i, j) += w * m(a, b); });
    return out;
  }
  xt::xtensor<T, 2> spread(const xt::xtensor<T, 2>& m) const {
    xt::xtensor<T, 2> out(m.shape(), T{0});
    each(m, [&](auto i, auto j, auto a, auto b, T w) { out(a, b) += w * m(i, j); });
    return out;
  }
  /// The sum of the weights that fall inside the picture.
  xt::xtensor<T, 2> inside(std::size_t height, std::size_t width) const {
    return gather(xt::xtensor<T, 2>(std::array{height, width}, T{1}));
  }

 private:
  template <class F>
  void each(const xt::xtensor<T, 2>& m, const F& f) const {
    const auto height = std::int64_t(m.shape(0)), width = std::int64_t(m.shape(1));
    const auto window = std::int64_t(weights.shape(0)), half = window / 2;
    for (std::int64_t i = 0; i < height; ++i)
      for (std::int64_t j = 0; j < width; ++j)
        for (std::int64_t p = std::max<std::int64_t>(half - i, 0); p < std::min(window, height + half - i);
             ++p)
          for (std::int64_t q = std::max<std::int64_t>(half - j, 0); q < std::min(window, width + half - j);
               ++q)
            f(i, j, i + p - half, j + q - half, weights(p, q));
  }
};

/// Subtract the local mean over all channels, divide by the local deviation where it is above average.
/// Math    v_c = x_c − (w ∗ Σ_c x_c)/(C W);  sigma = √(epsilon + (w ∗ Σ_c v_c²)/(C W));  c̄ = mean over the picture of sigma
///         y_c = v_c / max(c̄, sigma);  w a window that sums to 1, W the sum of its weights inside the picture
/// Shapes  x [N,C,H,W], weights [window,window] -> v, y alike, sigma [N,H,W]
/// Ref     Jarrett et al. 2009, "What is the best multi-stage architecture for object recognition?", §2
template <class T>
void local_contrast_norm_forward(Maps<const T> x, Mat<const T> weights, T epsilon, Maps<T> v, Cube<T> sigma,
                                 Maps<T> y) {
  const std::size_t channels = x.shape(1);
  const Blur<T> blur{weights};
  const auto count = evaluated<T>(T(channels) * blur.inside(x.shape(2), x.shape(3)));
  for (std::size_t n = 0; n < x.shape(0); ++n) {
    xt::xtensor<double, 2> total(count.shape(), 0.0), squares(count.shape(), 0.0);
    for (std::size_t c = 0; c < channels; ++c) assign(total, 1.0, map_of(x, n, c));
    const auto mean = evaluated<T>(blur.gather(evaluated<T>(total)) / count);
    for (std::size_t c = 0; c < channels; ++c) {
      auto vc = map_of(v, n, c);
      assign(vc, map_of(x, n, c) - mean);
      assign(squares, 1.0, vc * vc);
    }
    auto s = xt::view(sigma, n, xt::all(), xt::all());
    assign(s, xt::sqrt(epsilon + blur.gather(evaluated<T>(squares)) / count));
    const T average = T(sum_of(s) / T(s.size()));
    for (std::size_t c = 0; c < channels; ++c)
      assign(map_of(y, n, c), map_of(v, n, c) / xt::where(s > average, s, average));
  }
}

/// Math    d = max(c̄, sigma);  t = −Σ_c dy_c v_c / d²;  dc̄ = Σ t where sigma ≤ c̄;  dsigma = t [sigma > c̄] + dc̄/(H W)
///         dv_c = dy_c/d + v_c/C (wᵀ ∗ dsigma/(sigma W));  dx_c = beta dx_c + dv_c − (wᵀ ∗ (Σ_c dv_c)/W)/C
template <class T>
void local_contrast_norm_backward(Mat<const T> weights, Maps<const T> v, Cube<const T> sigma,
                                  Maps<const T> dy, Maps<T> dx, T beta) {
  const std::size_t channels = v.shape(1);
  const Blur<T> blur{weights};
  const auto inside = blur.inside(v.shape(2), v.shape(3));
  for (std::size_t n = 0; n < v.shape(0); ++n) {
    const auto s = xt::view(sigma, n, xt::all(), xt::all());
    const T average = T(sum_of(s) / T(s.size()));
    const auto d = evaluated<T>(xt::where(s > average, s, average));
    xt::xtensor<double, 2> total(inside.shape(), 0.0), dv_total(inside.shape(), 0.0);
    for (std::size_t c = 0; c < channels; ++c) assign(total, 1.0, map_of(dy, n, c) * map_of(v, n, c));
    const auto t = evaluated<T>(-total / (d * d));
    const T daverage = T(sum_of(xt::where(s > average, T{0}, t)));
    const auto dsigma = xt::where(s > average, t, T{0}) + daverage / T(s.size());
    const auto spread = blur.spread(evaluated<T>(dsigma / (s * inside)));
    const auto dv = [&](std::size_t c) {
      return evaluated<T>(map_of(dy, n, c) / d + map_of(v, n, c) * spread / T(channels));
    };
    for (std::size_t c = 0; c < channels; ++c) assign(dv_total, 1.0, dv(c));
    const auto mean = evaluated<T>(blur.spread(evaluated<T>(dv_total / inside)) / T(channels));
    for (std::size_t c = 0; c < channels; ++c) assign(map_of(dx, n, c), beta, dv(c) - mean);
  }
}

}  // namespace livegrad::kernels::ref
