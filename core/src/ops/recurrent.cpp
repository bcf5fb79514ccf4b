#include <array>
#include <utility>

#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

using kernels::CellKind;

struct Recurrent {
  CellKind kind;
  bool bias, peephole, norm, initial, carry, live, reverse;
  double leak;
};

constexpr real kEpsilon = real(1e-5);  // of layer norm

/// Where the operands are among the inputs; -1: absent.
struct Operands {
  int bias = -1, recurrent_bias = -1, peephole = -1, norm = -1, cell_norm = -1, h = -1, c = -1, live = -1,
      count = 3;
  explicit Operands(const Recurrent& a) {
    if (a.bias) bias = count++;
    if (a.bias && a.kind == CellKind::gru) recurrent_bias = count++;
    if (a.peephole) peephole = count++;
    if (a.norm) norm = std::exchange(count, count + 2);
    if (a.norm && a.kind == CellKind::lstm) cell_norm = std::exchange(count, count + 2);
    if (a.initial) h = count++;
    if (a.initial && a.kind == CellKind::lstm) c = count++;
    if (a.live) live = count++;
  }
};

// Outputs: h, gates, (lstm: cell,) initial h, (lstm: initial c,) workspace, packed weights.
constexpr int kGates = 1, kCell = 2;
int initial_of(CellKind kind) { return kind == CellKind::lstm ? 3 : 2; }
int workspace_of(CellKind kind) { return kind == CellKind::lstm ? 5 : 3; }
int packed_of(CellKind kind) { return workspace_of(kind) + 1; }

/// Numbers of a step that layer norm keeps: four rows of gates, statistics; lstm: of c too, and a gradient.
std::int64_t norm_size(CellKind kind, std::int64_t hidden) {
  return 4 * kernels::gates(kind) * hidden + 4 + (kind == CellKind::lstm ? hidden + 2 : 0);
}

/// Numbers of an example in the workspace: gradients of the gates, h of the step before, running gradients of h and c,
/// room to sum the gradients of peepholes, and layer norm's.
std::int64_t workspace_size(const Recurrent& a, std::int64_t steps, std::int64_t hidden) {
  return hidden * (steps * (kernels::slots(a.kind) + 1 + a.peephole) + 2) +
         (a.norm ? steps * norm_size(a.kind, hidden) : 0);
}

void infer(Infer& i) {
  const auto& a = i.attributes<Recurrent>();
  const Operands at(a);
  const bool symbols = i.input(0).type == ValueType::index;
  i.require(i.shape(0).rank() == (symbols ? 2 : 3),
            "input must be symbols of shape [N,T] or real numbers of shape [N,T,I], not {}.", i.shape(0));
  i.require(i.shape(2).rank() == 2, "recurrent weight must have two axes, not shape {}.", i.shape(2));
  const std::int64_t n = i.shape(0)[0], steps = i.shape(0)[1], hidden = i.shape(2)[1];
  const std::int64_t rows = kernels::gates(a.kind) * hidden;
  i.require(i.shape(1).rank() == 2 && i.shape(1)[0] == rows && (symbols || i.shape(1)[1] == i.shape(0)[2]),
            "weight {} does not take the input {} to {} gates.", i.shape(1), i.shape(0), rows);
  require_shape(i, 2, {rows, hidden}, "recurrent weight");
  if (at.bias >= 0) require_shape(i, at.bias, {rows}, "bias");
  if (at.recurrent_bias >= 0) require_shape(i, at.recurrent_bias, {hidden}, "recurrent bias");
  if (at.peephole >= 0) require_shape(i, at.peephole, {3, hidden}, "peephole");
  if (at.norm >= 0) {
    require_shape(i, at.norm, {rows}, "gamma");
    require_shape(i, at.norm + 1, {rows}, "recurrent gamma");
  }
  if (at.cell_norm >= 0) {
    require_shape(i, at.cell_norm, {hidden}, "cell gamma");
    require_shape(i, at.cell_norm + 1, {hidden}, "cell shift");
  }
  if (at.h >= 0) require_shape(i, at.h, {n, hidden}, "initial h");
  if (at.c >= 0) require_shape(i, at.c, {n, hidden}, "initial c");
  if (at.live >= 0) {
    i.require(i.input(at.live).type == ValueType::index && i.shape(at.live) == Shape{n, steps},
              "live must be integers of shape {}.", Shape{n, steps});
  }
  if (!(a.leak > 0 && a.leak <= 1)) {
    i.fail(ErrorCode::invalid_argument, "leak must be above 0 and up to 1, not {}.", real(a.leak));
  }
  i.output({n, steps, hidden}, {.role = "h"});
  i.output({n, steps, kernels::slots(a.kind), hidden}, {.differentiable = false, .role = "gates"});
  if (a.kind == CellKind::lstm) i.output({n, steps, hidden}, {.role = "c"});
  i.output({n, hidden}, {.differentiable = false, .role = "initial_h"});
  if (a.kind == CellKind::lstm) i.output({n, hidden}, {.differentiable = false, .role = "initial_c"});
  i.output({n, workspace_size(a, steps, hidden)}, {.differentiable = false, .role = "workspace"});
  const std::int64_t turned = symbols ? i.shape(1).size() : 0;
  i.output({kernels::packed_size(a.kind, hidden) + turned}, {.differentiable = false, .role = "packed"}, 0);
}

/// What layer norm keeps of a sequence between forward and backward, in the workspace.
struct Norms {
  real *projection, *product, *dproduct, *scratch;  // [n,steps,rows]
  real *mean, *rstd;                                // [n,steps] of the projection
  real *product_mean, *product_rstd, *cell_mean, *cell_rstd;
  real* dnormal;  // lstm: [n,steps,hidden]
};

/// The extents and what both directions share.
struct Cell {
  const Recurrent& a;
  Operands at;
  std::int64_t n, steps, hidden, rows, stride;
  TensorView h, gates, packed;
  real *dgates, *previous, *dh0, *dc0;
  Norms norms = {};

  explicit Cell(const Exec& e) : a(e.attributes<Recurrent>()), at(a) {
    h = e.out(0);
    gates = e.out(kGates);
    packed = e.out(packed_of(a.kind));
    n = h.shape[0];
    steps = h.shape[1];
    hidden = h.shape[2];
    rows = kernels::gates(a.kind) * hidden;
    stride = kernels::slots(a.kind) * hidden;
    dgates = e.out(workspace_of(a.kind)).data;
    previous = dgates + n * steps * stride;
    dh0 = previous + n * steps * hidden;
    dc0 = a.kind == CellKind::lstm ? dh0 + n * hidden : nullptr;
    if (!a.norm) return;
    real* free = dh0 + n * hidden * (2 + steps * a.peephole);
    const auto take = [&](std::int64_t size) { return std::exchange(free, free + n * steps * size); };
    for (real** p : {&norms.projection, &norms.product, &norms.dproduct, &norms.scratch}) *p = take(rows);
    for (real** p : {&norms.mean, &norms.rstd, &norms.product_mean, &norms.product_rstd}) *p = take(1);
    if (a.kind != CellKind::lstm) return;
    for (real** p : {&norms.cell_mean, &norms.cell_rstd}) *p = take(1);
    norms.dnormal = take(hidden);
  }

  kernels::RecurrentArgs args(const Exec& e) const noexcept {
    const auto data = [&](int i) -> const real* { return i >= 0 ? e.in(i).data : nullptr; };
    const bool lstm = a.kind == CellKind::lstm;
    const int initial = initial_of(a.kind);
    return {.kind = a.kind,
            .n = n,
            .steps = steps,
            .hidden = hidden,
            .reverse = a.reverse,
            .leak = real(a.leak),
            .live = at.live >= 0 ? e.index_in(at.live).data : nullptr,
            .u = e.in(2).data,
            .recurrent_bias = data(at.recurrent_bias),
            .peephole = data(at.peephole),
            .h0 = e.out(initial).data,
            .c0 = lstm ? e.out(initial + 1).data : nullptr,
            .gates = gates.data,
            .cell = lstm ? e.out(kCell).data : nullptr,
            .h = h.data,
            .packed = packed.data,
            .pack = !e.run().same_parameters,
            .dy = nullptr,
            .dcell = nullptr,
            .dgates = dgates,
            .dh0 = dh0,
            .dc0 = dc0,
            .norm = {.gamma = a.norm ? e.in(at.norm + 1).data : nullptr,
                     .epsilon = kEpsilon,
                     .product = norms.product,
                     .mean = norms.product_mean,
                     .rstd = norms.product_rstd,
                     .dproduct = norms.dproduct,
                     .cell_gamma = data(at.cell_norm),
                     .cell_shift = at.cell_norm >= 0 ? e.in(at.cell_norm + 1).data : nullptr,
                     .cell_mean = norms.cell_mean,
                     .cell_rstd = norms.cell_rstd,
                     .dnormal = norms.dnormal}};
  }

  /// Where the product of the input goes, and how far apart its rows are.
  real* projected() const noexcept { return a.norm ? norms.projection : gates.data; }
  std::int64_t projected_stride() const noexcept { return a.norm ? rows : stride; }
  /// With layer norm the bias is its shift.
  const real* projected_bias(const Exec& e) const noexcept {
    return a.norm || at.bias < 0 ? nullptr : e.in(at.bias).data;
  }
  /// The gradient of the projection, with rows as far apart: the room of dproduct, when that has done its work.
  real* dprojected() const noexcept { return a.norm ? norms.dproduct : dgates; }

  kernels::LookupArgs lookup(const Exec& e) const noexcept {
    const std::int64_t symbols = e.in(1).shape[1];
    return {.rows = n * steps,
            .columns = rows,
            .symbols = symbols,
            .indices = e.index_in(0).data,
            .transposed = true,
            .table = e.in(1).data,
            .bias = projected_bias(e),
            .out = projected(),
            .out_stride = projected_stride(),
            .workspace = packed.data + kernels::packed_size(a.kind, hidden),
            .dout = dprojected(),
            .dtable = nullptr,
            .beta = 0};
  }
};

void copy_rows(Exec& e, std::int64_t rows, std::int64_t columns, const real* x, std::int64_t x_stride,
               real* out, std::int64_t out_stride, real beta = 0) noexcept {
  e.k().copy(e.context(), {.rows = rows,
                           .columns = columns,
                           .x = x,
                           .x_stride = x_stride,
                           .out = out,
                           .out_stride = out_stride,
                           .beta = beta});
}

// Layer norm of whole sequences. A gru's rows of gates are further apart than those of its projection.

kernels::LayerNormArgs norm_args(std::int64_t rows, std::int64_t columns, const real* x, const real* gamma,
                                 real* mean, real* rstd) noexcept {
  return {.rows = rows,
          .columns = columns,
          .epsilon = kEpsilon,
          .x = x,
          .gamma = gamma,
          .shift = nullptr,
          .mean = mean,
          .rstd = rstd,
          .y = nullptr,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0,
          .dgamma = nullptr,
          .beta_gamma = 0,
          .dshift = nullptr,
          .beta_shift = 0};
}

void normalize_projection(Exec& e, const Cell& c) noexcept {
  const bool apart = c.stride != c.rows;
  kernels::LayerNormArgs o =
      norm_args(c.n * c.steps, c.rows, c.norms.projection, e.in(c.at.norm).data, c.norms.mean, c.norms.rstd);
  o.shift = e.in(c.at.bias).data;
  o.y = apart ? c.norms.scratch : c.gates.data;
  e.k().layer_norm_forward(e.context(), o);
  if (apart) copy_rows(e, o.rows, c.rows, o.y, c.rows, c.gates.data, c.stride);
}

/// Gradients of gamma and shift, and of the projection, in the place of dproduct.
void normalize_backward(Exec& e, const Cell& c) noexcept {
  const std::int64_t rows = c.n * c.steps;
  const Norms& norms = c.norms;
  real* dz =
      c.dgates;  // side by side: first with what goes to the product, then with what goes to the projection
  const auto gather = [&](std::int64_t from, std::int64_t columns, std::int64_t to) {
    copy_rows(e, rows, columns, c.dgates + from, c.stride, norms.scratch + to, c.rows);
    dz = norms.scratch;
  };
  const bool apart = c.stride != c.rows;
  if (apart) {
    gather(0, 2 * c.hidden, 0);
    gather(3 * c.hidden, c.hidden, 2 * c.hidden);
  }
  const auto run = [&](kernels::LayerNormArgs o, int gamma, const real* dy) {
    o.dy = dy;
    o.dgamma = e.din(gamma).data;
    o.beta_gamma = e.beta(gamma);
    e.k().layer_norm_backward(e.context(), o);
  };
  run(norm_args(rows, c.rows, norms.product, e.in(c.at.norm + 1).data, norms.product_mean,
                norms.product_rstd),
      c.at.norm + 1, dz);
  if (apart) gather(2 * c.hidden, c.hidden, 2 * c.hidden);
  kernels::LayerNormArgs projection =
      norm_args(rows, c.rows, norms.projection, e.in(c.at.norm).data, norms.mean, norms.rstd);
  projection.dx = norms.dproduct;
  run(projection, c.at.norm, dz);
  if (c.at.cell_norm < 0) return;
  kernels::LayerNormArgs cell = norm_args(rows, c.hidden, e.out(kCell).data, e.in(c.at.cell_norm).data,
                                          norms.cell_mean, norms.cell_rstd);
  cell.dshift = e.din(c.at.cell_norm + 1).data;
  cell.beta_shift = e.beta(c.at.cell_norm + 1);
  run(cell, c.at.cell_norm, norms.dnormal);
}

void forward(Exec& e) noexcept {
  const Cell cell(e);
  const Recurrent& a = cell.a;
  const std::int64_t n = cell.n, steps = cell.steps, hidden = cell.hidden;
  const real* states[] = {cell.h.data, a.kind == CellKind::lstm ? e.out(kCell).data : nullptr};
  const int inputs[] = {cell.at.h, cell.at.c};
  for (int s = 0; s < 2; ++s) {
    if (inputs[s] >= 0)
      copy_rows(e, n, hidden, e.in(inputs[s]).data, hidden, e.out(initial_of(a.kind) + s).data, hidden);
  }
  if (e.in_type(0) == ValueType::index) {
    e.k().lookup_forward(e.context(), cell.lookup(e));
  } else {
    const TensorView x = e.in(0), w = e.in(1);
    const std::int64_t inputs_of_x = w.shape[1];
    e.k().gemm(e.context(), {.m = n * steps,
                             .n = cell.rows,
                             .k = inputs_of_x,
                             .a = x.data,
                             .lda = inputs_of_x,
                             .transpose_a = false,
                             .b = w.data,
                             .ldb = inputs_of_x,
                             .transpose_b = true,
                             .c = cell.projected(),
                             .ldc = cell.projected_stride(),
                             .beta = 0,
                             .bias = cell.projected_bias(e)});
  }
  if (a.norm) normalize_projection(e, cell);
  e.k().recurrent_forward(e.context(), cell.args(e));
  if (!a.carry) return;
  const std::int64_t last = a.reverse ? 0 : (steps - 1) * hidden;
  for (int s = 0; s < 2; ++s) {
    if (inputs[s] >= 0)
      copy_rows(e, n, hidden, states[s] + last, steps * hidden, e.in(inputs[s]).data, hidden);
  }
}

/// h or c of the step before each step, side by side: then dU is one product.
void collect_previous(Exec& e, const Cell& c, const real* state, const real* initial) noexcept {
  const std::int64_t row = c.steps * c.hidden, most = row - c.hidden;
  const std::int64_t from = c.a.reverse ? c.hidden : 0, to = c.a.reverse ? 0 : c.hidden;
  if (most > 0) copy_rows(e, c.n, most, state + from, row, c.previous + to, row);
  copy_rows(e, c.n, c.hidden, initial, c.hidden, c.previous + (c.a.reverse ? most : 0), row);
}

/// dw [rows,columns] = beta dw + dzᵀ x over all steps; the rows of dz are as far apart as those of the projection.
void weight_gradient(Exec& e, const Cell& c, const real* dz, std::int64_t rows, const real* x,
                     std::int64_t columns, real* dw, real beta) noexcept {
  e.k().gemm(e.context(), {.m = rows,
                           .n = columns,
                           .k = c.n * c.steps,
                           .a = dz,
                           .lda = c.projected_stride(),
                           .transpose_a = true,
                           .b = x,
                           .ldb = columns,
                           .transpose_b = false,
                           .c = dw,
                           .ldc = columns,
                           .beta = beta,
                           .bias = nullptr});
}

void bias_gradients(Exec& e, const Cell& c) noexcept {
  const TensorView db = e.din(c.at.bias);
  const auto sum = [&](real* sums, real beta) {
    e.k().channel_sum(
        e.context(),
        {.n = c.n * c.steps, .channels = c.stride, .inner = 1, .x = c.dgates, .sums = sums, .beta = beta});
  };
  if (c.a.kind != CellKind::gru) {
    if (db) sum(db.data, e.beta(c.at.bias));
    return;
  }
  sum(c.packed.data, 0);  // the packed weights have done their work
  if (db) copy_rows(e, 1, c.rows, c.packed.data, c.rows, db.data, c.rows, e.beta(c.at.bias));
  if (const TensorView d = e.din(c.at.recurrent_bias))
    copy_rows(e, 1, c.hidden, c.packed.data + c.rows, c.hidden, d.data, c.hidden,
              e.beta(c.at.recurrent_bias));
}

/// dp_i = Σ di c_{t-1}, dp_f = Σ df c_{t-1}, dp_o = Σ do c_t.
void peephole_gradient(Exec& e, const Cell& c) noexcept {
  const TensorView dp = e.din(c.at.peephole);
  if (!dp) return;
  const std::int64_t size = c.n * c.steps * c.hidden;
  real* terms = c.dh0 + 2 * c.n * c.hidden;
  collect_previous(e, c, e.out(kCell).data, e.out(initial_of(c.a.kind) + 1).data);
  const std::pair<std::int64_t, const real*> gates[] = {
      {0, c.previous}, {1, c.previous}, {3, e.out(kCell).data}};
  for (int k = 0; k < 3; ++k) {
    copy_rows(e, c.n * c.steps, c.hidden, c.dgates + gates[k].first * c.hidden, c.stride, terms, c.hidden);
    e.k().binary(e.context(), {.kind = kernels::BinaryKind::multiply,
                               .size = size,
                               .a = terms,
                               .b = gates[k].second,
                               .out = terms,
                               .beta = 0});
    e.k().channel_sum(e.context(), {.n = c.n * c.steps,
                                    .channels = c.hidden,
                                    .inner = 1,
                                    .x = terms,
                                    .sums = dp.data + k * c.hidden,
                                    .beta = e.beta(c.at.peephole)});
  }
}

void backward(Exec& e) noexcept {
  const Cell cell(e);
  const Recurrent& a = cell.a;
  const std::int64_t n = cell.n, steps = cell.steps, hidden = cell.hidden, examples = n * steps;
  kernels::RecurrentArgs args = cell.args(e);
  args.dy = e.dout().data;
  if (a.kind == CellKind::lstm) args.dcell = e.dout(kCell).data;
  e.k().recurrent_backward(e.context(), args);

  if (const TensorView du = e.din(2)) {
    collect_previous(e, cell, cell.h.data, e.out(initial_of(a.kind)).data);
    const bool apart = a.kind == CellKind::gru && !a.norm;
    const std::int64_t first = apart ? 2 * hidden : cell.rows;
    weight_gradient(e, cell, cell.dprojected(), first, cell.previous, hidden, du.data, e.beta(2));
    if (apart) {
      weight_gradient(e, cell, cell.dgates + 3 * hidden, hidden, cell.previous, hidden,
                      du.data + first * hidden, e.beta(2));
    }
  }
  if (a.norm) normalize_backward(e, cell);
  const bool symbols = e.in_type(0) == ValueType::index;
  if (!symbols) {
    const TensorView x = e.in(0), w = e.in(1);
    const std::int64_t inputs = w.shape[1];
    if (const TensorView dx = e.din(0)) {
      e.k().gemm(e.context(), {.m = examples,
                               .n = inputs,
                               .k = cell.rows,
                               .a = cell.dprojected(),
                               .lda = cell.projected_stride(),
                               .transpose_a = false,
                               .b = w.data,
                               .ldb = inputs,
                               .transpose_b = false,
                               .c = dx.data,
                               .ldc = inputs,
                               .beta = e.beta(0),
                               .bias = nullptr});
    }
    if (const TensorView dw = e.din(1))
      weight_gradient(e, cell, cell.dprojected(), cell.rows, x.data, inputs, dw.data, e.beta(1));
  } else if (const TensorView dw = e.din(1)) {
    kernels::LookupArgs lookup = cell.lookup(e);
    lookup.dtable = dw.data;
    lookup.beta = e.beta(1);
    e.k().lookup_backward(e.context(), lookup);
  }
  if (a.bias) bias_gradients(e, cell);
  if (a.peephole) peephole_gradient(e, cell);
  const real* initial[] = {cell.dh0, cell.dc0};
  const int inputs[] = {cell.at.h, cell.at.c};
  for (int s = 0; s < 2; ++s) {
    if (inputs[s] < 0) continue;
    if (const TensorView d = e.din(inputs[s]))
      copy_rows(e, n, hidden, initial[s], hidden, d.data, hidden, e.beta(inputs[s]));
  }
}

}  // namespace

constinit const OpDef rnn_def{
    .name = "rnn",
    .equation = "h_t = (1 − leak) h_{t−1} + leak f(W x_t + U h_{t−1} + b),  f = tanh or relu",
    .reference = "Elman 1990, \"Finding structure in time\"; leak: Jaeger et al. 2007, eq. (1)",
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

constinit const OpDef gru_def{
    .name = "gru",
    .equation =
        "r, z = σ(W x_t + U h_{t−1} + b);  n = tanh(W_n x_t + b_n + r ∘ (U_n h_{t−1} + b'_n));  "
        "h_t = (1 − z) ∘ n + z ∘ h_{t−1}",
    .reference =
        "Cho et al. 2014, \"Learning phrase representations\"; reset gate after the product, as in cuDNN and "
        "PyTorch",
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

constinit const OpDef lstm_def{
    .name = "lstm",
    .equation =
        "i, f, o = σ(W x_t + U h_{t−1} + b);  g = tanh(W_g x_t + U_g h_{t−1} + b_g);  "
        "c_t = f ∘ c_{t−1} + i ∘ g;  h_t = o ∘ tanh(c_t)",
    .reference =
        "Hochreiter and Schmidhuber 1997, \"Long short-term memory\"; forget gate: Gers et al. 2000; "
        "peepholes: "
        "Gers et al. 2002",
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

namespace {

ValueId record_cell(Graph& g, const OpDef& op, CellKind kind, ValueId x, const RecurrentOperands& in,
                    const RecurrentOptions& o) {
  const Recurrent a{.kind = kind,
                    .bias = in.bias != ValueId{},
                    .peephole = in.peephole != ValueId{},
                    .norm = in.gamma != ValueId{},
                    .initial = in.h != ValueId{},
                    .carry = o.carry,
                    .live = in.live != ValueId{},
                    .reverse = o.reverse,
                    .leak = o.leak};
  std::array<ValueId, 13> inputs{x, in.weight, in.recurrent};
  std::size_t count = 3;
  for (const ValueId id : {in.bias, in.recurrent_bias, in.peephole, in.gamma, in.recurrent_gamma,
                           in.cell_gamma, in.cell_shift, in.h, in.c, in.live})
    if (id != ValueId{}) inputs[count++] = id;
  if (const Operands at(a); std::size_t(at.count) != count || (a.norm && !a.bias)) {
    throw Error(ErrorCode::invalid_argument, std::string(op.name),
                "its operands do not fit together: c comes with h in an lstm, the recurrent bias with the "
                "bias in a gru, gamma with the bias and the recurrent gamma.");
  }
  return g.record(op, std::span(inputs.data(), count), a);
}

}  // namespace

ValueId rnn(Graph& g, ValueId x, const RecurrentOperands& in, const RecurrentOptions& o) {
  return record_cell(g, rnn_def, o.relu ? CellKind::relu : CellKind::tanh, x, in, o);
}
ValueId gru(Graph& g, ValueId x, const RecurrentOperands& in, const RecurrentOptions& o) {
  return record_cell(g, gru_def, CellKind::gru, x, in, o);
}
ValueId lstm(Graph& g, ValueId x, const RecurrentOperands& in, const RecurrentOptions& o) {
  return record_cell(g, lstm_def, CellKind::lstm, x, in, o);
}

}  // namespace livegrad::ops
