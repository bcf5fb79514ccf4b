#pragma once

// C = start + op(A) op(B) by register tiles. k is cut into blocks that continue the chain from C. op(B) is packed into
// panels as wide as a tile (zeros in the last lanes), so that edges run at full speed, except where its rows can be read
// as they stand and are used too few times to pay for packing. op(A) is packed tile by tile, so that a tile walks along one
// stream instead of one per row, except where its rows lie in memory as they are and are used too few times.

#include "tile.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// What a tile of C starts from, and where it goes.
struct GemmTile {
  std::int64_t depth;
  const float* a;
  std::int64_t a_stride;  // unless a is packed
  Panel b;
  float* c;
  std::int64_t ldc;
  bool add;           // start from C
  const float* bias;  // else from these, or 0 where null
  int last;           // lanes of the last vector that C has
};

template <int R, int V, class A>
inline void gemm_tile(const GemmTile& t, A a) {
  Batch acc[R][V];
  const auto is_last = [](auto v) { return v == V - 1; };
  if (t.add) {
    unroll<R>([&](auto r) {
      unroll<V>([&](auto v) {
        const float* c = t.c + r * t.ldc + v * kLanes;
        acc[r][v] = is_last(v) ? load_first(c, t.last) : load(c);
      });
    });
  } else {
    unroll<V>([&](auto v) {
      Batch start(0.0f);
      if (t.bias) start = is_last(v) ? load_first(t.bias + v * kLanes, t.last) : load(t.bias + v * kLanes);
      unroll<R>([&](auto r) { acc[r][v] = start; });
    });
  }
  multiply(t.depth, a, t.b, acc);
  unroll<R>([&](auto r) {
    unroll<V>([&](auto v) {
      float* c = t.c + r * t.ldc + v * kLanes;
      if (is_last(v)) {
        store_first(c, acc[r][v], t.last);
      } else {
        store(c, acc[r][v]);
      }
    });
  });
}
template <int R, int V>
struct GemmRowMajor {
  static void run(const GemmTile& t) { gemm_tile<R, V>(t, RowMajor<R>(t.a, t.a_stride)); }
};
template <int R, int V>
struct GemmPacked {
  static void run(const GemmTile& t) { gemm_tile<R, V>(t, Packed<R>{t.a}); }
};

/// Columns [0, width) of op(B), `depth` of its rows, into a panel `stride` wide.
inline void pack_panel(const float* b, std::int64_t ldb, bool transpose, std::int64_t depth,
                       std::int64_t width, std::int64_t stride, float* panel) {
  for (std::int64_t j = 0; j < stride; j += kLanes) {
    const std::int64_t columns = width - j < kLanes ? width - j : kLanes;
    float* out = panel + j;
    if (!transpose) {
      const float* row = b + j;
      if (columns == kLanes) {
        for (std::int64_t k = depth; k > 0; --k, row += ldb, out += stride) store(out, load(row));
      } else {
        for (std::int64_t k = depth; k > 0; --k, row += ldb, out += stride)
          store(out, load_first(row, static_cast<int>(columns)));
      }
      continue;
    }
    std::int64_t k = 0;
    if (columns == kLanes) {
      for (; k + 4 <= depth; k += 4) {
        Batch four[4];
        transpose_columns(b + j * ldb + k, ldb, four);
        for (int i = 0; i < 4; ++i) store(out + (k + i) * stride, four[i]);
      }
    }
    for (; k < depth; ++k)
      for (int i = 0; i < kLanes; ++i) out[k * stride + i] = i < columns ? b[(j + i) * ldb + k] : 0.0f;
  }
}

inline constexpr std::int64_t kTileGap = 16;  // floats: packed tiles would else share cache sets

/// Where tile i begins among packed ones.
inline std::int64_t packed_tile(const Split& tiles, std::int64_t i, std::int64_t depth) {
  return tiles.begin(i) * depth + i * kTileGap;
}

/// `depth` columns of `count` rows, side by side for each column.
inline void pack_tile(const float* rows, std::int64_t lda, std::int64_t depth, std::int64_t count,
                      float* packed) {
  std::int64_t r = 0;
  for (; r + 4 <= count; r += 4) transpose_rows(rows + r * lda, lda, depth, packed + r, count);
  if (r < count && count >= 4) {  // some rows again, with the last ones
    transpose_rows(rows + (count - 4) * lda, lda, depth, packed + count - 4, count);
    r = count;
  }
  for (; r < count; ++r)
    for (std::int64_t k = 0; k < depth; ++k) packed[k * count + r] = rows[r * lda + k];
}

/// The same of a matrix that lies transposed.
inline void pack_tile_transposed(const float* a, std::int64_t lda, std::int64_t depth, std::int64_t count,
                                 float* packed) {
  constexpr int kFull = TileShape::rows(TileShape::vectors);
  if (count == kFull) {
    for (; depth > 0; --depth, a += lda, packed += kFull) __builtin_memcpy(packed, a, sizeof(float) * kFull);
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

/// Rows [row_begin, row_end) and columns [column_begin, column_end) of C, on one thread.
class GemmBlock {
 public:
  GemmBlock(const GemmArgs& o, std::int64_t row_begin, std::int64_t row_end, std::int64_t column_begin,
            std::int64_t column_end, float* scratch)
      : o_(o),
        row_begin_(row_begin),
        row_end_(row_end),
        column_begin_(column_begin),
        column_end_(column_end),
        packed_b_(scratch),
        packed_a_(scratch + kPackedB) {}

  void run() {
    const Split depths(o_.k, kDepth), columns(column_end_ - column_begin_, kColumns),
        rows(row_end_ - row_begin_, kRows);
    for (std::int64_t d = 0; d < depths.pieces; ++d) {
      k_ = depths.begin(d);
      depth_ = depths.size(d);
      for (std::int64_t c = 0; c < columns.pieces; ++c) {
        const Block block{column_begin_ + columns.begin(c), columns.size(c)};
        for (std::int64_t r = 0; r < rows.pieces; ++r)
          multiply_block({row_begin_ + rows.begin(r), rows.size(r)}, block, r == 0);
      }
    }
  }

 private:
  static constexpr std::int64_t kDepth = 256, kRows = 256, kColumns = 672;
  static constexpr std::int64_t kPackedB = kDepth * kColumns;            // floats
  static constexpr std::int64_t kPackedA = (kDepth + kTileGap) * kRows;  // floats
  static_assert((kPackedA + kPackedB) * 4 <= kScratchBytes && kColumns % (TileShape::vectors * kLanes) == 0);
  static constexpr std::int64_t kFewRowTiles = 4, kManyPanels = 8;

  struct Block {
    std::int64_t first, count;
  };

  void multiply_block(Block rows, Block columns, bool pack) {
    const Split panels((columns.count + kLanes - 1) / kLanes, TileShape::vectors);
    const float* a = o_.transpose_a ? o_.a + k_ * o_.lda + rows.first : o_.a + rows.first * o_.lda + k_;
    const Split widest(rows.count, TileShape::rows(static_cast<int>(panels.size(0))));
    const bool packed = o_.transpose_a || panels.pieces >= kManyPanels;
    if (packed) pack_tiles(a, o_.lda, o_.transpose_a, depth_, widest, packed_a_);
    for (std::int64_t p = 0; p < panels.pieces; ++p) {
      const std::int64_t vectors = panels.size(p), column = columns.first + panels.begin(p) * kLanes;
      const std::int64_t left = columns.first + columns.count - column;
      const std::int64_t width = left < vectors * kLanes ? left : vectors * kLanes;
      const Split tiles = packed ? widest : Split(rows.count, TileShape::rows(static_cast<int>(vectors)));
      const float* b = o_.transpose_b ? o_.b + column * o_.ldb + k_ : o_.b + k_ * o_.ldb + column;
      Panel panel{b, o_.ldb};
      if (o_.transpose_b || width < vectors * kLanes ||
          row_end_ - row_begin_ > kFewRowTiles * TileShape::rows(1)) {
        float* buffer = packed_b_ + panels.begin(p) * kLanes * depth_;
        panel = {buffer, vectors * kLanes};
        if (pack) pack_panel(b, o_.ldb, o_.transpose_b, depth_, width, panel.stride, buffer);
      }
      for (std::int64_t i = 0; i < tiles.pieces; ++i) {
        const std::int64_t row = tiles.begin(i);
        const GemmTile tile{.depth = depth_,
                            .a = packed ? packed_a_ + packed_tile(widest, i, depth_) : a + row * o_.lda,
                            .a_stride = o_.lda,
                            .b = panel,
                            .c = o_.c + (rows.first + row) * o_.ldc + column,
                            .ldc = o_.ldc,
                            .add = k_ > 0 || o_.beta != 0,
                            .bias = o_.bias ? o_.bias + column : nullptr,
                            .last = static_cast<int>(width - (vectors - 1) * kLanes)};
        if (packed) {
          Dispatch<GemmPacked, const GemmTile&>::run(tiles.size(i), vectors, tile);
        } else {
          Dispatch<GemmRowMajor, const GemmTile&>::run(tiles.size(i), vectors, tile);
        }
      }
    }
  }

  const GemmArgs& o_;
  std::int64_t row_begin_, row_end_, column_begin_, column_end_;
  std::int64_t k_ = 0, depth_ = 0;
  float *packed_b_, *packed_a_;
};

/// Each thread computes its share of the rows, or of the columns when those are more.
inline void gemm(KernelContext& context, const GemmArgs& o) noexcept {
  constexpr std::int64_t kSmall = 1 << 15;  // multiply-adds that are not worth waking another thread for
  const bool by_rows = o.m >= o.n;
  const std::int64_t unit = by_rows ? TileShape::rows(TileShape::vectors) : TileShape::vectors * kLanes;
  const std::int64_t units = ((by_rows ? o.m : o.n) + unit - 1) / unit;
  std::int64_t shares = context.threads < units ? context.threads : units;
  if (o.m * o.n * o.k <= kSmall) shares = 1;
  const Split split(units, (units + shares - 1) / shares);
  parallel(context, split.pieces, [&](int share, int thread) {
    const std::int64_t begin = split.begin(share) * unit, end = begin + split.size(share) * unit;
    float* scratch = scratch_of(context, thread);
    if (by_rows) {
      GemmBlock(o, begin, end < o.m ? end : o.m, 0, o.n, scratch).run();
    } else {
      GemmBlock(o, 0, o.m, begin, end < o.n ? end : o.n, scratch).run();
    }
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
