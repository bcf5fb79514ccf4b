#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "gradient_checker.hpp"
#include "livegrad/error.hpp"
#include "livegrad/gradient_check.hpp"
#include "livegrad/ops.hpp"
#include "livegrad/trainer.hpp"

using nlohmann::json;

namespace {

constexpr const char* kSpec = R"({ "input": [1, 8, 8], "layers": [
    { "conv": 3, "kernel": 3, "pad": 1, "name": "conv" }, { "batch_norm": true, "name": "norm" }, { "act": "relu" },
    { "pool": 2 }, { "dense": 6, "act": "tanh", "dropout": 0.3, "name": "hidden" }, { "dense": 4, "name": "scores" },
    { "loss": "softmax", "smoothing": 0.1 } ] })";

std::set<std::string> names(const json& rows) {
  std::set<std::string> all;
  for (const json& row : rows)
    all.insert(row.at("layer").get<std::string>() + "." + row.at("parameter").get<std::string>());
  return all;
}

}  // namespace

TEST_CASE("the gradients of every layer of a spec agree with finite differences", "[gradient_check]") {
  const json result = json::parse(livegrad_check::check_gradients_json(kSpec, {}, 1, 40));
  CHECK(result.at("worst").get<double>() < 1e-6);
  CHECK(names(result.at("rows")) == std::set<std::string>{"input.input", "conv.weight", "conv.bias",
                                                          "norm.gamma", "norm.shift", "hidden.weight",
                                                          "hidden.bias", "scores.weight", "scores.bias"});
  for (const json& row : result.at("rows")) {
    INFO(row.dump());
    CHECK(row.at("checked").get<int>() + row.at("kinks").get<int>() > 2);
    CHECK(row.at("kinks").get<int>() <= row.at("checked").get<int>());
  }
}

TEST_CASE("the weights of a checkpoint are checked, and others refused", "[gradient_check]") {
  using namespace livegrad;
  Device device({.isa = "ref", .threads = 1});
  Trainer trainer(device, Spec::parse(kSpec));
  for (std::int64_t i = 0; i < trainer.params().extent(); ++i) trainer.params().values()[i] *= 1.5;
  const auto file = trainer.save();
  const json result = json::parse(livegrad_check::check_gradients_json(kSpec, file, 2, 10));
  CHECK(result.at("worst").get<double>() < 1e-6);
  CHECK(result != json::parse(livegrad_check::check_gradients_json(kSpec, {}, 2, 10)));
  CHECK_THROWS_AS(livegrad_check::check_gradients_json(kSpec, std::span(file).first(100), 2, 10),
                  std::runtime_error);
  CHECK_THROWS_AS(livegrad_check::check_gradients_json("{", {}, 2, 10), std::runtime_error);
}

TEST_CASE("a kink is left out and counted, not called an error", "[gradient_check]") {
  // Every weight 0: each ReLU's input is the 0 of its bias, so the biases lie on the kink.
  const json result = json::parse(livegrad_check::check_gradients_json(R"({ "input": [1, 3, 3], "layers": [
      { "dense": 5, "act": "relu", "init": { "constant": 0 }, "name": "hidden" },
      { "dense": 3, "name": "scores" }, { "loss": "softmax" } ] })",
                                                                       {}, 1, 5));
  CHECK(result.at("worst").get<double>() < 1e-6);
  for (const json& row : result.at("rows"))
    if (row.at("layer") == "hidden" && row.at("parameter") == "bias") CHECK(row.at("kinks") == 5);
}

TEST_CASE("a wrong gradient is found, and only where it is", "[gradient_check]") {
  using namespace livegrad;
  // y = x, whose gradient is said to be a thousandth too large.
  static constinit const OpDef wrong{
      .name = "wrong",
      .equation = "",
      .reference = "",
      .infer = [](Infer& i) { i.output(i.shape(0)); },
      .forward = [](Exec& e) noexcept { std::copy_n(e.in(0).data, e.in(0).size(), e.out().data); },
      .backward =
          [](Exec& e) noexcept {
            for (std::int64_t i = 0; i < e.dout().size(); ++i)
              e.din(0).data[i] = e.beta(0) * e.din(0).data[i] + 1.001 * e.dout().data[i];
          },
  };
  Device device({.isa = "ref", .threads = 1});
  ParamStore params;
  const ParamId first =
      params.add({.layer = "first", .role = "weight", .shape = {5, 6}, .init = Init::normal(1)});
  const ParamId second =
      params.add({.layer = "second", .role = "weight", .shape = {3, 5}, .init = Init::normal(1)});
  params.allocate(0);
  params.initialize(1);
  Graph graph(device, params, GradientChecker::kExamples);
  CheckedNetwork network{.classes = 3};
  network.input = graph.input({6});
  ValueId x = ops::tanh(graph, ops::dense(graph, network.input, graph.use(first)));
  x = graph.record(wrong, std::array{x});
  network.labels = graph.index_input({});
  network.loss = ops::softmax_cross_entropy(graph, ops::dense(graph, x, graph.use(second)), network.labels);

  GradientChecker checker(graph, network, 1);
  for (GradientChecker::Tensor& tensor : checker.tensors()) {
    checker.check(tensor, 0, 10);
    INFO(tensor.layer);
    CHECK(tensor.checked == 10);
    if (tensor.layer == "second")
      CHECK(tensor.worst < 1e-6);
    else  // what lies before the mistake
      CHECK(tensor.worst > 1e-4);
  }
}

TEST_CASE("networks over symbols are checked, each pass from a state of zero", "[gradient_check]") {
  const json result = json::parse(livegrad_check::check_gradients_json(R"({
      "input": { "sequence": 6, "symbols": 7 }, "layers": [ { "gru": 5, "carry": true, "name": "cell" },
      { "dense": 7, "name": "scores" }, { "loss": "softmax" } ] })",
                                                                       {}, 1, 20));
  CHECK(result.at("worst").get<double>() < 1e-6);
  CHECK(names(result.at("rows")).contains("cell.recurrent"));
  for (const json& row : result.at("rows")) CHECK(row.at("checked").get<int>() > 2);
}
