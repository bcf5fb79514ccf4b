#include "table.hpp"

#include "activation.hpp"
#include "conv2d.hpp"
#include "elementwise.hpp"
#include "gemm.hpp"
#include "local_norm.hpp"
#include "loss.hpp"
#include "maxout.hpp"
#include "norm.hpp"
#include "pool.hpp"
#include "raster.hpp"
#include "reduce.hpp"
#include "softmax.hpp"
#include "table_recurrent.hpp"
#include "update.hpp"

// Each entry only gives the pointers their shapes; the mathematics is in the headers.

namespace livegrad::kernels {
namespace {

using ref::view;

void activation_forward(KernelContext&, const ActivationArgs& o) noexcept {
  ref::activation_forward<real>(o.kind, o.alpha, view(o.x, o.size), view(o.out, o.size));
}
void activation_backward(KernelContext&, const ActivationArgs& o) noexcept {
  ref::activation_backward<real>(o.kind, o.alpha, view(o.x, o.size), view(o.y, o.size), view(o.dy, o.size),
                                 view(o.dx, o.size), o.beta);
}

/// `size` numbers of a result, `first` from its beginning, go through an epilogue.
[[gnu::noinline]] void finish(KernelContext& context, const Epilogue* e, real* result, std::int64_t first,
                              std::int64_t size) {
  if (e) (e->y ? activation_backward : activation_forward)(context, in_place(*e, result, first, size));
}

void gemm(KernelContext& context, const GemmArgs& o) noexcept {
  const auto a = o.transpose_a ? ref::matrix(o.a, o.m, o.k, 1, o.lda) : ref::matrix(o.a, o.m, o.k, o.lda, 1);
  const auto b = o.transpose_b ? ref::matrix(o.b, o.k, o.n, 1, o.ldb) : ref::matrix(o.b, o.k, o.n, o.ldb, 1);
  ref::gemm(a, b, ref::matrix(o.c, o.m, o.n, o.ldc, 1), o.beta, o.bias);
  for (std::int64_t i = 0; i < o.m; ++i) finish(context, o.epilogue, o.c, i * o.ldc, o.n);
}

ref::Conv2dGeometry geometry(const Conv2dArgs& o) {
  return {o.stride_h, o.stride_w, o.pad_h, o.pad_w, o.dilation_h, o.dilation_w, o.groups};
}
template <class T>
auto conv_x(const Conv2dArgs& o, T* x) {
  return view(x, o.n, o.channels, o.height, o.width);
}
template <class T>
auto conv_w(const Conv2dArgs& o, T* w) {
  return view(w, o.filters, o.channels / o.groups, o.kernel_h, o.kernel_w);
}
template <class T>
auto conv_y(const Conv2dArgs& o, T* y) {
  return view(y, o.n, o.filters, o.out_h, o.out_w);
}

void conv2d_forward(KernelContext& context, const Conv2dArgs& o) noexcept {
  ref::conv2d_forward<real>(conv_x(o, o.x), conv_w(o, o.w), o.bias, conv_y(o, o.y), geometry(o));
  finish(context, o.epilogue, o.y, 0, o.n * o.filters * o.out_h * o.out_w);
}
void conv2d_dx(KernelContext& context, const Conv2dArgs& o) noexcept {
  ref::conv2d_dx<real>(conv_w(o, o.w), conv_y(o, o.dy), conv_x(o, o.dx), o.beta, geometry(o));
  finish(context, o.epilogue, o.dx, 0, o.n * o.channels * o.height * o.width);
}
void conv2d_dw(KernelContext&, const Conv2dArgs& o) noexcept {
  ref::conv2d_dw<real>(conv_x(o, o.x), conv_y(o, o.dy), conv_w(o, o.dw), o.beta, geometry(o));
}

ref::Pool2dGeometry geometry(const Pool2dArgs& o) {
  return {o.kind, o.kernel_h, o.kernel_w, o.stride_h, o.stride_w, o.pad_h, o.pad_w};
}
void pool2d_forward(KernelContext&, const Pool2dArgs& o) noexcept {
  ref::pool2d_forward<real>(view(o.x, o.planes, o.height, o.width), view(o.y, o.planes, o.out_h, o.out_w),
                            o.switches, geometry(o));
}
void pool2d_backward(KernelContext& context, const Pool2dArgs& o) noexcept {
  const real* y = o.y;
  ref::pool2d_backward<real>(view(o.x, o.planes, o.height, o.width), view(y, o.planes, o.out_h, o.out_w),
                             o.switches, view(o.dy, o.planes, o.out_h, o.out_w),
                             view(o.dx, o.planes, o.height, o.width), o.beta, geometry(o));
  finish(context, o.epilogue, o.dx, 0, o.planes * o.height * o.width);
}

void maxout_forward(KernelContext&, const MaxoutArgs& o) noexcept {
  ref::maxout_forward<real>(view(o.x, o.rows, o.channels, o.inner),
                            view(o.y, o.rows, o.channels / o.group, o.inner),
                            view(o.switches, o.rows, o.channels / o.group, o.inner));
}
void maxout_backward(KernelContext&, const MaxoutArgs& o) noexcept {
  const std::int32_t* switches = o.switches;
  ref::maxout_backward<real>(view(switches, o.rows, o.channels / o.group, o.inner),
                             view(o.dy, o.rows, o.channels / o.group, o.inner),
                             view(o.dx, o.rows, o.channels, o.inner), o.beta);
}

void softmax_cross_entropy_forward(KernelContext&, const SoftmaxCrossEntropyArgs& o) noexcept {
  const real* step_loss = o.step_loss;
  ref::softmax_cross_entropy_forward<real>(view(o.logits, o.rows, o.classes), view(o.labels, o.rows),
                                           o.smoothing, view(o.probabilities, o.rows, o.classes),
                                           view(o.step_loss, o.rows));
  ref::mean_of_steps<real>(view(step_loss, o.rows),
                           ref::step_weights<real>(view(o.labels, o.rows), o.classes, o.steps),
                           view(o.loss, o.rows / o.steps));
}
void softmax_cross_entropy_backward(KernelContext&, const SoftmaxCrossEntropyArgs& o) noexcept {
  const real* probabilities = o.probabilities;
  xt::xtensor<real, 1> dloss = ref::step_weights<real>(view(o.labels, o.rows), o.classes, o.steps);
  for (std::int64_t r = 0; r < o.rows; ++r) dloss(std::size_t(r)) *= o.dloss[r / o.steps];
  const real* rows = dloss.data();
  ref::softmax_cross_entropy_backward<real>(view(probabilities, o.rows, o.classes), view(o.labels, o.rows),
                                            o.smoothing, view(rows, o.rows), view(o.dx, o.rows, o.classes),
                                            o.beta);
}
void hinge_forward(KernelContext&, const HingeArgs& o) noexcept {
  ref::hinge_forward<real>(view(o.x, o.rows, o.classes), view(o.labels, o.rows), o.margin,
                           view(o.loss, o.rows));
}
void hinge_backward(KernelContext&, const HingeArgs& o) noexcept {
  ref::hinge_backward<real>(view(o.x, o.rows, o.classes), view(o.labels, o.rows), o.margin,
                            view(o.dloss, o.rows), view(o.dx, o.rows, o.classes), o.beta);
}
void target_loss_forward(KernelContext&, const TargetLossArgs& o) noexcept {
  ref::target_loss_forward<real>(o.kind, view(o.x, o.rows, o.columns), view(o.target, o.rows, o.columns),
                                 view(o.loss, o.rows));
}
void target_loss_backward(KernelContext&, const TargetLossArgs& o) noexcept {
  ref::target_loss_backward<real>(o.kind, view(o.x, o.rows, o.columns), view(o.target, o.rows, o.columns),
                                  view(o.dloss, o.rows), view(o.dx, o.rows, o.columns), o.beta);
}
void softmax_forward(KernelContext&, const SoftmaxArgs& o) noexcept {
  ref::softmax_forward<real>(view(o.x, o.rows, o.columns), view(o.y, o.rows, o.columns));
}
void softmax_backward(KernelContext&, const SoftmaxArgs& o) noexcept {
  const real* y = o.y;
  ref::softmax_backward<real>(view(y, o.rows, o.columns), view(o.dy, o.rows, o.columns),
                              view(o.dx, o.rows, o.columns), o.beta);
}

void batch_norm_forward(KernelContext&, const BatchNormArgs& o) noexcept {
  ref::batch_norm_forward<real>(
      view(o.x, o.n, o.channels, o.inner), view(o.gamma, o.channels), view(o.shift, o.channels), o.training,
      o.momentum, o.epsilon, view(o.running_mean, o.channels), view(o.running_variance, o.channels),
      view(o.mean, o.channels), view(o.rstd, o.channels), view(o.y, o.n, o.channels, o.inner));
}
void batch_norm_backward(KernelContext&, const BatchNormArgs& o) noexcept {
  const real *mean = o.mean, *rstd = o.rstd;
  ref::batch_norm_backward<real>(view(o.x, o.n, o.channels, o.inner), view(o.gamma, o.channels),
                                 view(mean, o.channels), view(rstd, o.channels), o.training,
                                 view(o.dy, o.n, o.channels, o.inner), o.dx, o.beta, o.dgamma, o.beta_gamma,
                                 o.dshift, o.beta_shift);
}
void layer_norm_forward(KernelContext&, const LayerNormArgs& o) noexcept {
  ref::layer_norm_forward<real>(view(o.x, o.rows, o.columns), view(o.gamma, o.columns),
                                view(o.shift, o.columns), o.epsilon, view(o.mean, o.rows),
                                view(o.rstd, o.rows), view(o.y, o.rows, o.columns));
}
void layer_norm_backward(KernelContext&, const LayerNormArgs& o) noexcept {
  const real *mean = o.mean, *rstd = o.rstd;
  ref::layer_norm_backward<real>(view(o.x, o.rows, o.columns), view(o.gamma, o.columns), view(mean, o.rows),
                                 view(rstd, o.rows), view(o.dy, o.rows, o.columns), o.dx, o.beta, o.dgamma,
                                 o.beta_gamma, o.dshift, o.beta_shift);
}
void local_response_norm_forward(KernelContext&, const LocalResponseNormArgs& o) noexcept {
  ref::local_response_norm_forward<real>(view(o.x, o.n, o.channels, o.inner), o.window, o.k, o.alpha, o.power,
                                         view(o.scale, o.n, o.channels, o.inner),
                                         view(o.y, o.n, o.channels, o.inner));
}
void local_response_norm_backward(KernelContext&, const LocalResponseNormArgs& o) noexcept {
  const real *y = o.y, *scale = o.scale;
  ref::local_response_norm_backward<real>(
      view(o.x, o.n, o.channels, o.inner), view(y, o.n, o.channels, o.inner),
      view(scale, o.n, o.channels, o.inner), view(o.dy, o.n, o.channels, o.inner), o.window, o.alpha, o.power,
      view(o.dx, o.n, o.channels, o.inner), o.beta);
}
void local_contrast_norm_forward(KernelContext&, const LocalContrastNormArgs& o) noexcept {
  ref::local_contrast_norm_forward<real>(
      view(o.x, o.n, o.channels, o.height, o.width), view(o.weights, o.window, o.window), o.epsilon,
      view(o.v, o.n, o.channels, o.height, o.width), view(o.sigma, o.n, o.height, o.width),
      view(o.y, o.n, o.channels, o.height, o.width));
}
void local_contrast_norm_backward(KernelContext&, const LocalContrastNormArgs& o) noexcept {
  const real *v = o.v, *sigma = o.sigma;
  ref::local_contrast_norm_backward<real>(
      view(o.weights, o.window, o.window), view(v, o.n, o.channels, o.height, o.width),
      view(sigma, o.n, o.height, o.width), view(o.dy, o.n, o.channels, o.height, o.width),
      view(o.dx, o.n, o.channels, o.height, o.width), o.beta);
}

void binary(KernelContext&, const BinaryArgs& o) noexcept {
  ref::binary<real>(o.kind, view(o.a, o.size), view(o.b, o.size), view(o.out, o.size), o.beta);
}
void affine(KernelContext&, const AffineArgs& o) noexcept {
  ref::affine<real>(view(o.x, o.size), o.scale, o.shift, view(o.out, o.size), o.beta);
}
void copy(KernelContext&, const CopyArgs& o) noexcept {
  ref::copy(ref::matrix(o.x, o.rows, o.columns, o.x_stride, 1),
            ref::matrix(o.out, o.rows, o.columns, o.out_stride, 1), o.beta);
}
void channel_sum(KernelContext&, const ChannelSumArgs& o) noexcept {
  ref::channel_sum<real>(view(o.x, o.n, o.channels, o.inner), view(o.sums, o.channels), o.beta);
}
void dropout_mask(KernelContext&, const DropoutMaskArgs& o) noexcept {
  ref::dropout_mask<real>(o.keep, {o.seed, o.layer, Purpose::dropout, o.step}, view(o.mask, o.size));
}
void norm(KernelContext&, const NormArgs& o) noexcept {
  ref::norm<real>(view(o.x, o.size), o.sum_of_squares, o.nonfinite);
}
void update(KernelContext&, const UpdateArgs& o) noexcept {
  ref::update<real>(o, view(o.w, o.size), view(o.g, o.size));
}
void raster(KernelContext&, const RasterArgs& o) noexcept {
  for (std::int64_t r = 0; r < o.rows; ++r)
    for (std::int64_t c = 0; c < o.columns; ++c)
      o.out[r * o.out_stride + c] = ref::color(o.x[r * o.x_stride + c], o.low, o.high, o.palette);
}

}  // namespace

constinit const KernelTable ref_table{
    .name = "ref",
    .gemm = gemm,
    .conv2d_forward = conv2d_forward,
    .conv2d_dx = conv2d_dx,
    .conv2d_dw = conv2d_dw,
    .pool2d_forward = pool2d_forward,
    .pool2d_backward = pool2d_backward,
    .activation_forward = activation_forward,
    .activation_backward = activation_backward,
    .maxout_forward = maxout_forward,
    .maxout_backward = maxout_backward,
    .softmax_cross_entropy_forward = softmax_cross_entropy_forward,
    .softmax_cross_entropy_backward = softmax_cross_entropy_backward,
    .lookup_forward = ref::lookup_forward,
    .lookup_backward = ref::lookup_backward,
    .recurrent_forward = ref::recurrent_forward,
    .recurrent_backward = ref::recurrent_backward,
    .hinge_forward = hinge_forward,
    .hinge_backward = hinge_backward,
    .target_loss_forward = target_loss_forward,
    .target_loss_backward = target_loss_backward,
    .softmax_forward = softmax_forward,
    .softmax_backward = softmax_backward,
    .batch_norm_forward = batch_norm_forward,
    .batch_norm_backward = batch_norm_backward,
    .layer_norm_forward = layer_norm_forward,
    .layer_norm_backward = layer_norm_backward,
    .local_response_norm_forward = local_response_norm_forward,
    .local_response_norm_backward = local_response_norm_backward,
    .local_contrast_norm_forward = local_contrast_norm_forward,
    .local_contrast_norm_backward = local_contrast_norm_backward,
    .binary = binary,
    .affine = affine,
    .copy = copy,
    .channel_sum = channel_sum,
    .dropout_mask = dropout_mask,
    .norm = norm,
    .update = update,
    .raster = raster,
};

}  // namespace livegrad::kernels
