#pragma once

// y[o,i,j] = start + Σ_c Σ_u Σ_v w[o,c,u,v] x̃[c, i s + u d, j s + v d], x̃ the padded picture: convolution forward, and dx with
// filters transposed and turned. Lanes run over output pixels, rows of the register tile over o. In the padded picture a
// tap (c, u, v) is one constant offset from every output pixel, so that no patch is ever copied: the tile walks a table
// of offsets. Where rows of y are no multiple of the lanes, vectors run on over the row's end and the gap, and the
// lanes in the gap are dropped when stored.

#include "picture.hpp"
#include "tile.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

struct Correlation {
  std::int64_t in_channels, in_h, in_w, insert_h, insert_w, pad_top, pad_left;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  std::int64_t out_channels, out_h, out_w;
  const float* x;  // of example 0; the next one is x_stride further
  float* y;
  std::int64_t x_stride, y_stride;
  bool add;           // start from y
  const float* bias;  // else from these, or 0 where null

  std::int64_t taps() const { return kernel_h * kernel_w; }
};

/// One vector of output pixels: its place in the padded picture and in y, and which lanes are pixels.
struct PixelVector {
  std::int32_t in, out;
  std::uint32_t keep;
};

struct CorrelationTile {
  std::int64_t depth;
  const float* w;
  std::int64_t w_stride;
  const float* picture;
  const std::int32_t* offsets;
  const PixelVector* pixels;
  float* y;
  std::int64_t y_stride;
  bool add;
  const float* bias;
};

inline constexpr std::uint32_t kKeepAll = (1u << kLanes) - 1;

template <int R, int V>
struct CorrelationKernel {
  static void run(const CorrelationTile& t) {
    struct Taps {
      const std::int32_t* offset;
      const float* pixels[V];
      LIVEGRAD_INLINE const float* at(int v) const { return pixels[v] + *offset; }
      LIVEGRAD_INLINE void next() { ++offset; }
    } taps;
    taps.offset = t.offsets;
    unroll<V>([&](auto v) { taps.pixels[v] = t.picture + t.pixels[v].in; });

    Batch acc[R][V];
    if (t.add) {
      unroll<R>([&](auto r) {
        unroll<V>([&](auto v) {
          const float* y = t.y + r * t.y_stride + t.pixels[v].out;
          acc[r][v] = t.pixels[v].keep == kKeepAll ? load(y) : load_kept(y, t.pixels[v].keep);
        });
      });
    } else {
      unroll<R>([&](auto r) {
        const Batch start(t.bias ? t.bias[r] : 0.0f);
        unroll<V>([&](auto v) { acc[r][v] = start; });
      });
    }
    multiply(t.depth, RowMajor<R>(t.w, t.w_stride), taps, acc);
    unroll<V>([&](auto v) {
      float* y = t.y + t.pixels[v].out;
      const std::uint32_t keep = t.pixels[v].keep;
      if (keep == kKeepAll) {
        unroll<R>([&](auto r) { store(y + r * t.y_stride, acc[r][v]); });
      } else {
        unroll<R>([&](auto r) { store_kept(y + r * t.y_stride, acc[r][v], keep); });
      }
    });
  }
};

/// How the work is cut so that everything fits the scratch memory of a thread (sizes in floats).
struct CorrelationPlan {
  static constexpr std::int64_t kPicture = 131072, kWeights = 65536, kOffsets = 16384, kPixels = 4096;
  static_assert((kPicture + kWeights + kOffsets + kPixels * 3 + 256) * 4 <= kScratchBytes);

  PictureLayout layout;
  std::int64_t rows_at_once = 0;      // rows of y
  std::int64_t channels_at_once = 0;  // input channels: later ones continue the chain
  bool fits = false;

  explicit CorrelationPlan(const Correlation& c) {
    const std::int64_t span_h = (c.kernel_h - 1) * c.dilation_h, span_w = (c.kernel_w - 1) * c.dilation_w;
    layout = {c.in_h, c.in_w, c.insert_h, c.insert_w, c.pad_top, c.pad_left, c.stride_h, c.stride_w, 0, 0};
    layout.columns = (c.out_w - 1) + span_w / c.stride_w + 1;
    if (c.stride_w == 1 && c.insert_w == 1 && c.pad_left >= 0) {
      // The gap of the next row serves on the right too.
      const std::int64_t right = c.out_w + span_w - c.pad_left - c.in_w;
      const std::int64_t shared = c.in_w + (right > c.pad_left ? right : c.pad_left);
      if (shared < layout.columns) layout.columns = shared > c.out_w ? shared : c.out_w;
    }
    const std::int64_t phases = c.stride_h * c.stride_w, extra_rows = span_h / c.stride_h + 1;
    const auto picture_size = [&](std::int64_t out_rows) {
      return (out_rows + extra_rows) * layout.columns * phases;
    };
    rows_at_once = c.out_h;
    while (rows_at_once > 1 && (picture_size(rows_at_once) > kPicture ||
                                rows_at_once * layout.columns / kLanes + rows_at_once > kPixels))
      rows_at_once = (rows_at_once + 1) / 2;
    fits = picture_size(rows_at_once) <= kPicture && layout.columns / kLanes + 1 <= kPixels &&
           c.taps() <= kOffsets;
    layout.rows = rows_at_once + extra_rows;  // one more than read, so that vectors may run over the end
    channels_at_once = kPicture / picture_size(rows_at_once);
    if (channels_at_once > kOffsets / c.taps()) channels_at_once = kOffsets / c.taps();
    if (channels_at_once > c.in_channels) channels_at_once = c.in_channels;
  }
};

/// The vectors that cover `rows` rows of y.
inline std::int64_t list_pixels(const Correlation& c, const PictureLayout& layout, std::int64_t first_row,
                                std::int64_t rows, PixelVector* out) {
  const PixelVector* begin = out;
  if (c.out_w % kLanes == 0) {
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < c.out_w; j += kLanes)
        *out++ = {static_cast<std::int32_t>(i * layout.columns + j),
                  static_cast<std::int32_t>((first_row + i) * c.out_w + j), kKeepAll};
    return out - begin;
  }
  const std::int64_t end = (rows - 1) * layout.columns + c.out_w;
  for (std::int64_t p = 0; p < end; p += kLanes) {
    std::uint32_t keep = 0;
    std::int64_t first = -1;
    for (int lane = 0; lane < kLanes && p + lane < end; ++lane) {
      const std::int64_t i = (p + lane) / layout.columns, j = (p + lane) % layout.columns;
      if (j >= c.out_w) continue;
      keep |= 1u << lane;
      if (first < 0) first = (first_row + i) * c.out_w + j;
    }
    if (keep != 0) *out++ = {static_cast<std::int32_t>(p), static_cast<std::int32_t>(first), keep};
  }
  return out - begin;
}

/// For pictures of which not even one row of y fits the scratch memory: the same sums, one at a time.
template <class Weights>
void correlate_plainly(const Correlation& c, const Weights& weights, std::int64_t n, std::int64_t o) {
  const float* x = c.x + n * c.x_stride;
  float* y = c.y + n * c.y_stride + o * c.out_h * c.out_w;
  const auto cell = [&](std::int64_t ch, std::int64_t a, std::int64_t b) {
    const bool inside = a >= 0 && a % c.insert_h == 0 && a / c.insert_h < c.in_h &&  //
                        b >= 0 && b % c.insert_w == 0 && b / c.insert_w < c.in_w;
    return inside ? x[(ch * c.in_h + a / c.insert_h) * c.in_w + b / c.insert_w] : 0.0f;
  };
  for (std::int64_t i = 0; i < c.out_h; ++i)
    for (std::int64_t j = 0; j < c.out_w; ++j) {
      Batch sum(c.add ? y[i * c.out_w + j] : c.bias ? c.bias[o] : 0.0f);
      for (std::int64_t ch = 0; ch < c.in_channels; ++ch)
        for (std::int64_t u = 0; u < c.kernel_h; ++u)
          for (std::int64_t v = 0; v < c.kernel_w; ++v)
            sum = madd(Batch(weights.value(o, ch, u, v)),
                       Batch(cell(ch, i * c.stride_h + u * c.dilation_h - c.pad_top,
                                  j * c.stride_w + v * c.dilation_w - c.pad_left)),
                       sum);
      y[i * c.out_w + j] = sum.get(0);
    }
}

/// Filters as rows of taps, `stride` apart.
struct FilterRows {
  const float* p;
  std::int64_t stride;
};

/// Examples `n` and output channels `o`, on one thread.
/// weights.rows(o, count, ch, channels, buffer) gives, in place or in the buffer, the filters of input channels
/// [ch, ch + channels) as rows of (channel, u, v); weights.value(o, ch, u, v) one of them.
template <class Weights>
void correlate(const Correlation& c, const Weights& weights, Range n, Range o, float* scratch) {
  const CorrelationPlan plan(c);
  if (!plan.fits) {
    for (std::int64_t e = n.begin; e < n.end; ++e)
      for (std::int64_t f = o.begin; f < o.end; ++f) correlate_plainly(c, weights, e, f);
    return;
  }
  float* const picture = scratch;
  float* const buffer = picture + CorrelationPlan::kPicture + 256;
  auto* const offsets = reinterpret_cast<std::int32_t*>(buffer + CorrelationPlan::kWeights);
  auto* const pixels = reinterpret_cast<PixelVector*>(offsets + CorrelationPlan::kOffsets);
  const PictureLayout& layout = plan.layout;
  const std::int64_t taps = c.taps(), plane = c.out_h * c.out_w;

  for (std::int64_t ch = 0, k = 0; ch < plan.channels_at_once; ++ch)
    for (std::int64_t u = 0; u < c.kernel_h; ++u)
      for (std::int64_t v = 0; v < c.kernel_w; ++v, ++k)
        offsets[k] = static_cast<std::int32_t>(ch * layout.channel_size() +
                                               layout.at(u * c.dilation_h, v * c.dilation_w));

  for (const Range rows : steps({0, c.out_h}, plan.rows_at_once)) {
    const Split vectors(list_pixels(c, layout, rows.begin, rows.size(), pixels), TileShape::vectors);
    for (const Range ch : steps({0, c.in_channels}, plan.channels_at_once)) {
      const std::int64_t depth = ch.size() * taps;
      for (const Range filters : steps(o, CorrelationPlan::kWeights / depth)) {
        const FilterRows w = weights.rows(filters.begin, filters.size(), ch.begin, ch.size(), buffer);
        for (std::int64_t e = n.begin; e < n.end; ++e) {
          for (std::int64_t i = ch.begin; i < ch.end; ++i)
            copy_picture(layout, c.x + e * c.x_stride + i * c.in_h * c.in_w, rows.begin * c.stride_h,
                         picture + (i - ch.begin) * layout.channel_size());
          for (std::int64_t p = 0; p < vectors.pieces; ++p) {
            const Split tiles(filters.size(), TileShape::rows(static_cast<int>(vectors.size(p))));
            for (std::int64_t t = 0; t < tiles.pieces; ++t) {
              const std::int64_t first = tiles.begin(t);
              const CorrelationTile tile{.depth = depth,
                                         .w = w.p + first * w.stride,
                                         .w_stride = w.stride,
                                         .picture = picture,
                                         .offsets = offsets,
                                         .pixels = pixels + vectors.begin(p),
                                         .y = c.y + e * c.y_stride + (filters.begin + first) * plane,
                                         .y_stride = plane,
                                         .add = c.add || ch.begin > 0,
                                         .bias = c.bias ? c.bias + filters.begin + first : nullptr};
              Dispatch<CorrelationKernel, const CorrelationTile&>::run(tiles.size(t), vectors.size(p), tile);
            }
          }
        }
      }
    }
  }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
