#include <algorithm>
#include <cmath>

#include "../kernels/abi.hpp"
#include "livegrad/math.hpp"
#include "livegrad/optim.hpp"

namespace livegrad {
namespace {

/// Neighbouring parameters that one kernel call can update.
struct Stretch {
  ParamId first;
  std::int64_t size;
};

bool learns(const ParamStore& params, ParamId id, std::int32_t group) {
  const ParamInfo& info = params.info(id);
  return info.group == group && info.rate_multiplier != 0;
}

bool alike(const ParamStore& params, ParamId a, ParamId b) {
  const ParamInfo &x = params.info(a), &y = params.info(b);
  return x.group == y.group && x.rate_multiplier == y.rate_multiplier && x.l1_multiplier == y.l1_multiplier &&
         x.l2_multiplier == y.l2_multiplier && params.updates(a) == params.updates(b);
}

/// Calls body(Stretch) for each maximal stretch of the group, in order.
template <class Body>
void for_each_stretch(const ParamStore& params, std::int32_t group, Body&& body) {
  for (int i = 0; i < params.size();) {
    const ParamId first{i};
    if (!learns(params, first, group)) {
      ++i;
      continue;
    }
    int end = i + 1;
    while (end < params.size() && alike(params, first, ParamId{end})) ++end;
    const ParamId last{end - 1};
    body(Stretch{first, params.offset(last) + params.info(last).shape.size() - params.offset(first)});
    i = end;
  }
}

kernels::OptimizerKind kind_of(OptimizerType type) {
  using kernels::OptimizerKind;
  switch (type) {
    case OptimizerType::sgd:
      return OptimizerKind::sgd;
    case OptimizerType::momentum:
      return OptimizerKind::momentum;
    case OptimizerType::nesterov:
      return OptimizerKind::nesterov;
    case OptimizerType::adagrad:
      return OptimizerKind::adagrad;
    case OptimizerType::rmsprop:
      return OptimizerKind::rmsprop;
    case OptimizerType::windowgrad:
      return OptimizerKind::windowgrad;
    case OptimizerType::adadelta:
      return OptimizerKind::adadelta;
    case OptimizerType::adam:
      return OptimizerKind::adam;
    case OptimizerType::adamw:
      return OptimizerKind::adamw;
  }
  return OptimizerKind::sgd;
}

/// Whether some number is above the limit or below its negative.
bool is_beyond(const real* x, std::int64_t size, real limit) {
  bool beyond = false;
  for (std::int64_t i = 0; i < size; ++i) beyond |= std::fabs(x[i]) > limit;
  return beyond;
}

/// 1/(1 - beta^t): undoes the pull of a moving average towards the zero it started from.
double bias_correction(double beta, std::uint64_t t) { return 1 / (1 - math::pow(beta, double(t))); }

}  // namespace

UpdateInfo update(Device& device, ParamStore& params, const OptimizerOptions& o, std::int32_t group,
                  double factor, std::int64_t batch) noexcept {
  UpdateInfo info;
  double squares = 0;
  for_each_stretch(params, group, [&](const Stretch& s) {
    double sum = 0;
    bool nonfinite = false;
    device.kernels().norm(device.context(), {.size = s.size,
                                             .x = params.gradient(s.first).data,
                                             .sum_of_squares = &sum,
                                             .nonfinite = &nonfinite});
    squares += sum;
    info.nonfinite |= nonfinite;
  });
  info.gradient_norm = std::sqrt(squares);
  if (info.nonfinite) return info;
  info.clipped = o.clip_norm > 0 && info.gradient_norm > o.clip_norm;
  const double gradient_scale = info.clipped ? o.clip_norm / info.gradient_norm : 1;
  if (o.clip_value > 0)
    for_each_stretch(params, group, [&](const Stretch& s) {
      info.clipped_value |=
          is_beyond(params.gradient(s.first).data, s.size, real(o.clip_value / gradient_scale));
    });
  const double decay_scale = o.decay_per_example ? 1 / double(batch) : 1;
  const bool is_adam = o.type == OptimizerType::adam || o.type == OptimizerType::adamw;

  for_each_stretch(params, group, [&](const Stretch& s) {
    const ParamInfo& p = params.info(s.first);
    const std::uint64_t t = params.updates(s.first) + 1;
    device.kernels().update(device.context(),
                            {.kind = kind_of(o.type),
                             .size = s.size,
                             .w = params.value(s.first).data,
                             .g = params.gradient(s.first).data,
                             .slot0 = slots_of(o.type) > 0 ? params.slot(0, s.first).data : nullptr,
                             .slot1 = slots_of(o.type) > 1 ? params.slot(1, s.first).data : nullptr,
                             .rate = real(o.rate * factor * double(p.rate_multiplier)),
                             .momentum = real(o.momentum),
                             .rho = real(o.rho),
                             .beta1 = real(o.beta1),
                             .beta2 = real(o.beta2),
                             .epsilon = real(o.epsilon),
                             .l1 = real(o.l1 * decay_scale * double(p.l1_multiplier)),
                             .l2 = real(o.l2 * decay_scale * double(p.l2_multiplier)),
                             .correction1 = is_adam ? real(bias_correction(o.beta1, t)) : real(1),
                             .correction2 = is_adam ? real(bias_correction(o.beta2, t)) : real(1),
                             .gradient_scale = real(gradient_scale),
                             .clip_value = real(o.clip_value)});
  });
  for (int i = 0; i < params.size(); ++i)
    if (learns(params, ParamId{i}, group)) params.set_updates(ParamId{i}, params.updates(ParamId{i}) + 1);
  return info;
}

}  // namespace livegrad
