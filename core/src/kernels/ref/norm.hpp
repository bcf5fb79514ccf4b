#pragma once

#include <cmath>

#include "views.hpp"

namespace livegrad::kernels::ref {

/// Each channel normalised over the batch and the picture. In training with the batch's own statistics, which also move
/// the running ones; in evaluation with the running ones.
/// Math    y = gamma (x − mean) rstd + shift,  rstd = 1/√(variance + epsilon), variance = mean of (x − mean)²
///         running = (1 − momentum) running + momentum statistic; the running variance takes the unbiased one, /(M − 1)
/// Shapes  x [N,C,inner], gamma, shift, running_… [C] -> y [N,C,inner], mean, rstd [C]; M = N·inner
/// Ref     Ioffe and Szegedy 2015, "Batch normalization", algorithm 1
template <class T>
void batch_norm_forward(Cube<const T> x, Vec<const T> gamma, Vec<const T> shift, bool training, T momentum,
                        T epsilon, Vec<T> running_mean, Vec<T> running_variance, Vec<T> mean, Vec<T> rstd,
                        Cube<T> y) {
  const T count = T(x.shape(0) * x.shape(2));
  for (std::size_t c = 0; c < x.shape(1); ++c) {
    const auto xc = xt::view(x, xt::all(), c, xt::all());
    T m = running_mean(c), variance = running_variance(c);
    if (training) {
      m = T(sum_of(xc) / count);
      const T squares = sum_of((xc - m) * (xc - m));
      variance = squares / count;
      const T unbiased = count > T{1} ? squares / (count - T{1}) : variance;
      running_mean(c) = (T{1} - momentum) * running_mean(c) + momentum * m;
      running_variance(c) = (T{1} - momentum) * running_variance(c) + momentum * unbiased;
    }
    mean(c) = m;
    rstd(c) = T{1} / std::sqrt(variance + epsilon);
    assign(xt::view(y, xt::all(), c, xt::all()), gamma(c) * ((xc - m) * rstd(c)) + shift(c));
  }
}

/// Math    x̂ = (x − mean) rstd;  dgamma = Σ dy x̂;  dshift = Σ dy
///         training: dx = gamma rstd (dy − dshift/M − x̂ dgamma/M);  evaluation: dx = gamma rstd dy
/// Grad    dx, dgamma and dshift each with its own beta; null where not wanted
template <class T>
void batch_norm_backward(Cube<const T> x, Vec<const T> gamma, Vec<const T> mean, Vec<const T> rstd,
                         bool training, Cube<const T> dy, T* dx, T beta, T* dgamma, T beta_gamma, T* dshift,
                         T beta_shift) {
  const T count = T(x.shape(0) * x.shape(2));
  for (std::size_t c = 0; c < x.shape(1); ++c) {
    const auto dyc = xt::view(dy, xt::all(), c, xt::all());
    const auto normal = evaluated<T>((xt::view(x, xt::all(), c, xt::all()) - mean(c)) * rstd(c));
    const T sum_dy = sum_of(dyc), sum_dy_normal = sum_of(dyc * normal);
    if (dgamma) dgamma[c] = (beta_gamma == T{0} ? T{0} : dgamma[c]) + sum_dy_normal;
    if (dshift) dshift[c] = (beta_shift == T{0} ? T{0} : dshift[c]) + sum_dy;
    if (!dx) continue;
    auto all_dx = view(dx, x.shape(0), x.shape(1), x.shape(2));
    auto dxc = xt::view(all_dx, xt::all(), c, xt::all());
    const T scale = gamma(c) * rstd(c);
    if (training) {
      assign(dxc, beta, scale * ((dyc - sum_dy / count) - normal * (sum_dy_normal / count)));
    } else {
      assign(dxc, beta, scale * dyc);
    }
  }
}

/// Each row normalised to mean 0 and variance 1, then scaled and shifted by column.
/// Math    y = gamma (x − mean) rstd + shift,  rstd = 1/√(variance + epsilon), per row
/// Shapes  x [R,C], gamma, shift [C] -> y [R,C], mean, rstd [R]
/// Ref     Ba et al. 2016, "Layer normalization", eq. (4)
template <class T>
void layer_norm_forward(Mat<const T> x, Vec<const T> gamma, Vec<const T> shift, T epsilon, Vec<T> mean,
                        Vec<T> rstd, Mat<T> y) {
  const T count = T(x.shape(1));
  for (std::size_t r = 0; r < x.shape(0); ++r) {
    const auto row = xt::view(x, r, xt::all());
    mean(r) = sum_of(row) / count;
    rstd(r) = T{1} / std::sqrt(sum_of((row - mean(r)) * (row - mean(r))) / count + epsilon);
    assign(xt::view(y, r, xt::all()), gamma * ((row - mean(r)) * rstd(r)) + shift);
  }
}

/// Math    x̂ = (x − mean) rstd;  dgamma = Σ_r dy x̂;  dshift = Σ_r dy;  with e = gamma dy:
///         dx = beta dx + rstd (e − mean_c(e) − x̂ mean_c(e x̂))
template <class T>
void layer_norm_backward(Mat<const T> x, Vec<const T> gamma, Vec<const T> mean, Vec<const T> rstd,
                         Mat<const T> dy, T* dx, T beta, T* dgamma, T beta_gamma, T* dshift, T beta_shift) {
  const std::size_t rows = x.shape(0), columns = x.shape(1);
  const T count = T(columns);
  if (dgamma && beta_gamma == T{0}) view(dgamma, columns).fill(T{0});
  if (dshift && beta_shift == T{0}) view(dshift, columns).fill(T{0});
  for (std::size_t r = 0; r < rows; ++r) {
    const auto dyr = xt::view(dy, r, xt::all());
    const auto normal = evaluated<T>((xt::view(x, r, xt::all()) - mean(r)) * rstd(r));
    if (dgamma) assign(view(dgamma, columns), T{1}, dyr * normal);
    if (dshift) assign(view(dshift, columns), T{1}, dyr);
    if (!dx) continue;
    const auto e = evaluated<T>(gamma * dyr);
    const T mean_e = sum_of(e) / count, mean_e_normal = sum_of(e * normal) / count;
    auto all_dx = view(dx, rows, columns);
    assign(xt::view(all_dx, r, xt::all()), beta, rstd(r) * ((e - mean_e) - normal * mean_e_normal));
  }
}

}  // namespace livegrad::kernels::ref
