#pragma once

// What an instruction set or a device has to provide: one complete KernelTable. Plain function pointers over plain
// structs, because the files that are compiled for one instruction set must not share inline code with the others
// (one-definition rule). No standard library beyond <cstdint>, no xtensor here.
//
// Conventions
//   Tensors are contiguous, row-major, 64-byte aligned. Extents are element counts.
//   Gradients carry a d prefix. `beta` is 0 (overwrite: the old content is never read) or 1 (accumulate).
//   A null output pointer means that the result is not wanted, where the comment says so.
//   Sums of products (gemm, conv2d) run in the order of k, one multiply-add after another, from the beta or bias
//   start value; other sums use the fixed 16-lane tree of simd.hpp. So the lane count never changes a bit.

#include <cstdint>

#include "livegrad/real.hpp"

namespace livegrad::kernels {

/// How the work of one call is spread over threads, and scratch memory to pack operands into.
struct KernelContext {
  /// Runs body(argument, chunk, thread) for every chunk in [0, chunks), returns when all are done.
  /// Results must not depend on which thread runs a chunk.
  void (*parallel)(void* pool, int chunks, void (*body)(void* argument, int chunk, int thread),
                   void* argument) noexcept;
  void* pool;
  int threads;
  /// threads consecutive blocks of kScratchBytes, 64-byte aligned.
  unsigned char* scratch;
};

inline constexpr std::int64_t kScratchBytes = std::int64_t{1} << 20;

enum class ActivationKind : std::int32_t { relu, leaky_relu, sigmoid, tanh, elu, softplus };

/// What a kernel puts its result through in place, each thread its share before it leaves the cache: y = f(y), or
/// dx = f'(x) dx by the y that f made of x. f is one whose y tells f'(x): not softplus, and with alpha >= 0.
struct Epilogue {
  ActivationKind kind;
  real alpha;     ///< as in ActivationArgs
  const real* y;  ///< null for y = f(y); for dx = f'(x) dx laid out as dx is
};

/// C [m,n] = start + op(A) op(B), where start is beta*C, or bias (one value per column) when beta is 0 and bias is set.
/// op(A) is [m,k]: A [m,k] with row stride lda, or A [k,m] when transpose_a. Likewise B [k,n] or [n,k].
struct GemmArgs {
  std::int64_t m, n, k;
  const real* a;
  std::int64_t lda;
  bool transpose_a;
  const real* b;
  std::int64_t ldb;
  bool transpose_b;
  real* c;
  std::int64_t ldc;
  real beta;
  const real* bias;  ///< [n] or null
  const Epilogue* epilogue = nullptr;
};

/// The geometry of a 2-D convolution (cross-correlation) with G groups:
/// y[n,o,i,j] = bias[o] + sum over c, u, v of w[o,c,u,v] x[n, g C/G + c, i stride_h - pad_h + u dilation_h, ...],
/// order of k: c, then u, then v; dx: filter, then i, then j; dw: n, then i, then j. Zeros around the picture may
/// be left out of the sums, which no finite number notices.
struct Conv2dArgs {
  std::int64_t n, channels, height, width;
  std::int64_t filters, kernel_h, kernel_w;
  std::int64_t stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups;
  std::int64_t out_h, out_w;
  const real* x;                       ///< [n,channels,height,width]; forward, dw
  const real* w;                       ///< [filters,channels/groups,kernel_h,kernel_w]; forward, dx
  const real* bias;                    ///< [filters] or null; forward
  real* y;                             ///< [n,filters,out_h,out_w]; forward
  const real* dy;                      ///< dx, dw
  real* dx;                            ///< dx
  real* dw;                            ///< dw
  real beta;                           ///< for dx and dw
  const Epilogue* epilogue = nullptr;  ///< forward, dx
};

enum class PoolKind : std::int32_t { max, average, l2 };

/// Pooling over windows; windows may hang over the padded border. max ignores what is outside; average and l2 divide
/// by, or sum over, the cells that are inside. l2: y = sqrt(sum x^2), with gradient 0 where y = 0.
struct Pool2dArgs {
  PoolKind kind;
  std::int64_t planes;  ///< n * channels
  std::int64_t height, width, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, out_h, out_w;
  const real* x;
  real* y;
  std::int32_t*
      switches;  ///< max: index of the winner in its plane, the first of equals; forward writes, backward reads
  const real* dy;
  real* dx;
  real beta;
  const Epilogue* epilogue = nullptr;  ///< backward; its y is x
};

/// y = f(x), elementwise; backward from x and y: dx = beta dx + f'(x) dy. The derivative at a kink is the left one.
/// out may be x and dx may be dy. Where an Epilogue may be used, y may stand for x.
struct ActivationArgs {
  ActivationKind kind;
  std::int64_t size;
  real alpha;  ///< leaky_relu: slope below 0; elu: scale
  const real* x;
  const real* y;  ///< backward
  real* out;      ///< forward: y
  const real* dy;
  real* dx;
  real beta;
};

/// An epilogue of `size` numbers of a result, `first` from its beginning.
[[gnu::always_inline]] inline ActivationArgs in_place(const Epilogue& e, real* result, std::int64_t first,
                                                      std::int64_t size) {
  real* const part = result + first;
  const real* const y = e.y ? e.y + first : nullptr;
  return {.kind = e.kind,
          .size = size,
          .alpha = e.alpha,
          .x = y ? y : part,
          .y = y,
          .out = part,
          .dy = part,
          .dx = part,
          .beta = 0};
}

/// y[r,o,s] = max over g of x[r, o*group + g, s]. x [rows, channels, inner], y [rows, channels/group, inner].
struct MaxoutArgs {
  std::int64_t rows, channels, group, inner;
  const real* x;
  real* y;
  std::int32_t* switches;  ///< index g of the winner, the first of equals
  const real* dy;
  real* dx;
  real beta;
};

/// loss[r] = -sum_c t_c log p_c with p = softmax(logits) and t the smoothed one-hot label:
/// t = (1 - smoothing) onehot + smoothing/classes. Backward: dx = beta dx + (p - t) dloss[r].
/// A label outside [0, classes) gives a loss of 0 and no gradient (a row without a label). An example has `steps`
/// consecutive rows, and its loss is the mean over those with a label.
struct SoftmaxCrossEntropyArgs {
  std::int64_t rows, classes, steps;
  real smoothing;
  const real* logits;
  const std::int32_t* labels;
  real* probabilities;  ///< [rows,classes]; forward writes, backward reads
  real* step_loss;      ///< [rows]; loss itself where steps is 1
  real* loss;           ///< [rows/steps]
  const real* dloss;    ///< [rows/steps]
  real* dx;
  real beta;
};

/// Weston-Watkins multiclass hinge: loss[r] = sum over j != label of max(0, x_j - x_label + margin).
struct HingeArgs {
  std::int64_t rows, classes;
  real margin;
  const real* x;
  const std::int32_t* labels;
  real* loss;
  const real* dloss;
  real* dx;
  real beta;
};

enum class TargetLossKind : std::int32_t {
  squared,               ///< 1/2 (x - t)^2
  absolute,              ///< |x - t|, derivative 0 at 0
  binary_cross_entropy,  ///< x is a logit: max(x,0) - x t + log(1 + exp(-|x|))
  poisson,               ///< x is a log rate: exp(x) - t x
};

/// loss[r] = sum over columns of l(x, t); dx = beta dx + l'(x, t) dloss[r].
struct TargetLossArgs {
  TargetLossKind kind;
  std::int64_t rows, columns;
  const real* x;
  const real* target;
  real* loss;
  const real* dloss;
  real* dx;
  real beta;
};

/// Rows of a table by index, the product of one-hot rows with it: out[r] = bias + table[indices[r]]; backward
/// dtable = beta dtable + the sum of dout[r] at indices[r], in the order of r. An index outside [0, symbols) takes part
/// as a row of zeros.
struct LookupArgs {
  std::int64_t rows, columns, symbols;
  const std::int32_t* indices;  ///< [rows]
  bool transposed;    ///< the table is [columns,symbols], as a dense layer's weight, not [symbols,columns]
  const real* table;  ///< forward
  const real* bias;   ///< [columns] or null; forward
  real* out;          ///< forward
  std::int64_t out_stride;  ///< from row to row of out and dout
  real* workspace;          ///< [symbols,columns] where transposed
  const real* dout;         ///< backward
  real* dtable;             ///< backward
  real beta;
};

enum class CellKind : std::int32_t {
  tanh,  ///< h' = tanh(z);  1 gate: the candidate, as activated
  relu,  ///< h' = max(0, z)
  gru,   ///< 3 gates r z n and q = U_n h + recurrent_bias:  n = tanh(z_n + r q);  h' = (1 - z) n + z h
  lstm,  ///< 4 gates i f g o:  c' = f c + i g;  h' = o tanh(c')
};

/// What a cell keeps of a step, in units of `hidden` numbers: rnn 1, gru 4 (r z n q), lstm 4 (i f g o).
[[gnu::always_inline]] inline constexpr std::int64_t slots(CellKind kind) {
  return kind <= CellKind::relu ? 1 : 4;
}
/// Rows of the recurrent weights in those units.
[[gnu::always_inline]] inline constexpr std::int64_t gates(CellKind kind) {
  return kind <= CellKind::relu ? 1 : kind == CellKind::gru ? 3 : 4;
}

/// Layer norm inside a recurrent cell: of the recurrent product, and of an lstm's c before the tanh.
struct RecurrentNorm {
  const real* gamma;  ///< [gates hidden], or null: no layer norm
  real epsilon;
  real* product;                ///< [n,steps,gates hidden]: U h
  real *mean, *rstd;            ///< [n,steps] of the product
  real* dproduct;               ///< backward: like product, its gradient
  const real* cell_gamma;       ///< lstm: [hidden]
  const real* cell_shift;       ///< lstm: [hidden]
  real *cell_mean, *cell_rstd;  ///< lstm: [n,steps]
  real* dnormal;                ///< backward, lstm: [n,steps,hidden], the gradient of the normalised c
};

/// A recurrent cell over whole sequences. gates holds W x + b on entry (slot 3 of a gru is not read), what the gates let
/// through on return. z = W x + b + U h with the h of the step before; peepholes add p_i c and p_f c of the step before
/// to i and f, p_o c' to o. leak (tanh, relu): h' = (1 - leak) h + leak f(z). A step whose entry in `live` is negative
/// keeps h and c. reverse: from the last step to the first. norm: U h and, within the last tanh, c are normalised.
struct RecurrentArgs {
  CellKind kind;
  std::int64_t n, steps, hidden;
  bool reverse;
  real leak;
  const std::int32_t* live;    ///< [n,steps] or null: all
  const real* u;               ///< [gates hidden,hidden]
  const real* recurrent_bias;  ///< gru: [hidden] or null
  const real* peephole;        ///< lstm: [3,hidden] (i f o) or null
  const real* h0;              ///< [n,hidden]
  const real* c0;              ///< lstm: [n,hidden]
  real* gates;                 ///< [n,steps,slots,hidden]
  real* cell;                  ///< lstm: [n,steps,hidden]
  real* h;                     ///< [n,steps,hidden]
  real* packed;                ///< packed_size(kind, hidden) numbers for u in the order of use
  bool pack;                   ///< forward: false where packed still holds this u
  const real* dy;              ///< backward: gradient of h, or null
  const real* dcell;           ///< backward, lstm: gradient of cell, or null
  real* dgates;                ///< backward: like gates, gradients before the activations (gru: q in slot 3)
  real* dh0;                   ///< backward: [n,hidden], overwritten
  real* dc0;                   ///< backward, lstm: [n,hidden], overwritten
  RecurrentNorm norm;
};

[[gnu::always_inline]] inline constexpr std::int64_t packed_size(CellKind kind, std::int64_t hidden) {
  // Columns in whole vectors of up to 16 numbers, for each of up to two parts.
  return (gates(kind) * hidden + 32) * (hidden + 16);
}

/// y[r,c] = exp(x[r,c] - max) / sum; backward dx = beta dx + y (dy - sum_c dy y).
struct SoftmaxArgs {
  std::int64_t rows, columns;
  const real* x;
  real* y;
  const real* dy;
  real* dx;
  real beta;
};

/// x [n, channels, inner]; statistics per channel over n and inner.
/// training: mean and biased variance of the batch; running = (1 - momentum) running + momentum statistic, the running
/// variance unbiased. Otherwise the running ones. y = gamma (x - mean) rstd + shift, rstd = 1/sqrt(var + epsilon).
struct BatchNormArgs {
  std::int64_t n, channels, inner;
  bool training;
  real momentum, epsilon;
  const real* x;
  const real* gamma;
  const real* shift;
  real* running_mean;
  real* running_variance;
  real* mean;  ///< [channels], saved by forward
  real* rstd;  ///< [channels], saved by forward
  real* y;
  const real* dy;
  real* dx;  ///< may be null
  real beta;
  real* dgamma;  ///< may be null, each with its own beta
  real beta_gamma;
  real* dshift;  ///< may be null
  real beta_shift;
};

/// x [rows, columns]; each row normalised to mean 0 and variance 1, then gamma, shift [columns].
struct LayerNormArgs {
  std::int64_t rows, columns;
  real epsilon;
  const real* x;
  const real* gamma;
  const real* shift;
  real* mean;  ///< [rows]
  real* rstd;  ///< [rows]
  real* y;
  const real* dy;
  real* dx;
  real beta;
  real* dgamma;
  real beta_gamma;
  real* dshift;
  real beta_shift;
};

/// Across channels: y_c = x_c / scale_c^power, scale_c = k + alpha/window * sum of x_j^2 for j from c - window/2 to
/// c + (window-1)/2 (whole numbers).
struct LocalResponseNormArgs {
  std::int64_t n, channels, inner, window;
  real k, alpha, power;
  const real* x;
  real* scale;  ///< like x, saved by forward
  real* y;
  const real* dy;
  real* dx;
  real beta;
};

/// Local contrast normalisation (Jarrett et al. 2009, section 2), with a window of weights >= 0 around each place, W the
/// sum of those that fall inside the picture and w* their correlation with a map:
/// v_c = x_c - (w* sum_c x_c)/(C W);  sigma = sqrt(epsilon + (w* sum_c v_c^2)/(C W)), one map for all channels;
/// y_c = v_c / max(mean(sigma), sigma), the mean over the picture.
struct LocalContrastNormArgs {
  std::int64_t n, channels, height, width, window;
  const real* weights;  ///< [window,window], sums to 1; the place itself is at window/2
  real epsilon;
  const real* x;    ///< forward
  real* v;          ///< like x, saved by forward
  real* sigma;      ///< [n,height,width], saved by forward
  real* y;          ///< forward
  real* workspace;  ///< backward: [n,3,height,width]
  const real* dy;
  real* dx;
  real beta;
};

/// y = a + b, y = a b, or backward pieces of them: out = beta out + ...
enum class BinaryKind : std::int32_t { add, multiply };
struct BinaryArgs {
  BinaryKind kind;
  std::int64_t size;
  const real* a;
  const real* b;
  real* out;
  real beta;
};

/// out = beta out + scale x + shift.
struct AffineArgs {
  std::int64_t size;
  real scale, shift;
  const real* x;
  real* out;
  real beta;
};

/// Rows of `columns` values from one matrix into another: out[r*out_stride + c] = beta out + x[r*x_stride + c].
struct CopyArgs {
  std::int64_t rows, columns;
  const real* x;
  std::int64_t x_stride;
  real* out;
  std::int64_t out_stride;
  real beta;
};

/// sums[c] = beta sums[c] + sum over n and inner of x[n,c,inner]: the gradient of a bias. inner = 1 for dense layers.
struct ChannelSumArgs {
  std::int64_t n, channels, inner;
  const real* x;
  real* sums;
  real beta;
};

/// mask[i] = 1/keep with probability keep, else 0; element i of the stream {seed, layer, dropout, step}.
struct DropoutMaskArgs {
  std::int64_t size;
  real keep;
  std::uint64_t seed;
  std::uint32_t layer;
  std::uint64_t step;
  real* mask;
};

/// sum = sum x_i^2 in the fixed tree; nonfinite = whether any x is NaN or infinite.
struct NormArgs {
  std::int64_t size;
  const real* x;
  double* sum_of_squares;
  bool* nonfinite;
};

enum class OptimizerKind : std::int32_t {
  sgd,         ///< w -= lr g
  momentum,    ///< v = mu v - lr g;  w += v
  nesterov,    ///< v = mu v - lr g;  w += mu v - lr g
  adagrad,     ///< s += g^2;  w -= lr g / sqrt(s + eps)
  rmsprop,     ///< s = rho s + (1-rho) g^2;  w -= lr g / (sqrt(s) + eps)
  windowgrad,  ///< as rmsprop, with sqrt(s + eps): ConvNetJS
  adadelta,    ///< s as rmsprop; d = -sqrt((u + eps)/(s + eps)) g; u = rho u + (1-rho) d^2; w += lr d
  adam,        ///< m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; w -= lr (m c1) / (sqrt(v c2) + eps)
  adamw,       ///< w -= lr decay w first, then adam without decay in g
};

/// One update of `size` consecutive parameters. The gradient used is
/// g = clip(gradient_scale * g, +-clip_value) + l2 w + l1 sign(w)   (sign(0) = 0; adamw: l2 is decoupled).
/// A moving average (v of momentum, s, u, m, v) that becomes subnormal is 0 from then on: without gradients, as those of a
/// unit that never fires, it would else stay subnormal for ever, and processors take a hundred cycles for such a number.
struct UpdateArgs {
  OptimizerKind kind;
  std::int64_t size;
  real* w;
  const real* g;
  real* slot0;  ///< v, s or m; null for sgd
  real* slot1;  ///< u or v of adadelta, adam, adamw; else null
  real rate, momentum, rho, beta1, beta2, epsilon, l1, l2;
  real correction1, correction2;    ///< adam: 1/(1 - b1^t), 1/(1 - b2^t)
  real gradient_scale, clip_value;  ///< clip_value 0: no clipping
};

/// A heat map: out[r*out_stride + c] = palette[level], level = (x[r*x_stride + c] - low) * (255/(high - low)) clamped to
/// 0..255 and rounded; 0 where high <= low. NaN takes palette[256]. palette has 257 RGBA entries.
struct RasterArgs {
  std::int64_t rows, columns;
  const real* x;
  std::int64_t x_stride;
  real low, high;
  const std::uint32_t* palette;
  std::uint32_t* out;
  std::int64_t out_stride;
};

/// Every operation that training needs, for one instruction set or device. A test asserts that no entry is null.
struct KernelTable {
  const char* name;  ///< "ref", "portable", "avx2", "avx512", "neon", "wasm", "wasm-relaxed"
  void (*gemm)(KernelContext&, const GemmArgs&) noexcept;
  void (*conv2d_forward)(KernelContext&, const Conv2dArgs&) noexcept;
  void (*conv2d_dx)(KernelContext&, const Conv2dArgs&) noexcept;
  void (*conv2d_dw)(KernelContext&, const Conv2dArgs&) noexcept;
  void (*pool2d_forward)(KernelContext&, const Pool2dArgs&) noexcept;
  void (*pool2d_backward)(KernelContext&, const Pool2dArgs&) noexcept;
  void (*activation_forward)(KernelContext&, const ActivationArgs&) noexcept;
  void (*activation_backward)(KernelContext&, const ActivationArgs&) noexcept;
  void (*maxout_forward)(KernelContext&, const MaxoutArgs&) noexcept;
  void (*maxout_backward)(KernelContext&, const MaxoutArgs&) noexcept;
  void (*softmax_cross_entropy_forward)(KernelContext&, const SoftmaxCrossEntropyArgs&) noexcept;
  void (*softmax_cross_entropy_backward)(KernelContext&, const SoftmaxCrossEntropyArgs&) noexcept;
  void (*lookup_forward)(KernelContext&, const LookupArgs&) noexcept;
  void (*lookup_backward)(KernelContext&, const LookupArgs&) noexcept;
  void (*recurrent_forward)(KernelContext&, const RecurrentArgs&) noexcept;
  void (*recurrent_backward)(KernelContext&, const RecurrentArgs&) noexcept;
  void (*hinge_forward)(KernelContext&, const HingeArgs&) noexcept;
  void (*hinge_backward)(KernelContext&, const HingeArgs&) noexcept;
  void (*target_loss_forward)(KernelContext&, const TargetLossArgs&) noexcept;
  void (*target_loss_backward)(KernelContext&, const TargetLossArgs&) noexcept;
  void (*softmax_forward)(KernelContext&, const SoftmaxArgs&) noexcept;
  void (*softmax_backward)(KernelContext&, const SoftmaxArgs&) noexcept;
  void (*batch_norm_forward)(KernelContext&, const BatchNormArgs&) noexcept;
  void (*batch_norm_backward)(KernelContext&, const BatchNormArgs&) noexcept;
  void (*layer_norm_forward)(KernelContext&, const LayerNormArgs&) noexcept;
  void (*layer_norm_backward)(KernelContext&, const LayerNormArgs&) noexcept;
  void (*local_response_norm_forward)(KernelContext&, const LocalResponseNormArgs&) noexcept;
  void (*local_response_norm_backward)(KernelContext&, const LocalResponseNormArgs&) noexcept;
  void (*local_contrast_norm_forward)(KernelContext&, const LocalContrastNormArgs&) noexcept;
  void (*local_contrast_norm_backward)(KernelContext&, const LocalContrastNormArgs&) noexcept;
  void (*binary)(KernelContext&, const BinaryArgs&) noexcept;
  void (*affine)(KernelContext&, const AffineArgs&) noexcept;
  void (*copy)(KernelContext&, const CopyArgs&) noexcept;
  void (*channel_sum)(KernelContext&, const ChannelSumArgs&) noexcept;
  void (*dropout_mask)(KernelContext&, const DropoutMaskArgs&) noexcept;
  void (*norm)(KernelContext&, const NormArgs&) noexcept;
  void (*update)(KernelContext&, const UpdateArgs&) noexcept;
  void (*raster)(KernelContext&, const RasterArgs&) noexcept;
};

}  // namespace livegrad::kernels
