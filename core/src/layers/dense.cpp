#include "parts.hpp"

namespace livegrad {

ValueId dense(Builder& b, ValueId x, const DenseOptions& o) {
  const auto scope = b.scope("dense", o.name);
  b.require(o.units >= 1, "units must be at least 1, not {}.", o.units);
  const std::int64_t steps = b.shape(x).rank() == 3 ? b.dim(x, 1) : 1;
  const std::int64_t inputs = b.shape(x).size_from(1) / steps;
  const InitOptions init = o.weights.init.value_or(default_init(b.semantics(), o.act));
  const ValueId weight =
      b.weight({o.units, inputs}, resolve(init, double(inputs), double(o.units)), o.weights);
  ValueId bias;
  if (o.bias.used) {
    bias = b.offset("bias", {o.units}, o.bias.value.value_or(default_bias(b.semantics(), o.act)),
                    o.weights.rate);
  }
  b.count(steps * o.units * inputs);
  return finish(b, ops::dense(b.graph(), x, weight, bias), o.act, o.dropout);
}

}  // namespace livegrad
