#include <array>

#include "livegrad/layers.hpp"

namespace livegrad {

std::string_view to_string(LossType type) noexcept {
  constexpr std::array<std::string_view, 6> kNames{
      "softmax", "hinge", "squared", "absolute", "binary_cross_entropy", "poisson"};
  return kNames[static_cast<std::size_t>(type)];
}

namespace {

LossValues over_classes(Builder& b, ValueId x, const LossOptions& o) {
  Graph& g = b.graph();
  const bool sequence = b.shape(x).rank() == 3 && o.type == LossType::softmax;
  if (b.shape(x).rank() > 2 && !sequence) x = ops::flatten(g, x);
  const std::int64_t classes = b.dim(x, sequence ? 2 : 1);
  b.require(classes >= 2,
            "{} needs at least 2 classes, and its input has {}. Put a dense layer with one unit for each "
            "class before it.",
            to_string(o.type), classes);
  LossValues values{.loss = {},
                    .output = x,
                    .labels = sequence ? g.index_input({b.dim(x, 1)}) : g.index_input({}),
                    .targets = {},
                    .probabilities = {}};
  if (o.type == LossType::hinge) {
    values.probabilities = ops::softmax(g, x);
    values.loss = ops::hinge(g, x, values.labels, static_cast<real>(o.margin));
    return values;
  }
  values.loss = ops::softmax_cross_entropy(g, x, values.labels, static_cast<real>(o.smoothing));
  values.probabilities = {values.loss.index + 1};
  return values;
}

}  // namespace

LossValues loss(Builder& b, ValueId x, const LossOptions& o) {
  const auto scope = b.scope("loss", o.name);
  if (o.type == LossType::softmax || o.type == LossType::hinge) return over_classes(b, x, o);

  Graph& g = b.graph();
  LossValues values{.loss = {}, .output = x, .labels = {}, .targets = {}, .probabilities = {}};
  ValueId target = o.target;
  if (target == ValueId{}) {
    target = values.targets = g.input(b.example(x), "targets");
  } else if (b.shape(target) != b.shape(x)) {
    if (b.example(target).size() != b.example(x).size()) {
      b.fail(ErrorCode::shape_mismatch,
             "the output {} and its target {} differ in size. Give the last layer as many units as the "
             "target has numbers ({}).",
             b.example(x), b.example(target), b.example(target).size());
    }
    target = ops::reshape(g, target, b.example(x));
  }
  switch (o.type) {
    case LossType::absolute:
      values.loss = ops::absolute_error(g, x, target);
      break;
    case LossType::binary_cross_entropy:
      values.loss = ops::binary_cross_entropy(g, x, target);
      break;
    case LossType::poisson:
      values.loss = ops::poisson(g, x, target);
      break;
    default:
      values.loss = ops::squared_error(g, x, target);
  }
  return values;
}

}  // namespace livegrad
