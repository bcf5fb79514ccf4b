#include <algorithm>

#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

/// "7x7", or "7" when the sides are equal.
std::string sides(std::int64_t h, std::int64_t w) { return h == w ? std::to_string(h) : text("{}x{}", h, w); }

void infer(Infer& i) {
  const auto& o = i.attributes<Conv2dOptions>();
  require_batch(i, 0, 4, "[N,C,H,W]");
  const Shape &x = i.shape(0), &w = i.shape(1);
  i.require(x.rank() == 4, "input must have shape [N,C,H,W], not {}.", x);
  i.require(w.rank() == 4, "weight must have shape [filters,channels/groups,height,width], not {}.", w);
  if (o.stride < 1 || o.dilation < 1 || o.groups < 1 || o.pad < 0) {
    i.fail(ErrorCode::invalid_argument,
           "stride, dilation and groups must be at least 1 and pad at least 0 (stride {}, dilation {}, "
           "groups {}, pad {}).",
           o.stride, o.dilation, o.groups, o.pad);
  }
  i.require(
      x[1] % o.groups == 0 && w[0] % o.groups == 0,
      "{} input channels and {} filters cannot be split into {} groups. Use a number that divides both.",
      x[1], w[0], o.groups);
  i.require(w[1] * o.groups == x[1], "weight {} expects {} channels, the input has {} (input {}).", w,
            w[1] * o.groups, x[1], x);
  const std::int64_t span_h = o.dilation * (w[2] - 1) + 1, span_w = o.dilation * (w[3] - 1) + 1;
  const std::int64_t padded_h = x[2] + 2 * o.pad, padded_w = x[3] + 2 * o.pad;
  i.require(w[2] >= 1 && w[3] >= 1, "kernel must be at least 1.");
  i.require(span_h <= padded_h && span_w <= padded_w,
            "kernel {} exceeds padded input {}x{} (input {}, pad {}). Use pad >= {} or a smaller kernel.",
            sides(span_h, span_w), padded_h, padded_w, x.with(0, 1), o.pad,
            (std::max(span_h - x[2], span_w - x[3]) + 1) / 2);
  if (i.inputs() == 3) require_shape(i, 2, {w[0]}, "bias");
  i.output({x[0], w[0], (padded_h - span_h) / o.stride + 1, (padded_w - span_w) / o.stride + 1});
}

kernels::Conv2dArgs args(const Exec& e, const Shape& y) noexcept {
  const auto& o = e.attributes<Conv2dOptions>();
  const TensorView x = e.in(0), w = e.in(1);
  return {.n = x.shape[0],
          .channels = x.shape[1],
          .height = x.shape[2],
          .width = x.shape[3],
          .filters = w.shape[0],
          .kernel_h = w.shape[2],
          .kernel_w = w.shape[3],
          .stride_h = o.stride,
          .stride_w = o.stride,
          .pad_h = o.pad,
          .pad_w = o.pad,
          .dilation_h = o.dilation,
          .dilation_w = o.dilation,
          .groups = o.groups,
          .out_h = y[2],
          .out_w = y[3],
          .x = x.data,
          .w = w.data,
          .bias = nullptr,
          .y = nullptr,
          .dy = nullptr,
          .dx = nullptr,
          .dw = nullptr,
          .beta = 0};
}

void forward(Exec& e) noexcept {
  const TensorView y = e.out();
  kernels::Conv2dArgs a = args(e, y.shape);
  a.y = y.data;
  if (e.inputs() == 3) a.bias = e.in(2).data;
  const auto after = WithEpilogue::of_output(e);
  a.epilogue = after.get();
  e.k().conv2d_forward(e.context(), a);
}

void backward(Exec& e) noexcept {
  const TensorView dy = e.dout();
  kernels::Conv2dArgs a = args(e, dy.shape);
  a.dy = dy.data;
  if (const TensorView dx = e.din(0)) {
    a.dx = dx.data;
    a.beta = e.beta(0);
    const auto after = WithEpilogue::of_gradient(e);
    a.epilogue = after.get();
    e.k().conv2d_dx(e.context(), a);
  }
  if (const TensorView dw = e.din(1)) {
    a.dw = dw.data;
    a.beta = e.beta(1);
    e.k().conv2d_dw(e.context(), a);
  }
  if (e.inputs() == 3) {
    if (const TensorView db = e.din(2)) {
      e.k().channel_sum(e.context(), {.n = a.n,
                                      .channels = a.filters,
                                      .inner = a.out_h * a.out_w,
                                      .x = dy.data,
                                      .sums = db.data,
                                      .beta = e.beta(2)});
    }
  }
}

void infer_connect(Infer& i) {
  i.require(i.shape(0).rank() == 4, "weight must have shape [filters,channels,height,width], not {}.",
            i.shape(0));
  require_shape(i, 1, {i.shape(0)[0], i.shape(0)[1]}, "connections");
  i.output(i.shape(0));
}

/// out = beta out + x ∘ connections, the table stretched over each kernel.
void apply_connections(Exec& e, const TensorView& x, const TensorView& out, real beta) noexcept {
  const TensorView table = e.in(1);
  const std::int64_t inner = x.shape[2] * x.shape[3];
  for (std::int64_t pair = 0; pair < table.size(); ++pair) {
    e.k().affine(e.context(), {.size = inner,
                               .scale = table.data[pair],
                               .shift = 0,
                               .x = x.data + pair * inner,
                               .out = out.data + pair * inner,
                               .beta = beta});
  }
}

}  // namespace

constinit const OpDef conv2d_def{
    .name = "conv2d",
    .equation =
        "y[n,f,i,j] = b[f] + Σ_{c,u,v} w[f,c,u,v] x[n,c, i·stride − pad + u·dilation, j·stride − pad + "
        "v·dilation]",
    .reference = "LeCun et al. 1998, \"Gradient-based learning applied to document recognition\"",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .takes_epilogue = true,
    .takes_gradient_epilogue = true,
};

constinit const OpDef connect_def{
    .name = "connect",
    .equation = "w'[f,c,u,v] = w[f,c,u,v] · connections[f,c]",
    .reference = "LeCun et al. 1998, table I",
    .infer = infer_connect,
    .forward = [](Exec& e) noexcept { apply_connections(e, e.in(0), e.out(), 0); },
    .backward = [](Exec& e) noexcept { apply_connections(e, e.dout(), e.din(0), e.beta(0)); },
    .constant_inputs = 0b10,
};

ValueId conv2d(Graph& g, ValueId x, ValueId weight, ValueId bias, const Conv2dOptions& o) {
  return bias == ValueId{} ? record(g, conv2d_def, {x, weight}, o)
                           : record(g, conv2d_def, {x, weight, bias}, o);
}

ValueId connect(Graph& g, ValueId weight, ValueId connections) {
  return record(g, connect_def, {weight, connections});
}

}  // namespace livegrad::ops
