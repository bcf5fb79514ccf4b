#pragma once

#include "livegrad/layers.hpp"

namespace livegrad {

/// The activation as part of the open layer.
ValueId apply(Builder& b, ValueId x, const ActivationOptions& o);
/// What may follow a product in its layer: an activation, then dropout.
ValueId finish(Builder& b, ValueId x, Activation act, double rate);
/// Errors  shape_mismatch unless x is [N,C,H,W]
void require_maps(const Builder& b, ValueId x);

}  // namespace livegrad
