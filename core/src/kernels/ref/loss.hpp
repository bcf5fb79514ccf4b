#pragma once

#include "../abi.hpp"
#include "livegrad/math.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// The multiclass hinge loss of support vector machines. A row whose label is outside [0, C) has a loss of 0 and no gradient.
/// Math    loss_r = Σ_{j ≠ label} max(0, x_j − x_label + margin)
/// Shapes  x [R,C], labels [R] -> loss [R]
/// Ref     Weston and Watkins 1999, "Support vector machines for multi-class pattern recognition"
template <class T>
void hinge_forward(Mat<const T> x, Vec<const std::int32_t> labels, T margin, Vec<T> loss) {
  for (std::size_t r = 0; r < labels.size(); ++r) {
    loss(r) = T{0};
    if (labels(r) < 0 || std::size_t(labels(r)) >= x.shape(1)) continue;
    const auto label = std::size_t(labels(r));
    xt::xtensor<T, 1> excess = (xt::view(x, r, xt::all()) - x(r, label)) + margin;
    excess(label) = T{0};
    loss(r) = xt::sum<double>(xt::where(excess < T{0}, T{0}, excess))();
  }
}

/// Math    dx_j = beta dx_j + [x_j − x_label + margin > 0] dloss for j ≠ label, and minus their number times dloss at the label
template <class T>
void hinge_backward(Mat<const T> x, Vec<const std::int32_t> labels, T margin, Vec<const T> dloss, Mat<T> dx,
                    T beta) {
  for (std::size_t r = 0; r < labels.size(); ++r) {
    xt::xtensor<T, 1> violated = xt::zeros<T>({x.shape(1)});
    if (labels(r) >= 0 && std::size_t(labels(r)) < x.shape(1)) {
      const auto label = std::size_t(labels(r));
      violated = xt::where((xt::view(x, r, xt::all()) - x(r, label)) + margin > T{0}, T{1}, T{0});
      violated(label) = T{0};
      violated(label) = -xt::sum<double>(violated)();
    }
    assign(xt::view(dx, r, xt::all()), beta, violated * dloss(r));
  }
}

/// A loss per element against a target, summed over each row.
/// Math    squared: ½ (x − t)²;  absolute: |x − t|;  binary_cross_entropy (x is a logit): max(x, 0) − x t + log(1 + e^−|x|);
///         poisson (x is a log rate): eˣ − t x, the negative log-likelihood but for log t!
/// Shapes  x, target [R,C] -> loss [R]
/// Units   binary_cross_entropy and poisson: nats
template <class T>
void target_loss_forward(TargetLossKind kind, Mat<const T> x, Mat<const T> target, Vec<T> loss) {
  const xt::xtensor<T, 2> difference = x - target;
  xt::xtensor<T, 2> terms;
  switch (kind) {
    case TargetLossKind::squared:
      terms = T(0.5) * difference * difference;
      break;
    case TargetLossKind::absolute:
      terms = xt::abs(difference);
      break;
    case TargetLossKind::binary_cross_entropy:
      terms = xt::where(x < T{0}, T{0}, x) - x * target +
              map<T>([](double v) { return math::log1p(math::exp(-v)); }, xt::abs(x));
      break;
    case TargetLossKind::poisson:
      terms = map<T>(math::exp, x) - target * x;
      break;
  }
  xt::noalias(loss) = xt::sum<double>(terms, {1});
}

/// Math    dx = beta dx + l' dloss;  squared: l' = x − t;  absolute: l' = sign(x − t);
///         binary_cross_entropy: l' = sigmoid(x) − t;  poisson: l' = eˣ − t
/// Grad    absolute: 0 at x = t
template <class T>
void target_loss_backward(TargetLossKind kind, Mat<const T> x, Mat<const T> target, Vec<const T> dloss,
                          Mat<T> dx, T beta) {
  const auto d = xt::view(dloss, xt::all(), xt::newaxis());
  switch (kind) {
    case TargetLossKind::squared:
      assign(dx, beta, (x - target) * d);
      break;
    case TargetLossKind::absolute:
      assign(dx, beta, xt::sign(x - target) * d);
      break;
    case TargetLossKind::binary_cross_entropy:
      assign(dx, beta, (map<T>(math::sigmoid, x) - target) * d);
      break;
    case TargetLossKind::poisson:
      assign(dx, beta, (map<T>(math::exp, x) - target) * d);
      break;
  }
}

}  // namespace livegrad::kernels::ref
