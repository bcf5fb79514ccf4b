// Learning from tiny Shakespeare with min-char-rnn's settings, in double precision, beside the same run in NumPy from the
// same weights (tools/golden/min_char_rnn.py, which says how it was made).
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "livegrad/text.hpp"
#include "livegrad/trainer.hpp"

using namespace livegrad;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string source_file(const std::string& name) { return read_file(LIVEGRAD_SOURCE_DIR "/" + name); }

/// Null where the text is not among the data.
std::shared_ptr<const Text> shakespeare() {
  const char* data = std::getenv("LIVEGRAD_DATA");
  if (data == nullptr) return nullptr;
  const std::string bytes = read_file(std::string(data) + "/text/tinyshakespeare.txt");
  if (bytes.empty()) return nullptr;
  return std::make_shared<const Text>(
      read_text({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "tinyshakespeare"));
}

/// Learns from seed 1 and compares the smoothed loss, of a whole window, where NumPy's is known up to `last` iterations.
void compare(std::uint64_t last) {
  const auto text = shakespeare();
  if (!text) SKIP("Tiny Shakespeare is not among the data.");
  Device device;
  Trainer trainer(
      device, Spec::parse(source_file("web/models/min-char-rnn.json")).with_symbols(text->vocabulary.size()));
  trainer.set_text(text, TextSplit::none);
  ParamStore& params = trainer.params();  // as a checkpoint in single precision has them
  for (int i = 0; i < params.size(); ++i) {
    const TensorView value = params.value(ParamId{i});
    for (std::int64_t k = 0; k < value.size(); ++k) value.data[k] = static_cast<float>(value.data[k]);
  }
  const double steps = double(trainer.spec().steps());
  double smooth = steps * std::log(double(text->vocabulary.size()));
  const nlohmann::json golden = nlohmann::json::parse(source_file("tests/golden/min_char_rnn.json"));
  REQUIRE(golden.size() == 5);
  for (const auto& expected : golden) {
    const auto iterations = expected["iterations"].get<std::uint64_t>();
    if (iterations > last) break;
    while (trainer.step_count() < iterations) smooth = 0.999 * smooth + 0.001 * steps * trainer.step().loss;
    INFO("after " << iterations << " iterations");
    // Each update at this rate makes the last digit's difference about seven times larger, until it shows.
    CHECK_THAT(smooth,
               Catch::Matchers::WithinRel(expected["loss"].get<double>(), iterations > 10 ? 0.01 : 1e-9));
  }
}

}  // namespace

TEST_CASE("min-char-rnn's losses are NumPy's", "[text]") { compare(1000); }

// Two fixed runs. One that rounds otherwise is another run: NumPy's own are up to 3 % apart then.
TEST_CASE("min-char-rnn's losses stay NumPy's", "[text][.long]") { compare(50000); }
