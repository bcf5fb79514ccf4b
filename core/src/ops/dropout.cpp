#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

void infer(Infer& i) {
  const real rate = real(i.attributes<double>());
  require_batch(i, 0, 1, "[N,...]");
  if (!(rate >= 0 && rate < 1)) {
    i.fail(ErrorCode::invalid_argument,
           "rate must be at least 0 and below 1, not {}: it is the share that is dropped.", rate);
  }
  i.output(i.shape(0));
  i.output(i.shape(0), {.differentiable = false, .role = "mask"});
}

void forward(Exec& e) noexcept {
  const TensorView x = e.in(0), y = e.out(0);
  if (!e.run().training) {
    e.k().affine(e.context(),
                 {.size = x.size(), .scale = 1, .shift = 0, .x = x.data, .out = y.data, .beta = 0});
    return;
  }
  const TensorView mask = e.out(1);
  e.k().dropout_mask(e.context(), {.size = x.size(),
                                   .keep = 1 - real(e.attributes<double>()),
                                   .seed = e.run().seed,
                                   .layer = e.layer(),
                                   .step = e.run().step,
                                   .mask = mask.data});
  e.k().binary(e.context(), {.kind = kernels::BinaryKind::multiply,
                             .size = x.size(),
                             .a = x.data,
                             .b = mask.data,
                             .out = y.data,
                             .beta = 0});
}

void backward(Exec& e) noexcept {
  const TensorView dy = e.dout(), dx = e.din(0);
  if (!e.run().training) {
    e.k().affine(
        e.context(),
        {.size = dx.size(), .scale = 1, .shift = 0, .x = dy.data, .out = dx.data, .beta = e.beta(0)});
    return;
  }
  e.k().binary(e.context(), {.kind = kernels::BinaryKind::multiply,
                             .size = dx.size(),
                             .a = dy.data,
                             .b = e.out(1).data,
                             .out = dx.data,
                             .beta = e.beta(0)});
}

}  // namespace

constinit const OpDef dropout_def{
    .name = "dropout",
    .equation = "y = m x / (1 − rate), m ~ Bernoulli(1 − rate) in training; y = x in evaluation",
    .reference = "Srivastava et al. 2014, \"Dropout\"; scaled in training, as Hinton et al. suggest in §10",
    .infer = infer,
    .forward = forward,
    .backward = backward,
};

ValueId dropout(Graph& g, ValueId x, real rate) { return record(g, dropout_def, {x}, double(rate)); }

}  // namespace livegrad::ops
