#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "livegrad/digits.hpp"
#include "livegrad/inspect.hpp"
#include "livegrad/languages.hpp"
#include "livegrad/sampler.hpp"
#include "livegrad/trainer.hpp"
#include "support/digest.hpp"
#include "support/op_cases.hpp"

// The promise of section "Determinism" in core/README.md: the mul-add family gives the same bits on every target. The
// digests in tests/golden/digests.json are checked natively, as WASM under Node, and by the page's tests in browsers.
// LIVEGRAD_UPDATE_GOLDEN=1 with LIVEGRAD_ISA=portable writes them anew.

namespace livegrad::testing {

namespace {

const std::string kFile = std::string(LIVEGRAD_SOURCE_DIR) + "/tests/golden/digests.json";
constexpr int kSteps = 200;

bool mul_add_family(const Device& device) { return !device.fused() && device.isa() != "ref"; }

/// Compares with the published digest under [group][name], or writes it when asked to.
void check_published(const std::string& group, const std::string& name, const std::string& digest) {
  using Json = nlohmann::ordered_json;
  std::ifstream in(kFile);
  Json published = in ? Json::parse(in) : Json::object();
  if (const char* update = std::getenv("LIVEGRAD_UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    published[group][name] = digest;
    std::ofstream(kFile) << published.dump(2) << '\n';
    return;
  }
  REQUIRE(published[group].contains(name));
  CHECK(published[group][name].get<std::string>() == digest);
}

Spec read_spec(const std::string& path) {
  std::ifstream file(std::string(LIVEGRAD_SOURCE_DIR) + path);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return Spec::parse(text.str());
}

struct Drawn {
  std::shared_ptr<const Dataset> training = std::make_shared<Dataset>(drawn_digits(2000, 1));
  std::shared_ptr<const Dataset> test = std::make_shared<Dataset>(drawn_digits(200, 2));
};

/// The digest of the losses, as floats, of the first steps; `look` runs after each step.
template <class Look>
std::string curve(Device& device, const std::string& path, Look look) {
  static const Drawn data;
  Trainer trainer(device, read_spec(path));
  trainer.set_data(data.training, data.test);
  Digest digest;
  for (int i = 0; i < kSteps; ++i) {
    const StepResult result = trainer.step();
    REQUIRE(result.first_nonfinite.empty());
    digest.add(static_cast<float>(result.loss));
    look(trainer);
  }
  return digest.text();
}

const std::pair<std::string, std::string> kNets[] = {{"convnetjs-mnist", "/web/models/convnetjs-mnist.json"},
                                                     {"everything", "/tests/golden/everything.json"}};

}  // namespace

TEST_CASE("every operation gives the published bits", "[digest]") {
  Device device;
  if (!mul_add_family(device)) return;
  for (const OpCase& op_case : op_cases()) {
    DYNAMIC_SECTION(op_case.name()) {
      OpInstance instance(op_case, device);
      instance.forward();
      instance.backward();
      Digest digest;
      digest.add_all(instance.output());
      for (std::size_t i = 0; i < instance.operands().size(); ++i) {
        if (const TensorView g = instance.gradient(i)) digest.add_all(g);
      }
      check_published("operations", op_case.name(), digest.text());
    }
  }
}

TEST_CASE("loss curves give the published bits", "[digest]") {
  Device device;
  if (!mul_add_family(device)) return;
  for (const auto& [name, path] : kNets) {
    DYNAMIC_SECTION(name) {
      check_published("curves", name, curve(device, path, [](Trainer&) {}));
    }
  }
}

TEST_CASE("a network that learned a text writes the published one", "[digest][text]") {
  Device device;
  if (!mul_add_family(device)) return;
  const auto text = std::make_shared<const Text>(write_text(Language::sums, 20'000, 1));
  Trainer trainer(device, read_spec("/tests/golden/writer.json").with_symbols(text->vocabulary.size()));
  trainer.set_text(text, TextSplit::tail_10);
  Digest losses;
  for (int i = 0; i < kSteps; ++i) losses.add(static_cast<float>(trainer.step().loss));
  check_published("texts", "losses", losses.text());
  Sampler sampler(trainer);
  sampler.start(U"12+", 3);
  std::string written;
  for (int i = 0; i < 200; ++i) {
    const std::int32_t symbol = sampler.next({.temperature = 0.8, .top_k = 6, .top_p = 0.95});
    written += static_cast<char>(trainer.vocabulary().character(symbol));
  }
  check_published("texts", "written", written);
}

TEST_CASE("drawn digits are the same everywhere", "[digest]") {
  const Dataset digits = drawn_digits(500, 3);
  Digest digest;
  for (const std::uint8_t byte : std::get<0>(digits.inputs)) digest.add(std::uint32_t{byte});
  for (const std::int32_t label : digits.labels) digest.add(label);
  check_published("data", "drawn digits", digest.text());
}

TEST_CASE("bits depend neither on the number of threads nor on looking", "[digest]") {
  for (const auto& [name, path] : kNets) {
    DYNAMIC_SECTION(name) {
      Device one({.isa = "", .threads = 1}), three({.isa = "", .threads = 3});
      if (one.isa() == "ref") return;
      const std::string plain = curve(one, path, [](Trainer&) {});
      CHECK(curve(three, path, [](Trainer&) {}) == plain);
      std::unique_ptr<Probe> probe;
      CHECK(curve(one, path, [&](Trainer& trainer) {
              if (!probe) probe = std::make_unique<Probe>(trainer, 2);
              probe->set_example(0, Split::test, 3);
              probe->set_example(1, Split::training, 5);
              probe->run(2, true);
              Evaluation evaluation;
              trainer.evaluate(Split::test, 0, 7, evaluation);
              for (const LayoutEntry& entry : layout(trainer)) {
                if (entry.type != ValueType::real) continue;
                const auto* numbers = static_cast<const real*>(entry.data);
                if (numbers != nullptr) statistics({const_cast<real*>(numbers), entry.shape});
              }
            }) == plain);
    }
  }
}

}  // namespace livegrad::testing
