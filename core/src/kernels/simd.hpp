#pragma once

// The vectors that the fast kernels are written in: thin helpers over xsimd::batch<float, Arch>, and everything that
// differs between instruction sets. Included once by each isa/*.cpp, which names its namespace in LIVEGRAD_ISA and
// defines Arch there before; nothing here is shared between instruction sets.
//
// Two rules keep the bits the same for every lane count: sums run in one order (a chain per output, or the 16-lane tree
// of Sum16), and nothing is used that xsimd rounds or orders differently by target (reciprocal, rsqrt, max, min, unary minus, reduce).

#include <cstdint>
#include <utility>
#include <xsimd/xsimd.hpp>

#include "abi.hpp"

#define LIVEGRAD_INLINE [[gnu::always_inline]] inline
#define LIVEGRAD_NOINLINE [[gnu::noinline]]

#if defined(__aarch64__)
// 32-bit Arm has neither operation, so xsimd approximates them, on 64-bit Arm too. These are rounded like everybody's.
namespace xsimd::kernel {
template <>
LIVEGRAD_INLINE batch<float, neon64> div(batch<float, neon64> const& a, batch<float, neon64> const& b,
                                         requires_arch<neon>) noexcept {
  return vdivq_f32(a, b);
}
template <>
LIVEGRAD_INLINE batch<float, neon64> sqrt(batch<float, neon64> const& x, requires_arch<neon>) noexcept {
  return vsqrtq_f32(x);
}
}  // namespace xsimd::kernel
#endif

namespace livegrad::kernels::LIVEGRAD_ISA {

using Batch = xsimd::batch<float, Arch>;
using Mask = Batch::batch_bool_type;
using Ints = xsimd::batch<std::int32_t, Arch>;
inline constexpr int kLanes = static_cast<int>(Batch::size);
inline constexpr std::uint32_t kKeepAll = (1u << kLanes) - 1;  // a bit for every lane
inline std::int64_t vectors_of(std::int64_t numbers) { return (numbers + kLanes - 1) / kLanes; }
using Lanes =
    float __attribute__((vector_size(sizeof(float) * kLanes)));  // the same vector to the compiler's shuffles

LIVEGRAD_INLINE Batch load(const float* p) { return Batch::load_unaligned(p); }
LIVEGRAD_INLINE void store(float* p, Batch x) { x.store_unaligned(p); }
LIVEGRAD_INLINE Lanes lanes(Batch x) { return reinterpret_cast<Lanes>(x.data); }
LIVEGRAD_INLINE Batch batch(Lanes x) { return Batch(reinterpret_cast<Batch::register_type>(x)); }

/// The first n lanes, 0 <= n <= kLanes; zeros in the others. Memory beyond them is not touched.
#if defined(__AVX512F__)
LIVEGRAD_INLINE Batch load_first(const float* p, int n) {
  return Batch(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p));
}
LIVEGRAD_INLINE void store_first(float* p, Batch x, int n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), x.data);
}
#else
#if defined(__AVX2__)
alignas(64) inline constexpr std::int32_t kFirstLanes[2 * kLanes] = {-1, -1, -1, -1, -1, -1, -1, -1};
LIVEGRAD_INLINE Batch load_first(const float* p, int n) {
  const auto* const mask = reinterpret_cast<const __m256i*>(kFirstLanes + kLanes - n);
  return Batch(_mm256_maskload_ps(p, _mm256_loadu_si256(mask)));
}
// By halves: a store under a mask takes some processors as long as forty.
LIVEGRAD_NOINLINE inline void store_part(float* p, Batch x, int n) {
  __m128 rest = _mm256_castps256_ps128(x.data);
  if (n & 4) {
    _mm_storeu_ps(p, rest);
    rest = _mm256_extractf128_ps(x.data, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
    rest = _mm_movehl_ps(rest, rest);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, rest);
}
#else
// Fewer lanes than a vector has are rare, and every loop ends in them: calls keep the kernels small.
LIVEGRAD_NOINLINE inline Batch load_part(const float* p, int n) {
  alignas(4 * kLanes) float lanes[kLanes] = {};
  for (int i = 0; i < kLanes - 1; ++i)
    if (i < n) __builtin_memcpy(lanes + i, p + i, sizeof(float));  // the bits may be those of another type
  return Batch::load_aligned(lanes);
}
LIVEGRAD_NOINLINE inline void store_part(float* p, Batch x, int n) {
  alignas(4 * kLanes) float lanes[kLanes];
  x.store_aligned(lanes);
  for (int i = 0; i < kLanes - 1; ++i)
    if (i < n) __builtin_memcpy(p + i, lanes + i, sizeof(float));
}
LIVEGRAD_INLINE Batch load_first(const float* p, int n) { return n == kLanes ? load(p) : load_part(p, n); }
#endif
LIVEGRAD_INLINE void store_first(float* p, Batch x, int n) {
  n == kLanes ? store(p, x) : store_part(p, x, n);
}
#endif

/// a b + c: rounded once in the fused family, twice in the other.
LIVEGRAD_INLINE Batch madd(Batch a, Batch b, Batch c) {
#if defined(__wasm_relaxed_simd__)
  return Batch(reinterpret_cast<v128_t>(__builtin_wasm_relaxed_madd_f32x4(lanes(a), lanes(b), lanes(c))));
#elif defined(LIVEGRAD_ROUND_APART)
  return a * b + c;
#else
  return xsimd::fma(a, b, c);
#endif
}

LIVEGRAD_INLINE Batch select(Mask mask, Batch a, Batch b) { return xsimd::select(mask, a, b); }
/// The larger and the smaller; b when either is NaN.
#if defined(__wasm__)
LIVEGRAD_INLINE Batch larger(Batch a, Batch b) { return Batch(wasm_f32x4_pmax(b.data, a.data)); }
LIVEGRAD_INLINE Batch smaller(Batch a, Batch b) { return Batch(wasm_f32x4_pmin(b.data, a.data)); }
#else
LIVEGRAD_INLINE Batch larger(Batch a, Batch b) { return select(a > b, a, b); }
LIVEGRAD_INLINE Batch smaller(Batch a, Batch b) { return select(a < b, a, b); }
#endif
/// -x, for zeros too: xsimd's own minus gives 0 - 0 = 0 on some targets.
LIVEGRAD_INLINE Batch negate(Batch x) { return x ^ Batch(-0.0f); }
LIVEGRAD_INLINE Batch abs(Batch x) { return xsimd::abs(x); }
LIVEGRAD_INLINE Batch sqrt(Batch x) { return xsimd::sqrt(x); }
LIVEGRAD_INLINE Ints bits(Batch x) { return xsimd::bitwise_cast<std::int32_t>(x); }
LIVEGRAD_INLINE Batch from_bits(Ints x) { return xsimd::bitwise_cast<float>(x); }
LIVEGRAD_INLINE Batch to_float(Ints x) { return xsimd::to_float(x); }
/// 0, 1, 2, … as floats.
LIVEGRAD_INLINE Batch ramp() {
  alignas(4 * kLanes) float values[kLanes];
  for (int i = 0; i < kLanes; ++i) values[i] = static_cast<float>(i);
  return Batch::load_aligned(values);
}

namespace detail {
template <class F, int... I>
LIVEGRAD_INLINE void unroll(F& f, std::integer_sequence<int, I...>) {
  (f(std::integral_constant<int, I>{}), ...);
}
template <int... I>
LIVEGRAD_INLINE Batch every_second(Batch a, Batch b, int, std::integer_sequence<int, I...>) {
  return batch(__builtin_shufflevector(lanes(a), lanes(b), (2 * I)...));
}
template <int... I>
LIVEGRAD_INLINE Batch every_second_odd(Batch a, Batch b, std::integer_sequence<int, I...>) {
  return batch(__builtin_shufflevector(lanes(a), lanes(b), (2 * I + 1)...));
}
/// Four values at p, p + stride, … side by side. On x86 by loads into parts of a register: only one port shuffles, and
/// the transposition that follows needs it.
LIVEGRAD_INLINE Lanes load_blocks(const float* p, std::int64_t stride) {
#if defined(__AVX512F__)
  const __m512 one = _mm512_castps128_ps512(_mm_loadu_ps(p));
  const __m512 two = _mm512_mask_broadcast_f32x4(one, 0x00f0, _mm_loadu_ps(p + stride));
  const __m512 three = _mm512_mask_broadcast_f32x4(two, 0x0f00, _mm_loadu_ps(p + 2 * stride));
  return _mm512_mask_broadcast_f32x4(three, 0xf000, _mm_loadu_ps(p + 3 * stride));
#elif defined(__AVX2__)
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + stride), 1);
#else
  static_assert(kLanes == 4);
  return lanes(load(p));
#endif
}
// Lane i of the result is lane source(i) of a, or of b when source(i) >= kLanes, within blocks of four lanes.
template <int S0, int S1, int S2, int S3, int... I>
LIVEGRAD_INLINE Lanes shuffle4(Lanes a, Lanes b, std::integer_sequence<int, I...>) {
  constexpr int source[4] = {S0, S1, S2, S3};
  return __builtin_shufflevector(a, b, (source[I % 4] % 4 + I / 4 * 4 + source[I % 4] / 4 * kLanes)...);
}
}  // namespace detail

using LaneIndices = std::make_integer_sequence<int, kLanes>;

/// f(0), f(1), … f(n - 1) with constants, so that arrays of vectors stay in registers.
template <int n, class F>
LIVEGRAD_INLINE void unroll(F&& f) {
  detail::unroll(f, std::make_integer_sequence<int, n>{});
}

/// Lanes 0, 2, 4, … and 1, 3, 5, … of a followed by b.
LIVEGRAD_INLINE Batch evens(Batch a, Batch b) { return detail::every_second(a, b, 0, LaneIndices{}); }
LIVEGRAD_INLINE Batch odds(Batch a, Batch b) { return detail::every_second_odd(a, b, LaneIndices{}); }

/// Transposes kLanes rows (row_stride apart) of four columns: column c becomes out[c].
LIVEGRAD_INLINE void transpose_columns(const float* p, std::int64_t row_stride, Batch (&out)[4]) {
  // rows[q] holds rows q, 4 + q, 8 + q, … side by side; four-lane blocks are then transposed in place.
  Lanes rows[4];
  for (int q = 0; q < 4; ++q) rows[q] = detail::load_blocks(p + q * row_stride, 4 * row_stride);
  const auto low = [](Lanes a, Lanes b) { return detail::shuffle4<0, 4, 1, 5>(a, b, LaneIndices{}); };
  const auto high = [](Lanes a, Lanes b) { return detail::shuffle4<2, 6, 3, 7>(a, b, LaneIndices{}); };
  const Lanes t0 = low(rows[0], rows[1]), t1 = low(rows[2], rows[3]);
  const Lanes t2 = high(rows[0], rows[1]), t3 = high(rows[2], rows[3]);
  out[0] = batch(detail::shuffle4<0, 1, 4, 5>(t0, t1, LaneIndices{}));
  out[1] = batch(detail::shuffle4<2, 3, 6, 7>(t0, t1, LaneIndices{}));
  out[2] = batch(detail::shuffle4<0, 1, 4, 5>(t2, t3, LaneIndices{}));
  out[3] = batch(detail::shuffle4<2, 3, 6, 7>(t2, t3, LaneIndices{}));
}

/// Four rows.
struct FourRows {
  const float *a, *b, *c, *d;
};

/// Transposes the first n columns of four rows: a column becomes four values at out, the next one's lie out_stride further.
/// They are written in order, so that each may cover what the one before wrote too much.
LIVEGRAD_NOINLINE inline void transpose_rows(FourRows rows, std::int64_t n, float* out,
                                             std::int64_t out_stride) {
  using Four = float __attribute__((vector_size(16), aligned(4)));
  const auto put = [&](std::int64_t i, Four value) {
    *reinterpret_cast<Four*>(out + i * out_stride) = value;
  };
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const auto four = [i](const float* row) { return *reinterpret_cast<const Four*>(row + i); };
    const Four a = four(rows.a), b = four(rows.b), c = four(rows.c), d = four(rows.d);
    const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const Four ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7),
               cd2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    put(i, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
    put(i + 1, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
    put(i + 2, __builtin_shufflevector(ab2, cd2, 0, 1, 4, 5));
    put(i + 3, __builtin_shufflevector(ab2, cd2, 2, 3, 6, 7));
  }
  for (; i < n; ++i) put(i, Four{rows.a[i], rows.b[i], rows.c[i], rows.d[i]});
}

/// The first n numbers of two rows, in turns.
inline void interleave(const float* a, const float* b, std::int64_t n, float* out) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes, out += 2 * kLanes) {
    const Batch x = load(a + i), y = load(b + i);
    store(out, xsimd::zip_lo(x, y));
    store(out + kLanes, xsimd::zip_hi(x, y));
  }
  for (; i < n; ++i, out += 2) out[0] = a[i], out[1] = b[i];
}

/// n numbers from one place to another.
inline void copy(const float* from, std::int64_t n, float* to) {
  __builtin_memcpy(to, from, static_cast<std::size_t>(n) * sizeof(float));
}

/// Writes the lanes whose bit is set in `keep` side by side; and the inverse, zeros in the other lanes.
#if defined(__AVX512F__)
LIVEGRAD_INLINE __mmask16 first_kept(std::uint32_t keep) {
  return static_cast<__mmask16>((1u << __builtin_popcount(keep)) - 1);
}
LIVEGRAD_INLINE void store_kept(float* p, Batch x, std::uint32_t keep) {
  _mm512_mask_storeu_ps(p, first_kept(keep), _mm512_maskz_compress_ps(static_cast<__mmask16>(keep), x.data));
}
LIVEGRAD_INLINE Batch load_kept(const float* p, std::uint32_t keep) {
  return Batch(
      _mm512_maskz_expand_ps(static_cast<__mmask16>(keep), _mm512_maskz_loadu_ps(first_kept(keep), p)));
}
#else
#if defined(__AVX2__)
struct KeptLanes {
  std::uint8_t lanes[1 << kLanes][kLanes];
};
/// For each mask, the lanes whose bits are set.
inline constexpr KeptLanes kKeptLanes = [] {
  KeptLanes all{};
  for (int keep = 0; keep < 1 << kLanes; ++keep)
    for (int lane = 0, n = 0; lane < kLanes; ++lane)
      if (keep >> lane & 1) all.lanes[keep][n++] = static_cast<std::uint8_t>(lane);
  return all;
}();
LIVEGRAD_NOINLINE inline void store_kept(float* p, Batch x, std::uint32_t keep) {
  const auto* const kept = reinterpret_cast<const __m128i*>(kKeptLanes.lanes[keep]);
  const Batch side_by_side = _mm256_permutevar8x32_ps(x.data, _mm256_cvtepu8_epi32(_mm_loadl_epi64(kept)));
  store_first(p, side_by_side, __builtin_popcount(keep));
}
#else
LIVEGRAD_NOINLINE inline void store_kept(float* p, Batch x, std::uint32_t keep) {
  alignas(4 * kLanes) float lanes[kLanes];
  x.store_aligned(lanes);
  for (int i = 0; i < kLanes; ++i)
    if (keep >> i & 1) *p++ = lanes[i];
}
#endif
LIVEGRAD_NOINLINE inline Batch load_kept(const float* p, std::uint32_t keep) {
  if (keep == kKeepAll) return load(p);
  alignas(4 * kLanes) float lanes[kLanes] = {};
  for (int i = 0; i < kLanes; ++i)
    if (keep >> i & 1) lanes[i] = *p++;
  return Batch::load_aligned(lanes);
}
#endif

/// How many lanes of a vector hold data. Loops are written once, for both.
struct Full {
  LIVEGRAD_INLINE Batch load(const float* p) const { return LIVEGRAD_ISA::load(p); }
  LIVEGRAD_INLINE void store(float* p, Batch x) const { LIVEGRAD_ISA::store(p, x); }
  LIVEGRAD_INLINE Batch keep(Batch x, Batch = Batch(0.0f)) const { return x; }
};
struct Part {
  int n;
  LIVEGRAD_INLINE Batch load(const float* p) const { return load_first(p, n); }
  LIVEGRAD_INLINE void store(float* p, Batch x) const { store_first(p, x, n); }
  /// `other` in the lanes that hold no data.
  LIVEGRAD_INLINE Batch keep(Batch x, Batch other = Batch(0.0f)) const {
    return select(ramp() < Batch(static_cast<float>(n)), x, other);
  }
};

/// f(i, Full or Part) over [begin, end), a vector at a time.
template <class F>
LIVEGRAD_INLINE void each(std::int64_t begin, std::int64_t end, F&& f) {
  std::int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) f(i, Full{});
  if (i < end) f(i, Part{static_cast<int>(end - i)});
}

/// each() for long bodies. WebAssembly, which a page fetches, has them once.
template <class F>
LIVEGRAD_INLINE void each_long(std::int64_t begin, std::int64_t end, F&& f) {
#if defined(__wasm__)
  for (std::int64_t i = begin; i < end; i += kLanes)
    f(i, Part{end - i < kLanes ? static_cast<int>(end - i) : kLanes});
#else
  each(begin, end, f);
#endif
}

/// f(i, Full or Part) until [0, end) is covered, for long bodies that may meet an element twice: where lanes would be idle, the
/// last vector begins earlier instead.
template <class F>
LIVEGRAD_INLINE void each_covering(std::int64_t end, F&& f) {
  if (end < kLanes) return each_long(0, end, f);
  for (std::int64_t i = 0; i < end; i += kLanes) {
    const std::int64_t first = i + kLanes <= end ? i : end - kLanes;
    each_long(first, first + kLanes, f);
  }
}

/// A sum in the order of sixteen virtual lanes: element i of a range goes to lane i mod 16, then halves are added to
/// halves. The same bits for every kLanes. Several ranges may be added, each from lane 0.
class Sum16 {
 public:
  /// Adds f(i, Full or Part) for i in [0, n).
  template <class F>
  LIVEGRAD_INLINE void add(std::int64_t n, F&& f) {
    Batch sums[kBatches];  // a copy, which stays in registers where there is one
    for (int b = 0; b < kBatches; ++b) sums[b] = lanes_[b];
    each(0, n, [&](std::int64_t i, auto part) {
      Batch& sum = sums[i / kLanes % kBatches];
      sum = sum + part.keep(f(i, part));
    });
    for (int b = 0; b < kBatches; ++b) lanes_[b] = sums[b];
  }

  float total() const {
    alignas(64) float sums[16];
    unroll<kBatches>([&](auto b) { store(sums + b * kLanes, lanes_[b]); });
    for (int half = 8; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) sums[i] += sums[i + half];
    return sums[0];
  }

 private:
  static constexpr int kBatches = 16 / kLanes;
  Batch lanes_[kBatches] = {};
};

template <class F>
LIVEGRAD_INLINE float sum16(std::int64_t n, F&& f) {
  Sum16 sum;
  sum.add(n, f);
  return sum.total();
}

/// The largest element of a row; -infinity when there is none. NaN is passed over.
LIVEGRAD_INLINE float largest(const float* x, std::int64_t n) {
  const Batch lowest(-__builtin_huge_valf());
  Batch top = lowest;
  each(0, n, [&](std::int64_t i, auto part) { top = larger(part.keep(part.load(x + i), lowest), top); });
  alignas(4 * kLanes) float values[kLanes];
  top.store_aligned(values);
  float result = values[0];
  for (const float value : values) result = value > result ? value : result;
  return result;
}

/// body(chunk, thread) for every chunk in [0, chunks), shared between the threads.
template <class F>
void parallel(KernelContext& context, std::int64_t chunks, F&& body) {
  using Body = std::remove_reference_t<F>;
  context.parallel(
      context.pool, static_cast<int>(chunks),
      [](void* argument, int chunk, int thread) { (*static_cast<Body*>(argument))(chunk, thread); }, &body);
}

/// The scratch memory of a thread.
inline float* scratch_of(KernelContext& context, int thread) {
  return reinterpret_cast<float*>(context.scratch + thread * kScratchBytes);
}

/// f(begin, end) for parts of [0, size) of at most `step`, shared between the threads.
template <class F>
void ranges_parallel(KernelContext& context, std::int64_t size, std::int64_t step, F&& f) {
  parallel(context, (size + step - 1) / step, [&](int chunk, int) {
    const std::int64_t begin = chunk * step;
    f(begin, begin + step < size ? begin + step : size);
  });
}

inline constexpr std::int64_t kElementsAtOnce = 16384;

/// each(), with the range shared between the threads.
template <class F>
void each_parallel(KernelContext& context, std::int64_t size, F&& f) {
  ranges_parallel(context, size, kElementsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    auto body = f;  // in registers: stores could change what is behind a reference
    each(begin, end, body);
  });
}

/// f(i, Full or Part) over the columns of a matrix, a vector at a time, shared between the threads.
template <class F>
void columns_parallel(KernelContext& context, std::int64_t columns, std::int64_t rows, F&& f) {
  const std::int64_t vectors = vectors_of(columns), work = rows * kLanes;
  const std::int64_t chunk_vectors = work >= 16384 ? 1 : 16384 / (work > 0 ? work : 1);
  parallel(context, (vectors + chunk_vectors - 1) / chunk_vectors, [&](int chunk, int) {
    const std::int64_t begin = chunk * chunk_vectors * kLanes, end = begin + chunk_vectors * kLanes;
    each(begin, end < columns ? end : columns, f);
  });
}

/// How many rows of so many columns are a share of work.
inline std::int64_t rows_at_once(std::int64_t columns) {
  return columns >= 4096 ? 1 : 4096 / (columns > 0 ? columns : 1);
}

/// f(r) for every row, shared between the threads; `columns` says how much work a row is.
template <class F>
void rows_parallel(KernelContext& context, std::int64_t rows, std::int64_t columns, F&& f) {
  ranges_parallel(context, rows, rows_at_once(columns), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) f(r);
  });
}

/// out = beta out + value, where beta 0 does not read out.
template <class P>
LIVEGRAD_INLINE void accumulate(P part, float* out, bool add, Batch value) {
  part.store(out, add ? part.load(out) + value : value);
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
