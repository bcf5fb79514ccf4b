#include "livegrad/inspect.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "livegrad/layers.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad {
namespace {

using Kind = LayoutEntry::Kind;

class Layout {
 public:
  void add(std::string name, Kind kind, const std::string& layer, std::string_view op, ValueType type,
           const Shape& shape, std::int32_t rows_per_example, const void* data) {
    entries_.push_back({.id = static_cast<std::int32_t>(entries_.size()),
                        .name = std::move(name),
                        .kind = kind,
                        .layer = layer,
                        .op = std::string(op),
                        .type = type,
                        .shape = shape,
                        .rows_per_example = rows_per_example,
                        .data = data});
  }

  /// Inputs, activations and parts of a graph, and their gradients, as far as the schedule keeps them. Of those with
  /// one name the last, which is what its layer gives.
  void add_graph(const Graph& graph, const Schedule& schedule) {
    std::map<std::string, int, std::less<>> last;
    for (std::size_t i = 0; i < graph.values().size(); ++i)
      last[graph.name({static_cast<std::int32_t>(i)})] = static_cast<int>(i);
    for (std::size_t i = 0; i < graph.values().size(); ++i) {
      const ValueId id{static_cast<std::int32_t>(i)};
      const Value& value = graph.value(id);
      if (value.kind == ValueKind::parameter || value.kind == ValueKind::state || !schedule.keeps(id))
        continue;
      const std::string name = graph.name(id);
      if (last[name] != id.index) continue;
      const std::string& layer = graph.scope_name(value.scope);
      const std::string_view op =
          value.node < 0 ? std::string_view() : graph.nodes()[std::size_t(value.node)].op->name;
      add(name, Kind::value, layer, op, value.type, value.shape, value.rows_per_example, value.data);
      const TensorView gradient = schedule.gradient(id, graph.capacity());
      if (gradient)
        add(name, Kind::gradient, layer, op, value.type, value.shape, value.rows_per_example, gradient.data);
    }
  }

  std::vector<LayoutEntry> take() { return std::move(entries_); }

 private:
  std::vector<LayoutEntry> entries_;
};

}  // namespace

std::vector<LayoutEntry> layout(const Trainer& trainer) {
  Layout layout;
  layout.add_graph(trainer.graph(), trainer.schedule());
  const ParamStore& params = trainer.params();
  const auto add = [&](const std::string& layer, std::string name, Kind kind, const TensorView& view) {
    layout.add(std::move(name), kind, layer, "", ValueType::real, view.shape, 0, view.data);
  };
  for (int i = 0; i < params.size(); ++i) {
    const ParamId id{i};
    const ParamInfo& info = params.info(id);
    add(info.layer, info.name(), Kind::parameter, params.value(id));
    add(info.layer, info.name(), Kind::parameter_gradient, params.gradient(id));
    for (int k = 0; k < params.slots(); ++k)
      add(info.layer, text("{}.{}", info.name(), slot_name(trainer.options().optimizer.type, k)), Kind::slot,
          params.slot(k, id));
  }
  for (int i = 0; i < params.state_count(); ++i)
    add(params.info(StateId{i}).layer, params.info(StateId{i}).name(), Kind::state, params.state(StateId{i}));
  return layout.take();
}

std::vector<LayoutEntry> layout(const Probe& probe) {
  Layout layout;
  const Graph& graph = probe.graph();
  layout.add_graph(graph, probe.schedule());
  for (std::size_t i = 0; i < graph.values().size(); ++i) {
    const ValueId id{static_cast<std::int32_t>(i)};
    const TensorView gradient = probe.schedule().gradient(id, 1);
    if (graph.value(id).kind != ValueKind::parameter || !gradient) continue;
    const ParamInfo& info = graph.params().info(ParamId{graph.value(id).parameter});
    layout.add(info.name(), Kind::parameter_gradient, info.layer, "", ValueType::real, gradient.shape, 0,
               gradient.data);
  }
  return layout.take();
}

TensorStatistics statistics(const TensorView& view) noexcept {
  const std::span<const real> numbers(view.data, std::size_t(view.size()));
  if (numbers.empty()) return {};
  TensorStatistics s{.minimum = double(numbers[0]), .maximum = double(numbers[0])};
  double sum = 0;
  std::size_t zeros = 0;
  for (const real x : numbers) {
    s.minimum = std::min(s.minimum, double(x));
    s.maximum = std::max(s.maximum, double(x));
    sum += double(x);
    zeros += x == 0;
  }
  s.mean = sum / double(numbers.size());
  double squares = 0;
  for (const real x : numbers) squares += (double(x) - s.mean) * (double(x) - s.mean);
  s.deviation = std::sqrt(squares / double(numbers.size()));
  s.zero_fraction = double(zeros) / double(numbers.size());
  return s;
}

std::vector<RecurrentRadius> spectral_radii(const ParamStore& params) {
  constexpr std::string_view kGates[] = {"", "", "", "rzn", "ifgo"};
  std::vector<RecurrentRadius> radii;
  for (int p = 0; p < params.size(); ++p) {
    const ParamInfo& info = params.info(ParamId{p});
    if (info.role != "recurrent") continue;
    const std::int64_t units = info.shape[1], gates = info.shape[0] / units;
    if (units > kMaxSpectralUnits) {
      throw_error(ErrorCode::invalid_argument, info.layer,
                  "the spectral radius is worked out for at most {} units, not {}.", kMaxSpectralUnits,
                  units);
    }
    const real* matrix = params.value(ParamId{p}).data;
    for (std::int64_t g = 0; g < gates; ++g, matrix += units * units) {
      radii.push_back({.layer = info.layer,
                       .gate = std::string(kGates[gates].substr(gates == 1 ? 0 : std::size_t(g), 1)),
                       .radius = spectral_radius({matrix, std::size_t(units * units)}, units)});
    }
  }
  if (radii.empty())
    throw_error(ErrorCode::invalid_argument, "spectral_radius",
                "there is no recurrent layer. Use it with rnn, gru or lstm.");
  return radii;
}

}  // namespace livegrad
