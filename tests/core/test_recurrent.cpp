#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "counting_allocator.hpp"
#include "livegrad/device.hpp"
#include "livegrad/inspect.hpp"
#include "livegrad/layers.hpp"
#include "livegrad/spec.hpp"

namespace livegrad {

namespace {

using Json = nlohmann::json;

void check_close(std::span<const real> actual, const Json& expected, const std::string& what,
                 double tolerance) {
  REQUIRE(actual.size() == expected.size());
  double scale = 1;
  for (const Json& value : expected) scale = std::max(scale, std::abs(value.get<double>()));
  for (std::size_t k = 0; k < actual.size(); ++k) {
    INFO(what << ", element " << k);
    REQUIRE(std::abs(double(actual[k]) - expected[k].get<double>()) <= tolerance * scale);
  }
}

std::span<real> numbers(const TensorView& view) { return {view.data, std::size_t(view.size())}; }

/// A small network over symbols, recorded for `steps` steps of a batch of 3.
struct Net {
  Device device;
  ParamStore params;
  Graph graph;
  Network network;
  std::unique_ptr<Schedule> schedule;
  Run run{.examples = 3, .training = true, .seed = 1, .step = 0};

  Net(const std::string& layer, std::int64_t steps, bool train = true, const Device::Options& options = {})
      : device(options), graph(device, params, 3) {
    const Spec spec = Spec::parse(R"({"input": {"symbols": 7, "sequence": 8}, "layers": [)" + layer +
                                  R"(, {"dense": "symbols"}, {"loss": "softmax"}]})");
    network = spec.record(graph, steps);
    params.allocate(0);
    params.initialize(5);
    const Target target{network.loss};
    schedule = std::make_unique<Schedule>(graph, std::span(&target, 1), train ? Wrt::parameters() : Wrt{});
  }
  /// Steps [first, first + T) of one and the same text.
  void read(std::int64_t first) {
    const IndexView x = graph.index_view(network.input, 3), labels = graph.index_view(network.labels, 3);
    for (std::int64_t n = 0; n < 3; ++n)
      for (std::int64_t t = 0; t < x.shape[1]; ++t) {
        x.data[n * x.shape[1] + t] = std::int32_t((3 * (first + t) + 2 * n) % 7);
        labels.data[n * x.shape[1] + t] = std::int32_t((3 * (first + t + 1) + 2 * n) % 7);
      }
  }
  std::span<const real> logits() { return numbers(graph.view(network.output, 3)); }
};

const std::string kLayers[] = {
    R"({"rnn": 5, "carry": true})",
    R"({"gru": 5, "carry": true})",
    R"({"lstm": 5, "carry": true})",
    R"({"lstm": 6, "layers": 2, "carry": true, "peephole": true})",
    R"({"rnn": 5, "carry": true, "layer_norm": true, "leak": 0.5})",
    R"({"gru": 5, "carry": true, "layer_norm": true})",
    R"({"lstm": 6, "layers": 2, "carry": true, "layer_norm": true, "peephole": true})"};

}  // namespace

TEST_CASE("recurrent layers give PyTorch's values and gradients", "[recurrent][golden]") {
  std::ifstream file(std::string(LIVEGRAD_SOURCE_DIR) + "/tests/golden/recurrent.json");
  REQUIRE(file);
  Device device;
  for (const Json& c : Json::parse(file)) {
    const std::string cell = c.at("cell");
    const std::int64_t n = c["shape"][0], steps = c["shape"][1], inputs = c["shape"][2];
    DYNAMIC_SECTION(
        cell << ", " << c["layers"] << " layers" << (c["bidirectional"].get<bool>() ? ", bidirectional" : "")
             << (c["relu"].get<bool>() ? ", relu" : "") << (c["symbols"].get<bool>() ? ", symbols" : "")
             << (c.value("layer_norm", false) ? ", layer norm" : "")
             << (c.value("peephole", false) ? ", peephole" : "")
             << (c.value("leak", 1.0) < 1 ? ", leak" : "")) {
      // Layer norm divides by a deviation, which makes roundings larger: as in the cases of its kernel.
      const double tolerance = c.value("layer_norm", false) ? 1e-5 : 2e-6;
      ParamStore params;
      Graph graph(device, params, n);
      Builder b(graph);
      const bool symbols = c["symbols"];
      const ValueId x = symbols ? graph.index_input({steps}) : graph.input({steps, inputs});
      const ValueId y = recurrent(b, x, inputs,
                                  {.cell = cell == "rnn"   ? CellType::rnn
                                           : cell == "gru" ? CellType::gru
                                                           : CellType::lstm,
                                   .units = c["hidden"],
                                   .layers = c["layers"],
                                   .bidirectional = c["bidirectional"],
                                   .act = c["relu"].get<bool>() ? RnnActivation::relu : RnnActivation::tanh,
                                   .leak = c.value("leak", 1.0),
                                   .peephole = c.value("peephole", false),
                                   .layer_norm = c.value("layer_norm", false),
                                   .name = "case"});
      params.allocate(0);
      for (const Json& p : c["parameters"]) {
        const auto id = params.find(p["name"].get<std::string>());
        REQUIRE(id);
        std::ranges::copy(p["values"].get<std::vector<real>>(), params.value(*id).data);
      }
      REQUIRE(params.size() == int(c["parameters"].size()));
      if (symbols) {
        std::ranges::copy(c["input"].get<std::vector<std::int32_t>>(), graph.index_view(x, n).data);
      } else {
        std::ranges::copy(c["input"].get<std::vector<real>>(), graph.view(x, n).data);
      }
      Wrt wrt = Wrt::parameters();
      wrt.inputs = true;
      const Target target{y};
      Schedule schedule(graph, std::span(&target, 1), wrt);
      const Run run{.examples = n, .training = true, .seed = 1, .step = 0};
      schedule.forward(run);
      check_close(numbers(graph.view(y, n)), c["output"], "output", tolerance);
      std::ranges::copy(c["cotangent"].get<std::vector<real>>(), schedule.gradient(y, n).data);
      schedule.backward_given(run);
      for (const Json& p : c["parameters"]) {
        const std::string name = p["name"];
        check_close(numbers(params.gradient(*params.find(name))), p["gradient"], name, tolerance);
      }
      if (!symbols) check_close(numbers(schedule.gradient(x, n)), c["input_gradient"], "input", tolerance);
    }
  }
}

TEST_CASE("carried state makes pieces of a text the same as the whole", "[recurrent]") {
  for (const std::string& layer : kLayers) {
    DYNAMIC_SECTION(layer) {
      Net whole(layer, 8), pieces(layer, 2), sampler(layer, 1, false);
      whole.read(0);
      whole.schedule->forward(whole.run);
      const auto all = whole.logits();
      const std::int64_t width = whole.network.classes;
      for (std::int64_t first = 0; first < 8; first += 2) {
        pieces.read(first);
        pieces.schedule->forward(pieces.run);
        for (std::int64_t n = 0; n < 3; ++n)
          for (std::int64_t k = 0; k < 2 * width; ++k)
            REQUIRE(pieces.logits()[std::size_t(n * 2 * width + k)] ==
                    all[std::size_t((n * 8 + first) * width + k)]);
      }
      // One step at a time, packing the weights once.
      for (std::int64_t t = 0; t < 8; ++t) {
        sampler.run.same_parameters = t > 0;
        sampler.read(t);
        sampler.schedule->forward(sampler.run);
        for (std::int64_t n = 0; n < 3; ++n)
          for (std::int64_t k = 0; k < width; ++k)
            REQUIRE(sampler.logits()[std::size_t(n * width + k)] ==
                    all[std::size_t((n * 8 + t) * width + k)]);
      }
      // Zeros begin anew.
      REQUIRE(!pieces.network.carried.empty());
      for (const ValueId state : pieces.network.carried)
        std::ranges::fill(numbers(pieces.graph.view(state, 3)), real(0));
      pieces.read(0);
      pieces.schedule->forward(pieces.run);
      CHECK(pieces.logits()[0] == all[0]);
    }
  }
}

TEST_CASE("padding leaves the state as it is", "[recurrent]") {
  Device device;
  ParamStore params;
  Graph graph(device, params, 2);
  const Spec spec = Spec::parse(R"({"input": {"symbols": 5, "sequence": 6, "padding": true},
    "layers": [{"lstm": 4, "layers": 2}, {"last_step": true}, {"dense": 3}, {"loss": "softmax"}]})");
  const Network network = spec.record(graph);
  params.allocate(0);
  params.initialize(2);
  const Target target{network.loss};
  Schedule schedule(graph, std::span(&target, 1), Wrt::parameters());
  const std::vector<std::int32_t> symbols{1, 4, 2, -1, -1, -1, 3, 1, 4, 2, 0, 3};
  std::ranges::copy(symbols, graph.index_view(network.input, 2).data);
  const Run run{.examples = 2, .training = true, .seed = 1, .step = 0};
  schedule.forward(run);

  ParamStore same;
  Graph shorter(device, same, 1);
  const Network three = spec.record(shorter, 3);
  same.allocate(0);
  same.initialize(2);
  const Target short_target{three.loss};
  Schedule short_schedule(shorter, std::span(&short_target, 1), Wrt{});
  std::copy_n(symbols.begin(), 3, shorter.index_view(three.input, 1).data);
  short_schedule.forward({.examples = 1, .training = true, .seed = 1, .step = 0});
  for (std::size_t k = 0; k < 3; ++k)
    CHECK(numbers(graph.view(network.output, 2))[k] == numbers(shorter.view(three.output, 1))[k]);
}

TEST_CASE("a head over padded sequences sees what it would see without padding", "[recurrent]") {
  for (const std::string head : {"last_step", "mean_over_steps"}) {
    for (const std::string layer :
         {R"({"embedding": 5})", R"({"gru": 5, "bidirectional": true})",
          R"({"lstm": 5, "layers": 2, "bidirectional": true, "layer_norm": true})"}) {
      DYNAMIC_SECTION(head << " of " << layer) {
        const Spec spec =
            Spec::parse(R"({"input": {"symbols": 5, "sequence": 6, "padding": true}, "layers": [)" + layer +
                        ", {\"" + head + R"(": true}, {"dense": 3}, {"loss": "softmax"}]})");
        const std::vector<std::vector<std::int32_t>> texts{{1, 4, 2}, {3}, {2, 0, 4, 1, 1, 3}};
        Device device;
        ParamStore params;
        Graph graph(device, params, 3);
        const Network network = spec.record(graph);
        params.allocate(0);
        params.initialize(2);
        const Target target{network.loss};
        Schedule schedule(graph, std::span(&target, 1), Wrt::parameters());
        const Run run{.examples = 3, .training = true, .seed = 1, .step = 0};
        const IndexView symbols = graph.index_view(network.input, 3),
                        labels = graph.index_view(network.labels, 3);
        std::fill_n(symbols.data, symbols.size(), -1);
        for (std::size_t n = 0; n < 3; ++n) {
          std::ranges::copy(texts[n], symbols.data + 6 * n);
          labels.data[n] = std::int32_t(n);
        }
        schedule.forward(run);
        schedule.backward(run);
        std::vector<real> sum(std::size_t(params.extent()), real(0));
        for (std::size_t n = 0; n < 3; ++n) {
          ParamStore same;
          Graph alone(device, same, 1);
          const Network shorter = spec.record(alone, std::int64_t(texts[n].size()));
          same.allocate(0);
          same.initialize(2);
          const Target one{shorter.loss};
          Schedule one_schedule(alone, std::span(&one, 1), Wrt::parameters());
          std::ranges::copy(texts[n], alone.index_view(shorter.input, 1).data);
          alone.index_view(shorter.labels, 1).data[0] = std::int32_t(n);
          const Run single{.examples = 1, .training = true, .seed = 1, .step = 0};
          one_schedule.forward(single);
          one_schedule.backward(single);
          for (std::size_t k = 0; k < 3; ++k)
            CHECK(numbers(graph.view(network.output, 3))[3 * n + k] ==
                  numbers(alone.view(shorter.output, 1))[k]);
          for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += same.gradients()[k] / real(3);
        }
        for (std::size_t k = 0; k < sum.size(); ++k)
          REQUIRE(std::abs(params.gradients()[k] - sum[k]) <= 2e-6);
      }
    }
  }
}

TEST_CASE("a step over sequences allocates nothing", "[recurrent]") {
  for (const std::string& layer : kLayers) {
    Net net(layer, 8, true, {.isa = Device::available_isas().front(), .threads = 1});  // ref is free to
    net.read(0);
    net.schedule->forward(net.run);
    net.schedule->backward(net.run);
    const auto before = test::allocations();
    for (int i = 0; i < 3; ++i) {
      net.schedule->forward(net.run);
      net.schedule->backward(net.run);
    }
    CHECK(test::allocations() == before);
  }
}

TEST_CASE("the gradient of carried training does not depend on the number of threads", "[recurrent]") {
  const auto gradient = [](int threads) {
    Device device({.isa = "", .threads = threads});
    ParamStore params;
    Graph graph(device, params, 16);
    Builder b(graph);
    const ValueId y = recurrent(b, graph.index_input({20}), 30, {.units = 48, .layers = 2});
    params.allocate(0);
    params.initialize(3);
    const Target target{y};
    Schedule schedule(graph, std::span(&target, 1), Wrt::parameters());
    const Run run{.examples = 16, .training = true, .seed = 1, .step = 0};
    schedule.forward(run);
    schedule.backward(run);
    const auto all = std::span(params.gradients(), std::size_t(params.extent()));
    return std::vector<real>(all.begin(), all.end());
  };
  CHECK(gradient(1) == gradient(3));
}

TEST_CASE("recurrent weights start orthogonal, or with a spectral radius", "[recurrent][init]") {
  ParamStore params;
  const ParamId q =
      params.add({.layer = "a", .role = "recurrent", .shape = {24, 8}, .init = Init::orthogonal()});
  Init scaled = Init::normal(1);
  scaled.spectral_radius = 0.8;
  const ParamId e = params.add({.layer = "b", .role = "recurrent", .shape = {30, 30}, .init = scaled});
  params.allocate(0);
  params.initialize(4);
  const real* rows = params.value(q).data;
  for (int block = 0; block < 3; ++block)
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < 8; ++j) {
        const double dot = std::inner_product(rows + (8 * block + i) * 8, rows + (8 * block + i + 1) * 8,
                                              rows + (8 * block + j) * 8, 0.0);
        CHECK(std::abs(dot - (i == j)) < 1e-6);
      }
  CHECK(std::abs(spectral_radius(numbers(params.value(e)), 30) - 0.8) < 1e-4);
  // A rotation scaled by 0.5, whose eigenvalues are complex, beside -0.2.
  const std::vector<real> turn{real(0.3), real(-0.4), 0, real(0.4), real(0.3), 0, 0, 0, real(-0.2)};
  CHECK(std::abs(spectral_radius(turn, 3) - 0.5) < 1e-5);
  CHECK(spectral_radius(std::vector<real>(9, real(0)), 3) == 0);

  // On request, gate by gate: a multiple of an orthogonal matrix has that multiple.
  ParamStore gru;
  const ParamId gates =
      gru.add({.layer = "c", .role = "recurrent", .shape = {9, 3}, .init = Init::orthogonal()});
  gru.allocate(0);
  gru.initialize(4);
  for (real& w : numbers(gru.value(gates)).subspan(3 * 3, 3 * 3)) w *= real(0.25);
  std::ranges::copy(turn, gru.value(gates).data + 2 * 3 * 3);
  const std::vector<RecurrentRadius> radii = spectral_radii(gru);
  REQUIRE(radii.size() == 3);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(radii[k].layer == "c");
    CHECK(radii[k].gate == std::string(1, "rzn"[k]));
    CHECK(std::abs(radii[k].radius - (k == 0 ? 1 : k == 1 ? 0.25 : 0.5)) < 1e-5);
  }
  CHECK_THROWS_AS(spectral_radii(ParamStore()), Error);
}

TEST_CASE("mistakes in specs of sequences give one sentence", "[recurrent][errors]") {
  const auto message = [](const std::string& input, const std::string& layers) -> std::string {
    try {
      Spec::parse(R"({"input": )" + input + R"(, "layers": [)" + layers + "]}");
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  };
  const std::string text = R"({"symbols": 9, "sequence": 50})",
                    tail = R"(, {"dense": "symbols"}, {"loss": "softmax"})";
  CHECK(message(text, R"({"lstm": 4})" + tail) == "no error");
  CHECK(message(R"({"sequence": 50})",
                R"({"embedding": 3}, {"gru": 4, "layers": 2, "bidirectional": true})" + tail) == "no error");
  CHECK(
      message(
          R"({"features": 3, "sequence": 8})",
          R"({"rnn": 4, "echo": true, "spectral_radius": 0.9, "leak": 0.5, "act": "relu"}, {"mean_over_steps": true},
                   {"dense": 2}, {"loss": "softmax"})") == "no error");
  CHECK(message(
            "[3]",
            R"({"repeat_steps": 6}, {"lstm": 4}, {"last_step": true}, {"dense": 2}, {"loss": "softmax"})") ==
        "no error");
  CHECK(message(text, R"({"embedding": 5}, {"conv1d": 6, "kernel": 3, "causal": true, "act": "relu"},
                         {"gru": 4, "layers": 2, "name": "encoder"}, {"last_step": true}, {"repeat_steps": 50},
                         {"gru": 4, "layers": 2, "initial": "encoder"})" +
                          tail) == "no error");
  CHECK(message(text, R"({"gru": 4, "name": "encoder"}, {"lstm": 4, "initial": "encoder"})" + tail)
            .ends_with("initial names a layer of 1 x gru 4. Make this one like it."));
  CHECK(message(text, R"({"gru": 4, "name": "encoder"}, {"gru": 4, "initial": "incoder"})" + tail)
            .ends_with("Did you mean \"encoder\"?"));
  CHECK(message(text, R"({"conv1d": 4})" + tail).ends_with("Put an embedding before it."));
  CHECK(
      message("[1, 28, 28]", R"({"lstm": 4}, {"dense": 2}, {"loss": "softmax"})")
          .ends_with(
              R"(lstm "lstm1": its input 1x28x28 is not a sequence of steps x features. Use an input such as )"
              R"({"symbols": 65, "sequence": 50}, or a repeat_steps before it.)"));
  CHECK(message("[3]", R"({"dense": "symbols"}, {"loss": "softmax"})")
            .ends_with("dense \"dense1\": it has one unit for each symbol, but the network's input is not "
                       "symbols. Give it a "
                       "number of units."));
  CHECK(message(text, R"({"lstm": 4, "carry": true, "bidirectional": true})" + tail)
            .ends_with("a bidirectional layer needs the whole sequence at once. Take one of the two out."));
  CHECK(message(text, R"({"lstm": 4, "layers": 3, "pyramid": true})" + tail)
            .ends_with(
                "a sequence of 50 steps cannot be halved 2 times. Use a length that is a multiple of 4."));
  CHECK(message(text, R"({"rnn": 513, "spectral_radius": 0.9})" + tail)
            .ends_with("spectral_radius is worked out for at most 512 units, not 513."));
  CHECK(message(text, R"({"gru": 4, "layers": 2, "layer_norm": true, "bidirectional": true})" + tail) ==
        "no error");
  CHECK(message(text, R"({"lstm": 4, "layer_norm": true, "bias": false})" + tail)
            .ends_with(R"(lstm "lstm1": layer_norm shifts by the bias. Take layer_norm or bias out.)"));
  CHECK(
      message(text, R"({"rnn": 4, "layer_norm": true, "spectral_radius": 0.9})" + tail)
          .ends_with(
              "layer_norm undoes the scale of the recurrent weights, which spectral_radius sets. Take one of "
              "the two out."));
  CHECK(message(text, R"({"embedding": 4, "layer_norm": true})" + tail)
            .ends_with("has two kinds, layer_norm and embedding. Write two layers."));
  CHECK(message(text, R"({"gru": 4, "echo": true})" + tail).find("there is no key \"echo\"") !=
        std::string::npos);
  const std::string padded = R"({"symbols": 9, "sequence": 50, "padding": true})",
                    head = R"(, {"mean_over_steps": true}, {"dense": 2}, {"loss": "softmax"})";
  CHECK(message(padded, R"({"lstm": 4})" + head) == "no error");
  CHECK(message(padded, R"({"embedding": 4}, {"conv1d": 4, "causal": true})" + head) == "no error");
  CHECK(message(padded, R"({"embedding": 4}, {"conv1d": 4, "stride": 2})" + head)
            .ends_with(
                R"(mean_over_steps "mean_over_steps1": it gets 24 steps, and the input says of 50 which are )"
                R"(padding. Keep their number: a conv1d with causal and stride 1 does.)"));
  CHECK(message(R"({"symbols": 9, "features": 2, "sequence": 50})", R"({"lstm": 4})" + tail)
            .find("but must be") != std::string::npos);
  CHECK(message(R"({"symbols": 1, "sequence": 50})", R"({"lstm": 4})" + tail).find("but must be") !=
        std::string::npos);
  CHECK(message(R"({"symbols": 9})", R"({"lstm": 4})" + tail).find("but must be") != std::string::npos);
}

TEST_CASE("a spec of text learns its number of symbols", "[recurrent]") {
  const Spec spec =
      Spec::parse(R"({"input": {"sequence": 10}, "layers": [{"lstm": 128, "layers": 2, "dropout": 0.5},
                                   {"dense": "symbols"}, {"loss": "softmax"}]})");
  CHECK(spec.takes_symbols());
  CHECK(spec.symbols() == 0);
  CHECK(spec.steps() == 10);
  ParamStore params;
  Graph graph(params);
  CHECK_THROWS_AS(spec.record(graph), Error);
  const Spec shakespeare = spec.with_symbols(65);
  CHECK(shakespeare.symbols() == 65);
  // char-rnn's default with one bias vector for each layer.
  CHECK(shakespeare.parameter_count() == 239297);
  CHECK(Spec::parse(shakespeare.json()).json() == shakespeare.json());
  CHECK_THROWS_AS(spec.with_symbols(1), Error);
  CHECK_THROWS_AS(Spec::parse(R"({"input": [2], "layers": [{"loss": "softmax"}]})").with_symbols(65), Error);
}

}  // namespace livegrad
