#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "livegrad/device.hpp"
#include "livegrad/ops.hpp"

// Outputs and gradients against PyTorch's, see tools/golden/ops.py.

namespace livegrad {

namespace {

using Json = nlohmann::json;
using In = std::span<const ValueId>;

real number(const Json& settings, const char* key) { return settings.at(key).get<real>(); }

ops::Pool2dOptions pool_options(const Json& s, ops::PoolType type) {
  return {.type = type, .kernel_h = s.at("kernel"), .kernel_w = s.at("kernel"), .stride = s.at("stride"), .pad = s.at("pad")};
}

/// The graph of a case, given its inputs (labels last) and settings.
const std::map<std::string, std::function<ValueId(Graph&, In, const Json&)>> kBuild{
    {"dense", [](Graph& g, In x, const Json&) { return ops::dense(g, x[0], x[1], x[2]); }},
    {"conv2d",
     [](Graph& g, In x, const Json& s) {
       return ops::conv2d(g, x[0], x[1], x[2],
                          {.stride = s.at("stride"), .pad = s.at("pad"), .dilation = s.at("dilation"), .groups = s.at("groups")});
     }},
    {"max_pool", [](Graph& g, In x, const Json& s) { return ops::pool2d(g, x[0], pool_options(s, ops::PoolType::max)); }},
    {"average_pool",
     [](Graph& g, In x, const Json& s) { return ops::pool2d(g, x[0], pool_options(s, ops::PoolType::average)); }},
    {"l2_pool", [](Graph& g, In x, const Json& s) { return ops::pool2d(g, x[0], pool_options(s, ops::PoolType::l2)); }},
    {"relu", [](Graph& g, In x, const Json&) { return ops::relu(g, x[0]); }},
    {"leaky_relu", [](Graph& g, In x, const Json& s) { return ops::leaky_relu(g, x[0], number(s, "slope")); }},
    {"sigmoid", [](Graph& g, In x, const Json&) { return ops::sigmoid(g, x[0]); }},
    {"tanh", [](Graph& g, In x, const Json&) { return ops::tanh(g, x[0]); }},
    {"elu", [](Graph& g, In x, const Json& s) { return ops::elu(g, x[0], number(s, "alpha")); }},
    {"softplus", [](Graph& g, In x, const Json&) { return ops::softplus(g, x[0]); }},
    {"softmax", [](Graph& g, In x, const Json&) { return ops::softmax(g, x[0]); }},
    {"softmax_cross_entropy",
     [](Graph& g, In x, const Json& s) { return ops::softmax_cross_entropy(g, x[0], x[1], number(s, "smoothing")); }},
    {"hinge", [](Graph& g, In x, const Json&) { return ops::hinge(g, x[0], x[1]); }},
    {"squared_error", [](Graph& g, In x, const Json&) { return ops::squared_error(g, x[0], x[1]); }},
    {"absolute_error", [](Graph& g, In x, const Json&) { return ops::absolute_error(g, x[0], x[1]); }},
    {"binary_cross_entropy", [](Graph& g, In x, const Json&) { return ops::binary_cross_entropy(g, x[0], x[1]); }},
    {"poisson", [](Graph& g, In x, const Json&) { return ops::poisson(g, x[0], x[1]); }},
    {"batch_norm",
     [](Graph& g, In x, const Json&) {
       ParamStore& params = g.params();
       return ops::batch_norm(g, x[0], x[1], x[2], g.use(*params.find_state("case.running_mean")),
                              g.use(*params.find_state("case.running_variance")));
     }},
    {"layer_norm", [](Graph& g, In x, const Json&) { return ops::layer_norm(g, x[0], x[1], x[2]); }},
    {"local_response_norm",
     [](Graph& g, In x, const Json& s) {
       return ops::local_response_norm(
           g, x[0], {.window = s.at("window"), .k = number(s, "k"), .alpha = number(s, "alpha"), .power = number(s, "power")});
     }},
};

Shape shape_of(const Json& tensor) {
  const auto extents = tensor.at("shape").get<std::vector<std::int64_t>>();
  return Shape(std::span<const std::int64_t>(extents));
}

void copy_into(const Json& numbers, const TensorView& view) {
  REQUIRE(std::int64_t(numbers.size()) == view.size());
  for (std::int64_t k = 0; k < view.size(); ++k) view.data[k] = numbers[std::size_t(k)].get<real>();
}

void check_close(const TensorView& actual, const Json& expected, const std::string& what) {
  REQUIRE(std::int64_t(expected.size()) == actual.size());
  double scale = 1;
  for (const Json& v : expected) scale = std::max(scale, std::abs(v.get<double>()));
  for (std::int64_t k = 0; k < actual.size(); ++k) {
    INFO(what << ", element " << k);
    REQUIRE(std::abs(double(actual.data[k]) - expected[std::size_t(k)].get<double>()) <= 5e-6 * scale);
  }
}

}  // namespace

TEST_CASE("operations agree with PyTorch", "[ops][golden]") {
  std::ifstream file(std::string(LIVEGRAD_SOURCE_DIR) + "/tests/golden/ops.json");
  REQUIRE(file);
  const Json golden = Json::parse(file);
  Device device;
  int index = 0;
  for (const Json& c : golden.at("cases")) {
    const std::string name = c.at("name");
    DYNAMIC_SECTION(++index << " " << name) {
      // The first input has the batch; weights are parameters; a loss's target is an input too.
      const bool target_loss = name.find("error") != std::string::npos || name == "binary_cross_entropy" || name == "poisson";
      ParamStore params;
      const Json& inputs = c.at("inputs");
      const Shape first = shape_of(inputs[0]);
      Graph g(device, params, first[0]);
      g.enter_scope("case");
      if (name == "batch_norm") {
        params.add_state({.layer = "case", .role = "running_mean", .shape = {first[1]}});
        params.add_state({.layer = "case", .role = "running_variance", .shape = {first[1]}, .initial = 1});
      }
      std::vector<ValueId> xs;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Shape shape = shape_of(inputs[i]);
        xs.push_back(i == 0 || target_loss
                         ? g.input(Shape(shape.extents().subspan(1)))
                         : g.use(params.add({.layer = "case", .role = std::to_string(i), .shape = shape, .init = {}})));
      }
      const Json& labels = c.at("labels");
      if (!labels.empty()) xs.push_back(g.index_input({}));
      params.allocate(0);
      params.initialize(1);
      const ValueId y = kBuild.at(name)(g, xs, c.at("settings"));
      Wrt wrt = Wrt::parameters();
      wrt.inputs = true;
      const Target target{y, 1};
      Schedule schedule(g, std::span(&target, 1), wrt);
      const Run run{.examples = first[0], .training = true};
      for (std::size_t i = 0; i < inputs.size(); ++i) copy_into(inputs[i].at("values"), g.view(xs[i], run.examples));
      for (std::size_t r = 0; r < labels.size(); ++r) g.index_view(xs.back(), run.examples).data[r] = labels[r];

      schedule.forward(run);
      const TensorView out = g.view(y, run.examples);
      REQUIRE(out.shape == shape_of(c.at("output")));
      check_close(out, c.at("output").at("values"), "output");
      copy_into(c.at("cotangent"), schedule.gradient(y, run.examples));
      schedule.backward_given(run);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const TensorView gradient = schedule.gradient(xs[i], run.examples);
        if (target_loss && i == 1) {
          CHECK(!gradient);
        } else {
          check_close(gradient, c.at("gradients")[i], "gradient of input " + std::to_string(i));
        }
      }
    }
  }
  CHECK(index == 23);
}

}  // namespace livegrad
