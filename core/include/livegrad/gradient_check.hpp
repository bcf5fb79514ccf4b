#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Outside namespace livegrad, and with nothing of it in its arguments, so that a program over the float library can call
/// this function of the double one (CMake target livegrad::core_f64).
namespace livegrad_check {

/// Compares the gradients of every layer with finite differences, in double precision with the reference kernels, on
/// a copy of the weights: those of the checkpoint, or, when it is empty, those that the spec's seed draws. The net runs
/// as in training (dropout drops, batch normalisation uses the batch) on a few random examples, each with a random
/// weight in the loss.
///
/// Gives JSON: {"examples", "worst", "rows": [{"layer", "parameter", "worst", "checked", "kinks"}]}. `parameter` is a
/// role such as "weight", or "input" for the network's inputs. `worst` is the largest
/// |a - n| / max(|a|, |n|, g/100, f/10000, 1e-5) over the numbers checked, a being the gradient, n the difference
/// quotient, g the tensor's largest gradient and f the loss; null where nothing could be checked. `kinks` counts
/// numbers left out because the loss has a kink (ReLU, max) within the step: its slopes there do not agree.
/// Math    Richardson's extrapolation of central differences over ±h and ±h/2, h = 1e-4
/// Errors  std::runtime_error with the message of the Error behind it
std::string check_gradients_json(std::string_view spec_json, std::span<const std::uint8_t> checkpoint,
                                 std::uint64_t seed, int samples_per_tensor);

}  // namespace livegrad_check
