#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "parts.hpp"

namespace livegrad {

std::string_view to_string(CellType cell) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"rnn", "gru", "lstm"};
  return kNames[static_cast<std::size_t>(cell)];
}

std::string_view to_string(RnnActivation activation) noexcept {
  return activation == RnnActivation::tanh ? "tanh" : "relu";
}

namespace {

constexpr std::int32_t kCellPart = 2;  // of ops::lstm's outputs: c

bool is_symbols(const Builder& b, ValueId x) { return b.graph().value(x).type == ValueType::index; }

void require_sequence(const Builder& b, ValueId x) {
  if (b.shape(x).rank() == (is_symbols(b, x) ? 2 : 3)) return;
  b.fail(ErrorCode::shape_mismatch,
         "its input {} is not a sequence of steps x features. Use an input such as {{\"symbols\": 65, "
         "\"sequence\": 50}}, or a repeat_steps before it.",
         b.example(x));
}

/// Which steps of x are padding.
ValueId padding_of(const Builder& b, ValueId x) {
  if (b.live == ValueId{}) return {};
  b.require(b.dim(x, 1) == b.dim(b.live, 1),
            "it gets {} steps, and the input says of {} which are padding. Keep their number: a conv1d with "
            "causal and "
            "stride 1 does.",
            b.dim(x, 1), b.dim(b.live, 1));
  return b.live;
}

/// The parameters of one cell, in the open layer, and the cell. `encoder`: h of the layer whose last state it begins with.
ValueId cell(Builder& b, ValueId x, std::int64_t count, const RecurrentOptions& o, bool reverse,
             ValueId encoder) {
  const std::int64_t hidden = o.units, gates = o.cell == CellType::rnn ? 1 : o.cell == CellType::gru ? 3 : 4;
  const std::int64_t rows = gates * hidden, steps = b.dim(x, 1),
                     inputs = is_symbols(b, x) ? count : b.dim(x, 2);
  WeightOptions weights = o.weights;
  if (o.echo) weights.rate = 0;
  const InitOptions init = weights.init.value_or(InitOptions{.type = InitType::glorot_uniform});
  Init recurrent_init = resolve(o.recurrent_init.value_or(InitOptions{.type = InitType::orthogonal}),
                                double(hidden), double(hidden));
  recurrent_init.spectral_radius = o.spectral_radius;

  ops::RecurrentOperands in;
  in.weight = b.weight({rows, inputs}, resolve(init, double(inputs), double(hidden)), weights);
  in.recurrent = b.weight({rows, hidden}, recurrent_init, weights, {}, "recurrent");
  if (o.bias) {
    std::vector<real> start(static_cast<std::size_t>(rows), real(0));
    if (o.cell == CellType::lstm)
      std::fill_n(start.begin() + hidden, hidden, static_cast<real>(o.forget_bias));
    in.bias = b.offset("bias", std::move(start), weights.rate);
    if (o.cell == CellType::gru) in.recurrent_bias = b.offset("recurrent_bias", {hidden}, 0, weights.rate);
  }
  if (o.peephole) in.peephole = b.offset("peephole", {3, hidden}, 0, weights.rate);
  if (o.layer_norm) {
    in.gamma = b.offset("gamma", {rows}, 1, weights.rate);
    in.recurrent_gamma = b.offset("recurrent_gamma", {rows}, 1, weights.rate);
    if (o.cell == CellType::lstm) {
      in.cell_gamma = b.offset("cell_gamma", {hidden}, 1, weights.rate);
      in.cell_shift = b.offset("cell_shift", {hidden}, 0, weights.rate);
    }
  }
  if (o.carry) {
    in.h = b.carried("carried_h", hidden);
    if (o.cell == CellType::lstm) in.c = b.carried("carried_c", hidden);
  }
  if (encoder != ValueId{}) {
    in.h = ops::last_step(b.graph(), encoder);
    if (o.cell == CellType::lstm) in.c = ops::last_step(b.graph(), {encoder.index + kCellPart});
  }
  in.live = padding_of(b, x);
  b.count(steps * rows * ((is_symbols(b, x) ? 0 : inputs) + hidden));
  const ops::RecurrentOptions options{.relu = o.act == RnnActivation::relu,
                                      .reverse = reverse,
                                      .carry = o.carry,
                                      .leak = static_cast<real>(o.leak)};
  switch (o.cell) {
    case CellType::rnn:
      return ops::rnn(b.graph(), x, in, options);
    case CellType::gru:
      return ops::gru(b.graph(), x, in, options);
    default:
      return ops::lstm(b.graph(), x, in, options);
  }
}

/// One of the stacked layers.
ValueId level(Builder& b, ValueId x, std::int64_t count, const RecurrentOptions& o, ValueId encoder) {
  if (!o.bidirectional) return cell(b, x, count, o, false, encoder);
  std::array<ValueId, 2> directions;
  for (const bool reverse : {false, true}) {
    const auto scope = b.scope(to_string(o.cell), reverse ? "backward" : "forward");
    directions[reverse] = cell(b, x, count, o, reverse, {});
  }
  return ops::concat(b.graph(), directions);
}

/// h of each stacked layer of the encoder.
std::vector<ValueId> encoder_levels(const Builder& b, const RecurrentOptions& o) {
  if (o.initial == ValueId{}) return std::vector<ValueId>(static_cast<std::size_t>(o.layers));
  b.require(!o.carry, "carry and initial both say what the state begins with. Take one of the two out.");
  b.require(!o.bidirectional,
            "initial is the state of one direction, and it is bidirectional. Take one of the two out.");
  const auto found = b.recurrent_levels.find(o.initial.index);
  b.require(found != b.recurrent_levels.end(),
            "initial names a layer that is not recurrent in one direction. Name an rnn, gru or lstm.");
  const std::vector<ValueId>& levels = found->second;
  const Graph& g = b.graph();
  const auto& op = *g.nodes()[std::size_t(g.value(levels[0]).node)].op;
  b.require(op.name == to_string(o.cell) && std::ssize(levels) == o.layers && b.dim(levels[0], 2) == o.units,
            "initial names a layer of {} x {} {}. Make this one like it.", levels.size(), op.name,
            b.dim(levels[0], 2));
  return levels;
}

void check(const Builder& b, ValueId x, const RecurrentOptions& o) {
  require_sequence(b, x);
  b.require(o.units >= 1, "units must be at least 1, not {}.", o.units);
  b.require(o.layers >= 1 && o.layers <= kMaxStackedLayers, "layers must be from 1 to {}, not {}.",
            kMaxStackedLayers, o.layers);
  b.require(!(o.carry && o.bidirectional),
            "carry goes from one batch to the next, and a bidirectional layer needs the whole sequence at "
            "once. Take one of the two out.");
  b.require(
      !(o.pyramid && b.live != ValueId{}),
      "a pyramid takes steps in pairs, and with padding some have no partner. Take pyramid or padding out.");
  b.require(o.cell == CellType::rnn || !(o.echo || o.spectral_radius > 0 || o.leak != 1),
            "echo, spectral_radius and leak belong to rnn.");
  b.require(!(o.layer_norm && !o.bias), "layer_norm shifts by the bias. Take layer_norm or bias out.");
  b.require(!(o.layer_norm && (o.echo || o.spectral_radius > 0)),
            "layer_norm undoes the scale of the recurrent weights, which {} sets. Take one of the two out.",
            o.echo ? "echo" : "spectral_radius");
  b.require(o.spectral_radius == 0 || o.units <= kMaxSpectralUnits,
            "spectral_radius is worked out for at most {} units, not {}.", kMaxSpectralUnits, o.units);
  const std::int64_t halvings = o.pyramid ? o.layers - 1 : 0;
  b.require(b.dim(x, 1) % (std::int64_t{1} << halvings) == 0,
            "a sequence of {} steps cannot be halved {} times. Use a length that is a multiple of {}.",
            b.dim(x, 1), halvings, std::int64_t{1} << halvings);
}

}  // namespace

ValueId recurrent(Builder& b, ValueId x, std::int64_t count, const RecurrentOptions& o) {
  const auto scope = b.scope(to_string(o.cell), o.name);
  check(b, x, o);
  const std::vector<ValueId> encoder = encoder_levels(b, o);
  std::vector<ValueId> levels;
  for (std::int64_t k = 1; k <= o.layers; ++k) {
    std::optional<Builder::Scope> inner;
    if (o.layers > 1) inner.emplace(b.scope(to_string(o.cell), text("layer{}", k)));
    if (k > 1 && o.dropout > 0) x = ops::dropout(b.graph(), x, static_cast<real>(o.dropout));
    if (k > 1 && o.pyramid) x = ops::reshape(b.graph(), x, {b.dim(x, 1) / 2, 2 * b.dim(x, 2)});
    levels.push_back(x = level(b, x, count, o, encoder[std::size_t(k - 1)]));
  }
  if (!o.bidirectional) b.recurrent_levels[x.index] = std::move(levels);
  return x;
}

ValueId embedding(Builder& b, ValueId symbols, std::int64_t count, const EmbeddingOptions& o) {
  const auto scope = b.scope("embedding", o.name);
  b.require(o.units >= 1, "units must be at least 1, not {}.", o.units);
  if (!is_symbols(b, symbols)) {
    b.fail(ErrorCode::shape_mismatch,
           "its input is not symbols. Put it first, after an input such as {{\"symbols\": 65, \"sequence\": "
           "50}}.");
  }
  const InitOptions init = o.weights.init.value_or(InitOptions{.type = InitType::normal, .value = 1});
  const ValueId table = b.weight({count, o.units}, resolve(init, double(count), double(o.units)), o.weights);
  return ops::embedding(b.graph(), symbols, table);
}

ValueId conv1d(Builder& b, ValueId x, const Conv1dOptions& o) {
  const auto scope = b.scope("conv1d", o.name);
  require_sequence(b, x);
  b.require(!is_symbols(b, x), "its input is symbols. Put an embedding before it.");
  b.require(o.filters >= 1, "filters must be at least 1, not {}.", o.filters);
  x = ops::windows(b.graph(), x,
                   {.kernel = o.kernel, .stride = o.stride, .dilation = o.dilation, .causal = o.causal});
  const std::int64_t inputs = b.dim(x, 2);
  const InitOptions init = o.weights.init.value_or(default_init(b.semantics(), o.act));
  const ValueId weight =
      b.weight({o.filters, inputs}, resolve(init, double(inputs), double(o.kernel * o.filters)), o.weights);
  ValueId bias;
  if (o.bias.used) {
    bias = b.offset("bias", {o.filters}, o.bias.value.value_or(default_bias(b.semantics(), o.act)),
                    o.weights.rate);
  }
  b.count(b.dim(x, 1) * o.filters * inputs);
  return finish(b, ops::dense(b.graph(), x, weight, bias), o.act, o.dropout);
}

ValueId last_step(Builder& b, ValueId x, std::string_view name) {
  const auto scope = b.scope("last_step", name);
  require_sequence(b, x);
  return ops::last_step(b.graph(), x, padding_of(b, x));
}

ValueId mean_over_steps(Builder& b, ValueId x, std::string_view name) {
  const auto scope = b.scope("mean_over_steps", name);
  require_sequence(b, x);
  return ops::mean_over_steps(b.graph(), x, padding_of(b, x));
}

ValueId repeat_steps(Builder& b, ValueId x, std::int64_t steps, std::string_view name) {
  const auto scope = b.scope("repeat_steps", name);
  if (b.shape(x).rank() != 2) {
    b.fail(ErrorCode::shape_mismatch,
           "its input {} is not one row of numbers. Put a last_step or a flatten before it.", b.example(x));
  }
  return ops::repeat_steps(b.graph(), x, steps);
}

}  // namespace livegrad
