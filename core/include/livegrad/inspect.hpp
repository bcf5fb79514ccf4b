#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "livegrad/trainer.hpp"

namespace livegrad {

/// One tensor that can be looked at, with its place in memory: what the JavaScript layout table is made of.
struct LayoutEntry {
  std::int32_t id;
  std::string name;  ///< "conv1.out", "conv1.weight"
  enum class Kind : std::int32_t { value, gradient, parameter, parameter_gradient, state, slot } kind;
  std::string layer;  ///< "conv1"
  std::string op;     ///< "conv2d"; empty for parameters and inputs
  ValueType type;
  Shape shape;                    ///< with the capacity in axis 0 where there is a batch
  std::int32_t rows_per_example;  ///< axis 0 has this many rows for each example; 0: no batch axis
  const void* data;
};

/// The tensors of the trainer: the values and gradients of its last batch that a step keeps, parameters, their gradients,
/// states, slots.
/// Valid until the trainer is replaced, loaded, or its batch grows.
std::vector<LayoutEntry> layout(const Trainer& trainer);
/// The values and gradients of a probe.
std::vector<LayoutEntry> layout(const Probe& probe);

/// Figures of one layer's tensor, for the page and for `livegrad train --verbose`.
struct TensorStatistics {
  double minimum = 0, maximum = 0, mean = 0, deviation = 0;
  double zero_fraction = 0;  ///< share of exact zeros: dead or inactive ReLU units
};
TensorStatistics statistics(const TensorView& view) noexcept;

/// By how much repeated products with a recurrent matrix stretch what they are given.
struct RecurrentRadius {
  std::string layer;  ///< "lstm1", "gru1.layer2"
  std::string gate;   ///< gru: "r", "z", "n"; lstm: "i", "f", "g", "o"; rnn: ""
  double radius;      ///< the largest modulus of an eigenvalue
};
/// The spectral radii of all recurrent matrices, gate by gate. Each takes 20 products of the matrix with itself.
/// Errors  invalid_argument when there is none, or one of more than kMaxSpectralUnits units
std::vector<RecurrentRadius> spectral_radii(const ParamStore& params);

/// A heat map: one RGBA colour for each number, palette[round(255 (x - low)/(high - low))], palette[256] for NaN.
void draw(Device& device, const TensorView& view, real low, real high,
          std::span<const std::uint32_t, 257> palette, std::uint32_t* out) noexcept;

}  // namespace livegrad
