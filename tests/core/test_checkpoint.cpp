#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "livegrad/checkpoint.hpp"
#include "livegrad/error.hpp"
#include "training_fixture.hpp"

using namespace livegrad;
using namespace livegrad::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

using File = std::vector<std::uint8_t>;

/// A file with this header and so many bytes of tensors.
File file_of(const std::string& header, std::size_t bytes) {
  File file(8 + header.size() + bytes);
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  std::copy(header.begin(), header.end(), file.begin() + 8);
  return file;
}

json header_of(const File& file) {
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  return json::parse(file.begin() + 8, file.begin() + 8 + std::ptrdiff_t(length));
}

/// The file with another header over the same tensors.
File with_header(const File& file, const json& header) {
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  const auto data = file.begin() + 8 + std::ptrdiff_t(length);
  File changed = file_of(header.dump(), 0);
  changed.insert(changed.end(), data, file.end());
  return changed;
}

/// The file after `change` has had its way with one of the JSON texts in its metadata.
template <class Change>
File with_metadata(const File& file, const char* key, Change&& change) {
  json header = header_of(file);
  json text = json::parse(header["__metadata__"][key].get<std::string>());
  change(text);
  header["__metadata__"][key] = text.dump();
  return with_header(file, header);
}

/// Loads, or says why not; in that case nothing has changed. Either way the trainer still trains.
bool survives(Trainer& trainer, std::span<const std::uint8_t> file) {
  const std::uint64_t weights = digest(trainer.params()), step = trainer.step_count();
  try {
    trainer.load(file);
    return true;
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(error.code() == ErrorCode::invalid_checkpoint);
    CHECK(error.message().size() > 20);
    CHECK((error.message().ends_with('.') || error.message().ends_with('?')));
    CHECK(digest(trainer.params()) == weights);
    CHECK(trainer.step_count() == step);
  }
  return false;
}

constexpr const char* kTinySpec = R"({ "input": [1, 8, 8],
  "layers": [ { "pool": 4 }, { "batch_norm": true }, { "dense": 4 }, { "loss": "softmax" } ],
  "training": { "optimizer": { "type": "adam" }, "batch": 8, "average_decay": 0.5 } })";

/// Random damage gives an error or a state that can be trained.
void damage(int mutations) {
  Device device;
  Trainer trainer = make_trainer(device, kTinySpec);
  losses(trainer, 3);
  const File file = trainer.save();
  std::uint64_t header = 0;
  std::memcpy(&header, file.data(), 8);
  int taken = 0;
  for (int i = 0; i < mutations; ++i) {
    const RandomStream random{.seed = 77, .layer = 0, .purpose = Purpose::check, .step = std::uint64_t(i)};
    File bad = file;
    const std::uint32_t changes = 1 + random.below(4, 0);
    for (std::uint32_t c = 0; c < changes; ++c) {
      // Mostly the header, where the structure is; digits and punctuation more often than other bytes.
      const std::uint32_t reach =
          random.below(10, 10 * c + 1) < 9 ? std::uint32_t(header) + 8 : std::uint32_t(bad.size());
      const std::size_t place = std::min<std::size_t>(random.below(reach, 10 * c + 2), bad.size() - 1);
      constexpr char kLikely[] = "0123456789-+.eE,:[]{}\"\\ntfu ";
      const std::uint32_t way = random.below(5, 10 * c + 3);
      if (way < 2)
        bad[place] = static_cast<std::uint8_t>(kLikely[random.below(sizeof kLikely - 1, 10 * c + 4)]);
      if (way == 2) bad[place] = static_cast<std::uint8_t>(random.below(256, 10 * c + 4));
      if (way == 3) bad[place] ^= static_cast<std::uint8_t>(1U << random.below(8, 10 * c + 4));
      if (way == 4 && place > 8) {  // one byte more or less, with the header's length put right
        const bool more = random.below(2, 10 * c + 4) != 0;
        if (more)
          bad.insert(bad.begin() + std::ptrdiff_t(place), bad[place]);
        else
          bad.erase(bad.begin() + std::ptrdiff_t(place));
        const std::uint64_t length = header + (more ? 1U : std::uint64_t(-1));
        if (place < header + 8) std::memcpy(bad.data(), &length, 8);
      }
    }
    if (!survives(trainer, bad)) continue;
    ++taken;
    trainer.step();
    trainer.evaluate(Split::test);
    trainer.load(file);
  }
  CHECK(taken > 0);
  CHECK(taken < mutations);
}

}  // namespace

TEST_CASE("a safetensors file gives back what was written", "[checkpoint][safetensors]") {
  const std::vector<std::uint8_t> bytes{0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64};
  const Safetensors content{.metadata = {{"a", "b \"c\" ü"}},
                            .tensors = {{"z", "F32", {3, 1}, bytes},
                                        {"a", "U8", {2}, std::span(bytes).first(2)},
                                        {"none", "F32", {0, 5}, {}},
                                        {"scalar", "I32", {}, std::span(bytes).first(4)}}};
  const File file = write_safetensors(content);
  const Safetensors read = read_safetensors(file);
  CHECK(read.metadata == content.metadata);
  REQUIRE(read.tensors.size() == 4);
  for (const auto& tensor : content.tensors) {
    const auto found = std::ranges::find(read.tensors, tensor.name, &Safetensors::Tensor::name);
    REQUIRE(found != read.tensors.end());
    CHECK(found->type == tensor.type);
    CHECK(found->shape == tensor.shape);
    CHECK(std::ranges::equal(found->bytes, tensor.bytes));
  }
  CHECK(read_safetensors(write_safetensors({})).tensors.empty());
  CHECK_THROWS_AS(write_safetensors({.metadata = {}, .tensors = {{"a", "F32", {2}, bytes}}}), Error);
  CHECK_THROWS_AS(write_safetensors({.metadata = {}, .tensors = {{"a", "F99", {3}, bytes}}}), Error);
  CHECK_THROWS_AS(
      write_safetensors({.metadata = {}, .tensors = {{"a", "F32", {3}, bytes}, {"a", "F32", {3}, bytes}}}),
      Error);
}

TEST_CASE("what the format forbids is refused", "[checkpoint][safetensors]") {
  const auto refuse = [](const std::string& header, std::size_t bytes, const char* because) {
    INFO(header);
    CHECK_THROWS_WITH(read_safetensors(file_of(header, bytes)), ContainsSubstring(because));
  };
  const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  CHECK(read_safetensors(file_of(good, 8)).tensors.size() == 1);
  refuse(good, 7, "outside");
  refuse(good, 9, "belong to no tensor");
  refuse("", 0, "not JSON");
  refuse("[]", 0, "no JSON object");
  refuse("{\"a\":1}", 0, "no description");
  refuse("{\"a\":", 0, "not JSON");
  refuse("{\"\xff\":1}", 0, "not JSON");
  refuse(std::string(100'000, '['), 0, "nested");
  refuse(
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
      8, "two members");
  refuse(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}})", 8, "described by");
  refuse(R"({"a":{"dtype":"F32","shape":[2]}})", 8, "described by");
  refuse(R"({"a":{"dtype":"X32","shape":[2],"data_offsets":[0,8]}})", 8, "dtype");
  refuse(R"({"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})", 8, "dtype");
  refuse(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8, "does not take 8 bytes");
  refuse(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8, "no whole number");
  refuse(R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", 8, "no whole number");
  refuse(R"({"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", 8, "no shape");
  refuse(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,2],"data_offsets":[0,8]}})", 8, "five axes");
  refuse(R"({"a":{"dtype":"F32","shape":[99999999999999],"data_offsets":[0,8]}})", 8, "too large");
  refuse(R"({"a":{"dtype":"F32","shape":[1099511627776,1099511627776,1099511627776],"data_offsets":[0,8]}})",
         8, "does not take");
  refuse(R"({"a":{"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]}})", 8, "too large");
  refuse(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8, "outside");
  refuse(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551615]}})", 8, "outside");
  refuse(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})", 8, "data_offsets");
  refuse(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12, "gap");
  refuse(
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
      12, "overlaps");
  refuse(R"({"__metadata__":{"a":1}})", 0, "no text");
  refuse(R"({"__metadata__":"a"})", 0, "no JSON object");
  for (const std::uint64_t length : {std::uint64_t{9}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    File file(16);
    std::memcpy(file.data(), &length, 8);
    CHECK_THROWS_WITH(read_safetensors(file), ContainsSubstring("header would take"));
  }
  CHECK_THROWS_WITH(read_safetensors(File(7)), ContainsSubstring("too short"));
}

TEST_CASE("resuming is exact in the middle of a pass of a net with every kind of state",
          "[checkpoint][resume]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec);
  losses(trainer, 11);  // 90 examples in batches of 12: a pass has eight steps
  TrainingOptions options = trainer.options();
  options.optimizer.rate = 0.007;
  options.batch = 10;
  trainer.set_options(options);
  losses(trainer, 2);
  trainer.report_validation(trainer.evaluate(Split::validation));
  const File file = trainer.save();
  CHECK(trainer.save() == file);
  const std::vector<double> expected = losses(trainer, 40);
  const std::uint64_t weights = digest(trainer.params());
  const double test_loss = trainer.evaluate(Split::test).loss();
  const auto agrees = [&](Trainer& resumed) {
    CHECK(resumed.step_count() == 13);
    CHECK(resumed.options().optimizer.rate == 0.007);
    CHECK(resumed.history().points().size() == 13);
    CHECK(resumed.history().validation().size() == 1);
    CHECK(resumed.save() == file);
    CHECK(losses(resumed, 40) == expected);
    CHECK(digest(resumed.params()) == weights);
    CHECK(resumed.evaluate(Split::test).loss() == test_loss);
    CHECK(resumed.save() == trainer.save());
  };

  SECTION("into the trainer itself") {
    CHECK(trainer.load(file).data == LoadResult::Data::same);
    Trainer other = make_trainer(device, kRichSpec);
    other.load(file);
    CHECK(losses(trainer, 40) == expected);
    CHECK(losses(other, 40) == expected);
  }
  SECTION("into a fresh trainer of another spec with the same data") {
    Trainer fresh(device, Spec::parse(kPlainSpec));
    fresh.set_data(striped(110, 1), striped(44, 2));
    CHECK(fresh.load(file).data == LoadResult::Data::same);
    agrees(fresh);
  }
  SECTION("before the data come") {
    Trainer fresh(device, Spec::parse(kTinySpec));
    const LoadResult result = fresh.load(file);
    CHECK(result.data == LoadResult::Data::none);
    CHECK(result.data_name == "stripes");
    CHECK(fresh.save().size() > 0);
    fresh.set_data(striped(110, 1), striped(44, 2));
    agrees(fresh);
  }
}

TEST_CASE("a checkpoint goes on with other data from the beginning of a pass, and says so",
          "[checkpoint][resume]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec);
  losses(trainer, 11);
  const File file = trainer.save();

  Trainer other(device, Spec::parse(kRichSpec));
  other.set_data(striped(120, 9), striped(44, 2));
  CHECK(other.load(file).data == LoadResult::Data::different);
  CHECK(other.step_count() == 11);
  CHECK(other.epoch() == 1);
  CHECK(digest(other.params()) == digest(trainer.params()));
  CHECK(other.step().step == 12);

  auto wide = std::make_shared<Dataset>(*striped(60, 1));
  wide->inputs = xt::xtensor<std::uint8_t, 4>(xt::zeros<std::uint8_t>({60, 3, 8, 8}));
  Trainer unfit(
      device, Spec::parse(R"({ "input": [3, 8, 8], "layers": [ { "dense": 4 }, { "loss": "softmax" } ] })"));
  unfit.set_data(wide, nullptr);
  CHECK(unfit.load(file).data == LoadResult::Data::unfit);
  CHECK(unfit.size(Split::training) == 0);
  CHECK(unfit.finished());
  unfit.set_data(striped(110, 1), striped(44, 2));
  CHECK(losses(unfit, 5) == losses(trainer, 5));
}

TEST_CASE("checkpoints without classes keep curves that are NaN", "[checkpoint]") {
  Device device;
  Trainer trainer =
      make_trainer(device, R"({ "input": [1, 8, 8], "layers": [ { "dense": 4 }, { "loss": "squared" } ] })");
  losses(trainer, 3);
  trainer.report_validation(trainer.evaluate(Split::test));
  const File file = trainer.save();
  trainer.load(file);
  CHECK(std::isnan(trainer.history().points()[2].accuracy));
  CHECK(trainer.history().validation()[0].loss > 0);
  CHECK(trainer.save() == file);
}

TEST_CASE("a checkpoint that contradicts itself is refused", "[checkpoint]") {
  Device device;
  Trainer trainer = make_trainer(device, kTinySpec);
  losses(trainer, 3);
  const File file = trainer.save();
  const auto refuse = [&](const File& bad, const char* because) {
    const std::uint64_t before = digest(trainer.params());
    CHECK_THROWS_WITH(trainer.load(bad), ContainsSubstring(because));
    CHECK(digest(trainer.params()) == before);
  };
  const auto progress = [&](const char* key, const json& value, const char* because) {
    refuse(with_metadata(file, "progress", [&](json& p) { p[key] = value; }), because);
  };
  progress("steps", -1, "\"steps\"");
  progress("steps", 1.5, "\"steps\"");
  progress("steps", std::uint64_t{1} << 50, "\"steps\"");
  progress("steps", "3", "\"steps\"");
  progress("position", 111, "place in the data");
  progress("hold_out", 110, "place in the data");
  progress("rate_factor", 0, "rate_factor");
  progress("rate_factor", nullptr, "rate_factor");
  progress("best", "x", "\"best\"");
  progress("updates", json::object(), "updates");
  refuse(with_metadata(file, "progress", [](json& p) { p.erase("seed"); }), "\"seed\" is missing");
  refuse(with_metadata(file, "progress", [](json& p) { p = 5; }), "no JSON object");
  refuse(with_metadata(file, "history", [](json& h) { h["stride"] = 0; }), "curves");
  refuse(with_metadata(file, "history", [](json& h) { h["points"][0] = {1, 2}; }), "curves");
  refuse(
      with_metadata(file, "history", [](json& h) { h["points"] = std::vector<json>(2000, h["points"][0]); }),
      "curves");
  refuse(with_metadata(file, "data", [](json& d) { d["shape"] = {1, 2, 3, 4, 5, 6}; }), "five axes");
  refuse(with_metadata(file, "spec", [](json& s) { s["layers"][2]["dense"] = 5; }), "of shape");
  refuse(with_metadata(file, "spec", [](json& s) { s["layers"][2]["name"] = "other"; }), "none of that name");
  refuse(with_metadata(file, "spec", [](json& s) { s["layers"][2]["dense"] = 60000; }), "It is damaged");
  refuse(with_metadata(file, "spec", [](json& s) { s["layers"].erase(3); }), "cannot be made");
  refuse(with_metadata(file, "spec", [](json& s) { s["training"]["optimizer"]["type"] = "sgd"; }),
         "does not have");
  refuse(with_metadata(file, "spec", [](json& s) { s["training"]["average_decay"] = 0; }), "does not have");
  json header = header_of(file);
  header["__metadata__"]["format"] = "other";
  refuse(with_header(file, header), "\"other\"");
  header.erase("__metadata__");
  refuse(with_header(file, header), "no livegrad checkpoint");
  refuse(write_safetensors({}), "no livegrad checkpoint");
}

TEST_CASE("weights may come as F64 or F16, and as nothing else", "[checkpoint]") {
  Device device;
  Trainer trainer = make_trainer(device, kTinySpec);
  losses(trainer, 3);
  const File file = trainer.save();
  const auto convert = [&](const std::string& type, auto one) {
    Safetensors content = read_safetensors(file);
    std::vector<std::vector<std::uint8_t>> memory;
    for (auto& tensor : content.tensors) {
      auto& bytes = memory.emplace_back();
      for (std::size_t i = 0; i < tensor.bytes.size(); i += 4) {
        float value = 0;
        std::memcpy(&value, tensor.bytes.data() + i, 4);
        const auto converted = one(value);
        const auto* raw = reinterpret_cast<const std::uint8_t*>(&converted);
        bytes.insert(bytes.end(), raw, raw + sizeof converted);
      }
      tensor.type = type;
      tensor.bytes = bytes;
    }
    return write_safetensors(content);
  };
  const File wide = convert("F64", [](float x) { return double(x); });
  const File whole = convert("I32", [](float x) { return static_cast<std::int32_t>(x); });
  const auto expected = losses(trainer, 5);
  CHECK(trainer.load(wide).data == LoadResult::Data::same);
  CHECK(losses(trainer, 5) == expected);
  CHECK_THROWS_WITH(trainer.load(whole), ContainsSubstring("holds I32"));

  // Every kind of binary16 number, at the start of the first weight. Source: IEEE 754-2019, table 3.5.
  constexpr std::pair<std::uint16_t, float> kHalves[]{
      {0x3c00, 1.0f},    {0xbc00, -1.0f},        {0x3555, 0.333251953125f}, {0x7bff, 65504.0f},
      {0x0400, 0x1p-14f}, {0x03ff, 0x1.ff8p-15f}, {0x8001, -0x1p-24f},       {0x0000, 0.0f},
  };
  std::size_t at = 0;
  const File halves = convert("F16", [&](float) { return kHalves[at++ % std::size(kHalves)].first; });
  trainer.load(halves);
  at = 0;
  const File saved = trainer.save();  // which the tensors' bytes are views of
  for (const auto& tensor : read_safetensors(saved).tensors)
    for (std::size_t i = 0; i < tensor.bytes.size(); i += 4) {
      float value = 0;
      std::memcpy(&value, tensor.bytes.data() + i, 4);
      CHECK(value == kHalves[at++ % std::size(kHalves)].second);
    }
}

TEST_CASE("every truncation is refused and changes nothing", "[checkpoint][fuzz]") {
  Device device;
  Trainer trainer = make_trainer(device, kTinySpec);
  losses(trainer, 3);
  const File file = trainer.save();
  losses(trainer, 2);
  for (std::size_t length = 0; length < file.size(); ++length)
    if (survives(trainer, std::span(file).first(length))) FAIL("a file of " << length << " bytes was taken");
  File longer = file;
  longer.push_back(0);
  CHECK_FALSE(survives(trainer, longer));
  CHECK(survives(trainer, file));
  CHECK(trainer.step_count() == 3);
}

TEST_CASE("3,000 damaged checkpoints are refused or can be trained", "[checkpoint][fuzz]") { damage(3'000); }
TEST_CASE("100,000 damaged checkpoints are refused or can be trained", "[checkpoint][fuzz][.long]") {
  damage(100'000);
}
