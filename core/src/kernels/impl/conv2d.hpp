#pragma once

#include "conv2d_dw.hpp"
#include "correlate.hpp"
#include "gemm.hpp"
#include "winograd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// f(Winograd) for a correlation whose plan was chosen, and so many of its output channels.
template <class F>
void with_winograd(const Correlation& c, WinogradPlan plan, std::int64_t filters, float* scratch, F&& f) {
  plan.cut(c, filters);
  if (c.kernel_h == 3) {
    f(Winograd<3>(c, plan, scratch));
  } else {
    f(Winograd<5>(c, plan, scratch));
  }
}

/// Of one group; what is not there stays so.
inline Correlation of_group(Correlation c, std::int64_t group) {
  const auto skip = [group](auto*& of_first, std::int64_t size) {
    if (of_first) of_first += group * size;
  };
  skip(c.x, c.in_channels * c.in_h * c.in_w);
  skip(c.y, c.out_channels * c.out_h * c.out_w);
  skip(c.bias, c.out_channels);
  skip(c.w, c.out_channels * c.in_channels * c.taps());
  return c;
}

/// Examples and groups are shared between the threads, output channels too where those are too few.
inline void correlate_all(KernelContext& context, const Correlation& first, std::int64_t n,
                          std::int64_t groups) {
  const Split examples(n, (n + context.threads - 1) / context.threads);
  const std::int64_t shares = examples.pieces * groups;
  const std::int64_t wanted = shares >= context.threads ? 1 : (context.threads + shares - 1) / shares;
  const Split channels(first.out_channels, (first.out_channels + wanted - 1) / wanted);
  parallel(context, shares * channels.pieces, [&](int chunk, int thread) {
    const std::int64_t piece = chunk % channels.pieces, group = chunk / channels.pieces % groups;
    const std::int64_t share = chunk / channels.pieces / groups;
    const Correlation c = of_group(first, group);
    const Range mine{examples.begin(share), examples.begin(share) + examples.size(share)};
    const Range filters{channels.begin(piece), channels.begin(piece) + channels.size(piece)};
    float* const scratch = scratch_of(context, thread);
    if constexpr (kUsesWinograd) {
      const WinogradPlan plan(c);
      if (plan.chosen)
        return with_winograd(c, plan, filters.size(), scratch, [&](auto w) { w.correlate(mine, filters); });
    }
    correlate(c, mine, filters, scratch);
  });
}

/// Groups and output channels are shared between the threads.
inline void winograd_filter_gradient(KernelContext& context, const Conv2dArgs& o, const Correlation& first,
                                     const WinogradPlan& plan) {
  const std::int64_t unit = WinogradPlan::kGrain, wanted = (context.threads + o.groups - 1) / o.groups;
  const UnitSplit channels({0, first.out_channels}, unit,
                           (first.out_channels + wanted * unit - 1) / (wanted * unit) * unit);
  parallel(context, o.groups * channels.pieces(), [&](int chunk, int thread) {
    const std::int64_t group = chunk / channels.pieces(), channel = group * first.out_channels;
    const Range filters = channels[chunk % channels.pieces()];
    const Correlation c = of_group(first, group);
    with_winograd(c, plan, filters.size(), scratch_of(context, thread), [&](auto w) {
      w.filter_gradient(o.n, filters, o.dy + channel * o.out_h * o.out_w,
                        o.dw + channel * c.in_channels * c.taps(), o.beta != 0);
    });
  });
}

/// A filter as large as the picture, applied once, is a row of a matrix.
inline bool is_dense(const Conv2dArgs& o) {
  return o.groups == 1 && o.out_h == 1 && o.out_w == 1 && o.kernel_h == o.height && o.kernel_w == o.width &&
         o.pad_h == 0 && o.pad_w == 0 && o.dilation_h == 1 && o.dilation_w == 1;
}

/// y of x, without groups.
inline Correlation forward_correlation(const Conv2dArgs& o) {
  const std::int64_t in_channels = o.channels / o.groups, out_channels = o.filters / o.groups;
  return {.in_channels = in_channels,
          .in_h = o.height,
          .in_w = o.width,
          .insert_h = 1,
          .insert_w = 1,
          .pad_top = o.pad_h,
          .pad_left = o.pad_w,
          .kernel_h = o.kernel_h,
          .kernel_w = o.kernel_w,
          .stride_h = o.stride_h,
          .stride_w = o.stride_w,
          .dilation_h = o.dilation_h,
          .dilation_w = o.dilation_w,
          .out_channels = out_channels,
          .out_h = o.out_h,
          .out_w = o.out_w,
          .x = o.x,
          .w = o.w,
          .turned = false,
          .y = o.y,
          .x_stride = o.channels * o.height * o.width,
          .y_stride = o.filters * o.out_h * o.out_w,
          .add = false,
          .bias = o.bias,
          .epilogue = o.epilogue,
          .result = o.y};
}

inline void conv2d_forward(KernelContext& context, const Conv2dArgs& o) noexcept {
  const std::int64_t inputs = o.channels * o.height * o.width;
  if (is_dense(o))
    return gemm(context, {.m = o.n,
                          .n = o.filters,
                          .k = inputs,
                          .a = o.x,
                          .lda = inputs,
                          .transpose_a = false,
                          .b = o.w,
                          .ldb = inputs,
                          .transpose_b = true,
                          .c = o.y,
                          .ldc = o.filters,
                          .beta = 0,
                          .bias = o.bias,
                          .epilogue = o.epilogue});
  correlate_all(context, forward_correlation(o), o.n, o.groups);
}

inline void conv2d_dx(KernelContext& context, const Conv2dArgs& o) noexcept {
  const std::int64_t inputs = o.channels * o.height * o.width;
  if (is_dense(o))
    return gemm(context, {.m = o.n,
                          .n = inputs,
                          .k = o.filters,
                          .a = o.dy,
                          .lda = o.filters,
                          .transpose_a = false,
                          .b = o.w,
                          .ldb = inputs,
                          .transpose_b = false,
                          .c = o.dx,
                          .ldc = inputs,
                          .beta = o.beta,
                          .bias = nullptr,
                          .epilogue = o.epilogue});
  const std::int64_t channels = o.channels / o.groups, filters = o.filters / o.groups;
  const Correlation c{.in_channels = filters,
                      .in_h = o.out_h,
                      .in_w = o.out_w,
                      .insert_h = o.stride_h,
                      .insert_w = o.stride_w,
                      .pad_top = o.dilation_h * (o.kernel_h - 1) - o.pad_h,
                      .pad_left = o.dilation_w * (o.kernel_w - 1) - o.pad_w,
                      .kernel_h = o.kernel_h,
                      .kernel_w = o.kernel_w,
                      .stride_h = 1,
                      .stride_w = 1,
                      .dilation_h = o.dilation_h,
                      .dilation_w = o.dilation_w,
                      .out_channels = channels,
                      .out_h = o.height,
                      .out_w = o.width,
                      .x = o.dy,
                      .w = o.w,
                      .turned = true,
                      .y = o.dx,
                      .x_stride = o.filters * o.out_h * o.out_w,
                      .y_stride = inputs,
                      .add = o.beta != 0,
                      .bias = nullptr,
                      .epilogue = o.epilogue,
                      .result = o.dx};
  correlate_all(context, c, o.n, o.groups);
}

inline void conv2d_dw(KernelContext& context, const Conv2dArgs& o) noexcept {
  const std::int64_t inputs = o.channels * o.height * o.width;
  if (is_dense(o))
    return gemm(context, {.m = o.filters,
                          .n = inputs,
                          .k = o.n,
                          .a = o.dy,
                          .lda = o.filters,
                          .transpose_a = true,
                          .b = o.x,
                          .ldb = inputs,
                          .transpose_b = false,
                          .c = o.dw,
                          .ldc = inputs,
                          .beta = o.beta,
                          .bias = nullptr});
  if constexpr (kUsesWinograd) {
    const Correlation c = forward_correlation(o);
    const WinogradPlan plan(c);
    if (plan.chosen) return winograd_filter_gradient(context, o, c, plan);
  }
  filter_gradient(context, o);
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
