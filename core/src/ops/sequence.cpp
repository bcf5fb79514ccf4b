#include <algorithm>

#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

void infer_embedding(Infer& i) {
  i.require(i.input(0).type == ValueType::index && i.shape(0).rank() == 2,
            "input must be symbols of shape [N,T], not {}.", i.shape(0));
  i.require(i.shape(1).rank() == 2, "table must have shape [symbols,features], not {}.", i.shape(1));
  i.output({i.shape(0)[0], i.shape(0)[1], i.shape(1)[1]});
}

kernels::LookupArgs lookup_args(const Exec& e) noexcept {
  const IndexView symbols = e.index_in(0);
  const TensorView table = e.in(1);
  return {.rows = symbols.size(),
          .columns = table.shape[1],
          .symbols = table.shape[0],
          .indices = symbols.data,
          .transposed = false,
          .table = table.data,
          .bias = nullptr,
          .out = e.out().data,
          .out_stride = table.shape[1],
          .workspace = nullptr,
          .dout = nullptr,
          .dtable = nullptr,
          .beta = 0};
}

void infer_to_one(Infer& i) {
  require_batch(i, 0, 3, "[N,T,C]");
  i.require(i.shape(0).rank() == 3, "input must be a sequence of shape [N,T,C], not {}.", i.shape(0));
  if (i.inputs() == 2) {
    const Shape steps{i.shape(0)[0], i.shape(0)[1]};
    i.require(i.input(1).type == ValueType::index && i.shape(1) == steps,
              "live must be integers of shape {}.", steps);
  }
  i.output({i.shape(0)[0], i.shape(0)[2]});
}

/// Whether step t of example n counts.
bool is_live(const Exec& e, std::int64_t n, std::int64_t t) noexcept {
  return e.inputs() == 1 || e.index_in(1).data[n * e.in(0).shape[1] + t] >= 0;
}

/// f(n, t) for the steps that count, in order.
template <class F>
void each_live(const Exec& e, F&& f) noexcept {
  for (std::int64_t n = 0; n < e.in(0).shape[0]; ++n)
    for (std::int64_t t = 0; t < e.in(0).shape[1]; ++t)
      if (is_live(e, n, t)) f(n, t);
}

/// f(n, t) for the last of each example.
template <class F>
void each_last(const Exec& e, F&& f) noexcept {
  for (std::int64_t n = 0; n < e.in(0).shape[0]; ++n) {
    std::int64_t t = e.in(0).shape[1] - 1;
    while (t >= 0 && !is_live(e, n, t)) --t;
    if (t >= 0) f(n, t);
  }
}

/// out = beta out + x, one row.
void add_row(Exec& e, std::int64_t columns, const real* x, real* out, real beta) noexcept {
  e.k().copy(e.context(), {.rows = 1,
                           .columns = columns,
                           .x = x,
                           .x_stride = columns,
                           .out = out,
                           .out_stride = columns,
                           .beta = beta});
}

/// out = beta out + one step of x, or the other way round.
void add_step(Exec& e, const TensorView& sequence, std::int64_t t, const real* from, bool into_sequence,
              real* to, real beta) noexcept {
  const std::int64_t columns = sequence.shape[2], stride = sequence.shape[1] * columns;
  e.k().copy(e.context(), {.rows = sequence.shape[0],
                           .columns = columns,
                           .x = from + (into_sequence ? 0 : t * columns),
                           .x_stride = into_sequence ? columns : stride,
                           .out = to + (into_sequence ? t * columns : 0),
                           .out_stride = into_sequence ? stride : columns,
                           .beta = beta});
}

void scale(Exec& e, const real* x, real* out, std::int64_t size, real factor, real beta) noexcept {
  e.k().affine(e.context(), {.size = size, .scale = factor, .shift = 0, .x = x, .out = out, .beta = beta});
}

void forward_last(Exec& e) noexcept {
  const TensorView x = e.in(0), y = e.out();
  const std::int64_t steps = x.shape[1], columns = x.shape[2];
  std::fill_n(y.data, y.size(), real(0));
  each_last(e, [&](std::int64_t n, std::int64_t t) {
    add_row(e, columns, x.data + (n * steps + t) * columns, y.data + n * columns, 0);
  });
}

void backward_last(Exec& e) noexcept {
  const TensorView dx = e.din(0), dy = e.dout();
  const std::int64_t steps = dx.shape[1], columns = dx.shape[2];
  if (e.beta(0) == 0) std::fill_n(dx.data, dx.size(), real(0));
  each_last(e, [&](std::int64_t n, std::int64_t t) {
    add_row(e, columns, dy.data + n * columns, dx.data + (n * steps + t) * columns, e.beta(0));
  });
}

real one_over_live(const Exec& e, std::int64_t n) noexcept {
  std::int64_t count = 0;
  for (std::int64_t t = 0; t < e.in(0).shape[1]; ++t) count += is_live(e, n, t);
  return count == 0 ? real(0) : real(1) / real(count);
}

void forward_mean(Exec& e) noexcept {
  const TensorView x = e.in(0), y = e.out();
  const std::int64_t steps = x.shape[1], columns = x.shape[2];
  std::fill_n(y.data, y.size(), real(0));
  each_live(e, [&](std::int64_t n, std::int64_t t) {
    add_row(e, columns, x.data + (n * steps + t) * columns, y.data + n * columns, 1);
  });
  for (std::int64_t n = 0; n < x.shape[0]; ++n)
    scale(e, y.data + n * columns, y.data + n * columns, columns, one_over_live(e, n), 0);
}

void backward_mean(Exec& e) noexcept {
  const TensorView dx = e.din(0), dy = e.dout(), share = e.out(1);
  const std::int64_t steps = dx.shape[1], columns = dx.shape[2];
  if (e.beta(0) == 0) std::fill_n(dx.data, dx.size(), real(0));
  for (std::int64_t n = 0; n < dx.shape[0]; ++n)
    scale(e, dy.data + n * columns, share.data + n * columns, columns, one_over_live(e, n), 0);
  each_live(e, [&](std::int64_t n, std::int64_t t) {
    add_row(e, columns, share.data + n * columns, dx.data + (n * steps + t) * columns, 1);
  });
}

void infer_repeat_steps(Infer& i) {
  const auto steps = i.attributes<std::int64_t>();
  require_batch(i, 0, 2, "[N,C]");
  i.require(i.shape(0).rank() == 2, "input must have shape [N,C], not {}.", i.shape(0));
  if (steps < 1) i.fail(ErrorCode::invalid_argument, "steps must be at least 1, not {}.", steps);
  i.output({i.shape(0)[0], steps, i.shape(0)[1]});
}

/// Steps before the first that a window reaches.
std::int64_t reach(const WindowsOptions& o) { return o.causal ? o.dilation * (o.kernel - 1) : 0; }

void infer_windows(Infer& i) {
  const auto& o = i.attributes<WindowsOptions>();
  require_batch(i, 0, 3, "[N,T,C]");
  const Shape x = i.shape(0);
  i.require(x.rank() == 3, "input must be a sequence of shape [N,T,C], not {}.", x);
  if (o.kernel < 1 || o.stride < 1 || o.dilation < 1) {
    i.fail(ErrorCode::invalid_argument, "kernel, stride and dilation must be at least 1.");
  }
  const std::int64_t span = o.dilation * (o.kernel - 1) + 1 - reach(o);
  i.require(span <= x[1],
            "kernel {} with dilation {} exceeds the sequence of {} steps. Use a smaller kernel, or make it "
            "causal.",
            o.kernel, o.dilation, x[1]);
  i.output({x[0], (x[1] - span) / o.stride + 1, o.kernel * x[2]});
}

/// Between the sequence and its windows, tap by tap.
void move_windows(Exec& e, const TensorView& sequence, const TensorView& windows,
                  bool into_windows) noexcept {
  const auto& o = e.attributes<WindowsOptions>();
  const std::int64_t steps = sequence.shape[1], columns = sequence.shape[2], places = windows.shape[1];
  for (std::int64_t tap = 0; tap < o.kernel; ++tap) {
    const std::int64_t shift = tap * o.dilation - reach(o);
    const std::int64_t first = shift < 0 ? (-shift + o.stride - 1) / o.stride : 0;
    const std::int64_t past =
        steps - 1 - shift < 0 ? 0 : std::min(places, (steps - 1 - shift) / o.stride + 1);
    if (past <= first) continue;
    for (std::int64_t n = 0; n < sequence.shape[0]; ++n) {
      real* step = sequence.data + (n * steps + first * o.stride + shift) * columns;
      real* place = windows.data + ((n * places + first) * o.kernel + tap) * columns;
      const std::int64_t step_stride = o.stride * columns, place_stride = o.kernel * columns;
      e.k().copy(e.context(), {.rows = past - first,
                               .columns = columns,
                               .x = into_windows ? step : place,
                               .x_stride = into_windows ? step_stride : place_stride,
                               .out = into_windows ? place : step,
                               .out_stride = into_windows ? place_stride : step_stride,
                               .beta = into_windows ? real(0) : real(1)});
    }
  }
}

}  // namespace

constinit const OpDef windows_def{
    .name = "windows",
    .equation = "y_t = [x_{t·stride}; x_{t·stride + dilation}; …],  causal: the last of them is x_{t·stride}",
    .reference = "Waibel et al. 1989, \"Phoneme recognition using time-delay neural networks\"",
    .infer = infer_windows,
    .forward =
        [](Exec& e) noexcept {
          const TensorView y = e.out();
          std::fill_n(y.data, y.size(), real(0));
          move_windows(e, e.in(0), y, true);
        },
    .backward =
        [](Exec& e) noexcept {
          const TensorView dx = e.din(0);
          if (e.beta(0) == 0) std::fill_n(dx.data, dx.size(), real(0));
          move_windows(e, dx, e.dout(), false);
        },
};

constinit const OpDef embedding_def{
    .name = "embedding",
    .equation = "y_nt = table[symbol_nt]",
    .reference = "Bengio et al. 2003, \"A neural probabilistic language model\", §2",
    .infer = infer_embedding,
    .forward = [](Exec& e) noexcept { e.k().lookup_forward(e.context(), lookup_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::LookupArgs a = lookup_args(e);
          a.dout = e.dout().data;
          a.dtable = e.din(1).data;
          a.beta = e.beta(1);
          e.k().lookup_backward(e.context(), a);
        },
};

constinit const OpDef last_step_def{
    .name = "last_step",
    .equation = "y = x_T, the last step that is no padding",
    .reference = "",
    .infer = infer_to_one,
    .forward = forward_last,
    .backward = backward_last,
};

constinit const OpDef mean_over_steps_def{
    .name = "mean_over_steps",
    .equation = "y = Σ_t x_t / T over the T steps that are no padding",
    .reference = "",
    .infer =
        [](Infer& i) {
          infer_to_one(i);
          i.output({i.shape(0)[0], i.shape(0)[2]}, {.differentiable = false, .role = "workspace"});
        },
    .forward = forward_mean,
    .backward = backward_mean,
};

constinit const OpDef repeat_steps_def{
    .name = "repeat_steps",
    .equation = "y_t = x for every step t",
    .reference = "",
    .infer = infer_repeat_steps,
    .forward =
        [](Exec& e) noexcept {
          const TensorView y = e.out();
          for (std::int64_t t = 0; t < y.shape[1]; ++t) add_step(e, y, t, e.in(0).data, true, y.data, 0);
        },
    .backward =
        [](Exec& e) noexcept {
          const TensorView dy = e.dout();
          for (std::int64_t t = 0; t < dy.shape[1]; ++t)
            add_step(e, dy, t, dy.data, false, e.din(0).data, t > 0 ? real(1) : e.beta(0));
        },
};

ValueId embedding(Graph& g, ValueId symbols, ValueId table) {
  return record(g, embedding_def, {symbols, table});
}
ValueId windows(Graph& g, ValueId x, const WindowsOptions& o) { return record(g, windows_def, {x}, o); }
ValueId last_step(Graph& g, ValueId x, ValueId live) {
  return live == ValueId{} ? record(g, last_step_def, {x}) : record(g, last_step_def, {x, live});
}
ValueId mean_over_steps(Graph& g, ValueId x, ValueId live) {
  return live == ValueId{} ? record(g, mean_over_steps_def, {x}) : record(g, mean_over_steps_def, {x, live});
}
ValueId repeat_steps(Graph& g, ValueId x, std::int64_t steps) {
  return record(g, repeat_steps_def, {x}, steps);
}

}  // namespace livegrad::ops
