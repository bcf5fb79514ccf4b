#include "parts.hpp"

namespace livegrad {

namespace {

struct Affine {
  ValueId gamma, shift;
};

Affine gamma_and_shift(Builder& b, std::int64_t size, double rate) {
  const ValueId gamma = b.offset("gamma", {size}, 1, rate);
  return {gamma, b.offset("shift", {size}, 0, rate)};
}

}  // namespace

ValueId batch_norm(Builder& b, ValueId x, const BatchNormOptions& o) {
  const auto scope = b.scope("batch_norm", o.name);
  const std::int64_t channels = b.dim(x, 1);
  const auto [gamma, shift] = gamma_and_shift(b, channels, o.rate);
  const ValueId mean = b.state({.layer = {}, .role = "running_mean", .shape = {channels}, .initial = 0});
  const ValueId variance =
      b.state({.layer = {}, .role = "running_variance", .shape = {channels}, .initial = 1});
  return ops::batch_norm(
      b.graph(), x, gamma, shift, mean, variance,
      {.momentum = static_cast<real>(o.momentum), .epsilon = static_cast<real>(o.epsilon)});
}

ValueId layer_norm(Builder& b, ValueId x, const LayerNormOptions& o) {
  const auto scope = b.scope("layer_norm", o.name);
  const auto [gamma, shift] =
      gamma_and_shift(b, b.shape(x).size_from(b.shape(x).rank() == 3 ? 2 : 1), o.rate);
  return ops::layer_norm(b.graph(), x, gamma, shift, static_cast<real>(o.epsilon));
}

ValueId local_response_norm(Builder& b, ValueId x, const LocalResponseNormOptions& o) {
  const auto scope = b.scope("local_response_norm", o.name);
  return ops::local_response_norm(b.graph(), x,
                                  {.window = o.window,
                                   .k = static_cast<real>(o.k),
                                   .alpha = static_cast<real>(o.alpha),
                                   .power = static_cast<real>(o.power)});
}

ValueId local_contrast_norm(Builder& b, ValueId x, const LocalContrastNormOptions& o) {
  const auto scope = b.scope("local_contrast_norm", o.name);
  require_maps(b, x);
  b.require(o.window >= 1 && o.window % 2 == 1, "window must be odd, not {}, to have a middle.", o.window);
  const ValueId window = b.state(
      {.layer = {}, .role = "window", .shape = {o.window, o.window}, .values = gaussian_window(o.window)});
  return ops::local_contrast_norm(b.graph(), x, window, static_cast<real>(o.epsilon));
}

}  // namespace livegrad
