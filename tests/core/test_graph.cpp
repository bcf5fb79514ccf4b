#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "livegrad/device.hpp"
#include "livegrad/error.hpp"
#include "livegrad/ops.hpp"
#include "livegrad/xtensor.hpp"

namespace livegrad {

namespace {

/// y = tanh(x W^T) with one shared weight.
struct Fixture {
  Device device;
  ParamStore params;
  ParamId weight =
      params.add({.layer = "cell", .role = "weight", .shape = {3, 3}, .init = Init::normal(0.5)});

  Fixture() {
    params.allocate(0);
    params.initialize(5);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "views share memory with the graph and with xtensor", "[graph]") {
  Graph g(device, params, 4);
  const ValueId x = g.input({3});
  const ValueId y = ops::affine(g, x, 2, 1);
  as_xt<2>(g.view(x, 4)).fill(real(1.5));
  const Target target{y, 1};
  Schedule schedule(g, std::span(&target, 1), {});
  schedule.forward({.examples = 4});
  CHECK(as_xt<2>(g.view(y, 4))(3, 2) == real(4));
  CHECK(g.view(y, 2).shape == Shape{2, 3});
  CHECK_THROWS_AS(as_xt<3>(g.view(y, 2)), Error);
  CHECK(!schedule.gradient(y, 4));
}

TEST_CASE_METHOD(Fixture, "gradients of a shared parameter add up", "[graph]") {
  Graph g(device, params, 2);
  const ValueId x = g.input({3});
  const ValueId w = g.use(weight);
  CHECK(g.use(weight) == w);
  const ValueId once = ops::dense(g, x, w);
  const ValueId twice = ops::dense(g, once, w);
  const std::array targets{Target{twice, 1}, Target{once, 0}};
  Schedule schedule(g, targets, Wrt::parameters());
  as_xt<2>(g.view(x, 2)).fill(real(1));
  const Run run{.examples = 2};
  schedule.forward(run);
  schedule.backward(run);
  const TensorView dw = params.gradient(weight);
  const std::vector<real> first(dw.data, dw.data + dw.size());
  // d/dW of mean over rows of sum(W W x): check one element by a difference quotient.
  const auto objective = [&] {
    schedule.forward(run);
    double sum = 0;
    for (const real v : std::span(g.view(twice, 2).data, 6)) sum += double(v) / 2;
    return sum;
  };
  const TensorView values = params.value(weight);
  const real saved = values.data[4];
  values.data[4] = saved + real(0.01);
  const double above = objective();
  values.data[4] = saved - real(0.01);
  const double below = objective();
  values.data[4] = saved;
  CHECK_THAT(double(first[4]), Catch::Matchers::WithinAbs((above - below) / 0.02, 1e-3));

  SECTION("a second pass overwrites instead of adding") {
    schedule.forward(run);
    schedule.backward(run);
    CHECK(std::vector<real>(dw.data, dw.data + dw.size()) == first);
  }
}

TEST_CASE_METHOD(Fixture, "a schedule visits only what its targets and gradients need", "[graph]") {
  Graph g(device, params, 1);
  const ValueId x = g.input({3});
  const ValueId before = ops::tanh(g, x);
  const ValueId y = ops::dense(g, before, g.use(weight));
  ops::relu(g, before);  // nobody asks for it
  const Target target{y, 1};

  Schedule training(g, std::span(&target, 1), Wrt::parameters());
  CHECK(training.forward_order().size() == 2);
  CHECK(!training.gradient(x, 1));
  CHECK(!training.gradient(before, 1));
  CHECK(training.gradient(g.use(weight), 1).data == params.gradient(weight).data);

  std::vector<real> apart(std::size_t(params.extent()));
  Schedule saliency(g, std::span(&target, 1), {.parameter_groups = 0, .inputs = true});
  CHECK(saliency.gradient(x, 1));
  CHECK(!saliency.gradient(g.use(weight), 1));
  Schedule probe(g, std::span(&target, 1), {.parameter_groups = 1, .parameter_gradients = apart.data()});
  CHECK(probe.gradient(g.use(weight), 1).data == apart.data());
  CHECK(!Schedule(g, std::span(&target, 1), {.parameter_groups = 2}).gradient(g.use(weight), 1));
}

namespace {

/// Products with an activation after them: in the same layer and another, read once and twice, as a target, with a slope
/// below 0.
struct Products {
  Device device;
  ParamStore params;
  std::vector<ParamId> weights;
  std::optional<Graph> graph;
  ValueId x, conv, relu, sigmoid_in, sigmoid, twice, tanh, negative, last;

  ParamId weight(const Shape& shape) {
    const std::string layer = text("w{}", weights.size());
    return weights.emplace_back(
        params.add({.layer = layer, .role = "weight", .shape = shape, .init = Init::normal(0.4)}));
  }
  Products() {
    const ParamId w0 = weight({4, 2, 3, 3}), w1 = weight({4, 4, 3, 3}), w2 = weight({7, 100}),
                  w3 = weight({7, 7}), w4 = weight({5, 7}), b0 = weight({4});
    params.allocate(0);
    params.initialize(3);
    Graph& g = graph.emplace(device, params, 3);
    x = g.input({2, 12, 12});
    g.enter_scope("conv");
    conv = ops::conv2d(g, x, g.use(w0), g.use(b0), {});
    relu = ops::relu(g, conv);
    g.enter_scope("pool");
    ValueId y = ops::pool2d(g, relu, {});
    g.enter_scope("second");
    sigmoid_in = ops::conv2d(g, y, g.use(w1), {}, {.pad = 1});
    g.enter_scope("sigmoid");
    sigmoid = ops::sigmoid(g, sigmoid_in);
    g.enter_scope("dense");
    twice = ops::dense(g, ops::flatten(g, sigmoid), g.use(w2));
    tanh = ops::tanh(g, twice);
    y = ops::elu(g, ops::dense(g, tanh, g.use(w3)), real(0.5));
    y = ops::add(g, y, twice);
    negative = ops::dense(g, y, g.use(w4));
    last = ops::leaky_relu(g, negative, real(-0.5));
    targets = {Target{last, 1}, Target{relu, real(0.25)}};
    const TensorView values = g.view(x, 3);
    for (std::int64_t i = 0; i < values.size(); ++i) values.data[i] = real(i % 17 - 8) / 8;
  }
  Schedule schedule(Keep keep) const { return {*graph, targets, wrt, keep}; }
  std::array<Target, 2> targets;
  Wrt wrt{.parameter_groups = Wrt::kAllGroups, .inputs = true};
};

std::vector<real> copied(const TensorView& view) { return {view.data, view.data + view.size()}; }

}  // namespace

TEST_CASE_METHOD(Products, "an activation that takes its product's place changes no bit", "[graph]") {
  std::vector<std::vector<real>> expected;
  for (const Keep keep : {Keep::everything, Keep::layers, Keep::targets}) {
    INFO("keep " << int(keep));
    Schedule schedule = this->schedule(keep);
    for (const std::int64_t examples : {3, 2}) {
      schedule.forward({.examples = examples});
      schedule.backward({.examples = examples});
    }
    std::vector<std::vector<real>> seen;
    for (const ValueId id : {relu, sigmoid, twice, tanh, negative, last})
      seen.push_back(copied(graph->view(id, 2)));
    for (const ParamId id : weights) seen.push_back(copied(params.gradient(id)));
    seen.push_back(copied(schedule.gradient(x, 2)));
    if (expected.empty()) expected = seen;
    CHECK(seen == expected);
  }
}

TEST_CASE_METHOD(Products, "what a schedule keeps, and what it says of the rest", "[graph]") {
  const Schedule everything = schedule(Keep::everything), layers = schedule(Keep::layers),
                 least = schedule(Keep::targets);
  for (const ValueId id : {conv, relu, sigmoid_in, sigmoid, twice, negative}) {
    CHECK(everything.keeps(id));
    CHECK(everything.gradient(id, 3));
    CHECK(layers.gradient(id, 3));
  }
  CHECK_FALSE(layers.keeps(conv));
  CHECK(layers.keeps(sigmoid_in));  // another layer's
  CHECK_FALSE(least.keeps(conv));
  CHECK_FALSE(least.keeps(sigmoid_in));
  CHECK(least.gradient(conv, 3));  // in the place of that of the activation
  CHECK_FALSE(least.gradient(relu, 3));
  CHECK_FALSE(least.gradient(sigmoid, 3));
  for (const ValueId id :
       {twice, negative}) {  // read twice; an activation whose output does not tell its slope
    CHECK(least.keeps(id));
    CHECK(least.gradient(id, 3));
  }
  const Target shown{conv, 0};
  CHECK(Schedule(*graph, std::array{targets[0], shown}, wrt, Keep::targets).keeps(conv));
}

TEST_CASE_METHOD(Fixture, "labels cannot be differentiated", "[graph][errors]") {
  Graph g(device, params, 1);
  const Target target{g.index_input({}), 1};
  CHECK_THROWS_AS(Schedule(g, std::span(&target, 1), Wrt::parameters()), Error);
}

// A recursive network: the graph of each tree is recorded, run and forgotten. Different trees of one shared cell.
TEST_CASE_METHOD(Fixture, "a rewound graph learns from one structure after another without growing",
                 "[graph]") {
  Graph g(device, params, 1);
  const ValueId leaf = g.input({3});
  as_xt<2>(g.view(leaf, 1)) = xt::xtensor<real, 2>{{real(0.1), real(-0.4), real(0.3)}};
  const Graph::Mark mark = g.mark();
  const Target none{leaf, 0};
  Schedule schedule(g, std::span(&none, 1), {});

  const auto gradient_of_depth = [&](int depth) {
    g.rewind(mark);
    g.enter_scope("tree");
    ValueId node = leaf;
    for (int i = 0; i < depth; ++i) node = ops::tanh(g, ops::dense(g, node, g.use(weight)));
    const Target target{node, 1};
    schedule.rebuild(std::span(&target, 1), Wrt::parameters());
    const Run run{.examples = 1};
    schedule.forward(run);
    schedule.backward(run);
    const TensorView dw = params.gradient(weight);
    return std::vector<real>(dw.data, dw.data + dw.size());
  };
  const std::vector<real> three = gradient_of_depth(3);
  const std::vector<real> one = gradient_of_depth(1);
  CHECK(one != three);
  for (int i = 0; i < 100; ++i) gradient_of_depth(1 + i % 7);
  CHECK(g.values().size() < 20);
  CHECK(gradient_of_depth(3) == three);
  CHECK(gradient_of_depth(1) == one);
}

TEST_CASE("the first value that is not finite is named", "[graph]") {
  Device device;
  ParamStore params;
  const ParamId w = params.add({.layer = "exploding", .role = "weight", .shape = {2, 2}, .init = {}});
  params.allocate(0);
  std::ranges::fill(std::span(params.values(), 4), real(1e30));
  Graph g(device, params, 1);
  const ValueId x = g.input({2});
  g.enter_scope("exploding");
  const ValueId product = ops::dense(g, x, g.use(w), {});
  g.enter_scope("after");
  const ValueId y = ops::relu(g, product);
  const Target target{y, 1};
  // Also where the activation takes the place of the product.
  for (const Keep keep : {Keep::everything, Keep::targets}) {
    Schedule schedule(g, std::span(&target, 1), {}, keep);
    REQUIRE(schedule.keeps(product) == (keep == Keep::everything));
    const Run run{.examples = 1};
    as_xt<2>(g.view(x, 1)).fill(real(1e30));
    schedule.forward(run);
    CHECK(schedule.first_nonfinite(run) == product);
    as_xt<2>(g.view(x, 1)).fill(real(0));
    schedule.forward(run);
    CHECK(schedule.first_nonfinite(run).index == -1);
  }
}

TEST_CASE("an instruction set can be forced, and unknown ones are refused", "[device]") {
  for (const std::string& isa : Device::available_isas()) CHECK(Device({.isa = isa}).isa() == isa);
  CHECK_THROWS_AS(Device({.isa = "mmx"}), Error);
  if (const char* forced = std::getenv("LIVEGRAD_ISA"); forced != nullptr && *forced != '\0') {
    CHECK(Device().isa() == forced);
  }
}

}  // namespace livegrad
