#pragma once

// A strip: pixels side by side in a row of y, for one vector of output channels, under kernels W wide that go over the
// picture by steps of one. A value of the picture is broadcast once for all the pixels that it meets, and the columns of
// zeros beside the picture meet none. Each pixel is one chain of multiply-adds in the order of the taps, as in a tile.

#include "correlation.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// One strip, to be added to `sums`.
struct Strip {
  Runs runs;
  bool first, last;     // begins, or ends, a row with columns of zeros beside it
  const float* pixels;  // where the first one is for offset 0
  const std::int32_t* offsets;
  const float* w;  // [tap][lane]
  float* sums;     // [pixel][stride]
  std::int64_t stride;
};

template <int W, int R>
class StripKernel {
 public:
  static void run(const Strip& strip) {
    const Strip s = strip;  // a copy, which stores to sums cannot change
    Batch acc[R];
    unroll<R>([&](auto r) { acc[r] = load(s.sums + r * s.stride); });
    const std::int32_t* offset = s.offsets + s.runs.skipped;
    Panel w{s.w + s.runs.skipped * kLanes, kLanes};
    for (std::int64_t i = s.runs.count; i > 0; --i) {
      for (std::int64_t k = s.runs.length; k > 0; k -= W) {
        const float* x = s.pixels + *offset;
        Batch taps[W];
        unroll<W>([&](auto v) { taps[v] = load(w.vectors() + v * kLanes); });
        if (!s.first) unroll<kEdge>([&](auto i) { meet<i>(x, taps, acc); });
        unroll<kCells - 2 * kEdge>([&](auto i) { meet<kEdge + i>(x, taps, acc); });
        if (!s.last) unroll<kEdge>([&](auto i) { meet<kCells - kEdge + i>(x, taps, acc); });
        offset += W;
        w.skip(W);
      }
      offset += s.runs.gap;
      w.skip(s.runs.gap);
    }
    unroll<R>([&](auto r) { store(s.sums + r * s.stride, acc[r]); });
  }

 private:
  static constexpr int kCells = R + W - 1;   // of a row of the picture
  static constexpr int kEdge = (W - 1) / 2;  // of them at either end may be zeros

  /// Cell I meets pixel r with tap I - r.
  template <int I>
  LIVEGRAD_INLINE static void meet(const float* x, const Batch (&taps)[W], Batch (&acc)[R]) {
    const Batch value(x[I]);
    unroll<R>([&](auto r) {
      if constexpr (r <= I && I - r < W) acc[r] = madd(value, taps[I - r], acc[r]);
    });
  }
};

/// Of a strip: two multiply-adds begin in a cycle, and each takes four, so that fewer chains wait for themselves.
inline constexpr int kFewestPixels = 8;

template <int W>
struct StripsOf {
  template <int R>
  using Kernel = StripKernel<W, R>;
};
/// For kernels W wide, sums and taps just fit the registers.
template <int W>
using Strips = Choice<StripsOf<W>::template Kernel, kFewestPixels, kLanes == 16 ? 16 : 15 - W, const Strip&>;

/// The strips of a row of y.
inline Split strips_of(const Correlation& c) {
  return {c.out_w, c.kernel_w == 3 ? Strips<3>::kMost : Strips<5>::kMost};
}

/// Whether there are any. Few lanes gain nothing from them.
inline bool has_strips(const Correlation& c) {
  return kLanes > 4 && (c.kernel_w == 3 || c.kernel_w == 5) && c.stride_w == 1 && c.dilation_w == 1 &&
         strips_of(c).base >= kFewestPixels;
}

/// A row of y from the strip of its first pixels.
inline void add_strips(const Correlation& c, Strip strip) {
  const Split strips = strips_of(c);
  const std::int64_t edge = (c.kernel_w - 1) / 2;
  const std::int64_t right = c.out_w + c.kernel_w - 2 - c.pad_left - (c.in_w - 1) * c.insert_w;
  for (std::int64_t i = 0; i < strips.pieces; ++i) {
    strip.first = i == 0 && c.pad_left >= edge;
    strip.last = i + 1 == strips.pieces && right >= edge;
    (c.kernel_w == 3 ? Strips<3>::run : Strips<5>::run)(strips.size(i), strip);
    strip.pixels += strips.size(i);
    strip.sums += strips.size(i) * strip.stride;
  }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
