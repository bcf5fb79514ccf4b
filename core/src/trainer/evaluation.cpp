#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "impl.hpp"

namespace livegrad {

double Evaluation::error() const noexcept {
  if (correct < 0) return std::numeric_limits<double>::quiet_NaN();
  return examples == 0 ? 0 : 100 * double(examples - correct) / double(examples);
}

/// Math    with k of n wrong, p = k/n and z = 1.96:
///         (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)
Evaluation::Interval Evaluation::interval() const noexcept {
  if (correct < 0) return {error(), error()};
  if (examples == 0) return {0, 100};
  constexpr double z = 1.959963984540054;
  const double n = double(examples), p = double(examples - correct) / n;
  const double centre = p + z * z / (2 * n);
  const double reach = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 100 / (1 + z * z / n);
  return {std::max(0.0, scale * (centre - reach)), std::min(100.0, scale * (centre + reach))};
}

/// Math    a loss is the mean over crops, a prediction that of the crops' mean probabilities
void Trainer::Impl::evaluate(BatchReader& reader, std::span<const std::int32_t> indices, Evaluation& into,
                             std::span<real> into_probabilities) noexcept {
  Compiled& c = *evaluator.compiled;
  const auto examples = std::ssize(indices);
  const std::int64_t classes = c.network.classes;
  const int crops = options().test_crops;
  const Batch batch = c.batch(examples);
  c.run = {.examples = examples};
  std::ranges::fill(probabilities, real(0));
  for (int crop = 0; crop < crops; ++crop) {
    if (crops == 1)
      reader.read_centre(indices, batch);
    else
      reader.read_crop(crop, indices, batch);
    if (data.encodes_labels) c.encode_labels(examples);
    c.schedule.forward(c.run);
    into.loss_sum += c.loss_sum(examples) / double(crops);
    if (classes == 0) continue;
    // The scores themselves decide where there is nothing to average: equal probabilities can hide a difference.
    const real* scores = c.graph.view(crops == 1 ? c.network.output : c.network.probabilities, examples).data;
    for (std::int64_t i = 0; i < examples * classes; ++i) probabilities[std::size_t(i)] += scores[i];
    if (into_probabilities.empty()) continue;
    const real* shares = c.graph.view(c.network.probabilities, examples).data;
    for (std::int64_t i = 0; i < examples * classes; ++i)
      into_probabilities[std::size_t(i)] += shares[i] / real(crops);
  }
  into.examples += examples;
  if (classes == 0) return;
  for (std::int64_t i = 0; i < examples; ++i) {
    const std::int64_t label = batch.labels[std::size_t(i)];
    const std::int64_t predicted = Compiled::predicted(probabilities.data() + i * classes, classes);
    into.correct += predicted == label;
    ++into.confusion[std::size_t(label * classes + predicted)];
  }
}

std::int64_t Trainer::Impl::size(Split split) const noexcept {
  if (data.text) return TextParts::size(part(split));
  switch (split) {
    case Split::training:
      return std::ssize(order.training());
    case Split::validation:
      return std::ssize(order.validation());
    case Split::test:
      return data.test ? data.test->size() : 0;
  }
  return 0;
}

std::int64_t Trainer::size(Split split) const noexcept { return impl_->size(split); }

std::span<const std::int32_t> Trainer::Impl::pick(Split split, std::int64_t first,
                                                  std::int64_t count) noexcept {
  const auto part = std::span(samples).first(std::size_t(count));
  switch (split) {
    case Split::training:
      std::ranges::copy_n(order.training().begin() + first, count, part.begin());
      break;
    case Split::validation:
      std::ranges::copy_n(order.validation().begin() + first, count, part.begin());
      break;
    case Split::test:
      std::iota(part.begin(), part.end(), static_cast<std::int32_t>(first));
      break;
  }
  return part;
}

void Trainer::evaluate(Split split, std::int64_t first, std::int64_t count, Evaluation& into,
                       std::span<real> probabilities) {
  Impl& s = *impl_;
  if (s.data.text) return s.evaluate_text(split, first, count, into);
  const std::int64_t classes = s.training->network.classes;
  into.confusion.resize(std::size_t(classes * classes));
  if (classes == 0) into.correct = -1;
  const std::int64_t end = std::min(size(split), first + count);
  for (first = std::max<std::int64_t>(first, 0); first < end; first += kEvaluationBatch) {
    const std::int64_t batch = std::min(kEvaluationBatch, end - first);
    const auto shares = probabilities.first(probabilities.empty() ? 0 : std::size_t(batch * classes));
    s.evaluate(s.reader(split), s.pick(split, first, batch), into, shares);
    probabilities = probabilities.subspan(shares.size());
  }
}

Evaluation Trainer::evaluate(Split split) {
  Evaluation all;
  evaluate(split, 0, size(split), all);
  return all;
}

bool Trainer::report_validation(const Evaluation& evaluation) noexcept {
  Impl& s = *impl_;
  const double loss = evaluation.loss();
  s.history.add_validation({s.progress.steps, epoch(), loss, 100 - evaluation.error()});
  if (loss < s.progress.best) {
    s.progress.best = loss;
    s.progress.since_best = s.progress.since_halving = 0;
    return true;
  }
  ++s.progress.since_best;
  if (s.options().schedule.type != ScheduleType::halve_on_plateau) return false;
  if (++s.progress.since_halving < s.options().schedule.patience) return false;
  s.progress.rate_factor /= 2;
  s.progress.since_halving = 0;
  return false;
}

}  // namespace livegrad
