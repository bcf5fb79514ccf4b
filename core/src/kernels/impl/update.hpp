#pragma once

#include <limits>

#include "../simd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

LIVEGRAD_INLINE Batch sign(Batch x) {
  const Batch zero(0.0f);
  return select(x > zero, Batch(1.0f), select(x < zero, Batch(-1.0f), zero));
}

/// 0 where x is subnormal.
LIVEGRAD_INLINE Batch flush(Batch x) {
  return select(abs(x) < Batch(std::numeric_limits<float>::min()), Batch(0.0f), x);
}

/// rule(part, i, w, g) gives the new weights. Plain products and sums: every table gives the bits of the specification.
template <class Rule>
void update_all(KernelContext& context, const UpdateArgs& o, Rule rule) {
  const Batch scale(o.gradient_scale), limit(o.clip_value), l2(o.l2), l1(o.l1), decay(o.rate * o.l2);
#if !defined(__wasm__)  // a second loop for every rule is more code than a page should fetch
  if (o.clip_value == 0 && o.l2 == 0 && o.l1 == 0) {
    return each_parallel(context, o.size, [=, weights = o.w, gradients = o.g](std::int64_t i, auto part) {
      part.store(weights + i, rule(part, i, part.load(weights + i), scale * part.load(gradients + i)));
    });
  }
#endif
  const bool decoupled = o.kind == OptimizerKind::adamw;
  each_parallel(context, o.size, [=](std::int64_t i, auto part) {
    Batch w = part.load(o.w + i), g = scale * part.load(o.g + i);
    if (o.clip_value > 0) g = select(g > limit, limit, select(g < negate(limit), negate(limit), g));
    if (decoupled) {
      w = w - decay * w;
    } else if (o.l2 != 0) {
      g = g + l2 * w;
    }
    if (o.l1 != 0) g = g + l1 * sign(w);
    part.store(o.w + i, rule(part, i, w, g));
  });
}

inline void update(KernelContext& context, const UpdateArgs& o) noexcept {
  float *const slot0 = o.slot0, *const slot1 = o.slot1;
  const Batch rate(o.rate), momentum(o.momentum), epsilon(o.epsilon);
  const Batch rho(o.rho), rho_rest(1.0f - o.rho), beta1(o.beta1), beta1_rest(1.0f - o.beta1), beta2(o.beta2),
      beta2_rest(1.0f - o.beta2), correction1(o.correction1), correction2(o.correction2);
  // slot = keep slot + rest value
  const auto average = [](auto part, float* slot, Batch keep, Batch rest, Batch value) {
    const Batch next = flush(keep * part.load(slot) + rest * value);
    part.store(slot, next);
    return next;
  };
  const auto velocity = [=](auto part, std::int64_t i, Batch g) {
    const Batch next = flush(momentum * part.load(slot0 + i) - rate * g);
    part.store(slot0 + i, next);
    return next;
  };
  switch (o.kind) {
    case OptimizerKind::sgd:
      return update_all(context, o, [=](auto, std::int64_t, Batch w, Batch g) { return w - rate * g; });
    case OptimizerKind::momentum:
      return update_all(
          context, o, [=](auto part, std::int64_t i, Batch w, Batch g) { return w + velocity(part, i, g); });
    case OptimizerKind::nesterov:
      return update_all(context, o, [=](auto part, std::int64_t i, Batch w, Batch g) {
        return w + (momentum * velocity(part, i, g) - rate * g);
      });
    case OptimizerKind::adagrad:
      return update_all(context, o, [=](auto part, std::int64_t i, Batch w, Batch g) {
        const Batch s = part.load(slot0 + i) + g * g;
        part.store(slot0 + i, s);
        return w - rate * g / sqrt(s + epsilon);
      });
    case OptimizerKind::rmsprop:
    case OptimizerKind::windowgrad: {
      const bool inside = o.kind == OptimizerKind::windowgrad;
      return update_all(context, o, [=](auto part, std::int64_t i, Batch w, Batch g) {
        const Batch s = average(part, slot0 + i, rho, rho_rest, g * g);
        return w - rate * g / (inside ? sqrt(s + epsilon) : sqrt(s) + epsilon);
      });
    }
    case OptimizerKind::adadelta:
      return update_all(context, o, [=](auto part, std::int64_t i, Batch w, Batch g) {
        const Batch s = average(part, slot0 + i, rho, rho_rest, g * g);
        const Batch d = negate(sqrt((part.load(slot1 + i) + epsilon) / (s + epsilon))) * g;
        average(part, slot1 + i, rho, rho_rest, d * d);
        return w + rate * d;
      });
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return update_all(context, o, [=](auto part, std::int64_t i, Batch w, Batch g) {
        const Batch m = average(part, slot0 + i, beta1, beta1_rest, g);
        const Batch v = average(part, slot1 + i, beta2, beta2_rest, g * g);
        return w - rate * (m * correction1) / (sqrt(v * correction2) + epsilon);
      });
  }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
