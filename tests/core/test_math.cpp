#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>

#include "livegrad/math.hpp"
#include "livegrad/random.hpp"

using namespace livegrad;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double ulp_error(double got, double expected) {
  if (std::isnan(expected)) return std::isnan(got) ? 0 : kInf;
  if (got == expected) return 0;
  if (std::isinf(expected) || std::isinf(got)) return kInf;
  const double ulp = std::nextafter(std::abs(expected), kInf) - std::abs(expected);
  return std::abs(got - expected) / ulp;
}

using Function = std::function<double(double)>;

/// The largest error against the C library, itself within 1 ulp, over evenly spread random arguments.
double worst_error(const Function& ours, const Function& theirs, double low, double high) {
  const RandomStream random{.seed = 11, .purpose = Purpose::check};
  double worst = 0;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    const double x = low + (high - low) * random.uniform(i);
    worst = std::max(worst, ulp_error(ours(x), theirs(x)));
  }
  return worst;
}

/// The same over random exponents and both signs.
double worst_error_by_exponent(const Function& ours, const Function& theirs, int low, int high) {
  const RandomStream random{.seed = 12, .purpose = Purpose::check};
  double worst = 0;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    const auto exponent = low + static_cast<int>(random.below(static_cast<std::uint32_t>(high - low), 3 * i));
    const double x = std::ldexp(1 + random.uniform(3 * i + 1), exponent);
    const double signed_x = random.bits(3 * i + 2) % 2 == 0 ? x : -x;
    worst = std::max(worst, ulp_error(ours(signed_x), theirs(signed_x)));
  }
  return worst;
}

double reference_sigmoid(double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
double std_exp(double x) { return std::exp(x); }
double std_expm1(double x) { return std::expm1(x); }
double std_log(double x) { return std::log(x); }
double std_log1p(double x) { return std::log1p(x); }
double std_sin(double x) { return std::sin(x); }
double std_cos(double x) { return std::cos(x); }
double std_tanh(double x) { return std::tanh(x); }

}  // namespace

TEST_CASE("elementary functions agree with the C library to a few ulp", "[math]") {
  // One ulp more than our own bound, for the library's error.
  CHECK(worst_error(math::exp, std_exp, -1, 1) < 2);
  CHECK(worst_error(math::exp, std_exp, -750, 712) <= 2);
  CHECK(worst_error(math::expm1, std_expm1, -2, 2) < 3);
  CHECK(worst_error(math::expm1, std_expm1, -50, 712) < 3);
  CHECK(worst_error_by_exponent(math::expm1, std_expm1, -100, 3) < 3);
  CHECK(worst_error(math::log, std_log, 0, 4) < 2);
  CHECK(worst_error(math::log, std_log, 0.99, 1.01) < 2);
  CHECK(worst_error_by_exponent(math::log, std_log, -1080, 1023) < 2);
  CHECK(worst_error(math::log1p, std_log1p, -1, 3) < 3);
  CHECK(worst_error_by_exponent(math::log1p, std_log1p, -1040, 1023) < 3);
  CHECK(worst_error(math::sin, std_sin, -10, 10) < 2);
  CHECK(worst_error(math::cos, std_cos, -10, 10) < 2);
  CHECK(worst_error_by_exponent(math::sin, std_sin, -1040, 1023) < 2);
  CHECK(worst_error_by_exponent(math::cos, std_cos, -1040, 1023) < 2);
  CHECK(worst_error(math::tanh, std_tanh, -3, 3) < 5);
  CHECK(worst_error_by_exponent(math::tanh, std_tanh, -1040, 10) < 5);
  CHECK(worst_error(math::sigmoid, reference_sigmoid, -50, 50) < 5);
  CHECK(worst_error(math::sigmoid, reference_sigmoid, -745, -600) < 5);
}

TEST_CASE("pow agrees with the C library", "[math]") {
  for (const double base : {0.9, 0.999, 0.95, 1.5, 1e-300, 1e300, 1.0000001, 5e-324}) {
    INFO("base " << base);
    CHECK(worst_error([=](double y) { return math::pow(base, y); },
                      [=](double y) { return std::pow(base, y); }, -1100, 1100) <= 2);
  }
  for (const double power : {0.5, 0.75, -0.75, 2.0, 300.0, 1e-3}) {
    INFO("power " << power);
    CHECK(worst_error([=](double x) { return math::pow(x, power); },
                      [=](double x) { return std::pow(x, power); }, 0, 11) <= 2);
  }
}

TEST_CASE("elementary functions are right at the edges of double", "[math]") {
  const double smallest = std::numeric_limits<double>::denorm_min(),
               largest = std::numeric_limits<double>::max();
  for (const double x :
       {0.0,      -0.0,      1.0,   -1.0,  kInf,  -kInf,  kNan,   smallest, -smallest, largest,
        -largest, 0x1p-1022, 709.0, 709.9, 710.1, -745.1, -745.2, -746.1,   1e22,      -1e22}) {
    INFO("x " << x);
    CHECK(ulp_error(math::exp(x), std::exp(x)) <= 1);
    CHECK(ulp_error(math::expm1(x), std::expm1(x)) <= 2);
    CHECK(ulp_error(math::log(x), std::log(x)) <= 1);
    CHECK(ulp_error(math::log1p(x), std::log1p(x)) <= 1);
    CHECK(ulp_error(math::sin(x), std::sin(x)) <= 1);
    CHECK(ulp_error(math::cos(x), std::cos(x)) <= 1);
    CHECK(ulp_error(math::tanh(x), std::tanh(x)) <= 4);
    CHECK(ulp_error(math::sigmoid(x), reference_sigmoid(x)) <= (x < -709.9 ? kInf : 4));
    for (const double y :
         {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, kInf, -kInf, kNan, 1e300, 0x1p53, 0x1p53 - 1}) {
      INFO("y " << y);
      CHECK(ulp_error(math::pow(x, y), std::pow(x, y)) <= 1);
      if (!std::isnan(std::pow(x, y))) CHECK(std::signbit(math::pow(x, y)) == std::signbit(std::pow(x, y)));
    }
  }
  // The double nearest to a multiple of pi/2, where the C library itself is several ulp off.
  CHECK(ulp_error(math::cos(0x1.6ac5b262ca1ffp+849), -4.6871659242546276111e-19) <= 1);
  CHECK(ulp_error(math::sin(0x1.6ac5b262ca1ffp+850), -9.3743318485092552222e-19) <= 1);
  CHECK(std::signbit(math::sin(-0.0)));
  CHECK(std::signbit(math::tanh(-0.0)));
  CHECK(std::signbit(math::expm1(-0.0)));
  CHECK(std::signbit(math::log1p(-0.0)));
  CHECK(math::sigmoid(kInf) == 1);
  CHECK(math::sigmoid(-kInf) == 0);
}

TEST_CASE("elementary functions give the published bits", "[math][digest]") {
  std::uint64_t digest = 14695981039346656037u;
  const auto add = [&](double y) { digest = (digest ^ std::bit_cast<std::uint64_t>(y)) * 1099511628211u; };
  const RandomStream random{.seed = 13, .purpose = Purpose::check};
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const double x = (random.uniform(2 * i) - 0.5) * 40, y = random.uniform(2 * i + 1) * 10;
    for (const auto& f : {math::exp, math::expm1, math::sin, math::cos, math::tanh, math::sigmoid}) add(f(x));
    add(math::log(y));
    add(math::log1p(y));
    add(math::pow(y, x));
    add(math::sin(x * 1e200));
  }
  CHECK(digest == 0x2e5a7e855708eb88);
}
