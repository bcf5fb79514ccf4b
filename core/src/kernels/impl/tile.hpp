#pragma once

// The register tile under gemm and conv2d: R rows by V vectors of C stay in registers while k runs; each step of k
// broadcasts R values of A against V vectors of B. The largest tiles are chosen per instruction set so that
// accumulators, the vectors of B and a broadcast just fit its registers (TileShape in isa/*.cpp; `widest` is for convolutions
// that choose between it and `vectors`).
// Every element of C is one chain of multiply-adds in the order of k, so no choice of tile changes a bit.

#include "../simd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

// A tile of the most vectors.
inline constexpr int kTileRows = TileShape::rows(TileShape::vectors);
inline constexpr int kPanelColumns = TileShape::vectors * kLanes;

struct Range {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
};

/// `count` things in pieces of at most `most`, as even as possible.
struct Split {
  std::int64_t pieces, base, longer;  // the first `longer` pieces have base + 1 things
  Split(std::int64_t count, std::int64_t most)
      : pieces((count + most - 1) / most),
        base(count / (pieces ? pieces : 1)),
        longer(count - base * pieces) {}
  std::int64_t begin(std::int64_t piece) const { return piece * base + (piece < longer ? piece : longer); }
  std::int64_t size(std::int64_t piece) const { return base + (piece < longer); }
  /// How many pieces from this one on are as large as it.
  std::int64_t alike(std::int64_t piece) const { return (piece < longer ? longer : pieces) - piece; }
};

/// A range in pieces of at most `most`, as even as whole units allow; only the last piece may end with a part of one.
class UnitSplit {
 public:
  UnitSplit(Range range, std::int64_t unit, std::int64_t most)
      : range_(range), unit_(unit), units_((range.size() + unit - 1) / unit, most / unit) {}
  std::int64_t pieces() const { return units_.pieces; }
  Range operator[](std::int64_t piece) const {
    const std::int64_t begin = range_.begin + units_.begin(piece) * unit_;
    const std::int64_t end = begin + units_.size(piece) * unit_;
    return {begin, end < range_.end ? end : range_.end};
  }

 private:
  Range range_;
  std::int64_t unit_;
  Split units_;
};

/// A range in steps of at most `step`: for (const Range part : steps(range, step)).
struct steps {
  Range range;
  std::int64_t step;
  struct Iterator {
    Range rest;
    std::int64_t step;
    Range operator*() const {
      return {rest.begin, rest.end - rest.begin < step ? rest.end : rest.begin + step};
    }
    void operator++() { rest.begin = (**this).end; }
    bool operator!=(const Iterator& end) const { return rest.begin != end.rest.begin; }
  };
  Iterator begin() const { return {range, step}; }
  Iterator end() const { return {{range.end, range.end}, step}; }
};

// How a tile walks along an operand: at(i) is the address of row i of A, vectors() that of the vectors of B, side by side,
// for this k; next() goes on to the next k. Walks hold pointers, because an index costs WebAssembly a 64-bit product and
// shifts in every round.
template <int N>
class RowMajor {  // consecutive k
 public:
  LIVEGRAD_INLINE RowMajor(const float* p, std::int64_t stride) : stride_(stride) {
    unroll<kBases>([&](auto i) { bases_[i] = p + 3 * i * stride; });
  }
  LIVEGRAD_INLINE const float* at(int i) const { return bases_[i / 3] + i % 3 * stride_; }
  LIVEGRAD_INLINE void next() {
    unroll<kBases>([&](auto i) { ++bases_[i]; });
  }

 private:
  static constexpr int kBases =
      (N + 2) / 3;  // of each third row: one for each would not fit the general registers
  const float* bases_[kBases];
  std::int64_t stride_;
};
struct ColumnMajor {  // rows side by side for each k
  const float* p;
  std::int64_t stride;
  LIVEGRAD_INLINE const float* at(int i) const { return p + i; }
  LIVEGRAD_INLINE void next() { p += stride; }
};
struct Panel {  // a row of vectors for each k
  const float* p;
  std::int64_t stride;
  LIVEGRAD_INLINE const float* vectors() const { return p; }
  LIVEGRAD_INLINE void next() { p += stride; }
  LIVEGRAD_INLINE void skip(std::int64_t k) { p += k * stride; }
};

/// acc[r][v] += a(r) b(v), for one k. The shorter side is held in registers while the other streams by: compilers for
/// WebAssembly leave loads where they are written.
template <int R, int V, class A, class B>
LIVEGRAD_INLINE void rank_one_update(const A& a, const B& b, Batch (&acc)[R][V]) {
  const float* vectors = b.vectors();
  if constexpr (R < V) {
    Batch value[R];
    unroll<R>([&](auto r) { value[r] = Batch(*a.at(r)); });
    unroll<V>([&](auto v) {
      const Batch vector = load(vectors + v * kLanes);
      unroll<R>([&](auto r) { acc[r][v] = madd(value[r], vector, acc[r][v]); });
    });
  } else {
    Batch vector[V];
    unroll<V>([&](auto v) { vector[v] = load(vectors + v * kLanes); });
    unroll<R>([&](auto r) {
      const Batch value(*a.at(r));
      unroll<V>([&](auto v) { acc[r][v] = madd(value, vector[v], acc[r][v]); });
    });
  }
}

/// acc[r][v] += a(r, k) b(v, k) for k in [0, depth).
template <int R, int V, class A, class B>
LIVEGRAD_INLINE void multiply(std::int64_t depth, A a, B b, Batch (&acc)[R][V]) {
  for (; depth > 0; --depth) {
    rank_one_update(a, b, acc);
    a.next();
    b.next();
  }
}

/// Which k are multiplied: the first `skipped` are left out, then come `count` runs of `length`, with `gap` left out between them.
struct Runs {
  std::int64_t skipped, count, length, gap;
};

template <int R, int V, class A, class B>
LIVEGRAD_INLINE void multiply(const Runs& runs, A a, B b, Batch (&acc)[R][V]) {
  a.skip(runs.skipped);
  b.skip(runs.skipped);
  for (std::int64_t i = runs.count; i > 0; --i) {
    for (std::int64_t k = runs.length; k > 0; --k) {
      rank_one_update(a, b, acc);
      a.next();
      b.next();
    }
    a.skip(runs.gap);
    b.skip(runs.gap);
  }
}

/// One function for every tile that an instruction set uses: F<R, V>::run, R in [1, TileShape::rows(V)], V in [1, TileShape::vectors].
template <template <int, int> class F, class... Args>
class Dispatch {
 public:
  static void run(std::int64_t rows, std::int64_t vectors, Args... args) {
    kTable[vectors - 1][rows - 1](args...);
  }

 private:
  using Function = void (*)(Args...);
  struct Table {
    Function functions[TileShape::vectors][TileShape::most_rows];
    constexpr const Function* operator[](std::int64_t v) const { return functions[v]; }
  };
  template <int V, int... R>
  static constexpr void fill(Table& table, std::integer_sequence<int, R...>) {
    ((table.functions[V - 1][R] = F<R + 1, V>::run), ...);
  }
  template <int... V>
  static constexpr Table make(std::integer_sequence<int, V...>) {
    Table table{};
    (fill<V + 1>(table, std::make_integer_sequence<int, TileShape::rows(V + 1)>{}), ...);
    return table;
  }
  static constexpr Table kTable = make(std::make_integer_sequence<int, TileShape::vectors>{});
};

/// The same by one number: F<n>::run, n in [First, Most].
template <template <int> class F, int First, int Most, class... Args>
class Choice {
 public:
  static constexpr int kMost = Most;
  static void run(std::int64_t n, Args... args) { kTable.functions[n - First](args...); }

 private:
  struct Table {
    void (*functions[Most - First + 1])(Args...);
  };
  template <int... N>
  static constexpr Table make(std::integer_sequence<int, N...>) {
    return {{F<First + N>::run...}};
  }
  static constexpr Table kTable = make(std::make_integer_sequence<int, Most - First + 1>{});
};

}  // namespace livegrad::kernels::LIVEGRAD_ISA
