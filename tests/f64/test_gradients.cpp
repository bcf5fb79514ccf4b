#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "livegrad/device.hpp"
#include "support/op_cases.hpp"

namespace livegrad::testing {

// Backward against central differences of the forward pass, in double precision with the reference kernels.
TEST_CASE("gradients agree with finite differences", "[gradient]") {
  Device device({.isa = "ref"});
  REQUIRE(sizeof(real) == sizeof(double));
  for (const OpCase& op_case : op_cases()) {
    DYNAMIC_SECTION(op_case.name()) {
      OpInstance instance(op_case, device);
      instance.forward();
      instance.backward();
      int checked = 0;
      for (std::size_t i = 0; i < instance.operands().size(); ++i) {
        const TensorView gradient = instance.gradient(i);
        if (!gradient) continue;
        const std::vector<real> analytic(gradient.data, gradient.data + gradient.size());
        const TensorView values = instance.operand(i);
        const std::int64_t stride = std::max<std::int64_t>(1, values.size() / 61);
        for (std::int64_t k = 0; k < values.size(); k += stride) {
          constexpr double h = 1e-5;
          const real saved = values.data[k];
          values.data[k] = saved + h;
          const double above = instance.objective();
          values.data[k] = saved - h;
          const double below = instance.objective();
          values.data[k] = saved;
          const double numeric = (above - below) / (2 * h), exact = analytic[std::size_t(k)];
          INFO("operand " << i << ", element " << k << ": backward " << exact << ", difference quotient " << numeric);
          REQUIRE(std::abs(exact - numeric) <= 1e-6 * std::max({1.0, std::abs(exact), std::abs(numeric)}));
          ++checked;
        }
      }
      CHECK(checked > 0);
    }
  }
}

// The check above can fail: a derivative that is off by one part in ten thousand is seen.
TEST_CASE("the gradient check notices a wrong derivative", "[gradient]") {
  Device device({.isa = "ref"});
  const auto found = std::ranges::find(op_cases(), "tanh", &OpCase::op);
  REQUIRE(found != op_cases().end());
  OpInstance instance(*found, device);
  instance.forward();
  instance.backward();
  const TensorView gradient = instance.gradient(0), values = instance.operand(0);
  const auto k = std::max_element(gradient.data, gradient.data + gradient.size(),
                                  [](real a, real b) { return std::abs(a) < std::abs(b); }) -
                 gradient.data;
  const double wrong = gradient.data[k] * (1 + 1e-4);
  const real saved = values.data[k];
  values.data[k] = saved + 1e-5;
  const double above = instance.objective();
  values.data[k] = saved - 1e-5;
  const double numeric = (above - instance.objective()) / 2e-5;
  CHECK(std::abs(wrong - numeric) > 1e-6);
  CHECK(std::abs(wrong / (1 + 1e-4) - numeric) < 1e-6);
}

}  // namespace livegrad::testing
