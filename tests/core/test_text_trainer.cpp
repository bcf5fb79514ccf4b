#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>

#include "counting_allocator.hpp"
#include "livegrad/error.hpp"
#include "livegrad/languages.hpp"
#include "livegrad/sampler.hpp"
#include "training_fixture.hpp"

using namespace livegrad;
using namespace livegrad::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;

namespace {

constexpr const char* kCarrying = R"({
  "input": { "sequence": 8 },
  "layers": [ { "lstm": 12, "layers": 2, "dropout": 0.1, "carry": true }, { "dense": "symbols" }, { "loss": "softmax" } ],
  "training": { "optimizer": { "type": "adam", "rate": 0.01, "clip_norm": 0.5, "clip_value": 0.05 }, "batch": 6,
                "epochs": 5, "seed": 3 } })";
constexpr const char* kForgetting = R"({
  "input": { "sequence": 8 },
  "layers": [ { "gru": 12 }, { "dense": "symbols" }, { "loss": "softmax" } ],
  "training": { "optimizer": { "type": "adam", "rate": 0.01 }, "batch": 6, "epochs": 5 } })";

std::shared_ptr<const Text> sums(std::int64_t characters = 3000, std::uint64_t seed = 1) {
  return std::make_shared<const Text>(write_text(Language::sums, characters, seed));
}

Trainer make(Device& device, const char* spec, TextSplit split = TextSplit::tail_10,
             std::shared_ptr<const Text> text = sums()) {
  Trainer trainer(device, Spec::parse(spec).with_symbols(text->vocabulary.size()));
  trainer.set_text(text, split);
  return trainer;
}

Text short_sum() {
  constexpr std::uint8_t kBytes[] = {'1', '+', '1'};
  return read_text(kBytes, "short");
}

/// Inputs and labels of the last batch.
std::pair<std::vector<std::int32_t>, std::vector<std::int32_t>> last_batch(const Trainer& trainer,
                                                                           std::int64_t rows) {
  const IndexView x = trainer.graph().index_view(trainer.network().input, rows);
  const IndexView y = trainer.graph().index_view(trainer.network().labels, rows);
  return {{x.data, x.data + x.size()}, {y.data, y.data + y.size()}};
}

}  // namespace

TEST_CASE("rows run through the text side by side", "[trainer][text]") {
  Device device;
  const auto text = sums();
  Trainer trainer = make(device, kCarrying, TextSplit::none, text);
  const std::int64_t length = trainer.pass_size() / 6;
  CHECK(length == (text->size() - 1) / 8 / 6 * 8);
  for (std::int64_t window = 0; window < length / 8; ++window) {
    const StepResult result = trainer.step();
    REQUIRE(result.examples == 48);
    const auto [x, y] = last_batch(trainer, 6);
    for (std::int64_t row = 0; row < 6; ++row)
      for (std::int64_t t = 0; t < 8; ++t) {
        const auto place = std::size_t(row * length + window * 8 + t);
        REQUIRE(x[std::size_t(row * 8 + t)] == text->symbols[place]);
        REQUIRE(y[std::size_t(row * 8 + t)] == text->symbols[place + 1]);
      }
  }
  CHECK(trainer.epoch() == 1);
  CHECK(trainer.examples_seen() == std::uint64_t(trainer.pass_size()));
  trainer.step();
  CHECK(last_batch(trainer, 6).first[0] == text->symbols[0]);  // the next pass begins
}

TEST_CASE("without carried state windows come in random order, each once a pass", "[trainer][text]") {
  Device device;
  auto text = std::make_shared<Text>(*sums(4000));
  Trainer trainer = make(device, kForgetting, TextSplit::none, text);
  std::vector<std::vector<std::int32_t>> order(2);
  for (auto& pass : order)
    for (std::int64_t seen = 0; seen < trainer.pass_size();) {
      const StepResult result = trainer.step();
      seen += result.examples;
      const auto x = last_batch(trainer, result.examples / 8).first;
      for (std::size_t row = 0; row < x.size(); row += 8) {
        const auto at = std::search(text->symbols.begin(), text->symbols.end(),
                                    x.begin() + std::ptrdiff_t(row), x.begin() + std::ptrdiff_t(row + 8));
        REQUIRE(at != text->symbols.end());
        pass.insert(pass.end(), x.begin() + std::ptrdiff_t(row), x.begin() + std::ptrdiff_t(row + 8));
      }
    }
  CHECK(trainer.epoch() == 2);
  CHECK(order[0].size() == std::size_t(trainer.pass_size()));
  CHECK(order[0] != order[1]);
  for (auto& pass : order) std::ranges::sort(pass);
  CHECK(order[0] == order[1]);
}

TEST_CASE("a model learns sums' spelling, and every held-out character is scored", "[trainer][text]") {
  Device device;
  for (const char* spec : {kCarrying, kForgetting})
    for (const TextSplit split : {TextSplit::tail_10, TextSplit::streams_5}) {
      Trainer trainer = make(device, spec, split, sums(8000));
      const Evaluation before = trainer.evaluate(Split::test);
      CHECK(before.examples == trainer.size(Split::test));
      CHECK_THAT(before.loss(), WithinAbs(std::log(double(trainer.vocabulary().size())), 0.4));
      while (!trainer.finished()) REQUIRE(trainer.step().first_nonfinite.empty());
      const Evaluation after = trainer.evaluate(Split::test);
      CHECK(after.loss() < 0.8 * before.loss());
      CHECK(after.correct > before.correct);
      CHECK(trainer.evaluate(Split::test).loss_sum == after.loss_sum);  // looking changes nothing
      // Slices add up to the whole.
      Evaluation slices;
      for (std::int64_t first = 0; first < trainer.size(Split::test); first += 200)
        trainer.evaluate(Split::test, first, 200, slices);
      CHECK(slices.examples == after.examples);
      CHECK(slices.loss_sum == after.loss_sum);
      if (split == TextSplit::tail_10 && spec == kCarrying) CHECK(trainer.clipped().by_norm > 0);
      CHECK(trainer.clipped().steps == trainer.step_count());
    }
}

TEST_CASE("a run resumed in mid-pass goes on to the same bits", "[trainer][text][checkpoint]") {
  Device device;
  for (const char* spec : {kCarrying, kForgetting}) {
    Trainer a = make(device, spec);
    losses(a, 17);
    const auto file = a.save();
    const auto next = losses(a, 90);
    Trainer b = make(device, spec);
    losses(b, 5);
    CHECK(b.load(file).data == LoadResult::Data::same);
    CHECK(b.step_count() == 17);
    CHECK(losses(b, 90) == next);
    CHECK(digest(a.params()) == digest(b.params()));
    CHECK((a.save() == b.save()));  // not worth printing

    // Without the text first: the file says which it was and what its symbols mean.
    Trainer c(device, Spec::parse(kPlainSpec));
    const LoadResult result = c.load(file);
    CHECK(result.data == LoadResult::Data::none);
    CHECK(result.data_name == "sums");
    CHECK(c.vocabulary() == a.vocabulary());
    CHECK(c.text_split() == TextSplit::tail_10);
    CHECK((c.save() == file));  // not worth printing
    c.set_text(sums(), TextSplit::tail_10);
    CHECK(losses(c, 90) == next);
    // Another text begins a pass.
    c.load(file);
    c.set_text(sums(3000, 2), TextSplit::tail_10);
    CHECK(c.epoch() == std::floor(c.epoch()));
    CHECK(std::isfinite(c.step().loss));
  }
}

TEST_CASE("starting over repeats the run", "[trainer][text]") {
  Device device;
  Trainer trainer = make(device, kCarrying);
  const auto curve = losses(trainer, 80);
  trainer.start_over(3);
  CHECK(trainer.examples_seen() == 0);
  CHECK(curve == losses(trainer, 80));
  trainer.start_over(4);
  CHECK(curve != losses(trainer, 80));
}

TEST_CASE("texts that do not fit are refused, and nothing changes", "[trainer][text]") {
  Device device;
  Trainer trainer = make(device, kCarrying);
  losses(trainer, 3);
  const auto state = trainer.save();
  CHECK_THROWS_WITH(
      trainer.set_text(std::make_shared<const Text>(write_text(Language::dates, 3000, 1)), TextSplit::none),
      ContainsSubstring("different characters"));
  const auto few = std::make_shared<const Text>(with_vocabulary(short_sum(), trainer.vocabulary()));
  CHECK_THROWS_WITH(trainer.set_text(few, TextSplit::none), ContainsSubstring("a sequence takes 8"));
  CHECK_THROWS_WITH(trainer.set_text(few, TextSplit::streams_5), ContainsSubstring("streams-5"));
  CHECK_THROWS_AS(trainer.set_data(striped(20, 1), nullptr), Error);
  CHECK((trainer.save() == state));  // not worth printing
  Trainer pictures(device, Spec::parse(kPlainSpec));
  CHECK_THROWS_WITH(pictures.set_text(sums(), TextSplit::none), ContainsSubstring("is not symbols"));
}

TEST_CASE("training and sampling a text allocate nothing", "[trainer][text][allocations]") {
  Device device({.isa = Device::available_isas().front(), .threads = 1});
  Trainer trainer = make(device, kCarrying);
  losses(trainer, 2);
  Sampler sampler(trainer);
  sampler.next({});
  const std::size_t before = allocations();
  for (int i = 0; i < 400; ++i) {
    trainer.step();
    sampler.next({.top_k = 4});
    sampler.top(5);
  }
  CHECK(allocations() == before);
}

TEST_CASE("a sampler writes the same text from the same seed, while training goes on or not",
          "[sampler][text]") {
  Device device;
  Trainer trainer = make(device, kCarrying);
  losses(trainer, 200);
  const auto write = [](Sampler& sampler, std::u32string_view prime, std::uint64_t seed,
                        const SamplingOptions& o = {}) {
    sampler.start(prime, seed);
    std::vector<std::int32_t> symbols;
    for (int i = 0; i < 100; ++i) symbols.push_back(sampler.next(o));
    return symbols;
  };
  Sampler a(trainer), b(trainer);
  const auto state = trainer.save();
  const auto text = write(a, U"1+1", 7);
  CHECK(text == write(b, U"1+1", 7));
  CHECK(text == write(a, U"1+1", 7));
  CHECK(text != write(a, U"1+1", 8));
  CHECK(write(a, U"1+1", 7, {.greedy = true}) == write(a, U"1+1", 8, {.greedy = true}));
  CHECK(write(a, U"1+1", 7, {.greedy = true}) == write(a, U"1+1", 8, {.top_k = 1}));
  CHECK(a.top(5).size() == 5);
  CHECK((trainer.save() == state));  // looking changes nothing
  trainer.step();
  CHECK(write(a, U"1+1", 7) == write(b, U"1+1", 7));
  Sampler fresh(trainer);
  CHECK(write(a, U"2", 7) == write(fresh, U"2", 7));  // weights are packed anew after a step
  CHECK_THROWS_WITH(a.start(U"1+x", 1), ContainsSubstring("'x' at place 2"));

  Trainer forgets = make(device, kForgetting);
  CHECK_THROWS_WITH(Sampler(forgets), ContainsSubstring("\"carry\": true"));
  Trainer pictures(device, Spec::parse(kPlainSpec));
  CHECK_THROWS_WITH(Sampler(pictures), ContainsSubstring("takes no symbols"));
}

TEST_CASE("sampling continues as the training graph predicts", "[sampler][text]") {
  Device device;
  Trainer trainer = make(device, kCarrying);
  losses(trainer, 50);
  // The probe reads eight symbols at once, the sampler one by one: the last scores are the same.
  const std::vector<std::int32_t> symbols = trainer.vocabulary().encode(U"12+34=46", "x");
  Probe probe(trainer);
  probe.set_symbols(0, symbols);
  probe.run(1, false);
  Sampler sampler(trainer);
  sampler.start(U"12+34=46", 1);
  sampler.next({});
  const real* whole = probe.graph().view(probe.network().output, 1).data + 7 * trainer.vocabulary().size();
  const real* last = sampler.graph().view(sampler.network().output, 1).data;
  for (std::int64_t i = 0; i < trainer.vocabulary().size(); ++i)
    CHECK_THAT(last[i], WithinAbs(whole[i], 1e-5));
  CHECK_THROWS_AS(probe.set_symbols(0, std::vector<std::int32_t>{}), Error);
  CHECK_THROWS_AS(probe.set_symbols(0, std::vector<std::int32_t>{99}), Error);
}
