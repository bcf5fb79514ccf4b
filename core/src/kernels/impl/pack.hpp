#pragma once

// Operands copied to where a register tile walks along them: rows side by side for each k, columns in panels of vectors.

#include "tile.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// Turns `count` rows of `depth` numbers: a row becomes a column of `out`, whose rows lie `step` apart and are `width` wide; those
/// missing in the last vector of the width are 0.
LIVEGRAD_NOINLINE inline void pack_transposed(const float* rows, std::int64_t row_stride, std::int64_t depth,
                                              std::int64_t count, std::int64_t width, float* out,
                                              std::int64_t step) {
  const auto row = [&](std::int64_t i) { return rows + i * row_stride; };
  std::int64_t i = 0;
  if constexpr (kLanes > 4)
    for (; i + kLanes <= count; i += kLanes) {
      std::int64_t k = 0;
      for (; k + 4 <= depth; k += 4) {
        Batch four[4];
        transpose_columns(row(i) + k, row_stride, four);
        for (int j = 0; j < 4; ++j) store(out + (k + j) * step + i, four[j]);
      }
      for (; k < depth; ++k)
        for (std::int64_t j = 0; j < kLanes; ++j) out[k * step + i + j] = row(i + j)[k];
    }
  if (count < width)
    for (std::int64_t k = 0; k < depth; ++k) store(out + k * step + width - kLanes, Batch(0.0f));
  for (; i + 4 <= count; i += 4)
    transpose_rows({row(i), row(i + 1), row(i + 2), row(i + 3)}, depth, out + i, step);
  for (; i < count; ++i)
    for (std::int64_t k = 0; k < depth; ++k) out[k * step + i] = row(i)[k];
}

/// So many columns of B in panels of vectors.
inline Split panels_of(std::int64_t columns) { return {vectors_of(columns), TileShape::vectors}; }

/// Lanes that the last vector of a panel has.
inline int last_lanes(const Split& panels, std::int64_t p, std::int64_t columns) {
  const std::int64_t left = columns - (panels.begin(p) + panels.size(p) - 1) * kLanes;
  return static_cast<int>(left < kLanes ? left : kLanes);
}

/// Where a panel begins among packed ones.
inline std::int64_t packed_panel(const Split& panels, std::int64_t p, std::int64_t depth) {
  return panels.begin(p) * kLanes * depth;
}

/// `depth` rows of B in panels but for those before `first`. Goes along the rows, which may lie far apart.
inline void pack_panels(const float* b, std::int64_t ldb, std::int64_t depth, std::int64_t columns,
                        const Split& panels, std::int64_t first, float* packed) {
  for (std::int64_t k = 0; k < depth; ++k, b += ldb)
    for (std::int64_t p = first; p < panels.pieces; ++p) {
      const std::int64_t vectors = panels.size(p);
      const float* from = b + panels.begin(p) * kLanes;
      float* to = packed + packed_panel(panels, p, depth) + k * vectors * kLanes;
      for (std::int64_t v = vectors; v > 1; --v, from += kLanes, to += kLanes) store(to, load(from));
      store(to, load_first(from, last_lanes(panels, p, columns)));
    }
}

/// The same of a matrix that lies transposed.
inline void pack_panels_transposed(const float* b, std::int64_t ldb, std::int64_t depth, std::int64_t columns,
                                   const Split& panels, float* packed) {
  for (std::int64_t p = 0; p < panels.pieces; ++p) {
    const std::int64_t column = panels.begin(p) * kLanes, width = panels.size(p) * kLanes;
    const std::int64_t count = columns - column < width ? columns - column : width;
    pack_transposed(b + column * ldb, ldb, depth, count, width, packed + packed_panel(panels, p, depth),
                    width);
  }
}

inline constexpr std::int64_t kTileGap = 16;  // floats: packed tiles would else share cache sets

/// From a packed tile of so many rows to the next.
LIVEGRAD_INLINE std::int64_t packed_size(std::int64_t rows, std::int64_t depth) {
  return rows * depth + kTileGap;
}

/// Where tile i begins among packed ones.
inline std::int64_t packed_tile(const Split& tiles, std::int64_t i, std::int64_t depth) {
  return tiles.begin(i) * depth + i * kTileGap;
}

/// `depth` columns of `count` rows, side by side for each column. Writes up to three floats more, into the tile's gap.
inline void pack_tile(const float* rows, std::int64_t lda, std::int64_t depth, std::int64_t count,
                      float* packed) {
  if (count == 1) return copy(rows, depth, packed);
  if (count == 2) return interleave(rows, rows + lda, depth, packed);
  if (count < 4) {  // the last row again, until what comes next covers it
    const float* last = rows + (count - 1) * lda;
    return transpose_rows({rows, rows + lda, last, last}, depth, packed, count);
  }
  const auto four = [&](std::int64_t r) {
    const float* p = rows + r * lda;
    transpose_rows({p, p + lda, p + 2 * lda, p + 3 * lda}, depth, packed + r, count);
  };
  for (std::int64_t r = 0; r + 4 <= count; r += 4) four(r);
  if (count % 4 != 0) four(count - 4);  // some rows again, with the last ones
}

/// The same of a matrix that lies transposed.
inline void pack_tile_transposed(const float* a, std::int64_t lda, std::int64_t depth, std::int64_t count,
                                 float* packed) {
  if (count == kTileRows) {
    for (; depth > 0; --depth, a += lda, packed += kTileRows)
      __builtin_memcpy(packed, a, sizeof(float) * kTileRows);
    return;
  }
  for (; depth > 0; --depth, a += lda, packed += count)
    for (std::int64_t r = 0; r < count; ++r) packed[r] = a[r];
}

/// `depth` columns of op(A) for Packed, tile by tile.
inline void pack_tiles(const float* a, std::int64_t lda, bool transpose, std::int64_t depth,
                       const Split& tiles, float* packed) {
  for (std::int64_t i = 0; i < tiles.pieces; ++i) {
    float* to = packed + packed_tile(tiles, i, depth);
    if (transpose) {
      pack_tile_transposed(a + tiles.begin(i), lda, depth, tiles.size(i), to);
    } else {
      pack_tile(a + tiles.begin(i) * lda, lda, depth, tiles.size(i), to);
    }
  }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
