#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

void infer(Infer& i) {
  const auto& o = i.attributes<Pool2dOptions>();
  const Shape& x = i.shape(0);
  i.require(i.input(0).type == ValueType::real && x.rank() == 4,
            "input must be real numbers of shape [N,C,H,W], not {}.", x);
  if (o.kernel_h < 1 || o.kernel_w < 1 || o.stride < 1 || o.pad < 0) {
    i.fail(ErrorCode::invalid_argument,
           "window and stride must be at least 1 and pad at least 0 (window {}x{}, stride {}, pad {}).",
           o.kernel_h, o.kernel_w, o.stride, o.pad);
  }
  i.require(o.pad < o.kernel_h && o.pad < o.kernel_w,
            "pad {} must be smaller than the window {}x{}, or a window would see nothing but padding.", o.pad,
            o.kernel_h, o.kernel_w);
  const std::int64_t padded_h = x[2] + 2 * o.pad, padded_w = x[3] + 2 * o.pad;
  i.require(o.kernel_h <= padded_h && o.kernel_w <= padded_w,
            "window {}x{} exceeds padded input {}x{} (input {}, pad {}). Use a smaller window.", o.kernel_h,
            o.kernel_w, padded_h, padded_w, x.with(0, 1), o.pad);
  const Shape y{x[0], x[1], (padded_h - o.kernel_h) / o.stride + 1, (padded_w - o.kernel_w) / o.stride + 1};
  i.output(y);
  if (o.type == PoolType::max)
    i.output(y, {.type = ValueType::index, .differentiable = false, .role = "switches"});
}

kernels::Pool2dArgs args(const Exec& e) noexcept {
  const auto& o = e.attributes<Pool2dOptions>();
  const TensorView x = e.in(0), y = e.out();
  return {.kind = static_cast<kernels::PoolKind>(o.type),
          .planes = x.shape[0] * x.shape[1],
          .height = x.shape[2],
          .width = x.shape[3],
          .kernel_h = o.kernel_h,
          .kernel_w = o.kernel_w,
          .stride_h = o.stride,
          .stride_w = o.stride,
          .pad_h = o.pad,
          .pad_w = o.pad,
          .out_h = y.shape[2],
          .out_w = y.shape[3],
          .x = x.data,
          .y = y.data,
          .switches = o.type == PoolType::max ? e.index_out(1).data : nullptr,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0};
}

}  // namespace

constinit const OpDef pool2d_def{
    .name = "pool2d",
    .equation = "max: y = max x;  average: y = Σ x / cells;  l2: y = √(Σ x²), over each window",
    .reference = "Scherer, Müller and Behnke 2010, \"Evaluation of pooling operations\"",
    .infer = infer,
    .forward = [](Exec& e) noexcept { e.k().pool2d_forward(e.context(), args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::Pool2dArgs a = args(e);
          a.dy = e.dout().data;
          a.dx = e.din(0).data;
          a.beta = e.beta(0);
          const auto after = WithEpilogue::of_gradient(e);
          a.epilogue = after.get();
          e.k().pool2d_backward(e.context(), a);
        },
    .takes_gradient_epilogue = true,
};

ValueId pool2d(Graph& g, ValueId x, const Pool2dOptions& o) { return record(g, pool2d_def, {x}, o); }

}  // namespace livegrad::ops
