#pragma once

// Elementary functions of whole vectors. The polynomials are minimax fits (Remez) of this project; error bounds are in
// units in the last place, stated for both families and tested. Right at infinities, NaN, zeros and denormal numbers.

#include "../simd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA::math {

inline constexpr float kInfinity = __builtin_huge_valf();
inline constexpr float kNaN = __builtin_nanf("");
inline constexpr float kLn2High = 0x1.62e400p-1f;  // 15 bits, so that n kLn2High is exact
inline constexpr float kLn2Low = 0x1.7f7d1cp-20f;

/// x = n ln 2 + r with |r| <= ln 2 / 2, and e^r - 1.
struct Reduced {
  Ints n;
  Batch n_float, expm1_r;

  LIVEGRAD_INLINE explicit Reduced(Batch x) {
    const Batch magic(0x1.8p23f);  // adding it rounds to a whole number in the low bits
    const Batch shifted = madd(x, Batch(0x1.715476p+0f), magic);
    n = bits(shifted) - bits(magic);
    n_float = shifted - magic;
    Batch r = madd(n_float, Batch(-kLn2High), x);
    r = madd(n_float, Batch(-kLn2Low), r);
    Batch p(0x1.a032c0p-13f);
    p = madd(p, r, Batch(0x1.6d71fep-10f));
    p = madd(p, r, Batch(0x1.11118ap-7f));
    p = madd(p, r, Batch(0x1.5554b2p-5f));
    p = madd(p, r, Batch(0x1.555554p-3f));
    p = madd(p, r, Batch(0.5f));
    expm1_r = madd(r * r, p, r);
  }
};

/// 2^n, for -126 <= n <= 127.
LIVEGRAD_INLINE Batch power_of_two(Ints n) { return from_bits((n + Ints(127)) << 23); }

/// e^x. Error below 1.1 ulp.
LIVEGRAD_INLINE Batch exp(Batch x) {
  x = smaller(Batch(89.0f), larger(Batch(-104.0f), x));
  const Reduced reduced(x);
  const Ints half = reduced.n >> 1;  // in two factors, so that results may be denormal
  return (Batch(1.0f) + reduced.expm1_r) * power_of_two(half) * power_of_two(reduced.n - half);
}

/// e^x - 1 for x <= 0. Error below 2 ulp.
LIVEGRAD_INLINE Batch expm1_negative(Batch x) {
  const Reduced reduced(larger(Batch(-30.0f), x));
  const Batch scale = power_of_two(reduced.n);
  return madd(scale, reduced.expm1_r, scale - Batch(1.0f));
}

/// Natural logarithm. Error below 1.5 ulp.
LIVEGRAD_INLINE Batch log(Batch x) {
  const Mask denormal = x < Batch(0x1p-126f);
  const Batch normal = select(denormal, x * Batch(0x1p23f), x);
  const Ints kBottom(0x3f3504f3);  // sqrt(1/2): the mantissa is taken from [sqrt(1/2), sqrt(2))
  const Ints exponent = (bits(normal) - kBottom) >> 23;
  const Batch f = from_bits(bits(normal) - (exponent << 23)) - Batch(1.0f);
  const Batch e = to_float(exponent) - select(denormal, Batch(23.0f), Batch(0.0f));
  Batch p(-0x1.38b282p-4f);
  p = madd(p, f, Batch(0x1.055adep-3f));
  p = madd(p, f, Batch(-0x1.0d8588p-3f));
  p = madd(p, f, Batch(0x1.22da34p-3f));
  p = madd(p, f, Batch(-0x1.547240p-3f));
  p = madd(p, f, Batch(0x1.99a008p-3f));
  p = madd(p, f, Batch(-0x1.000228p-2f));
  p = madd(p, f, Batch(0x1.555554p-2f));
  const Batch f2 = f * f;
  Batch y = madd(e, Batch(kLn2Low), f2 * f * p);
  y = madd(f2, Batch(-0.5f), y);
  y = madd(e, Batch(kLn2High), f + y);
  y = select(x > Batch(0.0f), y, select(x == Batch(0.0f), Batch(-kInfinity), Batch(kNaN)));
  return select(x == Batch(kInfinity), x, y);
}

/// log(1 + u) for 0 <= u <= 1. Error below 2 ulp.
LIVEGRAD_INLINE Batch log1p_unit(Batch u) {
  const Batch w = Batch(1.0f) + u;
  return log(w) + (u - (w - Batch(1.0f))) / w;
}

/// 1/(1 + e^-x). Error below 3 ulp; 0 below -88.376, where it would be a denormal number.
LIVEGRAD_INLINE Batch sigmoid(Batch x) {
  const Reduced reduced(smaller(Batch(89.0f), larger(Batch(-87.0f), negate(x))));
  const Batch scale = power_of_two(reduced.n);  // infinity for the largest
  return Batch(1.0f) / (Batch(1.0f) + madd(scale, reduced.expm1_r, scale));
}

/// With m = e^-2|x| - 1, tanh |x| = -m / (m + 2). Error below 2.5 ulp.
LIVEGRAD_INLINE Batch tanh(Batch x) {
  const Batch m = expm1_negative(abs(x) * Batch(-2.0f));
  return (negate(m) / (m + Batch(2.0f))) | (x & Batch(-0.0f));
}

/// log(1 + e^x). Error below 2 ulp.
LIVEGRAD_INLINE Batch softplus(Batch x) {
  return select(x < Batch(0.0f), Batch(0.0f), x) + log1p_unit(exp(negate(abs(x))));
}

/// x^y for x > 0. Error below 2 + 2 |y log x| ulp.
LIVEGRAD_INLINE Batch pow(Batch x, Batch y) { return exp(y * log(x)); }

/// The same functions of one number.
LIVEGRAD_INLINE float exp(float x) { return exp(Batch(x)).get(0); }
LIVEGRAD_INLINE float log(float x) { return log(Batch(x)).get(0); }

}  // namespace livegrad::kernels::LIVEGRAD_ISA::math
