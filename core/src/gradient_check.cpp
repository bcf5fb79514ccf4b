#include "livegrad/gradient_check.hpp"

#ifdef LIVEGRAD_REAL_DOUBLE

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "livegrad/error.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad {
namespace {

constexpr std::int64_t kExamples = 4;
constexpr double kStep = 1e-4;
/// A difference quotient of a loss f is rounded by some 1e-11 |f|, which says nothing of gradients far below 1e-4 |f|:
/// those of biases before batch normalisation, which are 0.
constexpr double kRounding = 1e-4;

struct Row {
  std::string layer, parameter;
  double worst = 0;
  int checked = 0, kinks = 0;
};

/// A network with examples, and the function of one number that finite differences look at.
class Checker {
 public:
  Checker(Trainer& trainer, std::uint64_t seed)
      : seed_(seed),
        gradients_(std::size_t(trainer.params().extent())),
        graph_(trainer.device(), trainer.params(), kExamples),
        network_(trainer.spec().record(graph_)),
        schedule_(
            graph_, std::array{Target{network_.loss}},
            {.parameter_groups = Wrt::kAllGroups, .inputs = true, .parameter_gradients = gradients_.data()}) {
    const Scaling& scaling = trainer.options().scaling;
    fill(graph_.view(network_.input, kExamples), "input",
         [&](double u) { return 255 * u * double(scaling.scale) + double(scaling.shift); });
    if (network_.targets.index >= 0)
      fill(graph_.view(network_.targets, kExamples), "targets", [](double u) { return u; });
    if (network_.labels.index >= 0) {
      const IndexView labels = graph_.index_view(network_.labels, kExamples);
      for (std::int64_t n = 0; n < kExamples; ++n)
        labels.data[n] =
            std::int32_t(stream("labels").below(std::uint32_t(network_.classes), std::uint64_t(n)));
    }
    schedule_.forward(run_);
    const TensorView cotangent = schedule_.gradient(network_.loss, kExamples);
    for (std::int64_t n = 0; n < kExamples; ++n) cotangent.data[n] = weight(n);
    schedule_.backward_given(run_);
  }

  std::vector<Row> check(int samples) {
    std::vector<Row> rows;
    for (std::size_t v = 0; v < graph_.values().size(); ++v) {
      const ValueId id{std::int32_t(v)};
      const Value& value = graph_.value(id);
      const TensorView gradient = schedule_.gradient(id, kExamples);
      if (value.kind == ValueKind::parameter) {
        const ParamInfo& info = graph_.params().info(ParamId{value.parameter});
        rows.push_back(check(info.layer, info.role, graph_.view(id, kExamples), gradient, samples));
      } else if (id == network_.input) {
        rows.push_back(check("input", "input", graph_.view(id, kExamples), gradient, samples));
      }
    }
    return rows;
  }

 private:
  RandomStream stream(std::string_view use) const {
    return {.seed = seed_, .layer = stable_id(use), .purpose = Purpose::check, .step = 0};
  }
  double weight(std::int64_t n) const { return 0.5 + stream("cotangent").uniform(std::uint64_t(n)); }

  template <class Map>
  void fill(const TensorView& view, std::string_view use, Map map) {
    const RandomStream random = stream(use);
    for (std::int64_t i = 0; i < view.size(); ++i) view.data[i] = map(random.uniform(std::uint64_t(i)));
  }

  /// The weighted loss with `number` moved by `by`.
  double loss(real& number, double by) {
    const real before = number;
    number += by;
    schedule_.forward(run_);
    number = before;
    const TensorView loss = graph_.view(network_.loss, kExamples);
    double sum = 0;
    for (std::int64_t n = 0; n < kExamples; ++n) sum += weight(n) * loss.data[n];
    return sum;
  }

  Row check(const std::string& layer, const std::string& role, const TensorView& value,
            const TensorView& gradient, int samples) {
    Row row{.layer = layer, .parameter = role};
    if (!gradient) return row;
    double largest = 0;
    for (std::int64_t i = 0; i < gradient.size(); ++i)
      largest = std::max(largest, std::abs(gradient.data[i]));
    std::vector<std::int32_t> order(std::size_t(value.size()));
    stream(text("{}.{}", layer, role)).permutation(order);
    order.resize(std::min(order.size(), std::size_t(samples)));
    for (const std::int32_t i : order) {
      real& number = value.data[i];
      const double f0 = loss(number, 0);
      const double scale =
          std::max({std::abs(gradient.data[i]), largest / 100, kRounding * std::abs(f0), 1e-5});
      const double up = loss(number, kStep), down = loss(number, -kStep);
      const double half_up = loss(number, kStep / 2), half_down = loss(number, -kStep / 2);
      const double wide = (up - down) / (2 * kStep), narrow = (half_up - half_down) / kStep;
      // Where the loss is smooth, both quotients agree, and so do both second differences but for their factor of 4.
      const double bend = ((up - f0) - (f0 - down)) - 4 * ((half_up - f0) - (f0 - half_down));
      const double noise = 1e-14 * std::abs(f0) / kStep;
      if (std::abs(wide - narrow) > 2e-6 * scale + noise || std::abs(bend) / kStep > 2e-7 * scale + noise) {
        ++row.kinks;
        continue;
      }
      const double quotient = (4 * narrow - wide) / 3;
      row.worst =
          std::max(row.worst, std::abs(gradient.data[i] - quotient) / std::max(scale, std::abs(quotient)));
      ++row.checked;
    }
    return row;
  }

  std::uint64_t seed_;
  std::vector<real> gradients_;
  Graph graph_;
  Network network_;
  Schedule schedule_;
  Run run_{.examples = kExamples, .training = true, .seed = seed_, .step = 0};
};

std::string check_json(std::string_view spec_json, std::span<const std::uint8_t> checkpoint,
                       std::uint64_t seed, int samples_per_tensor) {
  Device device({.isa = "ref", .threads = 1});
  const Spec spec = Spec::parse(spec_json);
  TrainingOptions options = spec.training();
  options.batch = 1;  // the trainer only holds the weights
  Trainer trainer(device, spec.with(options));
  if (!checkpoint.empty()) trainer.load(checkpoint);

  nlohmann::json rows = nlohmann::json::array();
  double worst = 0;
  for (const Row& row : Checker(trainer, seed).check(samples_per_tensor)) {
    worst = std::max(worst, row.worst);
    rows.push_back({{"layer", row.layer},
                    {"parameter", row.parameter},
                    {"worst", row.checked == 0 ? nlohmann::json() : nlohmann::json(row.worst)},
                    {"checked", row.checked},
                    {"kinks", row.kinks}});
  }
  return nlohmann::json{{"examples", kExamples}, {"worst", worst}, {"rows", rows}}.dump();
}

}  // namespace
}  // namespace livegrad

std::string livegrad_check::check_gradients_json(std::string_view spec_json,
                                                 std::span<const std::uint8_t> checkpoint, std::uint64_t seed,
                                                 int samples_per_tensor) {
  try {
    return livegrad::check_json(spec_json, checkpoint, seed, samples_per_tensor);
  } catch (const livegrad::Error& error) {
    throw std::runtime_error(error.what());
  }
}

#endif
