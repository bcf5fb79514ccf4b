#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "livegrad/device.hpp"
#include "livegrad/params.hpp"

namespace livegrad {

/// Update rules; equations in kernels::OptimizerKind and in core/README.md.
enum class OptimizerType : std::int32_t {
  sgd,
  momentum,
  nesterov,
  adagrad,
  rmsprop,
  windowgrad,
  adadelta,
  adam,
  adamw
};

/// "sgd", "momentum" …: the word in specs.
std::string_view to_string(OptimizerType type) noexcept;
std::optional<OptimizerType> parse_optimizer_type(std::string_view word) noexcept;

/// Settings of an optimiser. All can change between two steps; `type` keeps the slots that both rules share.
/// Decay adds l1·sign(w) + l2·w to the mean gradient (adamw: l2 shrinks w directly). Clipping comes before decay is
/// added: by norm first, then by value.
struct OptimizerOptions {
  OptimizerType type = OptimizerType::momentum;
  double rate = 0.01;     ///< learning rate per batch, for the mean gradient over the batch
  double momentum = 0.9;  ///< momentum, nesterov
  double rho = 0.95;      ///< rmsprop, windowgrad, adadelta: share of the old average
  double beta1 = 0.9;     ///< adam, adamw
  double beta2 = 0.999;   ///< adam, adamw
  double epsilon = 1e-8;
  double l1 = 0;
  double l2 = 0;
  bool decay_per_example = false;  ///< ConvNetJS: divide l1 and l2 by the batch size
  double clip_value = 0;           ///< clamp each gradient to ±this; 0: no
  double clip_norm = 0;  ///< scale the gradient so that its norm over the group is at most this; 0: no
};

enum class ScheduleType : std::int32_t { constant, step, exponential, cosine, halve_on_plateau };

std::string_view to_string(ScheduleType type) noexcept;
std::optional<ScheduleType> parse_schedule_type(std::string_view word) noexcept;

/// How the learning rate changes: rate(t) = optimizer.rate · factor(t), t in epochs (fractions count), taken at
/// the middle of each batch, so that no step of a ramp has the rate 0.
struct ScheduleOptions {
  ScheduleType type = ScheduleType::constant;
  double every = 1;           ///< step: epochs between two drops
  double factor = 0.5;        ///< step: of each drop; exponential: per epoch
  double floor = 0;           ///< cosine: the factor at the end
  double warmup = 0;          ///< epochs of linear rise from 0 before everything else; with any type
  double hold = 0;            ///< epochs of the whole rate after that; with any type
  std::int64_t patience = 2;  ///< halve_on_plateau: evaluations without improvement before halving
};

/// factor(t) of the schedule at `epoch` of `epochs`, before plateau halving. The same bits on every target.
/// Math    with t = max(0, epoch - warmup - hold) and T = epochs - warmup - hold
///         warm-up: epoch/warmup; step: factor^⌊t/every⌋; exponential: factor^t;
///         cosine: floor + (1 - floor)(1 + cos(π min(t/T, 1)))/2
/// Ref     Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts", eq. (5)
double schedule_factor(const ScheduleOptions& options, double epoch, double epochs) noexcept;

/// What one update did.
struct UpdateInfo {
  double gradient_norm = 0;    ///< before clipping
  bool nonfinite = false;      ///< nothing was updated
  bool clipped = false;        ///< the norm was over clip_norm
  bool clipped_value = false;  ///< some gradient was, after that, beyond clip_value
};

/// Optimiser slots that the rule needs: 0, 1 or 2.
int slots_of(OptimizerType type) noexcept;
/// What a slot holds: "velocity", "square_sum", "square_mean", "delta_square_mean", "mean", "square"; empty beyond
/// slots_of(type).
std::string_view slot_name(OptimizerType type, int slot) noexcept;
/// Slots, from the first on, that mean the same to both rules and survive a change from one to the other.
int shared_slots(OptimizerType a, OptimizerType b) noexcept;

/// One update of every parameter of `group` whose rate multiplier is not 0, from the gradients in the store; none
/// when a gradient is not finite. `factor` multiplies the rate. Allocates nothing.
/// Math    kernels::OptimizerKind; Adam's bias correction has t = params.updates(id), this update included
/// Units   gradients are means over the batch of `batch` examples
UpdateInfo update(Device& device, ParamStore& params, const OptimizerOptions& options, std::int32_t group,
                  double factor, std::int64_t batch) noexcept;

}  // namespace livegrad
