#pragma once

// C = start + op(A) op(B) by register tiles. k is cut into blocks that continue the chain from C. op(B) is packed into
// panels as wide as a tile (zeros in the last lanes), so that edges run at full speed, except where its rows can be read
// as they stand and are used too few times to pay for packing. op(A) is read where it is, or packed when it is large,
// so that a tile's rows do not fall into the same cache sets.

#include "tile.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// What a tile of C starts from, and where it goes.
struct GemmTile {
  std::int64_t depth;
  const float* a;
  std::int64_t a_stride;
  Panel b;
  float* c;
  std::int64_t ldc;
  bool add;           // start from C
  const float* bias;  // else from these, or 0 where null
  int last;           // lanes of the last vector that C has
};

template <class A, int R, int V>
inline void gemm_tile(const GemmTile& t) {
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
  multiply(t.depth, A{t.a, t.a_stride}, t.b, acc);
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
  static void run(const GemmTile& t) { gemm_tile<RowMajor, R, V>(t); }
};
template <int R, int V>
struct GemmColumnMajor {
  static void run(const GemmTile& t) { gemm_tile<ColumnMajor, R, V>(t); }
};

/// Columns [0, width) of op(B), `depth` of its rows, into a panel `stride` wide.
inline void pack_panel(const float* b, std::int64_t ldb, bool transpose, std::int64_t depth,
                       std::int64_t width, std::int64_t stride, float* panel) {
  for (std::int64_t j = 0; j < stride; j += kLanes) {
    const std::int64_t columns = width - j < kLanes ? width - j : kLanes;
    float* out = panel + j;
    if (!transpose) {
      for (std::int64_t k = 0; k < depth; ++k)
        store(out + k * stride, load_first(b + k * ldb + j, static_cast<int>(columns)));
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
  static constexpr std::int64_t kDepth = 256, kRows = 120, kColumns = 768;
  static constexpr std::int64_t kPackedB = kDepth * kColumns;                 // floats
  static constexpr std::int64_t kPackedA = (kDepth + kLanes) * (kRows + 16);  // floats
  static_assert((kPackedA + kPackedB) * 4 <= kScratchBytes && kColumns % (TileShape::vectors * kLanes) == 0);
  static constexpr std::int64_t kFewRowTiles = 4, kManyPanels = 8;

  struct Block {
    std::int64_t first, count;
  };

  void multiply_block(Block rows, Block columns, bool pack) {
    const Split panels((columns.count + kLanes - 1) / kLanes, TileShape::vectors);
    const float* a = o_.transpose_a ? o_.a + k_ * o_.lda + rows.first : o_.a + rows.first * o_.lda + k_;
    std::int64_t a_stride = o_.lda;
    if (panels.pieces >= kManyPanels) {
      a_stride = (o_.transpose_a ? rows.count : depth_) + 16;
      copy_rows(a, o_.transpose_a ? depth_ : rows.count, o_.transpose_a ? rows.count : depth_, a_stride);
      a = packed_a_;
    }
    for (std::int64_t p = 0; p < panels.pieces; ++p) {
      const std::int64_t vectors = panels.size(p), column = columns.first + panels.begin(p) * kLanes;
      const std::int64_t left = columns.first + columns.count - column;
      const std::int64_t width = left < vectors * kLanes ? left : vectors * kLanes;
      const Split tiles(rows.count, TileShape::rows(static_cast<int>(vectors)));
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
                            .a = a + row * (o_.transpose_a ? 1 : a_stride),
                            .a_stride = a_stride,
                            .b = panel,
                            .c = o_.c + (rows.first + row) * o_.ldc + column,
                            .ldc = o_.ldc,
                            .add = k_ > 0 || o_.beta != 0,
                            .bias = o_.bias ? o_.bias + column : nullptr,
                            .last = static_cast<int>(width - (vectors - 1) * kLanes)};
        if (o_.transpose_a) {
          Dispatch<GemmColumnMajor, const GemmTile&>::run(tiles.size(i), vectors, tile);
        } else {
          Dispatch<GemmRowMajor, const GemmTile&>::run(tiles.size(i), vectors, tile);
        }
      }
    }
  }

  void copy_rows(const float* a, std::int64_t rows, std::int64_t columns, std::int64_t stride) {
    for (std::int64_t r = 0; r < rows; ++r)
      each(0, columns, [&](std::int64_t i, auto part) {
        part.store(packed_a_ + r * stride + i, part.load(a + r * o_.lda + i));
      });
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
