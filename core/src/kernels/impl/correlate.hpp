#pragma once

// Correlation on one thread: which lanes a shape has, and how the work is cut. Lanes over pixels need no copy but the padded
// picture; lanes over channels serve pictures that are narrow for a vector, and leave out taps that meet rows of padding. Which
// it is follows from counting cycles.

#include "channel_lanes.hpp"
#include "picture.hpp"
#include "pixel_lanes.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// How the work is cut so that everything fits the scratch memory of a thread (sizes in floats).
struct CorrelationPlan {
  static constexpr std::int64_t kPicture = 131072, kWeights = 65536, kOffsets = 16384, kPixels = 4096;
  static constexpr std::int64_t kSums = 48640;  // where pixels are with lanes over these
  static_assert((kPicture + 256 + kWeights + kOffsets + kSums) * 4 <= kScratchBytes && kPixels * 2 <= kSums);

  PictureLayout layout;
  bool channel_lanes = false;
  int pixel_vectors = 0;              // of a tile with lanes over pixels
  bool by_rows = false;               // these begin anew with every row of y
  std::int64_t rows_at_once = 0;      // rows of y
  std::int64_t channels_at_once = 0;  // input channels: later ones continue the chain
  std::int64_t filters_at_once = 0;   // output channels
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
    const auto most_vectors = [&](std::int64_t rows) {
      return rows * (layout.columns / kLanes + TileShape::widest);
    };
    while (rows_at_once > 1 &&
           (picture_size(rows_at_once) > kPicture || most_vectors(rows_at_once) > kPixels))
      rows_at_once = (rows_at_once + 1) / 2;
    fits = picture_size(rows_at_once) <= kPicture && most_vectors(rows_at_once) <= kPixels &&
           c.taps() <= kOffsets;
    if (!fits) return;
    channels_at_once = smallest(kPicture / picture_size(rows_at_once), kOffsets / c.taps(), c.in_channels);
    double least = 0;
    for (const int vectors : {TileShape::vectors, TileShape::widest})
      for (const bool each_row : {false, true}) {
        const double cost = cost_of_pixel_lanes(c, vectors, each_row);
        if (least == 0 || cost < least) least = cost, pixel_vectors = vectors, by_rows = each_row;
      }
    const std::int64_t panel = smallest(TileShape::vectors, vectors_of(c.out_channels)) * kLanes;
    channel_lanes =
        c.taps() * panel <= kWeights && c.out_w * panel <= kSums && cost_of_channel_lanes(c) < least;
    if (channel_lanes) {
      channels_at_once = smallest(channels_at_once, kWeights / (c.taps() * panel));
      while (rows_at_once * c.out_w * panel > kSums) rows_at_once = (rows_at_once + 1) / 2;
      filters_at_once = smallest(kWeights / (channels_at_once * c.taps()), kSums / (rows_at_once * c.out_w));
      filters_at_once -= filters_at_once % kLanes;
    } else {
      filters_at_once = kWeights / (channels_at_once * c.taps() + kTileGap);
    }
    layout.rows = rows_at_once + extra_rows;  // one more than read, so that vectors may run over the end
  }

 private:
  static std::int64_t smallest(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
  static std::int64_t smallest(std::int64_t a, std::int64_t b, std::int64_t c) {
    return smallest(smallest(a, b), c);
  }

  // Quarters of a cycle for each of the multiply-adds of a loop's round. A cycle begins four instructions, two multiply-adds
  // and two loads at most, and a sum waits four and a half for the one before it in its chain.
  static double cost(std::int64_t multiply_adds, double loads, double others, std::int64_t chained = 1) {
    const double m = double(multiply_adds), waits = 18 * double(chained);
    double most = m + loads + others;
    if (2 * m > most) most = 2 * m;
    if (2 * loads > most) most = 2 * loads;
    return (waits > most ? waits : most) / m;
  }
  double cost_of_pixel_lanes(const Correlation& c, int vectors, bool each_row) const {
    // To store a vector without some lanes; AVX-512 has masks, AVX2 a permutation.
    constexpr double kDrop = kLanes == 16 ? 2 : kLanes == 8 ? 10 : 20;
    const std::int64_t width = vectors * kLanes;
    const std::int64_t rows = Split(c.out_channels, TileShape::rows(vectors)).size(0);
    const double split = double(width) / 16;  // loads across two cache lines are two
    // Run on, vectors fill tiles, but two of a row lose lanes to the gap where there is one.
    const double cells = double(each_row ? (c.out_w + width - 1) / width * width : layout.columns);
    const double partial = each_row ? c.out_w % kLanes != 0 : layout.columns > c.out_w ? 2 : 0;
    return (cost(rows * vectors, double(rows + vectors) + split, 6) * cells +
            partial * kLanes * kDrop / double(c.in_channels * c.taps())) /
           double(c.out_w);
  }
  static double cost_of_channel_lanes(const Correlation& c) {
    constexpr double kTurn = 30;  // for a vector of sums to be stored, read again and turned
    const std::int64_t vectors = vectors_of(c.out_channels);
    double sums;
    if (has_strips(c)) {
      const std::int64_t r = strips_of(c).size(0), w = c.kernel_w;
      sums = cost(r * w, double(r + w - 1 + w), 5, w);
    } else {
      const std::int64_t v = Split(vectors, TileShape::vectors).size(0);
      const std::int64_t r = Split(c.out_w, TileShape::rows(static_cast<int>(v))).size(0);
      sums = cost(r * v, double(r + v), 5);
    }
    return (sums * c.taps_inside() + kTurn / double(c.in_channels * c.taps())) * double(vectors * kLanes) /
           double(c.out_channels);
  }
};

/// The scratch memory of a thread.
struct CorrelationScratch {
  float *picture, *packed;
  std::int32_t* offsets;  // of the taps of all input channels
  union {
    PixelVector* pixels;
    float* sums;
  };
  explicit CorrelationScratch(float* scratch)
      : picture(scratch),
        packed(picture + CorrelationPlan::kPicture + 256),
        offsets(reinterpret_cast<std::int32_t*>(packed + CorrelationPlan::kWeights)),
        sums(reinterpret_cast<float*>(offsets + CorrelationPlan::kOffsets)) {}

  void set_offsets(const Correlation& c, const CorrelationPlan& plan) const {
    const std::int64_t taps = c.taps();
    for (std::int64_t u = 0, k = 0; u < c.kernel_h; ++u)
      for (std::int64_t v = 0; v < c.kernel_w; ++v, ++k)
        offsets[k] = static_cast<std::int32_t>(plan.layout.at(u * c.dilation_h, v * c.dilation_w));
    for (std::int64_t k = taps; k < plan.channels_at_once * taps; ++k)
      offsets[k] = offsets[k - taps] + static_cast<std::int32_t>(plan.layout.channel_size());
  }
  void copy_channels(const Correlation& c, const CorrelationPlan& plan, std::int64_t example, Range channels,
                     std::int64_t first_row) const {
    for (std::int64_t i = channels.begin; i < channels.end; ++i)
      copy_picture(plan.layout, c.x + example * c.x_stride + i * c.in_h * c.in_w, first_row * c.stride_h,
                   picture + (i - channels.begin) * plan.layout.channel_size());
  }
};

inline void correlate_pixel_lanes(const Correlation& c, const CorrelationPlan& plan, Range rows, Range ch,
                                  Range filters, Range examples, const CorrelationScratch& s) {
  const std::int64_t plane = c.out_h * c.out_w, depth = ch.size() * c.taps();
  const std::int64_t vectors =
      list_pixels(c, plan.pixel_vectors, plan.by_rows, plan.layout.columns, rows, s.pixels);
  const std::int64_t runs = plan.by_rows ? rows.size() : 1, run_vectors = vectors / runs;
  const Split tiles(filters.size(), TileShape::rows(plan.pixel_vectors));
  for (std::int64_t t = 0; t < tiles.pieces; ++t)
    c.pack_filters(filters.begin + tiles.begin(t), tiles.size(t), ch,
                   s.packed + packed_tile(tiles, t, depth));
  for (std::int64_t e = examples.begin; e < examples.end; ++e) {
    s.copy_channels(c, plan, e, ch, rows.begin);
    for (std::int64_t r = 0; r < runs; ++r)
      for (std::int64_t v = 0; v < run_vectors; v += plan.pixel_vectors)
        for (std::int64_t t = 0; t < tiles.pieces; t += tiles.alike(t)) {
          const std::int64_t first = filters.begin + tiles.begin(t);
          const CorrelationTiles alike{.count = tiles.alike(t),
                                       .depth = depth,
                                       .w = s.packed + packed_tile(tiles, t, depth),
                                       .picture = s.picture + r * plan.layout.columns + v * kLanes,
                                       .offsets = s.offsets,
                                       .pixels = s.pixels + r * run_vectors + v,
                                       .y = c.y + e * c.y_stride + first * plane,
                                       .y_stride = plane,
                                       .add = c.add || ch.begin > 0,
                                       .bias = c.bias ? c.bias + first : nullptr};
          (plan.pixel_vectors == TileShape::vectors
               ? CorrelationKernels<TileShape::vectors>::run
               : CorrelationKernels<TileShape::widest>::run)(tiles.size(t), alike);
        }
    if (ch.end == c.in_channels) c.finish_rows(e, filters, rows);
  }
}

inline void correlate_channel_lanes(const Correlation& c, const CorrelationPlan& plan, Range rows, Range ch,
                                    Range filters, Range examples, const CorrelationScratch& s) {
  const std::int64_t plane = c.out_h * c.out_w, pixels = rows.size() * c.out_w;
  const ChannelSums sums{.c = c,
                         .channels = filters.size(),
                         .rows = rows,
                         .in_channels = ch,
                         .w = s.packed,
                         .picture = s.picture,
                         .row_step = plan.layout.columns,
                         .offsets = s.offsets,
                         .sums = s.sums};
  c.pack_panels(filters.begin, filters.size(), ch, sums.panels(), s.packed);
  for (std::int64_t e = examples.begin; e < examples.end; ++e) {
    s.copy_channels(c, plan, e, ch, rows.begin);
    float* const y = c.y + e * c.y_stride + filters.begin * plane + rows.begin * c.out_w;
    if (c.add || ch.begin > 0) {
      pack_transposed(y, plane, pixels, filters.size(), sums.stride(), s.sums, sums.stride());
    } else {
      sums.start(c.bias ? c.bias + filters.begin : nullptr);
    }
    sums.add();
    pack_transposed(s.sums, sums.stride(), filters.size(), pixels, pixels, y, plane);
    if (ch.end == c.in_channels) c.finish_rows(e, filters, rows);
  }
}

/// Examples and output channels, on one thread.
inline void correlate(const Correlation& c, Range examples, Range channels, float* memory) {
  const CorrelationPlan plan(c);
  if (!plan.fits) {
    for (std::int64_t e = examples.begin; e < examples.end; ++e) {
      for (std::int64_t f = channels.begin; f < channels.end; ++f) correlate_plainly(c, e, f);
      c.finish_rows(e, channels, {0, c.out_h});
    }
    return;
  }
  const CorrelationScratch scratch(memory);
  scratch.set_offsets(c, plan);
  for (const Range rows : steps({0, c.out_h}, plan.rows_at_once))
    for (const Range ch : steps({0, c.in_channels}, plan.channels_at_once))
      for (const Range filters : steps(channels, plan.filters_at_once))
        (plan.channel_lanes ? correlate_channel_lanes : correlate_pixel_lanes)(c, plan, rows, ch, filters,
                                                                               examples, scratch);
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
