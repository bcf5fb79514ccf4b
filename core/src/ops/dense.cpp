#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

/// A sequence [N,T,I] is taken step by step.
std::int64_t features_of(const Shape& x) { return x.size_from(x.rank() == 3 ? 2 : 1); }

void infer(Infer& i) {
  require_batch(i, 0, 2, "[N,inputs]");
  const std::int64_t features = features_of(i.shape(0));
  i.require(i.shape(1).rank() == 2, "weight must have shape [outputs,inputs], not {}.", i.shape(1));
  i.require(i.shape(1)[1] == features,
            "weight {} does not take {} inputs (input {}). Use a weight with {} columns.", i.shape(1),
            features, i.shape(0), features);
  if (i.inputs() == 3) require_shape(i, 2, {i.shape(1)[0]}, "bias");
  const std::int64_t outputs = i.shape(1)[0];
  i.output(i.shape(0).rank() == 3 ? i.shape(0).with(2, outputs) : Shape{i.shape(0)[0], outputs});
}

void forward(Exec& e) noexcept {
  const TensorView x = e.in(0), w = e.in(1), y = e.out();
  const std::int64_t outputs = w.shape[0], features = w.shape[1];
  const auto after = WithEpilogue::of_output(e);
  e.k().gemm(e.context(), {.m = x.size() / features,
                           .n = outputs,
                           .k = features,
                           .a = x.data,
                           .lda = features,
                           .transpose_a = false,
                           .b = w.data,
                           .ldb = features,
                           .transpose_b = true,
                           .c = y.data,
                           .ldc = outputs,
                           .beta = 0,
                           .bias = e.inputs() == 3 ? e.in(2).data : nullptr,
                           .epilogue = after.get()});
}

void backward(Exec& e) noexcept {
  const TensorView x = e.in(0), w = e.in(1), dy = e.dout();
  const std::int64_t n = dy.size() / w.shape[0], outputs = w.shape[0], features = w.shape[1];
  if (const TensorView dx = e.din(0)) {
    const auto after = WithEpilogue::of_gradient(e);
    e.k().gemm(e.context(), {.m = n,
                             .n = features,
                             .k = outputs,
                             .a = dy.data,
                             .lda = outputs,
                             .transpose_a = false,
                             .b = w.data,
                             .ldb = features,
                             .transpose_b = false,
                             .c = dx.data,
                             .ldc = features,
                             .beta = e.beta(0),
                             .bias = nullptr,
                             .epilogue = after.get()});
  }
  if (const TensorView dw = e.din(1)) {
    e.k().gemm(e.context(), {.m = outputs,
                             .n = features,
                             .k = n,
                             .a = dy.data,
                             .lda = outputs,
                             .transpose_a = true,
                             .b = x.data,
                             .ldb = features,
                             .transpose_b = false,
                             .c = dw.data,
                             .ldc = features,
                             .beta = e.beta(1),
                             .bias = nullptr});
  }
  if (e.inputs() == 3) {
    if (const TensorView db = e.din(2)) {
      e.k().channel_sum(
          e.context(),
          {.n = n, .channels = outputs, .inner = 1, .x = dy.data, .sums = db.data, .beta = e.beta(2)});
    }
  }
}

}  // namespace

constinit const OpDef dense_def{
    .name = "dense",
    .equation = "y = x Wᵀ + b",
    .reference = "Rosenblatt 1958, \"The perceptron\"",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .takes_epilogue = true,
    .takes_gradient_epilogue = true,
};

ValueId dense(Graph& g, ValueId x, ValueId weight, ValueId bias) {
  return bias == ValueId{} ? record(g, dense_def, {x, weight}) : record(g, dense_def, {x, weight, bias});
}

}  // namespace livegrad::ops
