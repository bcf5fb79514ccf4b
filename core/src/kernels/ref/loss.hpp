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
    double total = 0;
    if (labels(r) >= 0 && std::size_t(labels(r)) < x.shape(1)) {
      const auto label = std::size_t(labels(r));
      for (std::size_t j = 0; j < x.shape(1); ++j) {
        const T excess = (x(r, j) - x(r, label)) + margin;
        if (j != label && !(excess < T{0})) total += excess;
      }
    }
    loss(r) = T(total);
  }
}

/// Math    dx_j = beta dx_j + [x_j − x_label + margin > 0] dloss for j ≠ label, and minus their number times dloss at the label
template <class T>
void hinge_backward(Mat<const T> x, Vec<const std::int32_t> labels, T margin, Vec<const T> dloss, Mat<T> dx,
                    T beta) {
  for (std::size_t r = 0; r < labels.size(); ++r) {
    xt::xtensor<T, 1> violated(std::array{x.shape(1)}, T{0});
    if (labels(r) >= 0 && std::size_t(labels(r)) < x.shape(1)) {
      const auto label = std::size_t(labels(r));
      for (std::size_t j = 0; j < x.shape(1); ++j)
        if (j != label && (x(r, j) - x(r, label)) + margin > T{0}) violated(j) = T{1};
      violated(label) = T(-sum_of(violated));
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
  const auto row_loss = [kind](const auto& x, const auto& t) {
    switch (kind) {
      case TargetLossKind::squared:
        return sum_of(T(0.5) * (x - t) * (x - t));
      case TargetLossKind::absolute:
        return sum_of(xt::abs(x - t));
      case TargetLossKind::binary_cross_entropy:
        return sum_of(xt::where(x < T{0}, T{0}, x) - x * t +
                      map<T>([](double v) { return math::log1p(math::exp(-v)); }, xt::abs(x)));
      case TargetLossKind::poisson:
        return sum_of(map<T>(math::exp, x) - t * x);
    }
    return 0.0;
  };
  for (std::size_t r = 0; r < loss.size(); ++r)
    loss(r) = T(row_loss(xt::view(x, r, xt::all()), xt::view(target, r, xt::all())));
}

/// Math    dx = beta dx + l' dloss;  squared: l' = x − t;  absolute: l' = sign(x − t);
///         binary_cross_entropy: l' = sigmoid(x) − t;  poisson: l' = eˣ − t
/// Grad    absolute: 0 at x = t
template <class T>
void target_loss_backward(TargetLossKind kind, Mat<const T> x, Mat<const T> target, Vec<const T> dloss,
                          Mat<T> dx, T beta) {
  const auto row_gradient = [kind, beta](const auto& x, const auto& t, T d, auto&& dx) {
    switch (kind) {
      case TargetLossKind::squared:
        return assign(dx, beta, (x - t) * d);
      case TargetLossKind::absolute:
        return assign(dx, beta, xt::sign(x - t) * d);
      case TargetLossKind::binary_cross_entropy:
        return assign(dx, beta, (map<T>(math::sigmoid, x) - t) * d);
      case TargetLossKind::poisson:
        return assign(dx, beta, (map<T>(math::exp, x) - t) * d);
    }
  };
  for (std::size_t r = 0; r < dloss.size(); ++r)
    row_gradient(xt::view(x, r, xt::all()), xt::view(target, r, xt::all()), dloss(r),
                 xt::view(dx, r, xt::all()));
}

}  // namespace livegrad::kernels::ref
