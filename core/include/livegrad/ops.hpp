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
  double momentum = real(0.1);  ///< weight of the new batch in the running statistics
  double epsilon = real(1e-5);
};

struct LocalResponseNormOptions {
  std::int64_t window = 5;
  double k = 1, alpha = real(1e-4), power = real(0.75);
};

/// y = x Wᵀ + b. Shapes  x [N,I], weight [O,I], bias [O] or absent -> [N,O]; a sequence [N,T,I] -> [N,T,O], step by
/// step. The channels and places of pictures are flattened.
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
///         a sequence: logits [N,T,C], labels [N,T] -> loss [N], the mean over steps with a label (-1: none); parts
///         "probabilities" [N,T,C], "step_loss" [N,T]
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
ValueId batch_norm(Graph& g, ValueId x, ValueId gamma, ValueId shift, ValueId running_mean,
                   ValueId running_variance, const BatchNormOptions& o = {});
/// Over everything but N, and for a sequence over each step. Shapes  x [N,…]; gamma, shift [size of one example]; or
/// x [N,T,C]; gamma, shift [C]
ValueId layer_norm(Graph& g, ValueId x, ValueId gamma, ValueId shift, real epsilon = real(1e-5));
/// Across channels. Shapes  [N,C,H,W]
ValueId local_response_norm(Graph& g, ValueId x, const LocalResponseNormOptions& o = {});
/// Subtract the local mean, divide by the local deviation. Shapes  [N,C,H,W]; `weights` [window,window] a state, see
/// gaussian_window.
ValueId local_contrast_norm(Graph& g, ValueId x, ValueId weights, real epsilon = real(1e-4));

// Sequences: [N,T,C], T steps of C numbers; symbols are integers [N,T], and one outside the table is nothing: zeros.

/// The rows of a table that the symbols name. Shapes  symbols [N,T] (index), table [S,C] -> [N,T,C]
/// Grad    dtable[s] = Σ of dy where the symbol is s, in the order of n, then t
ValueId embedding(Graph& g, ValueId symbols, ValueId table);

/// What a recurrent cell works with; H units, G gates: 1 (rnn), 3 (gru: r z n) or 4 (lstm: i f g o).
struct RecurrentOperands {
  ValueId weight;               ///< [G·H, I], or [G·H, S] for symbols, which it takes as one-hot rows
  ValueId recurrent;            ///< [G·H, H]
  ValueId bias = {};            ///< [G·H] or absent
  ValueId recurrent_bias = {};  ///< gru: [H], of the candidate, within the reset gate; comes with bias
  ValueId peephole = {};        ///< lstm: [3, H] (i f o) or absent
  ValueId gamma = {}, recurrent_gamma = {};  ///< [G·H] layer norm, or absent: none; comes with bias
  ValueId cell_gamma = {}, cell_shift = {};  ///< lstm with layer norm: [H]
  ValueId h = {}, c = {};                    ///< [N,H] initial state, or absent: zeros; lstm: both or neither
  ValueId live = {};  ///< [N,T] integers: a step with a negative one keeps the state; absent: none does
};

struct RecurrentOptions {
  bool relu = false;     ///< rnn: relu in place of tanh
  bool reverse = false;  ///< from the last step to the first
  bool carry = false;    ///< forward leaves the state after the last step in h and c, for the next batch
  real leak = 1;         ///< rnn: weight of the new state
};

/// A recurrent layer over whole sequences, in the form of the op's equation.
/// Shapes  x [N,T,I] or symbols [N,T] -> h [N,T,H]; parts "gates" [N,T,G,H] as activated (gru: r z n and U_n h + b'_n),
///         lstm "c" [N,T,H]; "initial_h", "initial_c" [N,H]
/// Grad    through all T steps and into h, c when they are not inputs of the graph; into "c" too
/// Layer norm, where gamma is given. norm(a) = (a − μ) / √(σ² + 1e-5) over all places of a, those of every gate together:
///         W x_t becomes γ ∘ norm(W x_t) and U h_{t−1} becomes γ' ∘ norm(U h_{t−1}); the biases stand where they stood, and
///         are the shifts of both, whose sum is what counts. lstm: h_t = o ∘ tanh(γ_c ∘ norm(c_t) + β_c); c_t goes on as it is.
///         Ba, Kiros and Hinton 2016, "Layer normalization", eq. (20) to (22)
ValueId rnn(Graph& g, ValueId x, const RecurrentOperands& in, const RecurrentOptions& o = {});
ValueId gru(Graph& g, ValueId x, const RecurrentOperands& in, const RecurrentOptions& o = {});
ValueId lstm(Graph& g, ValueId x, const RecurrentOperands& in, const RecurrentOptions& o = {});

struct WindowsOptions {
  std::int64_t kernel = 3, stride = 1, dilation = 1;
  bool causal = false;  ///< a window ends at its step and may begin before the sequence, with zeros
};

/// What a convolution over time multiplies by its weights: the `kernel` steps of each place side by side.
/// Shapes  [N,T,C] -> [N,T',kernel·C], T' = ⌊(T − dilation·(kernel−1) − 1)/stride⌋ + 1; causal: ⌈T/stride⌉
ValueId windows(Graph& g, ValueId x, const WindowsOptions& o = {});

/// Many to one: the last step, or the mean over steps. A step whose integer in `live` [N,T] is negative is padding and
/// does not count; an example of padding alone gives zeros. Shapes  [N,T,C] -> [N,C]
ValueId last_step(Graph& g, ValueId x, ValueId live = {});
ValueId mean_over_steps(Graph& g, ValueId x, ValueId live = {});
/// One to many: each of `steps` steps is x. Shapes  [N,C] -> [N,steps,C]
ValueId repeat_steps(Graph& g, ValueId x, std::int64_t steps);

/// a + b and a ∘ b, shapes alike.
ValueId add(Graph& g, ValueId a, ValueId b);
ValueId multiply(Graph& g, ValueId a, ValueId b);
/// scale·x + shift
ValueId affine(Graph& g, ValueId x, real scale, real shift);
/// Along the channels or features. Shapes  [N,Cᵢ], [N,Cᵢ,H,W] -> [N,ΣCᵢ,…]; [N,T,Cᵢ] -> [N,T,ΣCᵢ]
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
