#pragma once

// Lanes over output pixels, rows of the register tile over output channels. In the padded picture a tap (c, u, v) is one
// constant offset from every output pixel, so that no patch is ever copied: the tile walks a table of offsets. The vectors of a
// tile lie side by side in the picture. They begin anew with every row of y where that leaves fewer lanes idle; else they run on
// over the row's end and the gap. Lanes that hold no pixel are dropped when stored.

#include "correlation.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// One vector of output pixels: its place in y, and which lanes are pixels.
struct PixelVector {
  std::int32_t out;
  std::uint32_t keep;
};

/// Tiles of output channels after each other, for the same vectors of pixels.
struct CorrelationTiles {
  std::int64_t count, depth;
  const float* w;        // packed
  const float* picture;  // where the first vector's pixels are for offset 0
  const std::int32_t* offsets;
  const PixelVector* pixels;
  float* y;
  std::int64_t y_stride;
  bool add;
  const float* bias;
};

struct Taps {
  const std::int32_t* offset;
  const float* pixels;
  LIVEGRAD_INLINE const float* vectors() const { return pixels + *offset; }
  LIVEGRAD_INLINE void next() { ++offset; }
};

/// Vectors that a tile has too many hold no pixel.
template <int R, int V>
struct CorrelationKernel {
  static void run(const CorrelationTiles& tiles) {
    const CorrelationTiles t = tiles;  // a copy, which stores to y cannot change
    for (std::int64_t i = 0; i < t.count; ++i)
      tile(t, t.w + i * packed_size(R, t.depth), t.y + i * R * t.y_stride, t.bias ? t.bias + i * R : nullptr);
  }

 private:
  LIVEGRAD_INLINE static void tile(const CorrelationTiles& t, const float* w, float* y, const float* bias) {
    Batch acc[R][V];
    if (t.add) {
      unroll<R>([&](auto r) {
        unroll<V>(
            [&](auto v) { acc[r][v] = load_kept(y + r * t.y_stride + t.pixels[v].out, t.pixels[v].keep); });
      });
    } else {
      unroll<R>([&](auto r) {
        const Batch start(bias ? bias[r] : 0.0f);
        unroll<V>([&](auto v) { acc[r][v] = start; });
      });
    }
    multiply(t.depth, ColumnMajor{w, R}, Taps{t.offsets, t.picture}, acc);
    unroll<V>([&](auto v) {
      float* to = y + t.pixels[v].out;
      const std::uint32_t keep = t.pixels[v].keep;
      if (keep == kKeepAll) {
        unroll<R>([&](auto r) { store(to + r * t.y_stride, acc[r][v]); });
      } else {
        unroll<R>([&](auto r) { store_kept(to + r * t.y_stride, acc[r][v], keep); });
      }
    });
  }
};

template <int V>
struct CorrelationKernelsOf {
  template <int R>
  using Kernel = CorrelationKernel<R, V>;
};
/// Tiles of V vectors.
template <int V>
using CorrelationKernels =
    Choice<CorrelationKernelsOf<V>::template Kernel, 1, TileShape::rows(V), const CorrelationTiles&>;

/// The vectors that cover rows of y in a picture of so many columns, each row by its own or all in one run, for tiles of so many.
inline std::int64_t list_pixels(const Correlation& c, int tile, bool by_rows, std::int64_t columns,
                                Range rows, PixelVector* out) {
  const PixelVector* begin = out;
  // Runs of cells of the picture: a row of y each, or all rows with the gaps between them.
  const std::int64_t run_rows = by_rows ? 1 : rows.size();
  for (std::int64_t row = rows.begin; row < rows.end; row += run_rows) {
    for (std::int64_t i = 0, j = 0; i < run_rows;) {
      PixelVector vector{};
      if (j + kLanes <= c.out_w) {
        vector = {static_cast<std::int32_t>((row + i) * c.out_w + j), kKeepAll};
        j += kLanes;
        if (j == columns) ++i, j = 0;
      } else {
        for (int lane = 0; lane < kLanes; ++lane) {
          if (i < run_rows && j < c.out_w) {
            if (vector.keep == 0) vector.out = static_cast<std::int32_t>((row + i) * c.out_w + j);
            vector.keep |= 1u << lane;
          }
          if (++j == columns) ++i, j = 0;
        }
      }
      if (i + 1 == run_rows && j >= c.out_w) ++i;  // only the gap is left
      *out++ = vector;
    }
    while ((out - begin) % tile != 0) *out++ = {};
  }
  return out - begin;
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
