#include "parts.hpp"

namespace livegrad {

namespace {

/// W x + b, by a convolution of the open layer when x is maps.
ValueId product(Builder& b, ValueId x, std::int64_t outputs, std::int64_t kernel, std::int64_t stride,
                const InitOptions& init, const WeightOptions& options, std::optional<double> bias) {
  const bool maps = b.shape(x).rank() == 4;
  const std::int64_t area = maps ? kernel * kernel : 1;
  const std::int64_t inputs = maps ? b.dim(x, 1) : b.shape(x).size_from(1);
  const Shape shape = maps ? Shape{outputs, inputs, kernel, kernel} : Shape{outputs, inputs};
  const ValueId weight =
      b.weight(shape, resolve(init, double(inputs * area), double(outputs * area)), options);
  const ValueId offset = bias ? b.offset("bias", {outputs}, *bias, options.rate) : ValueId{};
  const ValueId y = maps ? ops::conv2d(b.graph(), x, weight, offset, {.stride = stride, .pad = kernel / 2})
                         : ops::dense(b.graph(), x, weight, offset);
  b.count(outputs * inputs * area * b.shape(y).size_from(2));
  return y;
}

/// How far a 1x1 convolution must step to bring `from` places to `to`; 0 when it cannot.
std::int64_t stride_between(std::int64_t from, std::int64_t to) {
  for (std::int64_t stride = 1; stride <= from; ++stride) {
    const std::int64_t places = (from - 1) / stride + 1;
    if (places == to) return stride;
    if (places < to) return 0;
  }
  return 0;
}

ValueId project(Builder& b, ValueId x, ValueId like, const WeightOptions& options) {
  const Shape from = b.example(x), to = b.example(like);
  std::int64_t stride = 1;
  if (from.rank() == 3 && to.rank() == 3) {
    stride = stride_between(from[1], to[1]);
    if (stride != stride_between(from[2], to[2])) stride = 0;
  } else if (from.rank() != 1 || to.rank() != 1) {
    stride = 0;
  }
  if (stride == 0) {
    b.fail(ErrorCode::shape_mismatch,
           "no 1x1 convolution brings its input {} to the {} that its layers give. Use pad \"same\" or one "
           "stride for both axes.",
           from, to);
  }
  const InitOptions init = options.init.value_or(default_init(b.semantics(), Activation::none));
  return product(b, x, to[0], 1, stride, init, options, std::nullopt);
}

}  // namespace

ValueId highway(Builder& b, ValueId x, const Body& body, const HighwayOptions& o) {
  const auto scope = b.scope("highway", o.name);
  b.require(o.kernel >= 1 && o.kernel % 2 == 1,
            "the gate's kernel must be odd, not {}, to keep the size of the maps.", o.kernel);
  const ValueId h = body(x);
  if (b.shape(h) != b.shape(x)) {
    b.fail(ErrorCode::shape_mismatch,
           "its layers give {} from {}, but a gated skip keeps the shape. Use stride 1, pad \"same\" and as "
           "many filters or units as come in.",
           b.example(h), b.example(x));
  }
  Graph& g = b.graph();
  const InitOptions init = o.weights.init.value_or(default_init(b.semantics(), Activation::sigmoid));
  const ValueId gate = ops::sigmoid(g, product(b, x, b.dim(x, 1), o.kernel, 1, init, o.weights, o.bias));
  const ValueId through = ops::multiply(g, ops::affine(g, gate, -1, 1), x);
  return ops::add(g, ops::multiply(g, gate, h), through);
}

ValueId residual(Builder& b, ValueId x, const Body& body, const ResidualOptions& o) {
  const auto scope = b.scope("residual", o.name);
  const ValueId f = body(x);
  if (!o.project && b.shape(f) != b.shape(x)) {
    b.fail(
        ErrorCode::shape_mismatch,
        "its layers give {}, which cannot be added to its input {}. Keep the shape or set \"project\": true.",
        b.example(f), b.example(x));
  }
  const ValueId skip = o.project ? project(b, x, f, o.weights) : x;
  return apply(b, ops::add(b.graph(), f, skip), {.type = o.act});
}

}  // namespace livegrad
