#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "livegrad/device.hpp"
#include "livegrad/spec.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad {

namespace {

using Json = nlohmann::json;

std::span<real> numbers(const TensorView& view) { return {view.data, std::size_t(view.size())}; }

void check_close(std::span<const real> actual, const Json& expected, const std::string& what) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t k = 0; k < actual.size(); ++k) {
    INFO(what << ", element " << k);
    REQUIRE(std::abs(double(actual[k]) - expected[k].get<double>()) <= 2e-6);
  }
}

}  // namespace

TEST_CASE("networks over sequences give PyTorch's scores and gradients", "[recurrent][golden]") {
  std::ifstream file(std::string(LIVEGRAD_SOURCE_DIR) + "/tests/golden/sequences.json");
  REQUIRE(file);
  for (const Json& c : Json::parse(file)) {
    DYNAMIC_SECTION(c["name"].get<std::string>()) {
      const std::int64_t n = c["batch"];
      Device device;
      ParamStore params;
      Graph graph(device, params, n);
      const Spec spec = Spec::parse(c["spec"].dump());
      const Network network = spec.record(graph);
      params.allocate(0);
      for (const Json& p : c["parameters"]) {
        const auto id = params.find(p["name"].get<std::string>());
        REQUIRE(id);
        std::ranges::copy(p["values"].get<std::vector<real>>(), params.value(*id).data);
      }
      REQUIRE(params.size() == int(c["parameters"].size()));
      if (spec.takes_symbols()) {
        std::ranges::copy(c["input"].get<std::vector<std::int32_t>>(),
                          graph.index_view(network.input, n).data);
      } else {
        std::ranges::copy(c["input"].get<std::vector<real>>(), graph.view(network.input, n).data);
      }
      const Target target{network.output};
      Schedule schedule(graph, std::span(&target, 1), Wrt::parameters());
      const Run run{.examples = n, .training = true, .seed = 1, .step = 0};
      schedule.forward(run);
      check_close(numbers(graph.view(network.output, n)), c["output"], "scores");
      std::ranges::copy(c["cotangent"].get<std::vector<real>>(), schedule.gradient(network.output, n).data);
      schedule.backward_given(run);
      for (const Json& p : c["parameters"]) {
        const std::string name = p["name"];
        check_close(numbers(params.gradient(*params.find(name))), p["gradient"], name);
      }
    }
  }
}

TEST_CASE("the weights of an echo state network stay as drawn, and its readout learns", "[recurrent][echo]") {
  Device device;
  Trainer trainer(device, Spec::parse(R"({"input": {"symbols": 4, "sequence": 6},
    "layers": [{"rnn": 9, "echo": true, "spectral_radius": 0.7, "leak": 0.5, "name": "echo"},
               {"dense": "symbols", "name": "output"}, {"loss": "softmax"}],
    "training": {"optimizer": {"type": "adam", "rate": 0.1, "l2": 0.001}, "batch": 2}})"));
  const auto text = std::make_shared<const Text>(read_text(
      std::span(reinterpret_cast<const std::uint8_t*>("abcdabcdabcdabcdabcdabcdabcd"), 28), "abcd"));
  trainer.set_text(text, TextSplit::none);
  const auto weights = [&](const char* name) {
    const auto all = numbers(trainer.params().value(*trainer.params().find(name)));
    return std::vector<real>(all.begin(), all.end());
  };
  const auto input = weights("echo.weight"), recurrent = weights("echo.recurrent"),
             bias = weights("echo.bias"), readout = weights("output.weight");
  const double first = trainer.step().loss;
  double last = first;
  for (int i = 0; i < 100; ++i) last = trainer.step().loss;
  CHECK(weights("echo.weight") == input);
  CHECK(weights("echo.recurrent") == recurrent);
  CHECK(weights("echo.bias") == bias);
  CHECK(weights("output.weight") != readout);
  CHECK(last < 0.1 * first);
  CHECK(std::abs(spectral_radius(recurrent, 9) - 0.7) < 1e-4);
}

}  // namespace livegrad
