#include "livegrad/math.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace livegrad::math {
namespace {

constexpr double kInfinity = std::bit_cast<double>(std::uint64_t{0x7ff0000000000000});
// Written out so that its bits, too, are the same everywhere: the NaN of an invalid operation is not.
constexpr double kNan = std::bit_cast<double>(std::uint64_t{0x7ff8000000000000});
constexpr double kInvLn2 = 0x1.71547652b82fep+0;
constexpr double kLn2Hi = 0x1.62e42feep-1;  // 32 bits: an integer below 2^21 times this is exact
constexpr double kLn2Lo = 0x1.a39ef35793c76p-33;
constexpr double kLn2Rest = 0x1.cc01f97b57a08p-87;

/// An unevaluated sum hi + lo with |lo| at most half a unit of hi's last place.
struct Sum {
  double hi;
  double lo;
};

double magnitude(double x) { return x < 0 ? -x : x; }
bool is_nan(double x) { return x != x; }
bool sign_bit(double x) { return std::bit_cast<std::uint64_t>(x) >> 63 != 0; }

Sum fast_two_sum(double a, double b) {  // |a| >= |b|
  const double s = a + b;
  return {s, b - (s - a)};
}

Sum two_sum(double a, double b) {
  const double s = a + b;
  const double t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

/// a * b exactly, by Dekker's splitting: a fused multiply-add would not be the same on every target.
Sum two_product(double a, double b) {
  constexpr double kSplit = 0x1p27 + 1;
  const double ta = kSplit * a, ah = ta - (ta - a), al = a - ah;
  const double tb = kSplit * b, bh = tb - (tb - b), bl = b - bh;
  const double p = a * b;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

/// The nearest integer, ties to even, for |x| < 2^51.
double round_to_integer(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

/// 2^k for -1022 <= k <= 1023.
double power_of_two(int k) { return std::bit_cast<double>(static_cast<std::uint64_t>(k + 1023) << 52); }

/// y * 2^k, rounded once, for y near 1.
double scale(double y, int k) {
  if (k > 1023) return y * 2.0 * power_of_two(k - 1);
  if (k < -1021) return y * power_of_two(k + 200) * 0x1p-200;
  return y * power_of_two(k);
}

/// (e^r - 1 - r) / r^2 by its Taylor series, for |r| <= 0.35.
double exp_tail(double r) {
  constexpr std::array<double, 13> kInverseFactorials{
      1.0 / 2,          1.0 / 6,           1.0 / 24,           1.0 / 120,     1.0 / 720,
      1.0 / 5040,       1.0 / 40320,       1.0 / 362880,       1.0 / 3628800, 1.0 / 39916800,
      1.0 / 479001600., 1.0 / 6227020800., 1.0 / 87178291200.,
  };
  double sum = kInverseFactorials.back();
  for (int i = 11; i >= 0; --i) sum = sum * r + kInverseFactorials[static_cast<std::size_t>(i)];
  return sum;
}

/// e^(hi + lo) for |lo| far below |hi|.
double exp_of_sum(double hi, double lo) {
  if (hi > 710) return kInfinity;
  if (hi < -746) return 0;
  const double k = round_to_integer(hi * kInvLn2);
  const double a = hi - k * kLn2Hi;
  const double b = lo - k * kLn2Lo;
  const Sum r = two_sum(a, b);
  return scale(1.0 + (r.hi + (r.hi * r.hi * exp_tail(r.hi) + r.lo)), static_cast<int>(k));
}

/// log(x) for finite x > 0, to about 65 bits: with x = 2^k m and s = (m - 1) / (m + 1),
/// log x = k log 2 + 2s + 2/3 s^3 + 2/5 s^5 + …, the first terms carried as sums.
Sum log_to_sum(double x) {
  int k = 0;
  if (x < 0x1p-1022) x *= 0x1p54, k = -54;
  std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  k += static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000;
  double m = std::bit_cast<double>(bits);
  if (m > 0x1.6a09e667f3bcdp0) m *= 0.5, ++k;

  const double f = m - 1.0;
  const Sum d = fast_two_sum(2.0, f);
  const double s = f / d.hi;
  const Sum sd = two_product(s, d.hi);
  const double s_lo = (((f - sd.hi) - sd.lo) - s * d.lo) / d.hi;

  Sum s2 = two_product(s, s);
  s2.lo += 2.0 * s * s_lo;
  double tail = 2.0 / 25;
  for (int n = 23; n >= 5; n -= 2) tail = tail * s2.hi + 2.0 / n;
  tail *= s2.hi * s2.hi;

  constexpr double kTwoThirds = 2.0 / 3, kTwoThirdsLo = 0x1.5555555555555p-55;
  Sum t = two_product(s2.hi, kTwoThirds);
  t.lo += s2.hi * kTwoThirdsLo + s2.lo * kTwoThirds;
  const Sum u = fast_two_sum(t.hi, tail);
  const double u_lo = u.lo + t.lo;
  Sum v = two_product(s, u.hi);
  v.lo += s_lo * u.hi + s * u_lo;

  const Sum head = two_sum(k * kLn2Hi, 2.0 * s);
  const Sum body = two_sum(head.hi, v.hi + k * kLn2Lo);
  const Sum carried = two_sum(v.hi, k * kLn2Lo);
  return fast_two_sum(body.hi, body.lo + (head.lo + (carried.lo + v.lo + 2.0 * s_lo + k * kLn2Rest)));
}

/// 2/pi in binary, after the point: enough for the largest double and 200 bits more.
constexpr std::array<std::uint32_t, 39> kTwoOverPi{
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20,
};

/// x = quadrant * pi/2 + r modulo 2 pi, |r| <= pi/4. Ref Payne and Hanek 1983, "Radian reduction".
struct Reduced {
  unsigned quadrant;
  Sum r;
};

Reduced reduce(double x) {
  const double ax = magnitude(x);
  if (ax <= 0x1.921fb54442d18p-1) return {0, {x, 0}};
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(ax);
  const int e = static_cast<int>(bits >> 52) - 1075;  // ax = m 2^e
  const std::uint64_t m = (bits & 0x000fffffffffffff) | 0x0010000000000000;
  // Words of 2/pi whose product with x is a multiple of 4 do not matter; seven after them do.
  const int first = e < 34 ? 0 : (e - 2) / 32;
  constexpr int kWords = 7;
  std::array<std::uint32_t, kWords + 4> product{};  // little-endian, in units of 2^-point
  const int point = 32 * (first + kWords) - e;
  for (int half = 0; half < 2; ++half) {
    const std::uint64_t factor = half == 0 ? m & 0xffffffff : m >> 32;
    std::uint64_t carry = 0;
    for (int i = 0; i < kWords; ++i) {
      const auto at = static_cast<std::size_t>(i + half);
      const std::uint64_t sum =
          factor * kTwoOverPi[static_cast<std::size_t>(first + kWords - 1 - i)] + product[at] + carry;
      product[at] = static_cast<std::uint32_t>(sum);
      carry = sum >> 32;
    }
    product[static_cast<std::size_t>(kWords + half)] = static_cast<std::uint32_t>(carry);
  }
  const auto bits_below = [&](int top) {  // the 64 bits under bit `top`
    const int low = top - 64;
    const auto word = static_cast<std::size_t>(low / 32);
    const int shift = low % 32;
    const std::uint64_t w0 = product[word], w1 = product[word + 1], w2 = product[word + 2];
    return (w0 >> shift) | (w1 << (32 - shift)) | (shift == 0 ? 0 : w2 << (64 - shift));
  };
  unsigned quadrant = static_cast<unsigned>(bits_below(point + 2) >> 62);
  std::uint64_t high = bits_below(point), low = bits_below(point - 64);
  double sign = sign_bit(x) ? -1.0 : 1.0;
  if (high >> 63 != 0) {  // nearer to the next multiple
    ++quadrant;
    sign = -sign;
    low = ~low + 1;
    high = ~high + (low == 0 ? 1 : 0);
  }
  const int zeros = high == 0 ? 63 : std::countl_zero(high);  // no double comes within 2^-62
  if (zeros > 0) high = (high << zeros) | (low >> (64 - zeros)), low <<= zeros;
  const double f = static_cast<double>(high >> 11) * power_of_two(-53 - zeros);
  const double f_lo = static_cast<double>(((high & 0x7ff) << 42) | (low >> 22)) * power_of_two(-106 - zeros);
  constexpr double kHalfPi = 0x1.921fb54442d18p+0, kHalfPiLo = 0x1.1a62633145c07p-54;
  Sum r = two_product(f, kHalfPi);
  r.lo += f * kHalfPiLo + f_lo * kHalfPi;
  r = fast_two_sum(r.hi, r.lo);
  return {sign_bit(x) ? 4 - quadrant % 4 : quadrant, {sign * r.hi, sign * r.lo}};
}

/// sin(r.hi + r.lo) for |r| <= pi/4, by its Taylor series.
double sin_series(Sum r) {
  const double z = r.hi * r.hi;
  double p = 1.0 / 355687428096000.;
  p = p * z - 1.0 / 1307674368000.;
  p = p * z + 1.0 / 6227020800.;
  p = p * z - 1.0 / 39916800;
  p = p * z + 1.0 / 362880;
  p = p * z - 1.0 / 5040;
  p = p * z + 1.0 / 120;
  p = p * z - 1.0 / 6;
  return r.hi + (r.hi * z * p + r.lo * (1.0 - 0.5 * z));
}

/// cos(r.hi + r.lo) for |r| <= pi/4, by its Taylor series.
double cos_series(Sum r) {
  const double z = r.hi * r.hi;
  double p = -1.0 / 6402373705728000.;
  p = p * z + 1.0 / 20922789888000.;
  p = p * z - 1.0 / 87178291200.;
  p = p * z + 1.0 / 479001600;
  p = p * z - 1.0 / 3628800;
  p = p * z + 1.0 / 40320;
  p = p * z - 1.0 / 720;
  p = p * z + 1.0 / 24;
  const double half = 0.5 * z;
  const double w = 1.0 - half;
  return w + (((1.0 - w) - half) + (z * z * p - r.hi * r.lo));
}

double sin_or_cos(double x, unsigned shift) {
  if (!(magnitude(x) < kInfinity)) return kNan;
  const Reduced reduced = reduce(x);
  const unsigned quadrant = (reduced.quadrant + shift) % 4;
  const double y = quadrant % 2 == 0 ? sin_series(reduced.r) : cos_series(reduced.r);
  return quadrant < 2 ? y : -y;
}

}  // namespace

double exp(double x) { return is_nan(x) ? kNan : exp_of_sum(x, 0); }

double expm1(double x) {
  if (is_nan(x)) return kNan;
  if (x > 40) return exp(x);
  if (x < -40) return -1;
  if (magnitude(x) < 0x1p-54) return x;
  const double k = round_to_integer(x * kInvLn2);
  const Sum r = two_sum(x - k * kLn2Hi, -k * kLn2Lo);
  const double y = r.hi + (r.hi * r.hi * exp_tail(r.hi) + r.lo);  // e^r - 1
  const int n = static_cast<int>(k);
  if (n == 0) return y;
  return power_of_two(n) * ((1.0 - power_of_two(-n)) + y);
}

double log(double x) {
  if (is_nan(x) || x < 0) return kNan;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return x;
  return log_to_sum(x).hi;
}

double log1p(double x) {
  if (is_nan(x) || x < -1) return kNan;
  if (x == -1) return -kInfinity;
  if (x == kInfinity || magnitude(x) < 0x1p-54) return x;
  const double u = 1.0 + x;
  const double lost = x > 1 ? 1.0 - (u - x) : x - (u - 1.0);
  const Sum y = log_to_sum(u);
  return y.hi + (y.lo + lost / u);
}

double sin(double x) { return x == 0 ? x : sin_or_cos(x, 0); }

double cos(double x) { return sin_or_cos(x, 1); }

double tanh(double x) {
  if (is_nan(x)) return kNan;
  const double a = magnitude(x);
  double y = 1;
  if (a < 0x1p-28) return x;
  if (a < 0.5) {
    const double t = expm1(2 * a);
    y = t / (t + 2);
  } else if (a < 22) {
    y = 1 - 2 / (exp(2 * a) + 1);
  }
  return x < 0 ? -y : y;
}

double sigmoid(double x) {
  if (x >= 0) return 1 / (1 + exp(-x));
  const double e = exp(x);
  return e / (1 + e);
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (is_nan(x) || is_nan(y)) return kNan;
  const double ax = magnitude(x), ay = magnitude(y);
  if (ay == kInfinity) {
    if (ax == 1) return 1;
    return (ax > 1) == (y > 0) ? kInfinity : 0;
  }
  const bool integer = ay >= 0x1p52 || round_to_integer(ay) == ay;
  const bool odd = integer && ay < 0x1p53 && (static_cast<std::uint64_t>(ay) & 1) != 0;
  const double sign = sign_bit(x) && odd ? -1.0 : 1.0;
  if (ax == 0 || ax == kInfinity) return sign * ((ax == 0) == (y > 0) ? 0.0 : kInfinity);
  if (x < 0 && !integer) return kNan;
  const Sum l = log_to_sum(ax);
  const double estimate = y * l.hi;
  if (estimate > 800) return sign * kInfinity;
  if (estimate < -800) return sign * 0.0;
  Sum p = two_product(y, l.hi);
  p.lo += y * l.lo;
  return sign * exp_of_sum(p.hi, p.lo);
}

}  // namespace livegrad::math
