#pragma once

#include "../abi.hpp"
#include "livegrad/math.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// An activation function, elementwise.
/// Math    relu: y = max(0, x);  leaky_relu: y = x, alpha x below 0;  sigmoid: y = 1/(1 + e⁻ˣ);  tanh: y = tanh(x);
///         elu: y = x, alpha (eˣ − 1) below 0;  softplus: y = log(1 + eˣ). NaN stays NaN.
/// Ref     Glorot et al. 2011 (relu, softplus); Maas et al. 2013 (leaky_relu); LeCun et al. 1998 (tanh);
///         Clevert et al. 2016 (elu)
template <class T>
void activation_forward(ActivationKind kind, T alpha, Vec<const T> x, Vec<T> y) {
  switch (kind) {
    case ActivationKind::relu:
      assign(y, xt::where(x < T{0}, T{0}, x));
      break;
    case ActivationKind::leaky_relu:
      assign(y, xt::where(x < T{0}, alpha * x, x));
      break;
    case ActivationKind::sigmoid:
      assign(y, map<T>(math::sigmoid, x));
      break;
    case ActivationKind::tanh:
      assign(y, map<T>(math::tanh, x));
      break;
    case ActivationKind::elu:
      assign(y, xt::where(x < T{0}, alpha * map<T>(math::expm1, x), x));
      break;
    case ActivationKind::softplus:
      assign(y, map<T>([](double v) { return (v < 0 ? 0 : v) + math::log1p(math::exp(v < 0 ? v : -v)); }, x));
      break;
  }
}

/// The derivative of an activation, from its input x and its output y. At a kink it is the left one.
/// Math    dx = beta dx + f'(x) dy;  sigmoid: f' = y (1 − y);  tanh: f' = 1 − y²;  elu: f' = y + alpha below 0;
///         softplus: f' = 1/(1 + e⁻ˣ)
template <class T>
void activation_backward(ActivationKind kind, T alpha, Vec<const T> x, Vec<const T> y, Vec<const T> dy,
                         Vec<T> dx, T beta) {
  switch (kind) {
    case ActivationKind::relu:
      assign(dx, beta, xt::where(x <= T{0}, T{0}, dy));
      break;
    case ActivationKind::leaky_relu:
      assign(dx, beta, xt::where(x <= T{0}, alpha * dy, dy));
      break;
    case ActivationKind::sigmoid:
      assign(dx, beta, y * (T{1} - y) * dy);
      break;
    case ActivationKind::tanh:
      assign(dx, beta, (T{1} - y * y) * dy);
      break;
    case ActivationKind::elu:
      assign(dx, beta, xt::where(x <= T{0}, (y + alpha) * dy, dy));
      break;
    case ActivationKind::softplus:
      assign(dx, beta, map<T>(math::sigmoid, x) * dy);
      break;
  }
}

}  // namespace livegrad::kernels::ref
