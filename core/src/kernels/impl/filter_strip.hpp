#pragma once

// Taps of one row of kernels W wide that go over the picture by steps of one, of C channels, for one vector of filters.
// Going along a row, a value of the picture is broadcast once for all the taps that it meets, the pixels of dy that it
// meets stay in registers, and the columns of zeros beside the picture are left out. Each tap is one chain of
// multiply-adds in the order of the pixels, as in a tile.

#include "tile.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

struct FilterStrip {
  std::int64_t rows, columns;  // of dy; columns >= W
  std::int64_t left, right;    // columns of zeros beside the picture
  const float* picture;
  std::int64_t row_step;
  const std::int32_t* offsets;  // of the taps
  const float* dy;              // [pixel][stride]
  float* sums;                  // [tap][stride]
  std::int64_t stride;
};

template <int W, int C>
class FilterStripKernel {
 public:
  static void run(const FilterStrip& strip) {
    const FilterStrip s = strip;  // a copy, which stores to sums cannot change
    Sums acc;
    each([&](auto c, auto v) { acc[c][v] = load(s.sums + (c * W + v) * s.stride); });
    const float* x[C];
    unroll<C>([&](auto c) { x[c] = s.picture + s.offsets[c * W]; });
    const float* dy = s.dy;
    for (std::int64_t i = s.rows; i > 0; --i) {
      row(s, x, dy, acc);
      unroll<C>([&](auto c) { x[c] += s.row_step; });
      dy += s.columns * s.stride;
    }
    each([&](auto c, auto v) { store(s.sums + (c * W + v) * s.stride, acc[c][v]); });
  }

 private:
  using Sums = Batch[C][W];
  template <class F>
  LIVEGRAD_INLINE static void each(F&& f) {
    unroll<C>([&](auto c) { unroll<W>([&](auto v) { f(c, v); }); });
  }

  /// The picture's column j meets pixel j - v with tap v; all taps but in the first and the last W - 1 columns.
  LIVEGRAD_INLINE static void row(const FilterStrip& s, const float* const (&x)[C], const float* dy,
                                  Sums& acc) {
    unroll<W - 1>([&](auto j) {
      if (j >= s.left) meet<0, j + 1>(x, j, dy + j * s.stride, s.stride, acc);
    });
    std::int64_t j = W - 1;
    dy += j * s.stride;
    for (; (s.columns - j) % W != 0; ++j, dy += s.stride) meet<0, W>(x, j, dy, s.stride, acc);
    // W columns at a time, after which each pixel has come to its register again.
    Batch pixels[W];
    unroll<W - 1>([&](auto v) { pixels[v] = load(dy - (W - 1 - v) * s.stride); });
    for (; j < s.columns; j += W)
      unroll<W>([&](auto i) {
        pixels[(W - 1 + i) % W] = load(dy);
        dy += s.stride;
        unroll<C>([&](auto c) {
          const Batch value(x[c][j + i]);
          unroll<W>([&](auto v) { acc[c][v] = madd(value, pixels[(2 * W - 1 + i - v) % W], acc[c][v]); });
        });
      });
    unroll<W - 1>([&](auto i) {
      if (i < W - 1 - s.right) meet<i + 1, W>(x, j + i, dy + i * s.stride, s.stride, acc);
    });
  }

  /// Column j, with taps [First, End).
  template <int First, int End>
  LIVEGRAD_INLINE static void meet(const float* const (&x)[C], std::int64_t j, const float* dy,
                                   std::int64_t stride, Sums& acc) {
    Batch pixels[End - First];
    unroll<End - First>([&](auto v) { pixels[v] = load(dy - (First + v) * stride); });
    unroll<C>([&](auto c) {
      const Batch value(x[c][j]);
      unroll<End - First>([&](auto v) { acc[c][First + v] = madd(value, pixels[v], acc[c][First + v]); });
    });
  }
};

template <int W>
struct FilterStripsOf {
  template <int C>
  using Kernel = FilterStripKernel<W, C>;
};
/// As many channels as fit the registers: their sums, W pixels and a value.
template <int W>
using FilterStrips =
    Choice<FilterStripsOf<W>::template Kernel, 1, ((kLanes == 16 ? 32 : 16) - 1 - W) / W, const FilterStrip&>;

}  // namespace livegrad::kernels::LIVEGRAD_ISA
