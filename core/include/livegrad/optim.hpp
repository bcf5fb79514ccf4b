#pragma once

#include <cstdint>
#include <string_view>

#include "livegrad/device.hpp"
#include "livegrad/params.hpp"

namespace livegrad {

/// Update rules; equations in kernels::OptimizerKind and in core/README.md.
enum class OptimizerType : std::int32_t {
  sgd, momentum, nesterov, adagrad, rmsprop, windowgrad, adadelta, adam, adamw
};

std::string_view to_string(OptimizerType type) noexcept;

/// Settings of an optimiser. All can change between two steps; `type` keeps the slots that both rules share.
struct OptimizerOptions {
  OptimizerType type = OptimizerType::momentum;
  double rate = 0.01;      ///< learning rate per batch, for the mean gradient over the batch
  double momentum = 0.9;   ///< momentum, nesterov
  double rho = 0.95;       ///< rmsprop, windowgrad, adadelta: share of the old average
  double beta1 = 0.9, beta2 = 0.999;  ///< adam, adamw
  double epsilon = 1e-8;
  double l1 = 0, l2 = 0;   ///< decay: adds l1·sign(w) + l2·w to the mean gradient (adamw: l2 shrinks w directly)
  bool decay_per_example = false;  ///< ConvNetJS: divide l1 and l2 by the batch size
  double clip_value = 0;   ///< clamp each gradient to ±this; 0: no
  double clip_norm = 0;    ///< scale the gradient so that its norm over all parameters is at most this; 0: no
};

enum class ScheduleType : std::int32_t { constant, step, exponential, cosine, halve_on_plateau };

std::string_view to_string(ScheduleType type) noexcept;

/// How the learning rate changes: rate(t) = optimizer.rate · factor(t), t in epochs (fractions count).
struct ScheduleOptions {
  ScheduleType type = ScheduleType::constant;
  double every = 1;      ///< step: epochs between two drops
  double factor = 0.5;   ///< step: of each drop; exponential: per epoch
  double floor = 0;      ///< cosine: the factor at the end
  double warmup = 0;     ///< epochs of linear rise from 0 before everything else; with any type
  std::int64_t patience = 2;  ///< halve_on_plateau: evaluations without improvement before halving
};

/// factor(t) of the schedule at `epoch` of `epochs`, before plateau halving. Deterministic on every target.
double schedule_factor(const ScheduleOptions& options, double epoch, double epochs) noexcept;

/// What one update did.
struct UpdateInfo {
  double gradient_norm = 0;  ///< before clipping
  bool nonfinite = false;    ///< nothing was updated
  bool clipped = false;      ///< the norm was over clip_norm
};

/// Optimiser slots that the rule needs: 0, 1 or 2.
int slots_of(OptimizerType type) noexcept;

/// One update of every parameter of `group` from the gradients in the store. `step` counts updates from 1 (Adam's bias
/// correction), `factor` multiplies the rate. Allocates nothing.
UpdateInfo update(Device& device, ParamStore& params, const OptimizerOptions& options, std::int32_t group,
                  std::uint64_t step, double factor, std::int64_t batch) noexcept;

}  // namespace livegrad
