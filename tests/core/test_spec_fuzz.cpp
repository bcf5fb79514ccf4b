#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "livegrad/random.hpp"
#include "livegrad/spec.hpp"

using namespace livegrad;
using Json = nlohmann::json;

namespace {

/// A spec with every kind of layer, and the ladder's.
std::vector<std::string> seeds() {
  std::vector<std::string> texts{R"({ "input": [2, 8, 8], "layers": [
      { "conv": 4, "pad": "same", "groups": 2, "init": { "normal": 0.1 }, "name": "c" }, { "act": "elu", "alpha": 2 },
      { "conv": 2, "kernel": 1, "connections": [[1,0,1,0],[0,1,0,1]] }, { "batch_norm": true }, { "layer_norm": true },
      { "local_response_norm": 3 }, { "local_contrast_norm": 5 }, { "pool": 3, "type": "l2", "stride": 1, "pad": 1, "name": "p" },
      { "block": [ { "conv": 2, "pad": 1 }, { "add": true, "from": ["conv1", "input"] } ], "repeat": 2, "name": "b" },
      { "concat": true, "from": ["b.1", "b.2.conv1", "p"] }, { "multiply": true, "from": ["concat1", "concat1"] },
      { "residual": [ { "conv": 6, "stride": 2, "pad": 1 } ], "project": true },
      { "highway": [ { "conv": 6, "pad": "same" } ], "kernel": 3 }, { "flatten": true }, { "reshape": [96] },
      { "maxout": 3 }, { "dropout": 0.25 }, { "dense": 128, "bias": -1 }, { "loss": "squared", "target": "input" } ],
      "training": { "optimizer": "adam", "schedule": { "type": "step" }, "hold_out": 3, "patience": 1 } })"};
  for (const char* name : {"softmax", "cnn", "lenet5", "convnetjs-mnist", "bag-of-tricks"}) {
    std::ifstream file(std::string(LIVEGRAD_SOURCE_DIR) + "/web/models/" + name + ".json");
    REQUIRE(file);
    std::stringstream text;
    text << file.rdbuf();
    texts.push_back(text.str());
  }
  return texts;
}

/// Parses or throws Error with a sentence; what parses says so again.
void try_spec(const std::string& text) {
  try {
    const std::string json = Spec::parse(text).json();
    if (Spec::parse(json).json() != json) FAIL("json() does not parse to itself: " << text);
  } catch (const Error& error) {
    const std::string& message = error.message();
    const bool sentence =
        message.size() > 10 && message.size() < 600 && (message.ends_with('.') || message.ends_with('?'));
    if (!sentence || message.find('\n') != message.npos)
      FAIL("no sentence: " << error.what() << "\n" << text);
    Json(error.what()).dump();  // throws when it is no UTF-8
  }
}

/// Random numbers in sequence.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : stream_{.seed = seed, .purpose = Purpose::check} {}
  std::size_t operator()(std::size_t n) { return n == 0 ? 0 : stream_.below(std::uint32_t(n), next_++); }

 private:
  RandomStream stream_;
  std::uint64_t next_ = 0;
};

const std::vector<std::string> kTokens{"0",
                                       "-1",
                                       "1e999",
                                       "NaN",
                                       "1e30",
                                       "0.5",
                                       "65536",
                                       "1048576",
                                       "9223372036854775808",
                                       "null",
                                       "true",
                                       "false",
                                       "\"\"",
                                       "\"same\"",
                                       "\"input\"",
                                       "\"conv1\"",
                                       "[]",
                                       "{}",
                                       "[1,28,28]",
                                       "[[1,0],[0,1]]",
                                       "{\"conv\":8}",
                                       "{\"loss\":\"softmax\"}",
                                       "\"\\ud800\"",
                                       "\"\xff\"",
                                       "\"\\u0000\"",
                                       ",",
                                       ":",
                                       "[",
                                       "]",
                                       "{",
                                       "}",
                                       "\"",
                                       "\\",
                                       "\xf0\x9f\x98\x80"};

std::string mutate_text(std::string text, Dice& dice) {
  for (std::size_t changes = 1 + dice(4); changes-- > 0 && !text.empty();) {
    const std::size_t at = dice(text.size()), length = 1 + dice(12);
    switch (dice(5)) {
      case 0:
        text[at] = char(dice(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(dice(text.size()), text.substr(at, length * 4));
        break;
      case 3:
        text.insert(at, kTokens[dice(kTokens.size())]);
        break;
      default:
        text.replace(at, length, kTokens[dice(kTokens.size())]);
    }
  }
  return text;
}

/// Changes values where they are, so that the text stays JSON and reaches the deeper checks.
Json mutate_json(Json json, Dice& dice, const std::vector<std::string>& keys) {
  std::vector<Json*> nodes;
  const std::function<void(Json&)> collect = [&](Json& node) {
    nodes.push_back(&node);
    for (Json& child : node) {
      if (node.is_structured()) collect(child);
    }
  };
  collect(json);
  if (nodes.size() < 2) return json;
  Json& node = *nodes[1 + dice(nodes.size() - 1)];
  Json value;
  do {
    value = Json::parse(kTokens[dice(kTokens.size())], nullptr, false);
  } while (value.is_discarded());
  switch (dice(4)) {
    case 0:
      node = *nodes[dice(nodes.size())];
      break;
    case 1:
      if (node.is_object()) {
        node[keys[dice(keys.size())]] = value;
        break;
      }
      [[fallthrough]];
    case 2:
      if (node.is_structured() && !node.empty()) {
        node.erase(std::next(node.begin(), std::ptrdiff_t(dice(node.size()))));
        break;
      }
      [[fallthrough]];
    default:
      node = value;
  }
  return json;
}

void fuzz(std::size_t rounds, std::uint64_t seed) {
  const std::vector<std::string> texts = seeds();
  std::vector<std::string> keys;
  const Json schema = Json::parse(spec_schema());
  const std::function<void(const Json&)> collect = [&](const Json& part) {
    if (part.is_object() && part.contains("properties")) {
      for (const auto& [key, property] : part["properties"].items()) keys.push_back(key);
    }
    for (const Json& child : part) {
      if (child.is_structured()) collect(child);
    }
  };
  collect(schema);
  REQUIRE(!keys.empty());
  Dice dice(seed);
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string& text = texts[dice(texts.size())];
    if (dice(2) == 0) {
      try_spec(mutate_text(text, dice));
    } else {
      Json json = Json::parse(text);
      for (std::size_t changes = 1 + dice(3); changes-- > 0;) json = mutate_json(std::move(json), dice, keys);
      try_spec(json.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
  }
  SUCCEED();
}

}  // namespace

TEST_CASE("a spec cut off anywhere is refused", "[spec][fuzz]") {
  for (const std::string& text : seeds()) {
    const std::size_t end = text.find_last_of('}');
    for (std::size_t length = 0; length <= end; ++length) {
      CHECK_THROWS_AS(Spec::parse(std::string_view(text).substr(0, length)), Error);
    }
  }
}

TEST_CASE("a damaged spec is refused or means something", "[spec][fuzz]") { fuzz(3000, 1); }

TEST_CASE("100,000 damaged specs are refused or mean something", "[spec][fuzz][.long]") { fuzz(100000, 2); }

TEST_CASE("nesting without end is refused", "[spec][fuzz]") {
  const std::size_t kDepth = 100000;
  CHECK_THROWS_AS(Spec::parse(std::string(kDepth, '[')), Error);
  std::string text;
  for (std::size_t i = 0; i < kDepth; ++i) text += "{\"block\":[";
  CHECK_THROWS_AS(Spec::parse(text), Error);
  // Blocks in blocks as deep as is allowed, with too many repetitions.
  text = R"({"dense":2})";
  for (int i = 0; i < 14; ++i) text = R"({"block":[)" + text + R"(],"repeat":1000})";
  CHECK_THROWS_AS(Spec::parse(R"({"input":[2],"layers":[)" + text + R"(,{"loss":"softmax"}]})"), Error);
  text = R"({"dense":2})";
  for (int i = 0; i < 14; ++i) text = R"({"block":[)" + text + "]}";
  CHECK_NOTHROW(Spec::parse(R"({"input":[2],"layers":[)" + text + R"(,{"loss":"softmax"}]})"));
}
