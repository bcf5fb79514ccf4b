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
    auto s = xt::view(scale, xt::all(), c, xt::all());
    const auto first = std::max<std::int64_t>(c - window / 2, 0),
               last = std::min(c + (window - 1) / 2 + 1, channels);
    const auto around = xt::view(x, xt::all(), xt::range(first, last), xt::all());
    s = k + alpha / T(window) * xt::sum<double>(around * around, {1});
  }
  const auto inverse = xt::vectorize([power](T s) { return T(math::pow(double(s), -double(power))); })(scale);
  xt::noalias(y) = x * inverse;
}

/// Math    dx_c = beta dx_c + dy_c scale_c^−power − 2 alpha power/window x_c Σ_{j: c in j's window} dy_j y_j / scale_j
template <class T>
void local_response_norm_backward(Cube<const T> x, Cube<const T> y, Cube<const T> scale, Cube<const T> dy,
                                  std::int64_t window, T alpha, T power, Cube<T> dx, T beta) {
  const auto channels = std::int64_t(x.shape(1));
  const xt::xtensor<T, 3> inverse =
      xt::vectorize([power](T s) { return T(math::pow(double(s), -double(power))); })(scale);
  const xt::xtensor<T, 3> ratio = dy * y / scale;
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto first = std::max<std::int64_t>(c - (window - 1) / 2, 0),
               last = std::min(c + window / 2 + 1, channels);
    const xt::xtensor<T, 2> sum =
        xt::sum<double>(xt::view(ratio, xt::all(), xt::range(first, last), xt::all()), {1});
    const auto at = [c](auto& t) { return xt::view(t, xt::all(), c, xt::all()); };
    assign(at(dx), beta, at(dy) * at(inverse) - (T{2} * alpha * power / T(window)) * (at(x) * sum));
  }
}

/// The window's weights on every cell of a map, without and with renormalisation where the window hangs over the border.
template <class T>
struct Blur {
  Mat<const T> weights;

  /// out_ij = Σ_pq w_pq m_{i+p−h, j+q−h}, h = ⌊window/2⌋; `spread` is the transposed map.
  template <class M>
  xt::xtensor<T, 2> gather(const M& m) const {
    xt::xtensor<T, 2> out = xt::zeros<T>(m.shape());
    each(m, [&](auto i, auto j, auto a, auto b, T w) { out(i, j) += w * m(a, b); });
    return out;
  }
  template <class M>
  xt::xtensor<T, 2> spread(const M& m) const {
    xt::xtensor<T, 2> out = xt::zeros<T>(m.shape());
    each(m, [&](auto i, auto j, auto a, auto b, T w) { out(a, b) += w * m(i, j); });
    return out;
  }
  /// The sum of the weights that fall inside the picture.
  template <class M>
  xt::xtensor<T, 2> inside(const M& like) const {
    return gather(xt::xtensor<T, 2>(xt::ones<T>(like.shape())));
  }

 private:
  template <class M, class F>
  void each(const M& m, const F& f) const {
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
  const Blur<T> blur{weights};
  const T channels = T(x.shape(1));
  for (std::size_t n = 0; n < x.shape(0); ++n) {
    const auto xn = xt::view(x, n, xt::all(), xt::all(), xt::all());
    auto vn = xt::view(v, n, xt::all(), xt::all(), xt::all());
    auto s = xt::view(sigma, n, xt::all(), xt::all());
    const xt::xtensor<T, 2> count = channels * blur.inside(s);
    const xt::xtensor<T, 2> sum = xt::sum<double>(xn, {0});
    vn = xn - blur.gather(sum) / count;
    const xt::xtensor<T, 2> squares = xt::sum<double>(vn * vn, {0});
    s = xt::sqrt(epsilon + blur.gather(squares) / count);
    const T average = xt::sum<double>(s)() / T(s.size());
    xt::view(y, n, xt::all(), xt::all(), xt::all()) = vn / xt::where(s > average, s, average);
  }
}

/// Math    d = max(c̄, sigma);  t = −Σ_c dy_c v_c / d²;  dc̄ = Σ t where sigma ≤ c̄;  dsigma = t [sigma > c̄] + dc̄/(H W)
///         dv_c = dy_c/d + v_c/C (wᵀ ∗ dsigma/(sigma W));  dx_c = beta dx_c + dv_c − (wᵀ ∗ (Σ_c dv_c)/W)/C
template <class T>
void local_contrast_norm_backward(Mat<const T> weights, Maps<const T> v, Cube<const T> sigma,
                                  Maps<const T> dy, Maps<T> dx, T beta) {
  const Blur<T> blur{weights};
  const T channels = T(v.shape(1));
  for (std::size_t n = 0; n < v.shape(0); ++n) {
    const auto vn = xt::view(v, n, xt::all(), xt::all(), xt::all());
    const auto dyn = xt::view(dy, n, xt::all(), xt::all(), xt::all());
    const auto s = xt::view(sigma, n, xt::all(), xt::all());
    const xt::xtensor<T, 2> inside = blur.inside(s);
    const T average = xt::sum<double>(s)() / T(s.size());
    const xt::xtensor<T, 2> d = xt::where(s > average, s, average);
    const xt::xtensor<T, 2> t = -xt::sum<double>(dyn * vn, {0}) / (d * d);
    const T daverage = xt::sum<double>(xt::where(s > average, T{0}, t))();
    const xt::xtensor<T, 2> dsigma = xt::where(s > average, t, T{0}) + daverage / T(s.size());
    const xt::xtensor<T, 2> spread = blur.spread(xt::xtensor<T, 2>(dsigma / (s * inside)));
    const xt::xtensor<T, 3> dv = dyn / d + vn * spread / channels;
    const xt::xtensor<T, 2> sum = xt::sum<double>(dv, {0}) / inside;
    assign(xt::view(dx, n, xt::all(), xt::all(), xt::all()), beta, dv - blur.spread(sum) / channels);
  }
}

}  // namespace livegrad::kernels::ref
