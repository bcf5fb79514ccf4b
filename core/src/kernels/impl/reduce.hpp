#pragma once

#include "../simd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// Over pictures each channel's sum is a 16-lane tree; over plain columns (inner 1) a chain over the rows.
inline void channel_sum(KernelContext& context, const ChannelSumArgs& o) noexcept {
  const bool add = o.beta != 0;
  if (o.inner == 1) {
    constexpr std::int64_t kColumns = 512;
    return parallel(context, (o.channels + kColumns - 1) / kColumns, [&](int chunk, int) {
      const std::int64_t begin = chunk * kColumns,
                         end = begin + kColumns < o.channels ? begin + kColumns : o.channels;
      float sums[kColumns] = {};
      for (std::int64_t n = 0; n < o.n; ++n)
        each(begin, end, [&](std::int64_t c, auto part) {
          part.store(sums + c - begin, part.load(sums + c - begin) + part.load(o.x + n * o.channels + c));
        });
      each(begin, end, [&](std::int64_t c, auto part) {
        accumulate(part, o.sums + c, add, part.load(sums + c - begin));
      });
    });
  }
  rows_parallel(context, o.channels, o.n * o.inner, [&](std::int64_t c) {
    Sum16 sum;
    for (std::int64_t n = 0; n < o.n; ++n) {
      const float* x = o.x + (n * o.channels + c) * o.inner;
      sum.add(o.inner, [&](std::int64_t i, auto part) { return part.load(x + i); });
    }
    o.sums[c] = add ? o.sums[c] + sum.total() : sum.total();
  });
}

/// Squares of floats are exact in double and cannot overflow, so the sum also tells whether all were finite.
inline void norm(KernelContext&, const NormArgs& o) noexcept {
  double lanes[16] = {};
  const std::int64_t whole = o.size / 16 * 16;
  for (std::int64_t i = 0; i < whole; i += 16)
    for (int lane = 0; lane < 16; ++lane) lanes[lane] += double{o.x[i + lane]} * double{o.x[i + lane]};
  for (std::int64_t i = whole; i < o.size; ++i) lanes[i - whole] += double{o.x[i]} * double{o.x[i]};
  for (int half = 8; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  *o.sum_of_squares = lanes[0];
  *o.nonfinite = !(lanes[0] < __builtin_huge_val());
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
