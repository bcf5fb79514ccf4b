#include <cmath>

#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

using kernels::TargetLossKind;

struct SoftmaxLoss {
  double smoothing;
};

struct Hinge {
  double margin;
};

void infer_classes(Infer& i) {
  i.require(i.input(0).type == ValueType::real && i.shape(0).rank() == 2,
            "scores must have shape [N,classes], not {}. Put a dense layer before the loss.", i.shape(0));
  i.require(i.input(1).type == ValueType::index && i.shape(1) == Shape{i.shape(0)[0]},
            "labels must be integers of shape {}, not {}.", i.shape(0)[0], i.shape(1));
}

bool is_sequence(const Shape& logits) { return logits.rank() == 3; }

void infer_softmax_cross_entropy(Infer& i) {
  const Shape x = i.shape(0);
  if (is_sequence(x)) {
    i.require(i.input(0).type == ValueType::real && i.input(1).type == ValueType::index &&
                  i.shape(1) == Shape{x[0], x[1]},
              "labels must be integers of shape {}, not {}.", Shape{x[0], x[1]}, i.shape(1));
  } else {
    infer_classes(i);
  }
  const real smoothing = real(i.attributes<SoftmaxLoss>().smoothing);
  if (!(smoothing >= 0 && smoothing < 1)) {
    i.fail(ErrorCode::invalid_argument, "smoothing must be at least 0 and below 1, not {}.", smoothing);
  }
  i.output({x[0]}, {.role = "loss"});
  i.output(x, {.differentiable = false, .role = "probabilities"});
  if (is_sequence(x)) i.output({x[0], x[1]}, {.differentiable = false, .role = "step_loss"});
}

kernels::SoftmaxCrossEntropyArgs softmax_args(const Exec& e) noexcept {
  const TensorView x = e.in(0);
  const bool sequence = is_sequence(x.shape);
  const std::int64_t classes = x.shape[x.shape.rank() - 1];
  return {.rows = x.size() / classes,
          .classes = classes,
          .steps = sequence ? x.shape[1] : 1,
          .smoothing = real(e.attributes<SoftmaxLoss>().smoothing),
          .logits = x.data,
          .labels = e.index_in(1).data,
          .probabilities = e.out(1).data,
          .step_loss = e.out(sequence ? 2 : 0).data,
          .loss = e.out().data,
          .dloss = nullptr,
          .dx = nullptr,
          .beta = 0};
}

void infer_hinge(Infer& i) {
  infer_classes(i);
  const real margin = real(i.attributes<Hinge>().margin);
  if (!(margin > 0) || !std::isfinite(margin)) {
    i.fail(ErrorCode::invalid_argument, "margin must be positive, not {}.", margin);
  }
  i.output({i.shape(0)[0]}, {.role = "loss"});
}

kernels::HingeArgs hinge_args(const Exec& e) noexcept {
  const TensorView x = e.in(0);
  return {.rows = x.shape[0],
          .classes = x.shape[1],
          .margin = real(e.attributes<Hinge>().margin),
          .x = x.data,
          .labels = e.index_in(1).data,
          .loss = e.out().data,
          .dloss = nullptr,
          .dx = nullptr,
          .beta = 0};
}

void infer_target(Infer& i) {
  require_batch(i, 0, 2, "[N,...]");
  i.require(i.input(1).type == ValueType::real && i.shape(1) == i.shape(0),
            "target has shape {}, the prediction {}. They must be alike.", i.shape(1), i.shape(0));
  i.output({i.shape(0)[0]}, {.role = "loss"});
}

template <TargetLossKind kind>
kernels::TargetLossArgs target_args(const Exec& e) noexcept {
  const TensorView x = e.in(0);
  return {.kind = kind,
          .rows = x.shape[0],
          .columns = x.shape.size_from(1),
          .x = x.data,
          .target = e.in(1).data,
          .loss = e.out().data,
          .dloss = nullptr,
          .dx = nullptr,
          .beta = 0};
}

template <TargetLossKind kind>
constexpr OpDef define(std::string_view name, std::string_view equation, std::string_view reference) {
  return {name,
          equation,
          reference,
          infer_target,
          [](Exec& e) noexcept { e.k().target_loss_forward(e.context(), target_args<kind>(e)); },
          [](Exec& e) noexcept {
            kernels::TargetLossArgs a = target_args<kind>(e);
            a.dloss = e.dout().data;
            a.dx = e.din(0).data;
            a.beta = e.beta(0);
            e.k().target_loss_backward(e.context(), a);
          },
          0b10};
}

}  // namespace

constinit const OpDef softmax_cross_entropy_def{
    .name = "softmax_cross_entropy",
    .equation = "loss = −Σ_c t_c log p_c,  p = softmax(x),  t = (1 − smoothing)·onehot + smoothing/classes",
    .reference = "Bridle 1990; smoothing: Szegedy et al. 2016, §7",
    .infer = infer_softmax_cross_entropy,
    .forward = [](Exec& e) noexcept { e.k().softmax_cross_entropy_forward(e.context(), softmax_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::SoftmaxCrossEntropyArgs a = softmax_args(e);
          a.dloss = e.dout().data;
          a.dx = e.din(0).data;
          a.beta = e.beta(0);
          e.k().softmax_cross_entropy_backward(e.context(), a);
        },
};

constinit const OpDef hinge_def{
    .name = "hinge",
    .equation = "loss = Σ_{j≠y} max(0, x_j − x_y + margin)",
    .reference = "Weston and Watkins 1999, \"Support vector machines for multi-class pattern recognition\"",
    .infer = infer_hinge,
    .forward = [](Exec& e) noexcept { e.k().hinge_forward(e.context(), hinge_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::HingeArgs a = hinge_args(e);
          a.dloss = e.dout().data;
          a.dx = e.din(0).data;
          a.beta = e.beta(0);
          e.k().hinge_backward(e.context(), a);
        },
};

constinit const OpDef squared_error_def =
    define<TargetLossKind::squared>("squared_error", "loss = ½ Σ (x − t)²", "Gauss 1809");
constinit const OpDef absolute_error_def =
    define<TargetLossKind::absolute>("absolute_error", "loss = Σ |x − t|", "Laplace 1774");
constinit const OpDef binary_cross_entropy_def = define<TargetLossKind::binary_cross_entropy>(
    "binary_cross_entropy", "loss = Σ log(1 + eˣ) − t x", "Cox 1958, logistic regression");
constinit const OpDef poisson_def =
    define<TargetLossKind::poisson>("poisson", "loss = Σ eˣ − t x", "Nelder and Wedderburn 1972, log link");

ValueId softmax_cross_entropy(Graph& g, ValueId logits, ValueId labels, real smoothing) {
  return record(g, softmax_cross_entropy_def, {logits, labels}, SoftmaxLoss{smoothing});
}
ValueId hinge(Graph& g, ValueId scores, ValueId labels, real margin) {
  return record(g, hinge_def, {scores, labels}, Hinge{margin});
}
ValueId squared_error(Graph& g, ValueId x, ValueId target) {
  return record(g, squared_error_def, {x, target});
}
ValueId absolute_error(Graph& g, ValueId x, ValueId target) {
  return record(g, absolute_error_def, {x, target});
}
ValueId binary_cross_entropy(Graph& g, ValueId x, ValueId target) {
  return record(g, binary_cross_entropy_def, {x, target});
}
ValueId poisson(Graph& g, ValueId x, ValueId target) { return record(g, poisson_def, {x, target}); }

}  // namespace livegrad::ops
