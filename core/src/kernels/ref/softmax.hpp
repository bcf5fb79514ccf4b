#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "livegrad/math.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// e^(x - max of the row), and the sum of each row.
template <class T>
struct Exponentials {
  xt::xtensor<T, 2> shifted, e, sum;
  explicit Exponentials(Mat<const T> x) {
    const xt::xtensor<T, 2> top = xt::amax(x, {1}, xt::keep_dims | xt::evaluation_strategy::immediate);
    shifted = x - top;
    e = map<T>(math::exp, shifted);
    sum = xt::sum<double>(e, {1}, xt::keep_dims | xt::evaluation_strategy::immediate);
  }
};

/// Probabilities from scores.
/// Math    y_c = exp(x_c − max x) / Σ_j exp(x_j − max x)
/// Shapes  x [R,C] -> y [R,C]
/// Ref     Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs"
template <class T>
void softmax_forward(Mat<const T> x, Mat<T> y) {
  const Exponentials<T> exponentials(x);
  xt::noalias(y) = exponentials.e / exponentials.sum;
}

/// Math    dx = beta dx + y (dy − Σ_c dy_c y_c)
template <class T>
void softmax_backward(Mat<const T> y, Mat<const T> dy, Mat<T> dx, T beta) {
  const xt::xtensor<T, 2> along =
      xt::sum<double>(dy * y, {1}, xt::keep_dims | xt::evaluation_strategy::immediate);
  assign(dx, beta, y * (dy - along));
}

/// The smoothed one-hot targets t = (1 − smoothing) onehot(label) + smoothing/C; rows of zeros where the label is not a class.
template <class T>
xt::xtensor<T, 2> targets(Vec<const std::int32_t> labels, std::size_t classes, T smoothing) {
  xt::xtensor<T, 2> t = xt::zeros<T>({labels.size(), classes});
  for (std::size_t r = 0; r < labels.size(); ++r) {
    if (labels(r) < 0 || std::size_t(labels(r)) >= classes) continue;
    xt::view(t, r, xt::all()) = smoothing / T(classes);
    t(r, std::size_t(labels(r))) += T{1} - smoothing;
  }
  return t;
}

/// Softmax and cross-entropy in one. A row whose label is outside [0, C) has a loss of 0 and no gradient.
/// Math    p = softmax(logits);  loss_r = −Σ_c t_rc log p_rc,  t = (1 − smoothing) onehot(label) + smoothing/C
/// Shapes  logits [R,C], labels [R] -> probabilities [R,C], loss [R]
/// Units   nats
/// Ref     Szegedy et al. 2016, "Rethinking the Inception architecture", §7 (smoothing)
template <class T>
void softmax_cross_entropy_forward(Mat<const T> logits, Vec<const std::int32_t> labels, T smoothing,
                                   Mat<T> probabilities, Vec<T> loss) {
  const Exponentials<T> exponentials(logits);
  xt::noalias(probabilities) = exponentials.e / exponentials.sum;
  const xt::xtensor<T, 2> t = targets<T>(labels, logits.shape(1), smoothing);
  const xt::xtensor<T, 2> log_p = exponentials.shifted - map<T>(math::log, exponentials.sum);
  const xt::xtensor<T, 2> terms = xt::where(xt::equal(t, T{0}), T{0}, -t * log_p);
  xt::noalias(loss) = xt::sum<double>(terms, {1});
}

/// Math    dx = beta dx + (p − t) dloss
template <class T>
void softmax_cross_entropy_backward(Mat<const T> probabilities, Vec<const std::int32_t> labels, T smoothing,
                                    Vec<const T> dloss, Mat<T> dx, T beta) {
  const std::size_t classes = probabilities.shape(1);
  const xt::xtensor<T, 2> t = targets<T>(labels, classes, smoothing);
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const bool labelled = labels(r) >= 0 && std::size_t(labels(r)) < classes;
    auto row = xt::view(dx, r, xt::all());
    if (labelled) {
      assign(row, beta, (xt::view(probabilities, r, xt::all()) - xt::view(t, r, xt::all())) * dloss(r));
    } else if (beta == T{0}) {
      row.fill(T{0});
    }
  }
}

/// What each row weighs in the mean over the labelled rows of its example; 0 without a label.
/// Shapes  labels [N·steps] -> [N·steps]
template <class T>
xt::xtensor<T, 1> step_weights(Vec<const std::int32_t> labels, std::int64_t classes, std::int64_t steps) {
  xt::xtensor<T, 1> labelled = xt::cast<T>(labels >= 0 && labels < std::int32_t(classes));
  for (std::size_t first = 0; first < labels.size(); first += std::size_t(steps)) {
    auto example = xt::view(labelled, xt::range(first, first + std::size_t(steps)));
    const T count = xt::sum(example)();
    if (count > T{0}) example /= count;
  }
  return labelled;
}

/// Math    loss_n = Σ_t w_nt step_loss_nt
template <class T>
void mean_of_steps(Vec<const T> step_loss, const xt::xtensor<T, 1>& weights, Vec<T> loss) {
  const std::size_t steps = step_loss.size() / loss.size();
  std::vector<T> means(loss.size(), T{0});
  for (std::size_t r = 0; r < step_loss.size(); ++r) means[r / steps] += weights(r) * step_loss(r);
  std::ranges::copy(means, loss.begin());
}

}  // namespace livegrad::kernels::ref
