#pragma once

// Patches gathered from the padded picture, a panel at a time, as gemm packs one: column p of a panel is the patch that
// output pixel p sees. All filters use it while it is in the cache. No lane is idle at the end of a row of y, but each value is
// copied once more.

#include "gemm.hpp"
#include "picture.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

struct PatchPanel {
  static constexpr std::int64_t kSize = 9600;  // floats: what the first cache holds
  static constexpr std::int64_t kStride = TileShape::vectors * kLanes, kDepth = kSize / kStride;
};

/// The patches of `vectors` vectors of pixels from `first` on, in a picture that is `width` pixels wide, at least a vector; those
/// behind its end are of no use. Row k of the patches lies offsets[k] from the pixels.
inline void pack_patches(const float* picture, const PictureLayout& layout, const std::int32_t* offsets,
                         std::int64_t depth, std::int64_t width, std::int64_t first, std::int64_t vectors,
                         float* panel) {
  const std::int64_t gap = layout.columns - width;
  for (std::int64_t v = 0; v < vectors; ++v, first += kLanes) {
    const float* pixels = picture + first / width * layout.columns + first % width;
    const std::int64_t before = width - first % width;  // pixels up to the end of the row
    float* out = panel + v * kLanes;
    if (before >= kLanes) {
      for (std::int64_t k = 0; k < depth; ++k, out += PatchPanel::kStride)
        store(out, load(pixels + offsets[k]));
    } else {
      const Mask here = ramp() < Batch(static_cast<float>(before));
      for (std::int64_t k = 0; k < depth; ++k, out += PatchPanel::kStride)
        store(out, select(here, load(pixels + offsets[k]), load(pixels + offsets[k] + gap)));
    }
  }
}

/// Packed filters by a panel of patches: pixels [first, first + vectors * kLanes) of `y`, as far as there are so many.
struct PatchProduct {
  const Split& filters;  // in tiles
  std::int64_t depth;
  const float* w;  // packed
  float* y;        // [filter][pixel]
  std::int64_t pixels;
  bool add;           // start from y
  const float* bias;  // else from these, or 0 where null

  void multiply(const float* panel, std::int64_t first, std::int64_t vectors) const {
    const std::int64_t left = pixels - first - (vectors - 1) * kLanes;
    for (std::int64_t t = 0; t < filters.pieces; t += filters.alike(t)) {
      const std::int64_t filter = filters.begin(t);
      const GemmTiles alike{.count = filters.alike(t),
                            .depth = depth,
                            .a = w + packed_tile(filters, t, depth),
                            .a_stride = 0,
                            .b = {panel, PatchPanel::kStride},
                            .c = y + filter * pixels + first,
                            .ldc = pixels,
                            .add = add,
                            .row_bias = bias ? bias + filter : nullptr,
                            .bias = nullptr,
                            .last = static_cast<int>(left < kLanes ? left : kLanes)};
      Dispatch<GemmPacked, const GemmTiles&>::run(filters.size(t), vectors, alike);
    }
  }
};

}  // namespace livegrad::kernels::LIVEGRAD_ISA
