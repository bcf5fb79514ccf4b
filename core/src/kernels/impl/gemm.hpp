#pragma once

// C = start + op(A) op(B) by register tiles. k is cut into blocks that continue the chain from C. op(B) is packed into
// panels as wide as a tile (zeros in the last lanes), so that edges run at full speed, except where its rows can be read
// as they stand and are used too few times to pay for packing. op(A) is packed tile by tile where it lies transposed or
// lanes are few.

#include "elementwise.hpp"
#include "pack.hpp"
#include "tile.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// Tiles of C below each other, what they start from, and where they go.
struct GemmTiles {
  std::int64_t count, depth;
  const float* a;
  std::int64_t a_stride;  // from a row of A to the next, or from a column where rows are side by side
  std::int64_t a_tile;    // from a tile of it to the next
  Panel b;
  float* c;
  std::int64_t ldc;
  bool add;           // start from C
  const float* bias;  // else from these, or 0 where null
  int last;           // lanes of the last vector that C has
};

template <int R, int V, class A>
LIVEGRAD_INLINE void gemm_tile(const GemmTiles& t, A a, std::int64_t row) {
  float* const c = t.c + row * t.ldc;
  Batch acc[R][V];
  const auto is_last = [](auto v) { return v == V - 1; };
  if (t.add) {
    unroll<R>([&](auto r) {
      unroll<V>([&](auto v) {
        const float* from = c + r * t.ldc + v * kLanes;
        acc[r][v] = is_last(v) ? load_first(from, t.last) : load(from);
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
      float* to = c + r * t.ldc + v * kLanes;
      if (is_last(v)) {
        store_first(to, acc[r][v], t.last);
      } else {
        store(to, acc[r][v]);
      }
    });
  });
}

// Both take a copy, which stores to C cannot change.
template <int R, int V>
struct GemmColumnMajor {
  static void run(const GemmTiles& tiles) {
    const GemmTiles t = tiles;
    for (std::int64_t i = 0; i < t.count; ++i)
      gemm_tile<R, V>(t, ColumnMajor{t.a + i * t.a_tile, t.a_stride}, i * R);
  }
};
template <int R, int V>
struct GemmRowMajor {
  static void run(const GemmTiles& tiles) {
    const GemmTiles t = tiles;
    for (std::int64_t i = 0; i < t.count; ++i)
      gemm_tile<R, V>(t, RowMajor<R>(t.a + i * t.a_tile, t.a_stride), i * R);
  }
};

/// Few lanes take so long over a panel that packing A always pays, and pages fetch half as many tiles.
inline constexpr bool kPacksA = kLanes <= 4;

/// Tiles of so many rows and vectors; `columns` says whether rows are side by side.
LIVEGRAD_INLINE void multiply_tiles(std::int64_t rows, std::int64_t vectors, bool columns,
                                    const GemmTiles& tiles) {
  if constexpr (!kPacksA) {
    if (!columns) return Dispatch<GemmRowMajor, const GemmTiles&>::run(rows, vectors, tiles);
  }
  Dispatch<GemmColumnMajor, const GemmTiles&>::run(rows, vectors, tiles);
}

inline constexpr int kTurned = 2;          // vectors side by side: each is one chain, and waits for itself
inline constexpr std::int64_t kLine = 16;  // floats that memory gives at once

/// kTurned vectors of C = start + a Bᵀ, from column j on. One row uses B once: it is turned in registers instead of packed.
inline void multiply_turned(const GemmArgs& o, std::int64_t j) {
  const float* b = o.b + j * o.ldb;
  const auto column = [j](int v) { return j + v * kLanes; };
  Batch sum[kTurned];
  unroll<kTurned>([&](auto v) {
    sum[v] = o.beta != 0 ? load(o.c + column(v)) : o.bias ? load(o.bias + column(v)) : Batch(0.0f);
  });
  std::int64_t k = 0;
  for (; k + 4 <= o.k; k += 4) {
    if (k % kLine == 0)  // so many rows are more than processors fetch ahead by themselves
      for (int i = 0; i < kTurned * kLanes; ++i) __builtin_prefetch(b + i * o.ldb + k + kLine);
    unroll<kTurned>([&](auto v) {
      Batch four[4];
      transpose_columns(b + v * kLanes * o.ldb + k, o.ldb, four);
      unroll<4>([&](auto i) { sum[v] = madd(Batch(o.a[k + i]), four[i], sum[v]); });
    });
  }
  for (; k < o.k; ++k)
    unroll<kTurned>([&](auto v) {
      alignas(4 * kLanes) float lanes[kLanes];
      for (int i = 0; i < kLanes; ++i) lanes[i] = b[(v * kLanes + i) * o.ldb + k];
      sum[v] = madd(Batch(o.a[k]), load(lanes), sum[v]);
    });
  unroll<kTurned>([&](auto v) { store(o.c + column(v), sum[v]); });
}

/// Rows and columns of C, on one thread.
class GemmBlock {
 public:
  GemmBlock(const GemmArgs& o, Range rows, Range columns, float* scratch)
      : o_(o), rows_(rows), columns_(columns), packed_b_(scratch), packed_a_(scratch + kPackedB) {}

  void run() {
    const Split depths(o_.k, kDepth);
    const UnitSplit columns(columns_, kPanelColumns, kColumns), rows(rows_, kTileRows, kRows);
    for (std::int64_t d = 0; d < depths.pieces; ++d) {
      k_ = depths.begin(d);
      depth_ = depths.size(d);
      for (std::int64_t c = 0; c < columns.pieces(); ++c)
        for (std::int64_t r = 0; r < rows.pieces(); ++r) multiply_block(rows[r], columns[c], r == 0);
    }
  }

 private:
  static constexpr std::int64_t kDepth = 384, kRows = 192, kColumns = 480;  // 480 = 10 x 48 = 20 x 24
  static constexpr std::int64_t kPackedB = kDepth * kColumns;               // floats
  static constexpr std::int64_t kPackedA = (kDepth + kTileGap) * kRows;     // floats
  static_assert((kPackedA + kPackedB) * 4 <= kScratchBytes && kColumns % kPanelColumns == 0);
  // So few tiles of rows do not pay for packing B; with rows so far apart that each lies in a page of its own, fewer.
  static constexpr std::int64_t kFewRowTiles = 8, kFewFarRowTiles = 1, kFar = 768;

  /// How many of the panels are read where they lie.
  std::int64_t panels_in_place(const Split& panels, std::int64_t columns) const {
    const std::int64_t few = o_.ldb > kFar ? kFewFarRowTiles : kFewRowTiles;
    if (o_.transpose_b || rows_.size() > few * TileShape::rows(1)) return 0;
    return panels.pieces - (columns % kLanes != 0);
  }

  void pack_b(Range columns, const Split& panels, std::int64_t first) {
    if (o_.transpose_b) {
      pack_panels_transposed(o_.b + columns.begin * o_.ldb + k_, o_.ldb, depth_, columns.size(), panels,
                             packed_b_);
    } else {
      pack_panels(o_.b + k_ * o_.ldb + columns.begin, o_.ldb, depth_, columns.size(), panels, first,
                  packed_b_);
    }
  }

  void multiply_block(Range rows, Range columns, bool pack) {
    const Split panels = panels_of(columns.size());
    const Split tiles(rows.size(), TileShape::rows(static_cast<int>(panels.size(0))));
    const float* a = o_.transpose_a ? o_.a + k_ * o_.lda + rows.begin : o_.a + rows.begin * o_.lda + k_;
    const bool packed = o_.transpose_a || kPacksA;
    if (packed) pack_tiles(a, o_.lda, o_.transpose_a, depth_, tiles, packed_a_);
    const std::int64_t in_place = panels_in_place(panels, columns.size());
    if (pack) pack_b(columns, panels, in_place);
    for (std::int64_t p = 0; p < panels.pieces; ++p) {
      const std::int64_t vectors = panels.size(p), column = columns.begin + panels.begin(p) * kLanes;
      const Panel panel = p < in_place ? Panel{o_.b + k_ * o_.ldb + column, o_.ldb}
                                       : Panel{packed_b_ + packed_panel(panels, p, depth_), vectors * kLanes};
      for (std::int64_t i = 0; i < tiles.pieces; i += tiles.alike(i)) {
        const std::int64_t count = tiles.size(i);
        const GemmTiles alike{
            .count = tiles.alike(i),
            .depth = depth_,
            .a = packed ? packed_a_ + packed_tile(tiles, i, depth_) : a + tiles.begin(i) * o_.lda,
            .a_stride = packed ? count : o_.lda,
            .a_tile = packed ? packed_size(count, depth_) : count * o_.lda,
            .b = panel,
            .c = o_.c + (rows.begin + tiles.begin(i)) * o_.ldc + column,
            .ldc = o_.ldc,
            .add = k_ > 0 || o_.beta != 0,
            .bias = o_.bias ? o_.bias + column : nullptr,
            .last = last_lanes(panels, p, columns.size())};
        multiply_tiles(count, vectors, packed, alike);
      }
    }
  }

  const GemmArgs& o_;
  Range rows_, columns_;
  std::int64_t k_ = 0, depth_ = 0;
  float *packed_b_, *packed_a_;
};

/// Each thread computes its share of the rows, or of the columns when those are more.
inline void gemm(KernelContext& context, const GemmArgs& o) noexcept {
  constexpr std::int64_t kSmall = 1 << 15;  // multiply-adds that are not worth waking another thread for
  const bool by_rows = o.m >= o.n;
  const std::int64_t unit = by_rows ? kTileRows : kPanelColumns;
  const std::int64_t units = ((by_rows ? o.m : o.n) + unit - 1) / unit;
  std::int64_t shares = context.threads < units ? context.threads : units;
  if (o.m * o.n * o.k <= kSmall) shares = 1;
  const UnitSplit split({0, by_rows ? o.m : o.n}, unit, (units + shares - 1) / shares * unit);
  parallel(context, split.pieces(), [&](int share, int thread) {
    const Range rows = by_rows ? split[share] : Range{0, o.m};
    const Range columns = by_rows ? Range{0, o.n} : split[share];
    std::int64_t turned = columns.begin;
    if (o.m == 1 && o.transpose_b)
      for (; turned + kTurned * kLanes <= columns.end; turned += kTurned * kLanes) multiply_turned(o, turned);
    if (turned < columns.end) GemmBlock(o, rows, {turned, columns.end}, scratch_of(context, thread)).run();
    for (std::int64_t i = rows.begin; o.epilogue && i < rows.end; ++i)
      finish(o.epilogue, o.c, i * o.ldc + columns.begin, columns.size());
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
