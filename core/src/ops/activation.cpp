#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

using kernels::ActivationKind;

struct Activation {
  double alpha;
};

void infer(Infer& i) {
  require_batch(i, 0, 1, "[N,...]");
  i.output(i.shape(0));
}

template <ActivationKind kind>
kernels::ActivationArgs args(const Exec& e) noexcept {
  const TensorView x = e.in(0), y = e.out();
  return {.kind = kind,
          .size = x.size(),
          .alpha = real(e.attributes<Activation>().alpha),
          .x = x.data,
          .y = y.data,
          .out = y.data,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0};
}

template <ActivationKind kind>
void forward(Exec& e) noexcept {
  e.k().activation_forward(e.context(), args<kind>(e));
}

template <ActivationKind kind>
void backward(Exec& e) noexcept {
  kernels::ActivationArgs a = args<kind>(e);
  a.dy = e.dout().data;
  a.dx = e.din(0).data;
  a.beta = e.beta(0);
  e.k().activation_backward(e.context(), a);
}

template <ActivationKind kind>
bool epilogue(const Attributes& attributes, kernels::Epilogue& to) noexcept {
  const double alpha = attributes.get<Activation>().alpha;
  to = {kind, real(alpha), nullptr};
  return kind != ActivationKind::softplus && alpha >= 0;
}

template <ActivationKind kind>
constexpr OpDef define(std::string_view name, std::string_view equation, std::string_view reference) {
  return {name, equation, reference, infer, forward<kind>, backward<kind>, 0, epilogue<kind>};
}

void infer_maxout(Infer& i) {
  const std::int64_t group = i.attributes<std::int64_t>();
  require_batch(i, 0, 2, "[N,C,...]");
  if (group < 1) i.fail(ErrorCode::invalid_argument, "group must be at least 1, not {}.", group);
  const Shape& x = i.shape(0);
  i.require(x[1] % group == 0, "{} channels cannot be split into groups of {}. Use a group that divides {}.",
            x[1], group, x[1]);
  const Shape y = x.with(1, x[1] / group);
  i.output(y);
  i.output(y, {.type = ValueType::index, .differentiable = false, .role = "switches"});
}

kernels::MaxoutArgs maxout_args(const Exec& e) noexcept {
  const TensorView x = e.in(0);
  return {.rows = x.shape[0],
          .channels = x.shape[1],
          .group = e.attributes<std::int64_t>(),
          .inner = x.shape.size_from(2),
          .x = x.data,
          .y = e.out().data,
          .switches = e.index_out(1).data,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0};
}

void infer_softmax(Infer& i) {
  require_batch(i, 0, 2, "[N,classes]");
  i.require(i.shape(0).rank() == 2, "input must have shape [N,classes], not {}.", i.shape(0));
  i.output(i.shape(0), {.role = "probabilities"});
}

kernels::SoftmaxArgs softmax_args(const Exec& e) noexcept {
  const TensorView x = e.in(0);
  return {.rows = x.shape[0],
          .columns = x.shape[1],
          .x = x.data,
          .y = e.out().data,
          .dy = nullptr,
          .dx = nullptr,
          .beta = 0};
}

}  // namespace

constinit const OpDef relu_def =
    define<ActivationKind::relu>("relu", "y = max(0, x)", "Nair and Hinton 2010, \"Rectified linear units\"");
constinit const OpDef leaky_relu_def =
    define<ActivationKind::leaky_relu>("leaky_relu", "y = x for x > 0, slope·x otherwise",
                                       "Maas, Hannun and Ng 2013, \"Rectifier nonlinearities\"");
constinit const OpDef sigmoid_def =
    define<ActivationKind::sigmoid>("sigmoid", "y = 1 / (1 + e⁻ˣ)", "Rumelhart, Hinton and Williams 1986");
constinit const OpDef tanh_def =
    define<ActivationKind::tanh>("tanh", "y = tanh(x)", "LeCun et al. 1998, §4.4");
constinit const OpDef elu_def = define<ActivationKind::elu>("elu", "y = x for x > 0, α(eˣ − 1) otherwise",
                                                            "Clevert, Unterthiner and Hochreiter 2016");
constinit const OpDef softplus_def =
    define<ActivationKind::softplus>("softplus", "y = log(1 + eˣ)", "Dugas et al. 2001");

constinit const OpDef maxout_def{
    .name = "maxout",
    .equation = "y[o] = max_g x[o·group + g]",
    .reference = "Goodfellow et al. 2013, \"Maxout networks\"",
    .infer = infer_maxout,
    .forward = [](Exec& e) noexcept { e.k().maxout_forward(e.context(), maxout_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::MaxoutArgs a = maxout_args(e);
          a.dy = e.dout().data;
          a.dx = e.din(0).data;
          a.beta = e.beta(0);
          e.k().maxout_backward(e.context(), a);
        },
};

constinit const OpDef softmax_def{
    .name = "softmax",
    .equation = "y_c = e^{x_c} / Σ_j e^{x_j}",
    .reference = "Bridle 1990",
    .infer = infer_softmax,
    .forward = [](Exec& e) noexcept { e.k().softmax_forward(e.context(), softmax_args(e)); },
    .backward =
        [](Exec& e) noexcept {
          kernels::SoftmaxArgs a = softmax_args(e);
          a.dy = e.dout().data;
          a.dx = e.din(0).data;
          a.beta = e.beta(0);
          e.k().softmax_backward(e.context(), a);
        },
};

WithEpilogue::WithEpilogue(const Node* activation, const real* y) noexcept : any_(activation != nullptr) {
  if (!any_) return;
  activation->op->epilogue(activation->attributes, epilogue_);
  epilogue_.y = y;
}
WithEpilogue WithEpilogue::of_output(const Exec& e) noexcept { return {e.epilogue(), nullptr}; }
WithEpilogue WithEpilogue::of_gradient(const Exec& e) noexcept {
  return {e.gradient_epilogue(), e.in(0).data};
}

ValueId relu(Graph& g, ValueId x) { return record(g, relu_def, {x}, Activation{0}); }
ValueId leaky_relu(Graph& g, ValueId x, real slope) {
  return record(g, leaky_relu_def, {x}, Activation{slope});
}
ValueId sigmoid(Graph& g, ValueId x) { return record(g, sigmoid_def, {x}, Activation{0}); }
ValueId tanh(Graph& g, ValueId x) { return record(g, tanh_def, {x}, Activation{0}); }
ValueId elu(Graph& g, ValueId x, real alpha) { return record(g, elu_def, {x}, Activation{alpha}); }
ValueId softplus(Graph& g, ValueId x) { return record(g, softplus_def, {x}, Activation{0}); }
ValueId maxout(Graph& g, ValueId x, std::int64_t group) { return record(g, maxout_def, {x}, group); }
ValueId softmax(Graph& g, ValueId x) { return record(g, softmax_def, {x}); }

}  // namespace livegrad::ops
