#pragma once

// y[o,i,j] = start + Σ_c Σ_u Σ_v w[o,c,u,v] x̃[c, i s + u d, j s + v d], x̃ the padded picture: convolution forward, and dx with
// filters transposed and turned. Lanes run over output pixels, rows of the register tile over o. In the padded picture a
// tap (c, u, v) is one constant offset from every output pixel, so that no patch is ever copied: the tile walks a table
// of offsets. The vectors of a tile lie side by side in the picture. They begin anew with every row of y where that
// leaves fewer lanes idle; else they run on over the row's end and the gap. Lanes that hold no pixel are dropped when stored.
// Where too many would be idle, patches are gathered after all, a panel at a time (patches.hpp).

#include "patches.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

struct Correlation {
  std::int64_t in_channels, in_h, in_w, insert_h, insert_w, pad_top, pad_left;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  std::int64_t out_channels, out_h, out_w;
  const float* x;  // of example 0; the next one is x_stride further
  const float* w;
  bool turned;  // filters have input and output channels exchanged, and are turned by half a turn
  float* y;
  std::int64_t x_stride, y_stride;
  bool add;           // start from y
  const float* bias;  // else from these, or 0 where null

  std::int64_t taps() const { return kernel_h * kernel_w; }
  /// Tap t of the filter from input channel ch to output channel o.
  float tap(std::int64_t o, std::int64_t ch, std::int64_t t) const {
    return turned ? w[(ch * out_channels + o + 1) * taps() - 1 - t] : w[(o * in_channels + ch) * taps() + t];
  }
  /// Packs the filters of a tile: output channels [o, o + count), by (input channel in ch, u, v).
  void pack_filters(std::int64_t o, std::int64_t count, Range ch, float* packed) const {
    if (!turned)
      return pack_tile(w + (o * in_channels + ch.begin) * taps(), in_channels * taps(), ch.size() * taps(),
                       count, packed);
    for (std::int64_t c = ch.begin; c < ch.end; ++c)
      for (std::int64_t t = 0; t < taps(); ++t)
        for (std::int64_t i = 0; i < count; ++i) *packed++ = tap(o + i, c, t);
  }
};

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

inline constexpr std::uint32_t kKeepAll = (1u << kLanes) - 1;

struct Taps {
  const std::int32_t* offset;
  const float* pixels;
  LIVEGRAD_INLINE const float* vectors() const { return pixels + *offset; }
  LIVEGRAD_INLINE void next() { ++offset; }
};

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
        unroll<V>([&](auto v) {
          const float* from = y + r * t.y_stride + t.pixels[v].out;
          acc[r][v] = t.pixels[v].keep == kKeepAll ? load(from) : load_kept(from, t.pixels[v].keep);
        });
      });
    } else {
      unroll<R>([&](auto r) {
        const Batch start(bias ? bias[r] : 0.0f);
        unroll<V>([&](auto v) { acc[r][v] = start; });
      });
    }
    multiply(t.depth, Packed<R>{w}, Taps{t.offsets, t.picture}, acc);
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

/// How the work is cut so that everything fits the scratch memory of a thread (sizes in floats).
struct CorrelationPlan {
  static constexpr std::int64_t kPicture = 131072, kWeights = 65536, kOffsets = 16384, kPixels = 4096;
  static_assert((kPicture + 256 + kWeights + kOffsets + kPixels * 2 + PatchPanel::kSize) * 4 <=
                kScratchBytes);

  PictureLayout layout;
  bool patches = false;
  std::int64_t row_vectors = 0;       // of a row of y; 0 where vectors run on over its end
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
    const std::int64_t vectors = (c.out_w + kLanes - 1) / kLanes;
    if (vectors * kLanes < layout.columns &&
        (vectors <= TileShape::vectors || vectors % TileShape::vectors == 0))
      row_vectors = vectors;
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
    patches = c.out_w >= kLanes && rows_at_once == c.out_h && c.taps() <= PatchPanel::kDepth &&
              cost_of_patches(c) < cost_of_rows(c);
    if (patches) {
      row_vectors = 0;
      if (channels_at_once > PatchPanel::kDepth / c.taps()) channels_at_once = PatchPanel::kDepth / c.taps();
    }
    if (channels_at_once > kOffsets / c.taps()) channels_at_once = kOffsets / c.taps();
    if (channels_at_once > c.in_channels) channels_at_once = c.in_channels;
  }

 private:
  // Instructions for each multiply-add of full vectors, of which `closing` end a round of the loop.
  static double cost(std::int64_t vectors, double closing) {
    const double v = double(vectors), r = TileShape::rows(static_cast<int>(vectors));
    return (r * v + r + v + closing) / (r * v);
  }
  double cost_of_rows(const Correlation& c) const {
    constexpr double kDrop =
        kLanes == 16 ? 4 : 40;  // to store a vector without some lanes; AVX-512 has masks
    const double partial = row_vectors ? c.out_w % kLanes != 0 : 2;  // vectors of a row of y
    const double vectors = double(c.out_w) / kLanes, depth = double(c.in_channels * c.taps());
    const double idle = double(row_vectors ? row_vectors * kLanes : layout.columns) / double(c.out_w);
    const std::int64_t most = TileShape::vectors;
    return cost(row_vectors ? Split(row_vectors, most).size(0) : most, 6) * idle +
           partial * kDrop / (vectors * depth);
  }
  static double cost_of_patches(const Correlation& c) {
    const std::int64_t pixels = c.out_h * c.out_w, vectors = (pixels + kLanes - 1) / kLanes;
    const double gather = 7.0 / double(c.out_channels);  // a value is gathered once, and used by every filter
    return cost(Split(vectors, TileShape::vectors).size(0), 4) * double(vectors * kLanes) / double(pixels) +
           gather;
  }
};

/// The vectors that cover `rows` rows of y.
inline std::int64_t list_pixels(const Correlation& c, const CorrelationPlan& plan, std::int64_t first_row,
                                std::int64_t rows, PixelVector* out) {
  const PixelVector* begin = out;
  // Runs of cells of the picture: a row of y each, or all rows with the gaps between them.
  const std::int64_t run_rows = plan.row_vectors ? 1 : rows;
  for (std::int64_t row = 0; row < rows; row += run_rows) {
    for (std::int64_t i = 0, j = 0; i < run_rows;) {
      PixelVector vector{};
      for (int lane = 0; lane < kLanes; ++lane) {
        if (i < run_rows && j < c.out_w) {
          if (vector.keep == 0) vector.out = static_cast<std::int32_t>((first_row + row + i) * c.out_w + j);
          vector.keep |= 1u << lane;
        }
        if (++j == plan.layout.columns) ++i, j = 0;
      }
      if (i + 1 == run_rows && j >= c.out_w) ++i;  // only the gap is left
      *out++ = vector;
    }
  }
  return out - begin;
}

/// For pictures of which not even one row of y fits the scratch memory: the same sums, one at a time.
inline void correlate_plainly(const Correlation& c, std::int64_t n, std::int64_t o) {
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
            sum = madd(Batch(c.tap(o, ch, u * c.kernel_w + v)),
                       Batch(cell(ch, i * c.stride_h + u * c.dilation_h - c.pad_top,
                                  j * c.stride_w + v * c.dilation_w - c.pad_left)),
                       sum);
      y[i * c.out_w + j] = sum.get(0);
    }
}

/// Examples `n` and output channels `o`, on one thread.
inline void correlate(const Correlation& c, Range n, Range o, float* scratch) {
  const CorrelationPlan plan(c);
  if (!plan.fits) {
    for (std::int64_t e = n.begin; e < n.end; ++e)
      for (std::int64_t f = o.begin; f < o.end; ++f) correlate_plainly(c, e, f);
    return;
  }
  float* const picture = scratch;
  float* const packed = picture + CorrelationPlan::kPicture + 256;
  auto* const offsets = reinterpret_cast<std::int32_t*>(packed + CorrelationPlan::kWeights);
  auto* const pixels = reinterpret_cast<PixelVector*>(offsets + CorrelationPlan::kOffsets);
  float* const panel = reinterpret_cast<float*>(pixels + CorrelationPlan::kPixels);
  const PictureLayout& layout = plan.layout;
  const std::int64_t taps = c.taps(), plane = c.out_h * c.out_w;

  for (std::int64_t u = 0, k = 0; u < c.kernel_h; ++u)
    for (std::int64_t v = 0; v < c.kernel_w; ++v, ++k)
      offsets[k] = static_cast<std::int32_t>(layout.at(u * c.dilation_h, v * c.dilation_w));
  for (std::int64_t k = taps; k < plan.channels_at_once * taps; ++k)
    offsets[k] = offsets[k - taps] + static_cast<std::int32_t>(layout.channel_size());

  for (const Range rows : steps({0, c.out_h}, plan.rows_at_once)) {
    const std::int64_t vectors =
        plan.patches ? (plane + kLanes - 1) / kLanes : list_pixels(c, plan, rows.begin, rows.size(), pixels);
    const Split run(plan.row_vectors ? plan.row_vectors : vectors, TileShape::vectors);
    const std::int64_t runs = plan.row_vectors ? rows.size() : 1, run_vectors = vectors / runs;
    const std::int64_t tile_rows = TileShape::rows(static_cast<int>(run.size(0)));
    for (const Range ch : steps({0, c.in_channels}, plan.channels_at_once)) {
      const std::int64_t depth = ch.size() * taps;
      for (const Range filters : steps(o, CorrelationPlan::kWeights / (depth + kTileGap))) {
        const Split tiles(filters.size(), tile_rows);
        for (std::int64_t t = 0; t < tiles.pieces; ++t)
          c.pack_filters(filters.begin + tiles.begin(t), tiles.size(t), ch,
                         packed + packed_tile(tiles, t, depth));
        for (std::int64_t e = n.begin; e < n.end; ++e) {
          for (std::int64_t i = ch.begin; i < ch.end; ++i)
            copy_picture(layout, c.x + e * c.x_stride + i * c.in_h * c.in_w, rows.begin * c.stride_h,
                         picture + (i - ch.begin) * layout.channel_size());
          if (plan.patches) {
            const PatchProduct product{.filters = tiles,
                                       .depth = depth,
                                       .w = packed,
                                       .y = c.y + e * c.y_stride + filters.begin * plane,
                                       .pixels = plane,
                                       .add = c.add || ch.begin > 0,
                                       .bias = c.bias ? c.bias + filters.begin : nullptr};
            for (std::int64_t p = 0; p < run.pieces; ++p) {
              pack_patches(picture, layout, offsets, depth, c.out_w, run.begin(p) * kLanes, run.size(p),
                           panel);
              product.multiply(panel, run.begin(p) * kLanes, run.size(p));
            }
            continue;
          }
          for (std::int64_t r = 0; r < runs; ++r)
            for (std::int64_t p = 0; p < run.pieces; ++p)
              for (std::int64_t t = 0; t < tiles.pieces; t += tiles.alike(t)) {
                const std::int64_t first = filters.begin + tiles.begin(t);
                const CorrelationTiles alike{.count = tiles.alike(t),
                                             .depth = depth,
                                             .w = packed + packed_tile(tiles, t, depth),
                                             .picture = picture + r * layout.columns + run.begin(p) * kLanes,
                                             .offsets = offsets,
                                             .pixels = pixels + r * run_vectors + run.begin(p),
                                             .y = c.y + e * c.y_stride + first * plane,
                                             .y_stride = plane,
                                             .add = c.add || ch.begin > 0,
                                             .bias = c.bias ? c.bias + first : nullptr};
                Dispatch<CorrelationKernel, const CorrelationTiles&>::run(tiles.size(t), run.size(p), alike);
              }
        }
      }
    }
  }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
