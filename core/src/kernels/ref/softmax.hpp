#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "livegrad/math.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// x - max x, e^(x - max x) and the sum of those, of one row.
template <class T>
struct Exponentials {
  xt::xtensor<T, 1> shifted, e;
  T total;
  template <class Row>
  explicit Exponentials(const Row& x)
      : shifted(evaluated<T>(x - largest(x))),
        e(evaluated<T>(map<T>(math::exp, shifted))),
        total(T(sum_of(e))) {}

 private:
  template <class Row>
  static T largest(const Row& x) {
    T top = x(0);
    for (std::size_t c = 1; c < x.size(); ++c) top = std::max(top, x(c));
    return top;
  }
};

/// Probabilities from scores.
/// Math    y_c = exp(x_c − max x) / Σ_j exp(x_j − max x)
/// Shapes  x [R,C] -> y [R,C]
/// Ref     Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs"
template <class T>
void softmax_forward(Mat<const T> x, Mat<T> y) {
  for (std::size_t r = 0; r < x.shape(0); ++r) {
    const Exponentials<T> row(xt::view(x, r, xt::all()));
    assign(xt::view(y, r, xt::all()), row.e / row.total);
  }
}

/// Math    dx = beta dx + y (dy − Σ_c dy_c y_c)
template <class T>
void softmax_backward(Mat<const T> y, Mat<const T> dy, Mat<T> dx, T beta) {
  for (std::size_t r = 0; r < y.shape(0); ++r) {
    const auto yr = xt::view(y, r, xt::all()), dyr = xt::view(dy, r, xt::all());
    assign(xt::view(dx, r, xt::all()), beta, yr * (dyr - T(sum_of(dyr * yr))));
  }
}

/// The smoothed one-hot target t_c = (1 − smoothing) [c = label] + smoothing/C.
template <class T>
T target(std::size_t c, std::int32_t label, std::size_t classes, T smoothing) {
  const T even = smoothing / T(classes);
  return std::int32_t(c) == label ? even + (T{1} - smoothing) : even;
}
inline bool is_class(std::int32_t label, std::size_t classes) {
  return label >= 0 && std::size_t(label) < classes;
}

/// Softmax and cross-entropy in one. A row whose label is outside [0, C) has a loss of 0 and no gradient.
/// Math    p = softmax(logits);  loss_r = −Σ_c t_rc log p_rc,  t = (1 − smoothing) onehot(label) + smoothing/C
/// Shapes  logits [R,C], labels [R] -> probabilities [R,C], loss [R]
/// Units   nats
/// Ref     Szegedy et al. 2016, "Rethinking the Inception architecture", §7 (smoothing)
template <class T>
void softmax_cross_entropy_forward(Mat<const T> logits, Vec<const std::int32_t> labels, T smoothing,
                                   Mat<T> probabilities, Vec<T> loss) {
  const std::size_t classes = logits.shape(1);
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const Exponentials<T> row(xt::view(logits, r, xt::all()));
    assign(xt::view(probabilities, r, xt::all()), row.e / row.total);
    double total = 0;
    for (std::size_t c = 0; c < classes && is_class(labels(r), classes); ++c) {
      const T t = target(c, labels(r), classes, smoothing);
      if (t != T{0}) total += -t * (row.shifted(c) - T(math::log(row.total)));
    }
    loss(r) = T(total);
  }
}

/// Math    dx = beta dx + (p − t) dloss
template <class T>
void softmax_cross_entropy_backward(Mat<const T> probabilities, Vec<const std::int32_t> labels, T smoothing,
                                    Vec<const T> dloss, Mat<T> dx, T beta) {
  const std::size_t classes = probabilities.shape(1);
  for (std::size_t r = 0; r < labels.size(); ++r)
    for (std::size_t c = 0; c < classes; ++c) {
      const T d = is_class(labels(r), classes)
                      ? (probabilities(r, c) - target(c, labels(r), classes, smoothing)) * dloss(r)
                      : T{0};
      dx(r, c) = beta == T{0} ? d : dx(r, c) + d;
    }
}

/// What each row weighs in the mean over the labelled rows of its example; 0 without a label.
/// Shapes  labels [N·steps] -> [N·steps]
template <class T>
xt::xtensor<T, 1> step_weights(Vec<const std::int32_t> labels, std::int64_t classes, std::int64_t steps) {
  xt::xtensor<T, 1> weights(labels.shape());
  for (std::size_t first = 0; first < labels.size(); first += std::size_t(steps)) {
    T count{0};
    const auto last = first + std::size_t(steps);
    for (std::size_t r = first; r < last; ++r) count += T(is_class(labels(r), std::size_t(classes)));
    for (std::size_t r = first; r < last; ++r)
      weights(r) = is_class(labels(r), std::size_t(classes)) ? T{1} / count : T{0};
  }
  return weights;
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
