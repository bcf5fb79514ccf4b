#pragma once

// Lanes over output channels, rows of the register tile over pixels side by side in a row of y: no lane is idle where channels fill
// vectors, however narrow the picture. Filters are packed as gemm packs a panel, values of the picture are broadcast from where they
// lie, and sums are kept as [pixel][channel] until all input channels have been added. Kernels of the common widths go over
// strips of pixels instead of tiles.

#include "strip.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

struct PixelWalk {  // pixels side by side, a tap after the other
  const std::int32_t* offset;
  const float* pixels;
  LIVEGRAD_INLINE const float* at(int i) const { return pixels + *offset + i; }
  LIVEGRAD_INLINE void next() { ++offset; }
  LIVEGRAD_INLINE void skip(std::int64_t k) { offset += k; }
};

/// Tiles of pixels after each other in a row of y, to be added to `sums`.
struct PixelTiles {
  std::int64_t count;
  Runs runs;
  const float* pixels;  // where the first one is for offset 0
  const std::int32_t* offsets;
  Panel w;
  float* sums;  // [pixel][stride]
  std::int64_t stride;
};

template <int R, int V>
struct PixelKernel {
  static void run(const PixelTiles& tiles) {
    const PixelTiles t = tiles;  // a copy, which stores to sums cannot change
    for (std::int64_t i = 0; i < t.count; ++i) {
      float* const sums = t.sums + i * R * t.stride;
      Batch acc[R][V];
      unroll<R>(
          [&](auto r) { unroll<V>([&](auto v) { acc[r][v] = load(sums + r * t.stride + v * kLanes); }); });
      multiply(t.runs, PixelWalk{t.offsets, t.pixels + i * R}, t.w, acc);
      unroll<R>(
          [&](auto r) { unroll<V>([&](auto v) { store(sums + r * t.stride + v * kLanes, acc[r][v]); }); });
    }
  }
};

/// The sums of one picture for `channels` output channels.
struct ChannelSums {
  static constexpr std::int64_t kPanel =
      6144;  // floats of filters: what the first cache holds beside the picture

  const Correlation& c;
  std::int64_t channels;
  Range rows, in_channels;
  const float* w;        // packed by panels
  const float* picture;  // of rows.begin
  std::int64_t row_step;
  const std::int32_t* offsets;
  float* sums;  // [pixel][stride()]

  std::int64_t stride() const { return vectors_of(channels) * kLanes; }
  Split panels() const { return {vectors_of(channels), has_strips(c) ? 1 : TileShape::vectors}; }

  /// Sums that begin with a number for each channel, 0 where there is none.
  void start(const float* bias) const {
    const std::int64_t width = stride(), pixels = rows.size() * c.out_w;
    for (std::int64_t i = 0; i < channels; ++i) sums[i] = bias ? bias[i] : 0.0f;
    for (std::int64_t i = channels; i < width; ++i) sums[i] = 0;
    for (std::int64_t i = 0; i + width < pixels * width; i += kLanes) store(sums + width + i, load(sums + i));
  }

  void add() const {
    const Split panels = this->panels();
    const std::int64_t depth = in_channels.size() * c.taps();
    const std::int64_t fit = kPanel / (panels.size(0) * kLanes * c.taps());
    const Split parts(in_channels.size(), fit > 0 ? fit : 1);
    for (std::int64_t part = 0; part < parts.pieces; ++part)
      for (std::int64_t p = 0; p < panels.pieces; ++p) {
        const std::int64_t vectors = panels.size(p), column = panels.begin(p) * kLanes;
        const std::int64_t k = parts.begin(part) * c.taps();
        const float* const panel = w + packed_panel(panels, p, depth) + k * vectors * kLanes;
        for (std::int64_t i = 0; i < rows.size(); ++i) {
          const Runs runs = c.runs(rows.begin + i, parts.size(part));
          const float* const pixels = picture + i * row_step;
          float* const to = sums + i * c.out_w * stride() + column;
          if (has_strips(c)) {
            add_strips(c, {runs, false, false, pixels, offsets + k, panel, to, stride()});
          } else {
            add_tiles({0, runs, pixels, offsets + k, {panel, vectors * kLanes}, to, stride()}, vectors);
          }
        }
      }
  }

 private:
  /// A row of y from the tile of its first pixels.
  void add_tiles(PixelTiles alike, std::int64_t vectors) const {
    const Split tiles(c.out_w, TileShape::rows(static_cast<int>(vectors)));
    for (std::int64_t t = 0; t < tiles.pieces; t += alike.count) {
      const std::int64_t rows = tiles.size(t);
      alike.count = tiles.alike(t);
      Dispatch<PixelKernel, const PixelTiles&>::run(rows, vectors, alike);
      alike.pixels += alike.count * rows;
      alike.sums += alike.count * rows * stride();
    }
  }
};

}  // namespace livegrad::kernels::LIVEGRAD_ISA
