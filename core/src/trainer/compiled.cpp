#include <algorithm>
#include <numeric>

#include "impl.hpp"

namespace livegrad {
namespace {

std::vector<Target> targets(const Graph& graph, const Network& network, bool with_probabilities) {
  std::vector<Target> targets{{network.loss}, {network.output, 0}};
  const ValueId probabilities = network.probabilities;
  if (with_probabilities && probabilities.index >= 0 &&
      graph.value(probabilities).node != graph.value(network.loss).node)
    targets.push_back({probabilities, 0});
  return targets;
}

void allocate(ParamStore& params, int slots) {
  if (!params.allocated()) params.allocate(slots);
}

}  // namespace

Compiled::Compiled(Device& device, ParamStore& params, const Spec& spec, std::int64_t capacity, int slots,
                   const Wrt& wrt, Keep keep, bool probabilities)
    : graph(device, params, capacity),
      network(spec.record(graph)),
      schedule((allocate(params, slots), graph), targets(graph, network, probabilities), wrt, keep),
      labels(network.targets.index >= 0 ? std::size_t(capacity) : 0) {}

Batch Compiled::batch(std::int64_t examples, std::int64_t first) noexcept {
  const auto part = [&](auto* data, const Shape& shape) {
    const std::int64_t size = shape.size_from(1);
    return std::span(data + first * size, std::size_t(examples * size));
  };
  const std::int64_t all = graph.capacity();
  const auto x = graph.view(network.input, all);
  Batch batch{.x = part(x.data, x.shape)};
  if (network.targets.index >= 0) {
    const auto targets = graph.view(network.targets, all);
    batch.targets = part(targets.data, targets.shape);
    batch.labels = part(labels.data(), Shape{all});
  } else if (network.labels.index >= 0) {
    batch.labels = part(graph.index_view(network.labels, all).data, Shape{all});
  }
  return batch;
}

void Compiled::encode_labels(std::int64_t examples, std::int64_t first) noexcept {
  const Batch places = batch(examples, first);
  std::ranges::fill(places.targets, real(0));
  const std::size_t classes = places.targets.size() / std::size_t(examples);
  for (std::size_t i = 0; i < places.labels.size(); ++i)
    places.targets[i * classes + std::size_t(places.labels[i])] = 1;
}

void Compiled::clear_carried() noexcept {
  for (const ValueId id : network.carried) {
    const TensorView state = graph.view(id, graph.capacity());
    std::fill_n(state.data, state.size(), real(0));
  }
}

std::size_t Compiled::carried_size() const noexcept {
  std::int64_t size = 0;
  for (const ValueId id : network.carried) size += graph.view(id, graph.capacity()).size();
  return std::size_t(size);
}

void Compiled::keep_carried(real* to) const noexcept {
  for (const ValueId id : network.carried) {
    const TensorView state = graph.view(id, graph.capacity());
    to = std::copy_n(state.data, state.size(), to);
  }
}

void Compiled::restore_carried(const real* from) noexcept {
  for (const ValueId id : network.carried) {
    const TensorView state = graph.view(id, graph.capacity());
    std::copy_n(from, state.size(), state.data);
    from += state.size();
  }
}

std::span<std::int32_t> Compiled::symbols(std::int64_t rows) noexcept {
  const IndexView view = graph.index_view(network.input, rows);
  return {view.data, std::size_t(view.size())};
}

std::span<std::int32_t> Compiled::symbol_labels(std::int64_t rows) noexcept {
  const IndexView view = graph.index_view(network.labels, rows);
  return {view.data, std::size_t(view.size())};
}

double Compiled::loss_sum(std::int64_t examples) const noexcept {
  const TensorView loss = graph.view(network.loss, examples);
  return std::accumulate(loss.data, loss.data + examples, 0.0);
}

std::int64_t Compiled::correct(std::int64_t examples) const noexcept {
  const real* scores = graph.view(network.output, examples).data;
  const IndexView rows = graph.index_view(network.labels, examples);
  const std::int32_t* labels = rows.data;
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < rows.size(); ++i)
    correct += predicted(scores + i * network.classes, network.classes) == labels[i];
  return correct;
}

std::int64_t Compiled::predicted(const real* scores, std::int64_t classes) noexcept {
  return std::max_element(scores, scores + classes) - scores;
}

}  // namespace livegrad
