#pragma once

#include <cstdint>
#include <span>

namespace livegrad::data {

/// A point that a pen passes: x to the right, y down, both 0 to 1 or so. A smooth curve runs through the knots of a
/// stroke, broken at corners.
struct Knot {
  float x, y;
  bool corner = false;
};

/// One way of writing a digit. Weights say how common it is among the ways of writing this digit.
struct Skeleton {
  float weight;
  std::span<const std::span<const Knot>> strokes;
};

/// The ways of writing a digit, 0 to 9.
std::span<const Skeleton> digit_skeletons(int digit);

/// Moves a 28x28 picture by whole pixels so that its centre of mass is at its centre, as far as no ink is lost.
void centre_by_mass(std::span<const std::uint8_t, 784> in, std::span<std::uint8_t, 784> out);

}  // namespace livegrad::data
