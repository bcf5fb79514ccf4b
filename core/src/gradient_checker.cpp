#include "gradient_checker.hpp"

#ifdef LIVEGRAD_REAL_DOUBLE

#include <algorithm>
#include <array>
#include <cmath>

namespace livegrad {
namespace {

constexpr double kStep = 1e-4;
/// A difference quotient of a loss f is rounded by some 1e-11 |f|, which says nothing of gradients far below 1e-4 |f|:
/// those of biases before batch normalisation, which are 0.
constexpr double kRounding = 1e-4;

void fill(const IndexView& view, const RandomStream& random, std::int64_t below) {
  for (std::int64_t i = 0; i < view.size(); ++i)
    view.data[i] = std::int32_t(random.below(std::uint32_t(below), std::uint64_t(i)));
}

template <class Map>
void fill(const TensorView& view, const RandomStream& random, Map map) {
  for (std::int64_t i = 0; i < view.size(); ++i) view.data[i] = map(random.uniform(std::uint64_t(i)));
}

}  // namespace

GradientChecker::GradientChecker(Graph& graph, const CheckedNetwork& network, std::uint64_t seed)
    : seed_(seed),
      loss_(network.loss),
      gradients_(std::size_t(graph.params().extent())),
      graph_(graph),
      schedule_(
          graph_, std::array{Target{loss_}},
          {.parameter_groups = Wrt::kAllGroups, .inputs = true, .parameter_gradients = gradients_.data()}),
      run_{.examples = kExamples, .training = true, .seed = seed, .step = 0} {
  if (network.symbols > 0)
    fill(graph_.index_view(network.input, kExamples), stream("input"), network.symbols);
  else
    fill(graph_.view(network.input, kExamples), stream("input"),
         [&](double u) { return network.low + u * (network.high - network.low); });
  if (network.targets.index >= 0)
    fill(graph_.view(network.targets, kExamples), stream("targets"), [](double u) { return u; });
  if (network.labels.index >= 0)
    fill(graph_.index_view(network.labels, kExamples), stream("labels"), network.classes);
  for (std::int32_t v = 0; v < std::int32_t(graph_.values().size()); ++v) {
    const Value& value = graph_.value({v});
    const bool given = ValueId{v} == network.input || ValueId{v} == network.targets;
    if (value.kind == ValueKind::input && value.type == ValueType::real && !given) carried_.push_back({v});
  }
  forward();
  const TensorView cotangent = schedule_.gradient(loss_, kExamples);
  for (std::int64_t n = 0; n < kExamples; ++n) cotangent.data[n] = weight(n);
  schedule_.backward_given(run_);

  for (std::size_t v = 0; v < graph_.values().size(); ++v) {
    const ValueId id{std::int32_t(v)};
    const Value& value = graph_.value(id);
    Tensor tensor{.value = graph_.view(id, kExamples), .gradient = schedule_.gradient(id, kExamples)};
    if (value.kind == ValueKind::parameter) {
      const ParamInfo& info = graph_.params().info(ParamId{value.parameter});
      tensor.layer = info.layer;
      tensor.parameter = info.role;
    } else if (id == network.input) {
      tensor.layer = tensor.parameter = "input";
    } else {
      continue;
    }
    if (!tensor.gradient) continue;  // symbols have none
    for (std::int64_t i = 0; i < tensor.gradient.size(); ++i)
      tensor.largest = std::max(tensor.largest, std::abs(tensor.gradient.data[i]));
    tensors_.push_back(std::move(tensor));
  }
}

RandomStream GradientChecker::stream(std::string_view use) const {
  return {.seed = seed_, .layer = stable_id(use), .purpose = Purpose::check, .step = 0};
}

double GradientChecker::weight(std::int64_t n) const {
  return 0.5 + stream("cotangent").uniform(std::uint64_t(n));
}

void GradientChecker::check(Tensor& tensor, std::int64_t first, std::int64_t count) {
  std::vector<std::int32_t> order(std::size_t(tensor.value.size()));
  stream(tensor.layer + "." + tensor.parameter).permutation(order);
  const std::int64_t end = std::min(first + count, tensor.value.size());
  for (std::int64_t k = first; k < end; ++k) check(tensor, order[std::size_t(k)]);
}

/// From a carried state of zero, since a pass leaves its own behind.
void GradientChecker::forward() {
  for (const ValueId id : carried_) {
    const TensorView state = graph_.view(id, kExamples);
    std::fill_n(state.data, state.size(), real(0));
  }
  schedule_.forward(run_);
}

/// The weighted loss with `number` moved by `by`.
double GradientChecker::loss(real& number, double by) {
  const real before = number;
  number += by;
  forward();
  number = before;
  const TensorView loss = graph_.view(loss_, kExamples);
  double sum = 0;
  for (std::int64_t n = 0; n < kExamples; ++n) sum += weight(n) * loss.data[n];
  return sum;
}

void GradientChecker::check(Tensor& tensor, std::int64_t element) {
  real& number = tensor.value.data[element];
  const double gradient = tensor.gradient.data[element];
  const double f0 = loss(number, 0);
  const double scale = std::max({std::abs(gradient), tensor.largest / 100, kRounding * std::abs(f0), 1e-5});
  const double up = loss(number, kStep), down = loss(number, -kStep);
  const double half_up = loss(number, kStep / 2), half_down = loss(number, -kStep / 2);
  const double wide = (up - down) / (2 * kStep), narrow = (half_up - half_down) / kStep;
  // Where the loss is smooth, both quotients agree, and so do both second differences but for their factor of 4.
  const double bend = ((up - f0) - (f0 - down)) - 4 * ((half_up - f0) - (f0 - half_down));
  const double noise = 1e-14 * std::abs(f0) / kStep;
  if (std::abs(wide - narrow) > 2e-6 * scale + noise || std::abs(bend) / kStep > 2e-7 * scale + noise) {
    ++tensor.kinks;
    return;
  }
  const double quotient = (4 * narrow - wide) / 3;
  tensor.worst = std::max(tensor.worst, std::abs(gradient - quotient) / std::max(scale, std::abs(quotient)));
  ++tensor.checked;
}

}  // namespace livegrad

#endif
