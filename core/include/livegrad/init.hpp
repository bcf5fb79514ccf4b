#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "livegrad/params.hpp"

namespace livegrad {

/// How the weights of a layer are drawn. With fan-in n (inputs of one output) and fan-out m (outputs that one input
/// reaches):
/// Math    he       variance 2/n: keeps the size of activations through ReLU
///         glorot   variance 2/(n + m): keeps activations and gradients through tanh, sigmoid and linear layers
///         lecun    variance 1/n: as ConvNetJS (normal) does
///         orthogonal  rows orthonormal, in groups of as many as there are columns: each gate's square of recurrent
///                  weights keeps lengths
///         normal   N(0, value²);  uniform  U(−value, value);  constant  value
///         the uniform ones of the first three have bound √(3·variance)
/// Ref     He et al. 2015, "Delving deep into rectifiers", eq. (10); Glorot and Bengio 2010, "Understanding the
///         difficulty of training deep feedforward neural networks", eq. (16); LeCun et al. 1998, "Efficient
///         backprop", §4.6; orthogonal: Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning"
enum class InitType : std::int32_t {
  he_normal,
  he_uniform,
  glorot_normal,
  glorot_uniform,
  lecun_normal,
  lecun_uniform,
  orthogonal,
  normal,
  uniform,
  constant
};

std::string_view to_string(InitType type) noexcept;

struct InitOptions {
  InitType type = InitType::glorot_uniform;
  double value = 0;  ///< normal: standard deviation; uniform: bound; constant: the number

  friend bool operator==(const InitOptions&, const InitOptions&) = default;
};

/// The distribution with its numbers worked out.
/// Units   fan_in and fan_out count weights, at least 1
Init resolve(const InitOptions& options, double fan_in, double fan_out) noexcept;

/// The largest absolute value of an eigenvalue: what a linear recurrent layer's state grows by in a step, in the long run.
/// Shapes  matrix [n,n], row-major
/// Math    lim |A^m|^(1/m), by squaring; O(n³)
/// Ref     Gelfand 1941; Jaeger 2001, "The echo state approach", §3 (why it is set)
double spectral_radius(std::span<const real> matrix, std::int64_t n);

/// A two-dimensional Gaussian that sums to 1, with standard deviation window / 4.
/// Shapes  [window,window], row-major
/// Ref     Jarrett et al. 2009, "What is the best multi-stage architecture for object recognition?", §2.1; the
///         deviation is that of Torch7's image.gaussian
std::vector<real> gaussian_window(std::int64_t window);

/// LeNet-5's connections between the 6 maps of S2 and the 16 maps of C3: 60 of the 96 pairs.
/// Shapes  [16,6] of 0 and 1, row-major
/// Ref     LeCun et al. 1998, "Gradient-based learning applied to document recognition", table I
const std::vector<std::uint8_t>& lenet5_connections();

}  // namespace livegrad
