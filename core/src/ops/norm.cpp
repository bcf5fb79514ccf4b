#include <cmath>

#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

void require_epsilon(const Infer& i, real epsilon) {
  if (!(epsilon > 0) || !std::isfinite(epsilon)) {
    i.fail(ErrorCode::invalid_argument, "epsilon must be positive, not {}.", epsilon);
  }
}

// Batch normalisation. Inputs: x, gamma, shift, running mean, running variance. Outputs: y, mean, rstd.

void infer_batch_norm(Infer& i) {
  const auto& o = i.attributes<BatchNormOptions>();
  require_batch(i, 0, 2, "[N,C] or [N,C,H,W]");
  require_epsilon(i, real(o.epsilon));
  if (!(o.momentum > 0 && o.momentum <= 1)) {
    i.fail(ErrorCode::invalid_argument, "momentum must be above 0 and at most 1, not {}.", real(o.momentum));
  }
  const Shape channels{i.shape(0)[1]};
  require_shape(i, 1, channels, "gamma");
  require_shape(i, 2, channels, "shift");
  require_shape(i, 3, channels, "the running mean");
  require_shape(i, 4, channels, "the running variance");
  i.output(i.shape(0));
  i.output(channels, {.differentiable = false, .role = "mean"}, 0);
  i.output(channels, {.differentiable = false, .role = "rstd"}, 0);
}

kernels::BatchNormArgs batch_norm_args(const Exec& e) noexcept {
  const auto& o = e.attributes<BatchNormOptions>();
  const TensorView x = e.in(0);
  return {.n = x.shape[0],
          .channels = x.shape[1],
          .inner = x.shape.size_from(2),
          .training = e.run().training,
          .momentum = real(o.momentum),
          .epsilon = real(o.epsilon),
          .x = x.data,
          .gamma = e.in(1).data,
          .shift = e.in(2).data,
          .running_mean = e.in(3).data,
          .running_variance = e.in(4).data,
          .mean = e.out(1).data,
          .rstd = e.out(2).data,
          .y = e.out().data,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0,
          .dgamma = nullptr,
          .beta_gamma = 0,
          .dshift = nullptr,
          .beta_shift = 0};
}

// Layer normalisation. Inputs: x, gamma, shift. Outputs: y, mean, rstd.

/// What is normalised together: an example, or a step of a sequence [N,T,C].
std::int64_t normalized_size(const Shape& x) { return x.size_from(x.rank() == 3 ? 2 : 1); }

void infer_layer_norm(Infer& i) {
  require_batch(i, 0, 2, "[N,...]");
  require_epsilon(i, real(i.attributes<double>()));
  const Shape x = i.shape(0), features{normalized_size(x)};
  const Shape rows = x.rank() == 3 ? Shape{x[0], x[1]} : Shape{x[0]};
  require_shape(i, 1, features, "gamma");
  require_shape(i, 2, features, "shift");
  i.output(i.shape(0));
  i.output(rows, {.differentiable = false, .role = "mean"});
  i.output(rows, {.differentiable = false, .role = "rstd"});
}

kernels::LayerNormArgs layer_norm_args(const Exec& e) noexcept {
  const TensorView x = e.in(0);
  const std::int64_t columns = normalized_size(x.shape);
  return {.rows = x.size() / columns,
          .columns = columns,
          .epsilon = real(e.attributes<double>()),
          .x = x.data,
          .gamma = e.in(1).data,
          .shift = e.in(2).data,
          .mean = e.out(1).data,
          .rstd = e.out(2).data,
          .y = e.out().data,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0,
          .dgamma = nullptr,
          .beta_gamma = 0,
          .dshift = nullptr,
          .beta_shift = 0};
}

/// What both normalisations want of their backward pass.
template <class Args>
void set_gradients(const Exec& e, Args& a) noexcept {
  a.dy = e.dout().data;
  a.dx = e.din(0).data;
  a.beta = e.beta(0);
  a.dgamma = e.din(1).data;
  a.beta_gamma = e.beta(1);
  a.dshift = e.din(2).data;
  a.beta_shift = e.beta(2);
}

// Local response normalisation. Outputs: y, scale.

void infer_local_response_norm(Infer& i) {
  const auto& o = i.attributes<LocalResponseNormOptions>();
  require_batch(i, 0, 2, "[N,C,...]");
  if (o.window < 1 || o.window % 2 == 0) {
    i.fail(ErrorCode::invalid_argument, "window must be an odd number of channels, not {}.", o.window);
  }
  if (!(o.k > 0) || !(o.alpha >= 0) || !(o.power > 0)) {
    i.fail(ErrorCode::invalid_argument,
           "k and power must be positive and alpha at least 0 (k {}, alpha {}, power {}).", real(o.k),
           real(o.alpha), real(o.power));
  }
  i.output(i.shape(0));
  i.output(i.shape(0), {.differentiable = false, .role = "scale"});
}

kernels::LocalResponseNormArgs local_response_norm_args(const Exec& e) noexcept {
  const auto& o = e.attributes<LocalResponseNormOptions>();
  const TensorView x = e.in(0);
  return {.n = x.shape[0],
          .channels = x.shape[1],
          .inner = x.shape.size_from(2),
          .window = o.window,
          .k = real(o.k),
          .alpha = real(o.alpha),
          .power = real(o.power),
          .x = x.data,
          .scale = e.out(1).data,
          .y = e.out().data,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0};
}

// Local contrast normalisation. Inputs: x, window weights. Outputs: y, v, sigma, workspace.

void infer_local_contrast_norm(Infer& i) {
  const Shape &x = i.shape(0), &w = i.shape(1);
  i.require(x.rank() == 4, "input must have shape [N,C,H,W], not {}.", x);
  i.require(w.rank() == 2 && w[0] == w[1] && w[0] % 2 == 1,
            "the window must be square with an odd side, not {}.", w);
  require_epsilon(i, real(i.attributes<double>()));
  i.output(x);
  i.output(x, {.differentiable = false, .role = "centred"});
  i.output({x[0], x[2], x[3]}, {.differentiable = false, .role = "deviation"});
  i.output({x[0] * 3, x[2], x[3]}, {.differentiable = false, .role = "workspace"},
           i.input(0).rows_per_example * 3);
}

kernels::LocalContrastNormArgs local_contrast_norm_args(const Exec& e) noexcept {
  const TensorView x = e.in(0), w = e.in(1);
  return {.n = x.shape[0],
          .channels = x.shape[1],
          .height = x.shape[2],
          .width = x.shape[3],
          .window = w.shape[0],
          .weights = w.data,
          .epsilon = real(e.attributes<double>()),
          .x = x.data,
          .v = e.out(1).data,
          .sigma = e.out(2).data,
          .y = e.out().data,
          .workspace = e.out(3).data,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0};
}

}  // namespace

constinit const OpDef batch_norm_def{
    .name = "batch_norm",
    .equation = "y = γ (x − μ) / √(σ² + ε) + β, μ and σ² of the batch (training) or running (evaluation)",
    .reference = "Ioffe and Szegedy 2015, \"Batch normalization\", algorithm 1",
    .infer = infer_batch_norm,
    .forward = [](Exec& e) noexcept { e.k().batch_norm_forward(e.context(), batch_norm_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::BatchNormArgs a = batch_norm_args(e);
          set_gradients(e, a);
          e.k().batch_norm_backward(e.context(), a);
        },
    .constant_inputs = 0b11000,
};

constinit const OpDef layer_norm_def{
    .name = "layer_norm",
    .equation = "y = γ (x − μ) / √(σ² + ε) + β, μ and σ² of each example",
    .reference = "Ba, Kiros and Hinton 2016, \"Layer normalization\"",
    .infer = infer_layer_norm,
    .forward = [](Exec& e) noexcept { e.k().layer_norm_forward(e.context(), layer_norm_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::LayerNormArgs a = layer_norm_args(e);
          set_gradients(e, a);
          e.k().layer_norm_backward(e.context(), a);
        },
};

constinit const OpDef local_response_norm_def{
    .name = "local_response_norm",
    .equation = "y_c = x_c / (k + α/n Σ_{j near c} x_j²)^power",
    .reference = "Krizhevsky, Sutskever and Hinton 2012, §3.3",
    .infer = infer_local_response_norm,
    .forward =
        [](Exec& e) noexcept { e.k().local_response_norm_forward(e.context(), local_response_norm_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::LocalResponseNormArgs a = local_response_norm_args(e);
          a.dy = e.dout().data;
          a.dx = e.din(0).data;
          a.beta = e.beta(0);
          e.k().local_response_norm_backward(e.context(), a);
        },
};

constinit const OpDef local_contrast_norm_def{
    .name = "local_contrast_norm",
    .equation = "v = x − Σ w x;  σ = √(Σ w v²);  y = v / max(mean σ, σ)",
    .reference =
        "Jarrett et al. 2009, \"What is the best multi-stage architecture for object recognition?\", §2",
    .infer = infer_local_contrast_norm,
    .forward =
        [](Exec& e) noexcept { e.k().local_contrast_norm_forward(e.context(), local_contrast_norm_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::LocalContrastNormArgs a = local_contrast_norm_args(e);
          a.dy = e.dout().data;
          a.dx = e.din(0).data;
          a.beta = e.beta(0);
          e.k().local_contrast_norm_backward(e.context(), a);
        },
    .constant_inputs = 0b10,
};

ValueId batch_norm(Graph& g, ValueId x, ValueId gamma, ValueId shift, ValueId running_mean,
                   ValueId running_variance, const BatchNormOptions& o) {
  return record(g, batch_norm_def, {x, gamma, shift, running_mean, running_variance}, o);
}
ValueId layer_norm(Graph& g, ValueId x, ValueId gamma, ValueId shift, real epsilon) {
  return record(g, layer_norm_def, {x, gamma, shift}, double(epsilon));
}
ValueId local_response_norm(Graph& g, ValueId x, const LocalResponseNormOptions& o) {
  return record(g, local_response_norm_def, {x}, o);
}
ValueId local_contrast_norm(Graph& g, ValueId x, ValueId weights, real epsilon) {
  return record(g, local_contrast_norm_def, {x, weights}, double(epsilon));
}

}  // namespace livegrad::ops
