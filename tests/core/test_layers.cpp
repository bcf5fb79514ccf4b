#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "livegrad/layers.hpp"
#include "livegrad/math.hpp"
#include "livegrad/schedule.hpp"

using namespace livegrad;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

/// A store and a graph without memory.
struct Sketch {
  ParamStore params;
  Graph graph{params};
  Builder b{graph};

  const ParamInfo& info(const std::string& name) { return params.info(params.find(name).value()); }
};

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + ": " + error.what();
  }
  return "nothing was thrown";
}

std::vector<std::string> ids(Builder& b) {
  std::vector<std::string> list;
  for (const LayerInfo& layer : b.layers()) list.push_back(layer.id);
  return list;
}

}  // namespace

TEST_CASE("layers get stable names and say what is theirs", "[layers]") {
  Sketch s;
  ValueId x = s.b.input({1, 28, 28});
  x = conv(s.b, x, {.filters = 8, .kernel = 5, .pad = 2, .act = Activation::relu});
  x = pool(s.b, x);
  x = conv(s.b, x, {.filters = 16, .act = Activation::relu, .dropout = 0.1, .name = "edges"});
  x = conv(s.b, x, {.filters = 4, .stride = 2});
  x = dense(s.b, x, {.units = 10});
  const LossValues values = loss(s.b, x);

  CHECK(ids(s.b) == std::vector<std::string>{"conv1", "pool1", "edges", "conv2", "dense1", "loss1"});
  const LayerInfo& first = s.b.layers()[0];
  CHECK(first.kind == "conv");
  CHECK(first.output == Shape{8, 28, 28});
  CHECK(first.parameter_count == 208);
  CHECK(first.multiply_adds == 8 * 25 * 784);
  REQUIRE(first.values.size() == 2);  // the convolution and its activation, without the parameters
  CHECK(s.graph.name(first.values[1]) == "conv1.out");
  REQUIRE(first.params.size() == 2);
  CHECK(s.params.info(first.params[0]).name() == "conv1.weight");
  CHECK(s.b.layers()[2].values.size() == 3);
  CHECK(s.b.layers()[4].multiply_adds == 4 * 5 * 5 * 10);
  CHECK(values.labels != ValueId{});
  CHECK(values.targets == ValueId{});
  CHECK(s.b.shape(values.probabilities) == Shape{1, 10});
}

TEST_CASE("every layer gives the shape that it promises", "[layers]") {
  Sketch s;
  Builder& b = s.b;
  const ValueId maps = b.input({6, 9, 9});
  const ValueId row = b.input({12});
  const auto shape = [&](ValueId x) { return b.example(x).text(); };

  CHECK(shape(conv(b, maps, {.filters = 4, .kernel = 3})) == "4x7x7");
  CHECK(shape(conv(b, maps, {.filters = 4, .kernel = 3, .pad = std::nullopt})) == "4x9x9");
  CHECK(shape(conv(b, maps, {.filters = 4, .kernel = 5, .stride = 2, .pad = std::nullopt})) == "4x5x5");
  CHECK(shape(conv(b, maps, {.filters = 4, .kernel = 3, .pad = std::nullopt, .dilation = 2})) == "4x9x9");
  CHECK(shape(conv(b, maps, {.filters = 12, .kernel = 1, .groups = 6})) == "12x9x9");
  CHECK(shape(pool(b, maps)) == "6x4x4");
  CHECK(shape(pool(b, maps, {.kernel = 3, .type = ops::PoolType::l2, .stride = 2, .pad = 1})) == "6x5x5");
  CHECK(shape(pool(b, maps, {.kernel = 0, .type = ops::PoolType::average})) == "6x1x1");
  CHECK(shape(dense(b, maps, {.units = 7})) == "7");
  CHECK(shape(maxout(b, maps, {.group = 3})) == "2x9x9");
  CHECK(shape(maxout(b, row)) == "6");
  CHECK(shape(activation(b, row, {.type = Activation::softmax})) == "12");
  CHECK(shape(dropout(b, row)) == "12");
  CHECK(shape(batch_norm(b, maps)) == "6x9x9");
  CHECK(shape(layer_norm(b, maps)) == "6x9x9");
  CHECK(shape(local_response_norm(b, maps)) == "6x9x9");
  CHECK(shape(local_contrast_norm(b, maps)) == "6x9x9");
  CHECK(shape(add(b, std::vector{maps, maps, maps})) == "6x9x9");
  CHECK(shape(multiply(b, std::vector{row, row})) == "12");
  CHECK(shape(concat(b, std::vector{maps, maps})) == "12x9x9");
  CHECK(shape(flatten(b, maps)) == "486");
  CHECK(shape(reshape(b, row, {3, 2, 2})) == "3x2x2");
  const auto same = [&](ValueId x) { return conv(b, x, {.filters = 6, .kernel = 3, .pad = 1}); };
  CHECK(shape(highway(b, maps, same, {.kernel = 3})) == "6x9x9");
  CHECK(shape(residual(b, maps, same)) == "6x9x9");
  const auto halved = [&](ValueId x) {
    return conv(b, x, {.filters = 8, .kernel = 3, .stride = 2, .pad = 1});
  };
  CHECK(shape(residual(b, maps, halved, {.project = true})) == "8x5x5");
  const auto narrow = [&](ValueId x) { return dense(b, x, {.units = 5}); };
  CHECK(shape(residual(b, row, narrow, {.project = true, .act = Activation::relu})) == "5");
  CHECK(s.info("residual2.weight").shape == Shape{8, 6, 1, 1});
  CHECK(s.info("residual2.conv1.weight").shape == Shape{8, 6, 3, 3});
}

TEST_CASE("weights start as the activation wants, biases are not decayed", "[layers]") {
  Sketch s;
  ValueId x = s.b.input({2, 6, 6});
  conv(s.b, x, {.filters = 4, .kernel = 3, .act = Activation::relu, .name = "he"});
  conv(s.b, x, {.filters = 4, .kernel = 3, .act = Activation::tanh, .name = "glorot"});
  conv(s.b, x, {.filters = 4, .kernel = 3, .groups = 2, .act = Activation::elu, .name = "grouped"});
  dense(s.b, x,
        {.units = 5,
         .bias = Bias::of(0.5),
         .weights = {.init = InitOptions{InitType::normal, 0.01}, .rate = 2, .l1 = 0.5, .l2 = 3},
         .name = "own"});
  dense(s.b, x, {.units = 5, .bias = Bias::none(), .name = "bare"});
  batch_norm(s.b, x, {.rate = 0.5, .name = "norm"});

  CHECK(s.info("he.weight").init.kind == Init::Kind::normal);
  CHECK_THAT(s.info("he.weight").init.value, WithinRel(std::sqrt(2.0 / 18), 1e-12));
  CHECK(s.info("glorot.weight").init.kind == Init::Kind::uniform);
  CHECK_THAT(s.info("glorot.weight").init.value, WithinRel(std::sqrt(6.0 / (18 + 36)), 1e-12));
  CHECK_THAT(s.info("grouped.weight").init.value, WithinRel(std::sqrt(2.0 / 9), 1e-12));
  CHECK(s.info("own.weight").init.value == 0.01);
  CHECK(s.info("own.weight").rate_multiplier == 2);
  CHECK(s.info("own.weight").l1_multiplier == real(0.5));
  CHECK(s.info("own.weight").l2_multiplier == 3);
  CHECK(s.info("own.bias").init.value == 0.5);
  CHECK(s.info("own.bias").rate_multiplier == 2);
  CHECK(!s.params.find("bare.bias"));
  CHECK(s.info("norm.gamma").init.value == 1);
  for (const std::string name : {"he.bias", "own.bias", "norm.gamma", "norm.shift"}) {
    CHECK(s.info(name).l1_multiplier == 0);
    CHECK(s.info(name).l2_multiplier == 0);
  }
  CHECK(s.params.info(s.params.find_state("norm.running_variance").value()).initial == 1);
}

TEST_CASE("ConvNetJS's semantics: N(0, 1/fan-in), biases 0.1 before ReLU, no L1 on weights", "[layers]") {
  ParamStore params;
  Graph graph(params);
  Builder b(graph, Semantics::convnetjs);
  const ValueId x = b.input({1, 24, 24});
  conv(b, x, {.filters = 8, .kernel = 5, .act = Activation::relu});
  dense(b, x, {.units = 10});
  const auto info = [&](const char* name) -> const ParamInfo& {
    return params.info(params.find(name).value());
  };
  CHECK(info("conv1.weight").init.kind == Init::Kind::normal);
  CHECK_THAT(info("conv1.weight").init.value, WithinRel(std::sqrt(1.0 / 25), 1e-12));
  CHECK(info("conv1.weight").l1_multiplier == 0);
  CHECK(info("conv1.weight").l2_multiplier == 1);
  CHECK(info("conv1.bias").init.value == 0.1);
  CHECK(info("dense1.bias").init.value == 0);
}

TEST_CASE("LeNet-5's table connects 60 of 96 pairs, and the others start at zero", "[layers]") {
  const std::vector<std::uint8_t>& table = lenet5_connections();
  REQUIRE(table.size() == 96);
  // The rows of table I: the maps of C3 that each map of S2 reaches.
  const std::vector<std::vector<int>> rows{
      {0, 4, 5, 6, 9, 10, 11, 12, 14, 15}, {0, 1, 5, 6, 7, 10, 11, 12, 13, 15},
      {0, 1, 2, 6, 7, 8, 11, 13, 14, 15},  {1, 2, 3, 6, 7, 8, 9, 12, 14, 15},
      {2, 3, 4, 7, 8, 9, 10, 12, 13, 15},  {3, 4, 5, 8, 9, 10, 11, 13, 14, 15}};
  for (std::size_t map = 0; map < 6; ++map) {
    std::vector<int> reached;
    for (int filter = 0; filter < 16; ++filter) {
      if (table[std::size_t(filter) * 6 + map]) reached.push_back(filter);
    }
    CHECK(reached == rows[map]);
  }

  Sketch s;
  conv(s.b, s.b.input({6, 14, 14}),
       {.filters = 16, .kernel = 5, .connections = table, .act = Activation::tanh});
  CHECK(s.params.parameter_count() == 1516);
  CHECK(s.b.layers()[0].parameter_count == 1516);
  CHECK(s.b.layers()[0].multiply_adds == 60 * 25 * 100);
  s.params.allocate(0);
  s.params.initialize(1);
  const TensorView weight = s.params.value(s.params.find("conv1.weight").value());
  for (std::int64_t pair = 0; pair < 96; ++pair) {
    bool zero = true;
    for (std::int64_t i = 0; i < 25; ++i) zero = zero && weight.data[pair * 25 + i] == 0;
    CHECK(zero == (table[std::size_t(pair)] == 0));
  }
  const TensorView state = s.params.state(s.params.find_state("conv1.connections").value());
  CHECK(std::equal(table.begin(), table.end(), state.data));
}

TEST_CASE("the Gaussian window sums to one and falls off with distance", "[layers]") {
  const std::vector<real> window = gaussian_window(9);
  REQUIRE(window.size() == 81);
  CHECK_THAT(std::accumulate(window.begin(), window.end(), 0.0), WithinAbs(1, 1e-6));
  CHECK_THAT(window[41] / window[40], WithinRel(math::exp(-0.5 / (2.25 * 2.25)), 1e-6));
  CHECK(window[0] == window[80]);
  CHECK(window[4] == window[36]);
  CHECK(gaussian_window(1) == std::vector<real>{1});
}

TEST_CASE("a second graph shares the parameters, one of other shapes is refused", "[layers]") {
  Sketch s;
  dense(s.b, s.b.input({4}), {.units = 3});
  batch_norm(s.b, s.b.input({4}));
  s.params.allocate(0);

  Graph second(s.params);
  Builder b(second);
  dense(b, b.input({4}), {.units = 3});
  batch_norm(b, b.input({4}));
  CHECK(s.params.size() == 4);
  CHECK(b.layers()[0].params == s.b.layers()[0].params);

  Graph third(s.params);
  Builder other(third);
  CHECK(error_of([&] { dense(other, other.input({5}), {.units = 3}); }) ==
        "shape_mismatch: [dense \"dense1\"] weight has shape 3x5, but the parameters hold one of 3x4 under "
        "that name.");
  CHECK(error_of([&] { batch_norm(other, other.input({6})); }) ==
        "shape_mismatch: [batch_norm \"batch_norm1\"] gamma has shape 6, but the parameters hold one of 4 "
        "under that "
        "name.");
}

TEST_CASE("a layer that makes no sense is refused in one sentence", "[layers]") {
  Sketch s;
  Builder& b = s.b;
  const ValueId maps = b.input({4, 6, 6}), row = b.input({10});
  CHECK(error_of([&] { dense(b, row, {.units = 0}); }) ==
        "invalid_argument: [dense \"dense1\"] units must be at least 1, not 0.");
  CHECK(error_of([&] { conv(b, maps, {.filters = 3, .stride = 0}); }) ==
        "invalid_argument: [conv \"conv1\"] stride must be at least 1, not 0.");
  CHECK(error_of([&] {
          conv(b, maps, {.filters = 2, .groups = 2, .connections = {1, 1, 1, 1, 1, 1, 1, 1}});
        }) ==
        "invalid_argument: [conv \"conv2\"] a connection table and 2 groups exclude each other. Write the "
        "groups into "
        "the table.");
  CHECK(error_of([&] {
          conv(b, maps, {.filters = 1, .connections = {0, 1, 2, 0}});
        }) == "invalid_argument: [conv \"conv3\"] the connection table holds numbers other than 0 and 1.");
  CHECK(error_of([&] { activation(b, row, {.type = Activation::none}); }) ==
        "invalid_argument: [act \"act1\"] no activation is named. Use relu, tanh or another.");
  CHECK(error_of([&] { dense(b, row, {.units = std::int64_t{1} << 40}); }) ==
        "invalid_argument: [dense \"dense2\"] weight 1099511627776x10 is too large: a network has at most "
        "16777216 "
        "parameters. Use fewer units or filters.");
  dense(b, row, {.units = 2, .name = "twice"});
  CHECK(error_of([&] { dense(b, row, {.units = 2, .name = "twice"}); }) ==
        "invalid_argument: [dense \"twice\"] the name \"twice\" is taken by another layer. Give this one "
        "another name.");
}

TEST_CASE("highway and residual blocks compute what they say", "[layers]") {
  Device device({.isa = "ref"});
  ParamStore params;
  Graph graph(device, params, 2);
  Builder b(graph);
  const ValueId x = b.input({3});
  const auto body = [&](ValueId v) { return dense(b, v, {.units = 3, .act = Activation::tanh}); };
  const ValueId gated = highway(b, x, body);
  const ValueId skipped = residual(b, x, body, {.act = Activation::relu});
  const auto narrow = [&](ValueId v) { return dense(b, v, {.units = 2}); };
  const ValueId projected = residual(b, x, narrow, {.project = true});
  params.allocate(0);
  params.initialize(5);

  const real input[6] = {0.5, -1, 2, 0, 0.25, -3};
  std::copy(std::begin(input), std::end(input), graph.view(x, 2).data);
  const Target targets[] = {{gated, 0}, {skipped, 0}, {projected, 0}};
  Schedule schedule(graph, targets, {});
  schedule.forward({.examples = 2});

  const auto value = [&](const char* name) { return params.value(params.find(name).value()).data; };
  const auto product = [&](const char* layer, int row, int unit) {
    double sum =
        params.find(layer + std::string(".bias")) ? value((layer + std::string(".bias")).c_str())[unit] : 0;
    for (int i = 0; i < 3; ++i)
      sum += double(value((layer + std::string(".weight")).c_str())[unit * 3 + i]) * input[row * 3 + i];
    return sum;
  };
  CHECK(value("highway1.bias")[0] == -2);
  for (int row = 0; row < 2; ++row) {
    for (int unit = 0; unit < 3; ++unit) {
      const double gate = math::sigmoid(product("highway1", row, unit)), in = input[row * 3 + unit];
      const double h = math::tanh(product("highway1.dense1", row, unit));
      CHECK_THAT(graph.view(gated, 2).data[row * 3 + unit], WithinAbs(gate * h + (1 - gate) * in, 1e-5));
      const double f = math::tanh(product("residual1.dense1", row, unit));
      CHECK_THAT(graph.view(skipped, 2).data[row * 3 + unit], WithinAbs(std::max(0.0, f + in), 1e-5));
    }
    for (int unit = 0; unit < 2; ++unit) {
      const double expected = product("residual2.dense1", row, unit) + product("residual2", row, unit);
      CHECK_THAT(graph.view(projected, 2).data[row * 2 + unit], WithinAbs(expected, 1e-5));
    }
  }
}
