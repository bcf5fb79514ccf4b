#include "livegrad/schedule.hpp"

#include <algorithm>
#include <cmath>

#include "../kernels/abi.hpp"
#include "livegrad/error.hpp"

namespace livegrad {

Schedule::Schedule(const Graph& graph, std::span<const Target> targets, const Wrt& wrt, Keep keep)
    : graph_(&graph), keep_(keep) {
  rebuild(targets, wrt);
}

namespace {

bool is_wanted(const Graph& graph, const Value& value, const Wrt& wrt) {
  switch (value.kind) {
    case ValueKind::parameter: {
      const auto group = graph.params().info(ParamId{value.parameter}).group;
      return (wrt.parameter_groups >> group & 1u) != 0;
    }
    case ValueKind::input:
      return wrt.inputs && value.type == ValueType::real;
    default:
      return false;
  }
}

}  // namespace

/// Whether a gradient goes from the node to its input i.
bool Schedule::flows(const Node& node, std::int32_t i) const noexcept {
  const ValueId input = graph_->inputs(node)[static_cast<std::size_t>(i)];
  return (node.op->constant_inputs >> i & 1u) == 0 && reaches_[static_cast<std::size_t>(input.index)] != 0;
}

void Schedule::rebuild(std::span<const Target> targets, const Wrt& wrt) {
  const Graph& g = *graph_;
  const std::size_t values = g.values().size();
  targets_.assign(targets.begin(), targets.end());
  forward_.clear();
  backward_.clear();
  gradients_.assign(values, nullptr);
  needed_.assign(values, 0);
  reaches_.assign(values, 0);
  touched_.assign(values, 0);
  fusions_.assign(g.nodes().size(), Fusion{});
  memory_.rewind({});

  // Backwards from the targets: what has to be computed.
  const auto need = [&](ValueId id) {
    std::uint8_t& count = needed_[static_cast<std::size_t>(id.index)];
    if (count < 2) ++count;
  };
  for (const Target& target : targets_) need(target.value);
  for (std::size_t n = g.nodes().size(); n-- > 0;) {
    const Node& node = g.nodes()[n];
    const auto first = needed_.begin() + node.first_output;
    if (std::none_of(first, first + node.outputs, [](std::uint8_t bit) { return bit != 0; })) continue;
    forward_.push_back(static_cast<std::int32_t>(n));
    for (const ValueId input : g.inputs(node)) need(input);
  }
  std::ranges::reverse(forward_);

  if (keep_ != Keep::everything) find_epilogues();

  // Forwards from what is wanted: which values a gradient has to flow through.
  for (std::size_t v = 0; v < values; ++v) reaches_[v] = is_wanted(g, g.values()[v], wrt);
  for (const std::int32_t n : forward_) {
    const Node& node = g.nodes()[static_cast<std::size_t>(n)];
    bool any = false;
    for (std::int32_t i = 0; i < node.inputs; ++i) any = any || flows(node, i);
    for (std::int32_t o = 0; any && o < node.outputs; ++o) {
      const auto v = static_cast<std::size_t>(node.first_output + o);
      reaches_[v] = g.values()[v].differentiable && node.op->backward != nullptr;
    }
  }

  // Backwards again: the order of differentiation, where gradients live, and who writes each first.
  for (const Target& target : targets_) {
    if (target.weight == 0) continue;
    const auto v = static_cast<std::size_t>(target.value.index);
    if (!g.values()[v].differentiable) {
      throw_error(ErrorCode::invalid_argument, "schedule", "The value \"{}\" cannot be differentiated.",
                  g.name(target.value));
    }
    if (reaches_[v]) touched_[v] = 1;
  }
  accumulate_.assign(static_cast<std::size_t>(
                         g.nodes().empty() ? 0 : g.nodes().back().first_input + g.nodes().back().inputs),
                     0);
  for (auto n = forward_.rbegin(); n != forward_.rend(); ++n) {
    const Node& node = g.nodes()[static_cast<std::size_t>(*n)];
    const auto first = touched_.begin() + node.first_output;
    if (std::none_of(first, first + node.outputs, [](std::uint8_t bit) { return bit != 0; })) continue;
    backward_.push_back(*n);
    for (std::int32_t i = 0; i < node.inputs; ++i) {
      if (!flows(node, i)) continue;
      const auto input = static_cast<std::size_t>(g.inputs(node)[static_cast<std::size_t>(i)].index);
      accumulate_[static_cast<std::size_t>(node.first_input + i)] = touched_[input];
      touched_[input] = 1;
      // The last one that writes the gradient of an activation can put it through the derivative, in place.
      const std::int32_t activation = g.values()[input].node;
      if (keep_ == Keep::targets && activation >= 0 && fusion(activation).applied)
        fusions_[static_cast<std::size_t>(activation)].writer =
            i == 0 && node.op->takes_gradient_epilogue ? *n : -1;
    }
  }
  for (std::size_t v = 0; v < values; ++v) {
    if (!touched_[v] || (keep_ == Keep::targets && !keeps({static_cast<std::int32_t>(v)}))) continue;
    const Value& value = g.values()[v];
    if (value.kind == ValueKind::parameter) {
      gradients_[v] = wrt.parameter_gradients != nullptr
                          ? wrt.parameter_gradients + g.params().offset(ParamId{value.parameter})
                          : g.params().gradient(ParamId{value.parameter}).data;
    } else {
      gradients_[v] =
          static_cast<real*>(memory_.allocate(static_cast<std::size_t>(value.shape.size()) * sizeof(real)));
      std::fill_n(gradients_[v], value.shape.size(), real(0));
    }
  }
}

/// A product that one activation alone reads goes through it at once, and is never in memory.
void Schedule::find_epilogues() {
  const Graph& g = *graph_;
  for (const std::int32_t n : forward_) {
    const Node& activation = g.nodes()[static_cast<std::size_t>(n)];
    kernels::Epilogue epilogue;
    if (activation.op->epilogue == nullptr || !activation.op->epilogue(activation.attributes, epilogue))
      continue;
    const ValueId x = g.inputs(activation)[0];
    const std::int32_t producer = g.value(x).node;
    if (producer < 0 || needed_[static_cast<std::size_t>(x.index)] != 1) continue;
    const Node& product = g.nodes()[static_cast<std::size_t>(producer)];
    if (!product.op->takes_epilogue || (keep_ == Keep::layers && product.scope != activation.scope)) continue;
    fusions_[static_cast<std::size_t>(producer)].activation = n;
    fusions_[static_cast<std::size_t>(n)].applied = true;
  }
}

ValueId Schedule::place_of(ValueId id) const noexcept {
  const std::int32_t node = graph_->value(id).node;
  const std::int32_t activation = node < 0 ? -1 : fusion(node).activation;
  return activation < 0 ? id : ValueId{graph_->nodes()[static_cast<std::size_t>(activation)].first_output};
}

void Schedule::forward(const Run& run) noexcept {
  for (const std::int32_t n : forward_) {
    if (fusion(n).applied) continue;
    const Node& node = graph_->nodes()[static_cast<std::size_t>(n)];
    Exec exec(*this, node, run);
    node.op->forward(exec);
  }
}

void Schedule::backward(const Run& run) noexcept {
  for (const Target& target : targets_) {
    if (target.weight == 0) continue;
    const TensorView cotangent = gradient_at(target.value, run.examples);
    if (cotangent)
      std::fill_n(cotangent.data, cotangent.size(), target.weight / static_cast<real>(run.examples));
  }
  backward_given(run);
}

void Schedule::backward_given(const Run& run) noexcept {
  for (const std::int32_t n : backward_) {
    if (fusion(n).writer >= 0) continue;
    const Node& node = graph_->nodes()[static_cast<std::size_t>(n)];
    Exec exec(*this, node, run);
    node.op->backward(exec);
  }
}

TensorView Schedule::gradient_at(ValueId id, std::int64_t examples) const noexcept {
  const ValueId place = keep_ == Keep::targets ? place_of(id) : id;
  return {gradients_[static_cast<std::size_t>(place.index)], graph_->shape(id, examples)};
}

TensorView Schedule::gradient(ValueId id, std::int64_t examples) const noexcept {
  const Value& value = graph_->value(id);
  const bool replaced = keep_ == Keep::targets && value.node >= 0 && fusion(value.node).applied;
  return replaced ? TensorView{} : gradient_at(id, examples);
}

ValueId Schedule::first_nonfinite(const Run& run) const noexcept {
  for (const std::int32_t n : forward_) {
    const Node& node = graph_->nodes()[static_cast<std::size_t>(n)];
    for (std::int32_t o = 0; o < node.outputs; ++o) {
      const ValueId id{node.first_output + o};
      if (graph_->value(id).type != ValueType::real) continue;
      const TensorView view = graph_->view(place_of(id), run.examples);
      if (!std::all_of(view.data, view.data + view.size(), [](real x) { return std::isfinite(x); }))
        return id;
    }
  }
  return {-1};
}

TensorView Exec::in(int i) const noexcept {
  return graph_->view(schedule_->place_of(input_id(i)), run_->examples);
}

TensorView Exec::out(int i) const noexcept {
  return graph_->view(schedule_->place_of(output_id(i)), run_->examples);
}

TensorView Exec::dout(int i) const noexcept { return schedule_->gradient_at(output_id(i), run_->examples); }

TensorView Exec::din(int i) const noexcept {
  return schedule_->flows(*node_, i) ? schedule_->gradient_at(input_id(i), run_->examples) : TensorView{};
}

}  // namespace livegrad
