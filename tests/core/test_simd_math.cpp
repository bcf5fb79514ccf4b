#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <functional>
#include <limits>

// The vectors that this program's own flags allow; the tables' versions are reached through kernels below.
#define LIVEGRAD_ISA test_arch
#include <xsimd/xsimd.hpp>
namespace livegrad::kernels::LIVEGRAD_ISA {
using Arch = xsimd::default_arch;
}
#include "kernels/impl/math.hpp"
#include "livegrad/device.hpp"
#include "livegrad/math.hpp"

namespace livegrad::testing {

namespace {

namespace simd = kernels::LIVEGRAD_ISA;
using simd::Batch;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kDenormal = std::numeric_limits<float>::denorm_min();

/// |got - exact| in units in the last place of the exact value as a float.
double ulp_error(float got, double exact) {
  const auto rounded = static_cast<float>(exact);
  if (std::isnan(exact)) return std::isnan(got) ? 0 : kInfinity;
  if (std::isinf(rounded) || std::isinf(got)) return got == rounded ? 0 : kInfinity;
  int exponent = 0;
  std::frexp(rounded, &exponent);
  return std::abs(got - exact) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

/// Floats in [low, high], dense in every binade: every `step`-th bit pattern.
template <class F>
void each_float(float low, float high, std::uint32_t step, F f) {
  for (std::uint32_t bits = 0; bits < 0x7f800000u; bits += step)
    for (const float x : {std::bit_cast<float>(bits), -std::bit_cast<float>(bits)})
      if (x >= low && x <= high) f(x);
}

double worst(float low, float high, Batch (*function)(Batch), double (*exact)(double)) {
  double worst = 0;
  each_float(low, high, 4999,
             [&](float x) { worst = std::max(worst, ulp_error(function(Batch(x)).get(0), exact(x))); });
  return worst;
}

/// What would be a denormal number is 0.
double exact_sigmoid(double x) { return x < -88.3763 ? 0 : math::sigmoid(x); }
double exact_softplus(double x) { return (x > 0 ? x : 0) + math::log1p(math::exp(x > 0 ? -x : x)); }

float lane(Batch (*function)(Batch), float x) { return function(Batch(x)).get(simd::kLanes - 1); }

}  // namespace

TEST_CASE("Vector functions keep their error bounds", "[simd]") {
  CHECK(worst(-200, 200, simd::math::exp, math::exp) < 1.1);
  CHECK(worst(-200, 0, simd::math::expm1_negative, math::expm1) < 2);
  CHECK(worst(0, 3e38f, simd::math::log, math::log) < 1.5);
  CHECK(worst(0, 1, simd::math::log1p_unit, math::log1p) < 2);
  CHECK(worst(-200, 200, simd::math::sigmoid, exact_sigmoid) < 3);
  CHECK(worst(-200, 200, simd::math::tanh, math::tanh) < 2.5);
  CHECK(worst(-200, 1e30f, simd::math::softplus, exact_softplus) < 2);
  for (const float y : {-0.75f, 0.5f, 2.0f, -3.0f})
    each_float(1e-6f, 1e6f, 49999, [&](float x) {
      const double exponent = y * math::log(x);
      CHECK(ulp_error(simd::math::pow(Batch(x), Batch(y)).get(0), math::exp(exponent)) <
            2 + 2 * std::abs(exponent));
    });
}

TEST_CASE("Vector functions are right at the edges", "[simd]") {
  const auto nan_stays = [](Batch (*function)(Batch)) { return std::isnan(lane(function, kNaN)); };
  CHECK(nan_stays(simd::math::exp));
  CHECK(nan_stays(simd::math::expm1_negative));
  CHECK(nan_stays(simd::math::log));
  CHECK(nan_stays(simd::math::sigmoid));
  CHECK(nan_stays(simd::math::tanh));
  CHECK(nan_stays(simd::math::softplus));

  CHECK(lane(simd::math::exp, kInfinity) == kInfinity);
  CHECK(lane(simd::math::exp, -kInfinity) == 0);
  CHECK(lane(simd::math::exp, 0) == 1);
  CHECK(lane(simd::math::exp, 88.72283f) < kInfinity);
  CHECK(lane(simd::math::exp, 88.72284f) == kInfinity);
  CHECK(lane(simd::math::exp, -103.0f) == kDenormal);
  CHECK(lane(simd::math::expm1_negative, -kInfinity) == -1);

  CHECK(lane(simd::math::log, kInfinity) == kInfinity);
  CHECK(lane(simd::math::log, 0) == -kInfinity);
  CHECK(lane(simd::math::log, -0.0f) == -kInfinity);
  CHECK(std::isnan(lane(simd::math::log, -1)));
  CHECK(std::isnan(lane(simd::math::log, -kInfinity)));
  CHECK(lane(simd::math::log, 1) == 0);
  CHECK(ulp_error(lane(simd::math::log, kDenormal), math::log(kDenormal)) < 1.5);

  CHECK(lane(simd::math::sigmoid, kInfinity) == 1);
  CHECK(lane(simd::math::sigmoid, -kInfinity) == 0);
  CHECK(lane(simd::math::sigmoid, 0) == 0.5f);
  CHECK(lane(simd::math::tanh, kInfinity) == 1);
  CHECK(lane(simd::math::tanh, -kInfinity) == -1);
  CHECK(lane(simd::math::tanh, kDenormal) == kDenormal);
  CHECK(std::signbit(lane(simd::math::tanh, -0.0f)));
  CHECK(lane(simd::math::softplus, kInfinity) == kInfinity);
  CHECK(lane(simd::math::softplus, -kInfinity) == 0);
}

TEST_CASE("Every table's functions keep their error bounds", "[simd][kernels]") {
  std::vector<float> x;
  each_float(-200, 200, 49999, [&](float value) { x.push_back(value); });
  std::vector<float> y(x.size());
  for (const std::string& isa : Device::available_isas()) {
    INFO(isa);
    Device device({.isa = isa});
    const auto worst_of = [&](kernels::ActivationKind kind, double (*exact)(double)) {
      device.kernels().activation_forward(device.context(), {.kind = kind,
                                                             .size = static_cast<std::int64_t>(x.size()),
                                                             .alpha = 1,
                                                             .x = x.data(),
                                                             .y = nullptr,
                                                             .out = y.data(),
                                                             .dy = nullptr,
                                                             .dx = nullptr,
                                                             .beta = 0});
      double worst = 0;
      for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, ulp_error(y[i], exact(x[i])));
      return worst;
    };
    CHECK(worst_of(kernels::ActivationKind::sigmoid, exact_sigmoid) < 3);
    CHECK(worst_of(kernels::ActivationKind::tanh, math::tanh) < 2.5);
    CHECK(worst_of(kernels::ActivationKind::softplus, exact_softplus) < 2);
    CHECK(worst_of(kernels::ActivationKind::elu, [](double v) { return v < 0 ? math::expm1(v) : v; }) < 2);

    // The derivative of the Poisson loss with target 0 is e^x itself.
    const std::vector<float> zeros(x.size(), 0.0f), ones(x.size(), 1.0f);
    device.kernels().target_loss_backward(device.context(), {.kind = kernels::TargetLossKind::poisson,
                                                             .rows = static_cast<std::int64_t>(x.size()),
                                                             .columns = 1,
                                                             .x = x.data(),
                                                             .target = zeros.data(),
                                                             .loss = nullptr,
                                                             .dloss = ones.data(),
                                                             .dx = y.data(),
                                                             .beta = 0});
    double worst_exp = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      worst_exp = std::max(worst_exp, ulp_error(y[i], math::exp(x[i])));
    CHECK(worst_exp < 1.1);
  }
}

}  // namespace livegrad::testing
