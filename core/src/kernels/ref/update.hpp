#pragma once

#include <cmath>
#include <limits>

#include "../abi.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// 0 where x is subnormal.
template <class T>
T flush(T x) {
  return std::abs(x) < std::numeric_limits<T>::min() ? T{0} : x;
}

/// One step of an optimiser over consecutive parameters; the equations stand with OptimizerKind.
/// Math    g' = clip(gradient_scale g, ±clip_value) + l2 w + l1 sign(w), then the rule of `kind` with g'
/// Shapes  w, g, slot0, slot1 [size]; slots null where the rule has none
/// Ref     Polyak 1964 (momentum); Nesterov 1983, Sutskever et al. 2013 (nesterov); Duchi et al. 2011 (adagrad);
///         Tieleman and Hinton 2012 (rmsprop); Zeiler 2012 (adadelta); Kingma and Ba 2015 (adam);
///         Loshchilov and Hutter 2019 (adamw)
template <class T, class Args>
void update(const Args& o, Vec<T> w, Vec<const T> gradient) {
  T unused{0};
  for (std::size_t i = 0; i < w.size(); ++i) {
    T g = o.gradient_scale * gradient(i);
    if (o.clip_value > T{0}) g = g > o.clip_value ? o.clip_value : g < -o.clip_value ? -o.clip_value : g;
    if (o.kind == OptimizerKind::adamw) {
      w(i) -= o.rate * o.l2 * w(i);
    } else if (o.l2 != T{0}) {
      g += o.l2 * w(i);
    }
    if (o.l1 != T{0}) g += o.l1 * T((w(i) > T{0}) - (w(i) < T{0}));

    T &slot0 = o.slot0 ? o.slot0[i] : unused, &slot1 = o.slot1 ? o.slot1[i] : unused;
    switch (o.kind) {
      case OptimizerKind::sgd:
        w(i) -= o.rate * g;
        break;
      case OptimizerKind::momentum:
        slot0 = flush(o.momentum * slot0 - o.rate * g);
        w(i) += slot0;
        break;
      case OptimizerKind::nesterov:
        slot0 = flush(o.momentum * slot0 - o.rate * g);
        w(i) += o.momentum * slot0 - o.rate * g;
        break;
      case OptimizerKind::adagrad:
        slot0 += g * g;
        w(i) -= o.rate * g / std::sqrt(slot0 + o.epsilon);
        break;
      case OptimizerKind::rmsprop:
        slot0 = flush(o.rho * slot0 + (T{1} - o.rho) * (g * g));
        w(i) -= o.rate * g / (std::sqrt(slot0) + o.epsilon);
        break;
      case OptimizerKind::windowgrad:
        slot0 = flush(o.rho * slot0 + (T{1} - o.rho) * (g * g));
        w(i) -= o.rate * g / std::sqrt(slot0 + o.epsilon);
        break;
      case OptimizerKind::adadelta: {
        slot0 = flush(o.rho * slot0 + (T{1} - o.rho) * (g * g));
        const T d = -std::sqrt((slot1 + o.epsilon) / (slot0 + o.epsilon)) * g;
        slot1 = flush(o.rho * slot1 + (T{1} - o.rho) * (d * d));
        w(i) += o.rate * d;
        break;
      }
      case OptimizerKind::adam:
      case OptimizerKind::adamw:
        slot0 = flush(o.beta1 * slot0 + (T{1} - o.beta1) * g);
        slot1 = flush(o.beta2 * slot1 + (T{1} - o.beta2) * (g * g));
        w(i) -= o.rate * (slot0 * o.correction1) / (std::sqrt(slot1 * o.correction2) + o.epsilon);
        break;
    }
  }
}

}  // namespace livegrad::kernels::ref
