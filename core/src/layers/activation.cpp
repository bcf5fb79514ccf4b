#include <array>
#include <string>

#include "parts.hpp"

namespace livegrad {

std::string_view to_string(Semantics semantics) noexcept {
  return semantics == Semantics::livegrad ? "livegrad" : "convnetjs";
}

std::string_view to_string(Activation activation) noexcept {
  constexpr std::array<std::string_view, 8> kNames{"none", "relu", "leaky_relu", "sigmoid",
                                                   "tanh", "elu",  "softplus",   "softmax"};
  return kNames[static_cast<std::size_t>(activation)];
}

InitOptions default_init(Semantics semantics, Activation next) noexcept {
  if (semantics == Semantics::convnetjs) return {InitType::lecun_normal};
  switch (next) {
    case Activation::relu:
    case Activation::leaky_relu:
    case Activation::elu:
    case Activation::softplus:
      return {InitType::he_normal};
    default:
      return {InitType::glorot_uniform};
  }
}

double default_bias(Semantics semantics, Activation next) noexcept {
  return semantics == Semantics::convnetjs && next == Activation::relu ? 0.1 : 0;
}

ValueId apply(Builder& b, ValueId x, const ActivationOptions& o) {
  Graph& g = b.graph();
  switch (o.type) {
    case Activation::none:
      return x;
    case Activation::relu:
      return ops::relu(g, x);
    case Activation::leaky_relu:
      return ops::leaky_relu(g, x, static_cast<real>(o.slope));
    case Activation::sigmoid:
      return ops::sigmoid(g, x);
    case Activation::tanh:
      return ops::tanh(g, x);
    case Activation::elu:
      return ops::elu(g, x, static_cast<real>(o.alpha));
    case Activation::softplus:
      return ops::softplus(g, x);
    case Activation::softmax:
      return ops::softmax(g, x);
  }
  return x;
}

ValueId finish(Builder& b, ValueId x, Activation act, double rate) {
  x = apply(b, x, {.type = act});
  return rate > 0 ? ops::dropout(b.graph(), x, static_cast<real>(rate)) : x;
}

ValueId activation(Builder& b, ValueId x, const ActivationOptions& o) {
  const auto scope = b.scope("act", o.name);
  b.require(o.type != Activation::none, "no activation is named. Use relu, tanh or another.");
  return apply(b, x, o);
}

ValueId maxout(Builder& b, ValueId x, const MaxoutOptions& o) {
  const auto scope = b.scope("maxout", o.name);
  return ops::maxout(b.graph(), x, o.group);
}

ValueId dropout(Builder& b, ValueId x, const DropoutOptions& o) {
  const auto scope = b.scope("dropout", o.name);
  return ops::dropout(b.graph(), x, static_cast<real>(o.rate));
}

}  // namespace livegrad
