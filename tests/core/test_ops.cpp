#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "livegrad/device.hpp"
#include "livegrad/error.hpp"
#include "support/op_cases.hpp"

namespace livegrad::testing {

namespace {

void check_close(const TensorView& actual, const TensorView& expected, const std::string& what) {
  REQUIRE(actual.shape == expected.shape);
  double scale = 1;
  for (std::int64_t k = 0; k < expected.size(); ++k) scale = std::max(scale, std::abs(double(expected.data[k])));
  for (std::int64_t k = 0; k < expected.size(); ++k) {
    INFO(what << ", element " << k << " of " << expected.shape.text());
    REQUIRE(std::abs(double(actual.data[k]) - double(expected.data[k])) <= 1e-5 * scale);
  }
}

}  // namespace

TEST_CASE("every operation has a case", "[ops]") {
  std::set<std::string_view> covered;
  for (const OpCase& op_case : op_cases()) covered.insert(op_case.op);
  for (const OpDef* op : ops::all()) {
    INFO(op->name);
    CHECK(covered.contains(op->name));
    CHECK(!op->equation.empty());
    CHECK(ops::find(op->name) == op);
  }
}

TEST_CASE("every operation agrees with its reference on this instruction set", "[ops][parity]") {
  Device reference({.isa = "ref"});
  Device device;
  for (const OpCase& op_case : op_cases()) {
    DYNAMIC_SECTION(device.isa() << ": " << op_case.name()) {
      OpInstance expected(op_case, reference), actual(op_case, device);
      // What a kernel overwrites it must not read: fill outputs with NaN first.
      const TensorView y = actual.output();
      std::fill_n(y.data, y.size(), std::numeric_limits<real>::quiet_NaN());
      expected.forward();
      actual.forward();
      check_close(actual.output(), expected.output(), "output");
      expected.backward();
      for (std::size_t i = 0; i < actual.operands().size(); ++i) {
        if (const TensorView g = actual.gradient(i)) {
          std::fill_n(g.data, g.size(), std::numeric_limits<real>::quiet_NaN());
        }
      }
      actual.backward();
      for (std::size_t i = 0; i < actual.operands().size(); ++i) {
        REQUIRE(bool(actual.gradient(i)) == bool(expected.gradient(i)));
        if (actual.gradient(i)) {
          check_close(actual.gradient(i), expected.gradient(i), "gradient of operand " + std::to_string(i));
        }
      }
    }
  }
}

TEST_CASE("a smaller batch gives the same rows and leaves the others alone", "[ops]") {
  Device device;
  for (const OpCase& op_case : op_cases()) {
    // Statistics over the batch depend on its size, which is their purpose; dropout too draws per element.
    if (op_case.op == "batch_norm" && op_case.training) continue;
    OpInstance whole(op_case, device), part(op_case, device);
    if (whole.run().examples == 1 || whole.output().shape.rank() == 0) continue;
    if (part.graph().value(part.out()).rows_per_example == 0) continue;
    DYNAMIC_SECTION(op_case.name()) {
      const TensorView all = part.output();
      std::fill_n(all.data, all.size(), real(7));
      const std::int64_t examples = whole.run().examples - 1;
      part.run().examples = examples;
      whole.forward();
      part.forward();
      const TensorView y = part.output();
      for (std::int64_t k = 0; k < all.size(); ++k) {
        INFO("element " << k);
        REQUIRE(all.data[k] == (k < y.size() ? whole.output().data[k] : real(7)));
      }
    }
  }
}

TEST_CASE("shapes that do not fit are refused in one sentence", "[ops][errors]") {
  Device device;
  ParamStore params;
  Graph g(device, params, 1);
  g.enter_scope("conv1");
  const ValueId picture = g.input({1, 5, 5}), rows = g.input({10}), labels = g.index_input({});
  const ValueId kernel = g.input({1, 7, 7}), weight = g.input({9});
  const std::size_t nodes = g.nodes().size(), values = g.values().size();

  const auto message = [&](auto&& record) -> std::string {
    try {
      record();
    } catch (const Error& e) {
      CHECK(g.nodes().size() == nodes);
      CHECK(g.values().size() == values);
      return e.what();
    }
    return "no error";
  };
  CHECK(message([&] { ops::conv2d(g, picture, kernel); }) ==
        "[conv2d \"conv1\"] kernel 7 exceeds padded input 5x5 (input 1x1x5x5, pad 0). Use pad >= 1 or a smaller "
        "kernel.");
  CHECK(message([&] { ops::conv2d(g, rows, kernel); }).starts_with("[conv2d \"conv1\"] input must be"));
  CHECK(message([&] { ops::conv2d(g, picture, kernel, {}, {.stride = 0}); }).find("stride 0") != std::string::npos);
  CHECK(message([&] { ops::conv2d(g, picture, kernel, {}, {.pad = 1, .groups = 2}); }).find("2 groups") !=
        std::string::npos);
  CHECK(message([&] { ops::dense(g, rows, weight); }) ==
        "[dense \"conv1\"] weight 1x9 does not take 10 inputs (input 1x10). Use a weight with 10 columns.");
  CHECK(message([&] { ops::pool2d(g, picture, {.kernel_h = 6, .kernel_w = 6}); }).find("window 6x6 exceeds") !=
        std::string::npos);
  CHECK(message([&] { ops::pool2d(g, picture, {.pad = 2}); }).find("pad 2 must be smaller") != std::string::npos);
  CHECK(message([&] { ops::maxout(g, rows, 3); }).find("10 channels cannot be split") != std::string::npos);
  CHECK(message([&] { ops::dropout(g, rows, 1); }).find("rate must be") != std::string::npos);
  CHECK(message([&] { ops::add(g, rows, picture); }).find("differ") != std::string::npos);
  CHECK(message([&] { ops::concat(g, std::array{rows, picture}); }).find("differ") != std::string::npos);
  CHECK(message([&] { ops::reshape(g, rows, {3, 4}); }).find("cannot become 1x3x4") != std::string::npos);
  CHECK(message([&] { ops::softmax_cross_entropy(g, picture, labels); }).find("Put a dense layer") !=
        std::string::npos);
  CHECK(message([&] { ops::softmax_cross_entropy(g, rows, labels, 1); }).find("smoothing must be") !=
        std::string::npos);
  CHECK(message([&] { ops::squared_error(g, rows, picture); }).find("must be alike") != std::string::npos);
  CHECK(message([&] { ops::batch_norm(g, picture, rows, rows, rows, rows); }).find("gamma must have shape 1") !=
        std::string::npos);
  CHECK(message([&] { ops::local_response_norm(g, picture, {.window = 4}); }).find("odd number") != std::string::npos);
}

}  // namespace livegrad::testing
