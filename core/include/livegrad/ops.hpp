#pragma once

#include <span>

#include "livegrad/graph.hpp"
#include "livegrad/schedule.hpp"

/// The differentiable operations. Each appends a node to the graph and returns its value; equation and reference of each
/// are in its OpDef, where the page's tooltips find them too. N is the batch, kept in axis 0.
///
/// Errors  every operation: shape_mismatch when the shapes do not fit; invalid_argument when a setting is out of range
namespace livegrad::ops {

struct Conv2dOptions {
  std::int64_t stride = 1, pad = 0, dilation = 1, groups = 1;
};

enum class PoolType : std::int32_t { max, average, l2 };

struct Pool2dOptions {
  PoolType type = PoolType::max;
  std::int64_t kernel_h = 2, kernel_w = 2;
  std::int64_t stride = 2, pad = 0;
};

struct BatchNormOptions {
  real momentum = real(0.1);  ///< weight of the new batch in the running statistics
  real epsilon = real(1e-5);
};

struct LocalResponseNormOptions {
  std::int64_t window = 5;
  real k = 1, alpha = real(1e-4), power = real(0.75);
};

/// y = x Wᵀ + b. Shapes  x [N,I], weight [O,I], bias [O] or absent -> [N,O]. Axes of x after the first are flattened.
/// Grad    dx = dy W; dW = dyᵀ x; db = Σ_n dy
ValueId dense(Graph& g, ValueId x, ValueId weight, ValueId bias = {});

/// Cross-correlation. Shapes  x [N,C,H,W], weight [F,C/groups,R,S], bias [F] or absent -> [N,F,H',W'],
/// H' = ⌊(H + 2·pad − dilation·(R−1) − 1)/stride⌋ + 1.
/// Ref     Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning"
ValueId conv2d(Graph& g, ValueId x, ValueId weight, ValueId bias = {}, const Conv2dOptions& o = {});

/// w ∘ connections: weights between maps that are not connected are 0 and stay so.
/// Shapes  weight [F,C,R,S], connections [F,C] of 0 and 1 -> [F,C,R,S]
/// Ref     LeCun et al. 1998, "Gradient-based learning applied to document recognition", table I
ValueId connect(Graph& g, ValueId weight, ValueId connections);

/// Max, average or L2 pooling. Shapes  [N,C,H,W] -> [N,C,H',W'], H' = ⌊(H + 2·pad − kernel)/stride⌋ + 1.
/// Average and L2 count only the cells inside the picture.
ValueId pool2d(Graph& g, ValueId x, const Pool2dOptions& o = {});

ValueId relu(Graph& g, ValueId x);
ValueId leaky_relu(Graph& g, ValueId x, real slope = real(0.01));
ValueId sigmoid(Graph& g, ValueId x);
ValueId tanh(Graph& g, ValueId x);
ValueId elu(Graph& g, ValueId x, real alpha = 1);
ValueId softplus(Graph& g, ValueId x);
/// The largest of each `group` neighbouring channels. Shapes  [N,C,…] -> [N,C/group,…]
ValueId maxout(Graph& g, ValueId x, std::int64_t group = 2);

/// Shapes  [N,C] -> [N,C]: probabilities
ValueId softmax(Graph& g, ValueId x);

/// Shapes  logits [N,C], labels [N] (index) -> loss [N]; part "probabilities" [N,C]. Units nats.
ValueId softmax_cross_entropy(Graph& g, ValueId logits, ValueId labels, real smoothing = 0);
/// Shapes  scores [N,C], labels [N] -> loss [N]
ValueId hinge(Graph& g, ValueId scores, ValueId labels, real margin = 1);
/// Shapes  x [N,…], target of the same shape -> loss [N]: ½ Σ (x − t)²
ValueId squared_error(Graph& g, ValueId x, ValueId target);
/// Σ |x − t|
ValueId absolute_error(Graph& g, ValueId x, ValueId target);
/// x are logits: Σ log(1 + eˣ) − t x
ValueId binary_cross_entropy(Graph& g, ValueId x, ValueId target);
/// x are log rates: Σ eˣ − t x; the constant log t! is left out
ValueId poisson(Graph& g, ValueId x, ValueId target);

/// Training: zero with probability `rate`, else x / (1 − rate). Evaluation: x. Part "mask".
ValueId dropout(Graph& g, ValueId x, real rate);

/// Shapes  x [N,C] or [N,C,H,W]; gamma, shift, running_mean, running_variance [C]
ValueId batch_norm(Graph& g, ValueId x, ValueId gamma, ValueId shift, ValueId running_mean, ValueId running_variance,
                   const BatchNormOptions& o = {});
/// Over everything but N. Shapes  x [N,…]; gamma, shift [size of one example]
ValueId layer_norm(Graph& g, ValueId x, ValueId gamma, ValueId shift, real epsilon = real(1e-5));
/// Across channels. Shapes  [N,C,H,W]
ValueId local_response_norm(Graph& g, ValueId x, const LocalResponseNormOptions& o = {});
/// Subtract the local mean, divide by the local deviation. Shapes  [N,C,H,W]; `weights` [window,window] a state, see
/// gaussian_window.
ValueId local_contrast_norm(Graph& g, ValueId x, ValueId weights, real epsilon = real(1e-4));

/// a + b and a ∘ b, shapes alike.
ValueId add(Graph& g, ValueId a, ValueId b);
ValueId multiply(Graph& g, ValueId a, ValueId b);
/// scale·x + shift
ValueId affine(Graph& g, ValueId x, real scale, real shift);
/// Along axis 1 (channels or features). Shapes  [N,Cᵢ,…] -> [N,ΣCᵢ,…]
ValueId concat(Graph& g, std::span<const ValueId> xs);
/// Another shape for each example with the same number of elements. Shapes  [N,…] -> [N,example…]
ValueId reshape(Graph& g, ValueId x, const Shape& example);
/// Shapes  [N,…] -> [N,D]
ValueId flatten(Graph& g, ValueId x);

/// Every operation, for documentation, tooltips and tests.
std::span<const OpDef* const> all() noexcept;
/// Null when there is none of that name.
const OpDef* find(std::string_view name) noexcept;

}  // namespace livegrad::ops
