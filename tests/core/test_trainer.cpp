#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include "counting_allocator.hpp"
#include "livegrad/checkpoint.hpp"
#include "livegrad/error.hpp"
#include "livegrad/trainer.hpp"
#include "training_fixture.hpp"

using namespace livegrad;
using namespace livegrad::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

TrainingOptions with_optimizer(TrainingOptions o, OptimizerType type, double rate) {
  o.optimizer.type = type;
  o.optimizer.rate = rate;
  return o;
}

}  // namespace

TEST_CASE("a perceptron learns stripes", "[trainer]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  CHECK(trainer.step_count() == 0);
  CHECK_FALSE(trainer.finished());
  const Evaluation before = trainer.evaluate(Split::test);
  CHECK(before.examples == 44);
  CHECK_THAT(before.loss(), WithinAbs(std::log(4), 0.6));
  StepResult last;
  int steps = 0;
  for (; !trainer.finished(); ++steps) last = trainer.step();
  CHECK(steps == 4 * 7);  // 110 examples: six batches of 16 and one of 14
  CHECK(last.examples == 14);
  CHECK(last.step == 28);
  CHECK(last.epoch == 4);
  CHECK(last.rate == 0.1);
  CHECK(last.gradient_norm > 0);
  CHECK(last.first_nonfinite.empty());
  CHECK(trainer.live_examples() == 14);
  const Evaluation after = trainer.evaluate(Split::test);
  CHECK(after.error() < 5);
  CHECK(after.loss() < 0.5 * before.loss());
}

TEST_CASE("every example is seen once a pass, in another order each time", "[trainer]") {
  Device device;
  Trainer trainer(device, Spec::parse(kPlainSpec));
  // The first pixel says which example it is.
  auto data = std::make_shared<Dataset>(*striped(110, 1));
  auto& pixels = std::get<0>(data->inputs);
  for (std::size_t n = 0; n < 110; ++n) pixels(n, 0, 0, 0) = static_cast<std::uint8_t>(n);
  TrainingOptions options = trainer.options();
  options.hold_out = 10;
  trainer.set_options(options);
  trainer.set_data(data, nullptr);
  CHECK(trainer.size(Split::training) == 100);
  CHECK(trainer.size(Split::validation) == 10);
  CHECK(trainer.size(Split::test) == 0);
  std::vector<std::vector<int>> passes(2);
  for (auto& pass : passes)
    while (pass.size() < 100) {
      const StepResult result = trainer.step();
      const TensorView x = trainer.graph().view(trainer.network().input, result.examples);
      for (std::int64_t i = 0; i < result.examples; ++i)
        pass.push_back(int(std::lround(255 * x.data[i * 64])));
      // The batch may change at any time: the order counts examples.
      options.batch = 3 + std::int64_t(trainer.step_count() * 7 % 11);
      trainer.set_options(options);
    }
  CHECK(passes[0].size() == 100);
  CHECK(passes[0] != passes[1]);
  const std::set<int> seen(passes[0].begin(), passes[0].end());
  CHECK(seen.size() == 100);
  CHECK(seen == std::set<int>(passes[1].begin(), passes[1].end()));
  CHECK(trainer.epoch() == 2);

  // The ten held out are the others.
  Probe probe(trainer);
  for (std::int64_t i = 0; i < 10; ++i) {
    probe.set_example(0, Split::validation, i);
    const TensorView x = probe.graph().view(probe.network().input, 1);
    CHECK_FALSE(seen.contains(int(std::lround(255 * x.data[0]))));
  }
}

TEST_CASE("the same seed gives the same bits, another seed others", "[trainer]") {
  Device device;
  Trainer a = make_trainer(device, kRichSpec), b = make_trainer(device, kRichSpec);
  const auto curve = losses(a, 30);
  CHECK(curve == losses(b, 30));
  CHECK(digest(a.params()) == digest(b.params()));
  a.start_over(5);
  CHECK(a.step_count() == 0);
  CHECK(a.epoch() == 0);
  CHECK(a.history().points().empty());
  CHECK(curve == losses(a, 30));
  a.start_over(6);
  CHECK(curve != losses(a, 30));
}

TEST_CASE("a thousand steps allocate nothing", "[trainer][allocations]") {
  // The reference kernels are xtensor expressions with temporaries; any fast table will do.
  Device device({.isa = Device::available_isas().front(), .threads = 1});
  REQUIRE(device.isa() != "ref");
  Trainer trainer = make_trainer(device, kRichSpec);
  TrainingOptions options = trainer.options();
  options.epochs = 1e6;
  trainer.set_options(options);
  trainer.step();
  const std::size_t before = allocations();
  for (int i = 0; i < 1000; ++i) trainer.step();
  CHECK(allocations() == before);
  Evaluation evaluation;
  trainer.evaluate(Split::test, 0, 1, evaluation);
  Probe probe(trainer);
  const std::size_t later = allocations();
  trainer.evaluate(Split::test, 0, 44, evaluation);
  trainer.report_validation(evaluation);
  probe.set_example(0, Split::test, 3);
  probe.run(1, true);
  trainer.start_over(2);
  CHECK(allocations() == later);
  std::vector<int>* proof = new std::vector<int>(3);
  CHECK(allocations() > later);
  delete proof;
}

TEST_CASE("gradients are those of the mean loss, and the rate follows the schedule", "[trainer]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  TrainingOptions options = with_optimizer(trainer.options(), OptimizerType::sgd, 0.25);
  options.schedule = {.type = ScheduleType::exponential, .factor = 0.5};
  trainer.set_options(options);
  const ParamId bias = *trainer.params().find("scores.bias");
  const std::vector<real> before(trainer.params().value(bias).data, trainer.params().value(bias).data + 4);
  const StepResult result = trainer.step();
  CHECK_THAT(result.rate, WithinRel(0.25 * std::pow(0.5, 8.0 / 110), 1e-12));
  // The gradient of a bias of softmax cross-entropy: mean of (probability - onehot).
  const TensorView p = trainer.graph().view(trainer.network().probabilities, 16);
  const IndexView labels = trainer.graph().index_view(trainer.network().labels, 16);
  for (int c = 0; c < 4; ++c) {
    double expected = 0;
    for (int i = 0; i < 16; ++i) expected += (double(p.data[4 * i + c]) - (labels.data[i] == c)) / 16;
    CHECK_THAT(trainer.params().gradient(bias).data[c], WithinAbs(expected, 1e-6));
    CHECK_THAT(trainer.params().value(bias).data[c],
               WithinAbs(before[std::size_t(c)] - result.rate * expected, 1e-6));
  }
}

TEST_CASE("a step that is not finite changes nothing and names the place", "[trainer]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec);
  losses(trainer, 3);
  ParamStore& params = trainer.params();
  real& weight = params.value(*params.find("conv.weight")).data[0];
  const real good = weight;
  weight = std::numeric_limits<real>::infinity();
  const std::uint64_t before = digest(params);
  const double epoch = trainer.epoch();
  for (int i = 0; i < 2; ++i) {
    const StepResult result = trainer.step();
    CHECK(result.first_nonfinite == "conv.out");
    CHECK(result.step == 3);
  }
  CHECK(digest(params) == before);
  CHECK(trainer.step_count() == 3);
  CHECK(trainer.epoch() == epoch);

  // And then goes on as if nothing had been.
  weight = good;
  Trainer twin = make_trainer(device, kRichSpec);
  losses(twin, 3);
  CHECK(losses(trainer, 5) == losses(twin, 5));
}

TEST_CASE("a gradient that is not finite is named when all values are finite", "[trainer]") {
  Device device;
  Trainer trainer = make_trainer(device, R"({ "input": [1, 8, 8], "layers": [
      { "dense": 4, "act": "tanh", "name": "first" }, { "dense": 4, "name": "second" }, { "loss": "squared" } ],
      "training": { "optimizer": { "type": "sgd" } } })");
  ParamStore& params = trainer.params();
  // Outputs near 1e25: the loss, squared, overflows a float, …
  const TensorView bias = params.value(*params.find("second.bias"));
  std::fill_n(bias.data, 4, real(1e25));
  CHECK(trainer.step().first_nonfinite == "loss1.loss");
  // … and near 1e18 with weights of 1e30 only the first layer's gradient does.
  std::fill_n(bias.data, 4, real(1e18));
  const TensorView first = params.value(*params.find("first.weight"));
  std::fill_n(first.data, first.size(), real(0));
  const TensorView weight = params.value(*params.find("second.weight"));
  std::fill_n(weight.data, weight.size(), real(1e30));
  CHECK(trainer.step().first_nonfinite == "first.weight gradient");
  CHECK(trainer.step_count() == 0);
}

TEST_CASE("evaluation adds slices up and changes nothing", "[trainer][evaluation]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec, 330);
  losses(trainer, 40);
  const Evaluation whole = trainer.evaluate(Split::training);
  CHECK(whole.examples == 310);
  Evaluation parts;
  for (std::int64_t first = 0; first < 400; first += 37) trainer.evaluate(Split::training, first, 37, parts);
  CHECK(parts.examples == whole.examples);
  CHECK(parts.correct == whole.correct);
  CHECK(parts.confusion == whole.confusion);
  CHECK_THAT(parts.loss_sum, WithinRel(whole.loss_sum, 1e-12));
  std::int64_t diagonal = 0, all = 0;
  for (std::size_t i = 0; i < 16; ++i)
    all += whole.confusion[i], diagonal += i % 5 == 0 ? whole.confusion[i] : 0;
  CHECK(all == 310);
  CHECK(diagonal == whole.correct);
}

TEST_CASE("evaluation adds up probabilities, the mean over crops", "[trainer][evaluation]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec, 330);
  losses(trainer, 40);
  TrainingOptions options = trainer.options();
  for (const int crops : {1, 4}) {
    options.test_crops = crops;
    trainer.set_options(options);
    const std::size_t size = std::size_t(trainer.size(Split::training));
    std::vector<real> whole(size * 4), twice(size * 4);
    const Evaluation plain = trainer.evaluate(Split::training);
    Evaluation evaluation;
    trainer.evaluate(Split::training, 0, 330, evaluation, whole);
    CHECK(evaluation.loss_sum == plain.loss_sum);
    CHECK(evaluation.confusion == plain.confusion);
    for (int time = 0; time < 2; ++time)
      for (std::size_t first = 0; first < size; first += 37)
        trainer.evaluate(Split::training, std::int64_t(first), 37, evaluation,
                         std::span(twice).subspan(first * 4, std::min<std::size_t>(37, size - first) * 4));
    std::vector<std::int64_t> predicted(4), expected(4);
    for (std::size_t i = 0; i < size; ++i) {
      const auto row = std::span(whole).subspan(i * 4, 4);
      CHECK_THAT(double(row[0]) + double(row[1]) + double(row[2]) + double(row[3]), WithinAbs(1, 1e-5));
      ++predicted[std::size_t(std::ranges::max_element(row) - row.begin())];
      // Crops are added one by one, so that sums of two evaluations may round otherwise.
      for (std::size_t k = 0; k < 4; ++k)
        CHECK_THAT(twice[i * 4 + k], WithinAbs(2 * double(row[k]), crops == 1 ? 0 : 1e-6));
    }
    for (std::size_t i = 0; i < 16; ++i) expected[i % 4] += plain.confusion[i];
    CHECK(predicted == expected);
  }
}

TEST_CASE("the error's interval is Wilson's", "[evaluation]") {
  for (const std::int64_t wrong : {0, 1, 110, 5000, 10000}) {
    Evaluation e;
    e.examples = 10000;
    e.correct = 10000 - wrong;
    CHECK_THAT(e.error(), WithinAbs(double(wrong) / 100, 1e-12));
    const auto [low, high] = e.interval();
    // Both ends solve (p̂ - p)² = z² p (1 - p) / n.
    const double z = 1.959963984540054;
    for (const double end : {low / 100, high / 100})
      CHECK_THAT(std::pow(double(wrong) / 10000 - end, 2), WithinAbs(z * z * end * (1 - end) / 10000, 1e-12));
    CHECK(low <= e.error());
    CHECK(e.error() <= high);
  }
  CHECK_THAT(Evaluation{}.interval().high, WithinAbs(100, 0));
}

TEST_CASE("four crops are averaged, and of equal scores the first counts", "[evaluation]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec);
  losses(trainer, 20);
  TrainingOptions options = trainer.options();
  const auto error_of = [&](int crops) {
    options.test_crops = crops;
    trainer.set_options(options);
    return trainer.evaluate(Split::test);
  };
  const Evaluation four = error_of(4), one = error_of(1);
  CHECK(four.loss_sum != one.loss_sum);
  CHECK_THAT(four.loss(), WithinRel(one.loss(), 0.5));

  Trainer blank = make_trainer(device, kPlainSpec);
  std::fill_n(blank.params().values(), blank.params().extent(), real(0));
  const Evaluation ties = blank.evaluate(Split::test);
  CHECK(ties.correct == 11);
  CHECK(ties.confusion[0] == 11);
  CHECK(ties.confusion[4] == 11);
  CHECK_THAT(ties.loss(), WithinRel(std::log(4), 1e-6));
}

TEST_CASE("averaged weights follow the weights and are what is evaluated", "[trainer][average]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  losses(trainer, 5);
  const double plain = trainer.evaluate(Split::test).loss();
  TrainingOptions options = trainer.options();
  options.average_decay = 0.5;
  trainer.set_options(options);
  CHECK(trainer.evaluate(Split::test).loss() == plain);
  losses(trainer, 1);
  const double averaged = trainer.evaluate(Split::test).loss();
  options.average_decay = 0;
  trainer.set_options(options);
  CHECK(averaged != plain);
  CHECK(trainer.evaluate(Split::test).loss() != averaged);

  // Its own arithmetic: t = 1 has decay 2/11, t = 2 has 3/12.
  options.average_decay = 0.9;
  trainer.set_options(options);
  const real* w = trainer.params().values();
  double average = w[0];
  for (int t = 1; t <= 3; ++t) {
    trainer.step();
    average += (1 - double(1 + t) / (10 + t)) * (w[0] - average);
  }
  const std::vector<std::uint8_t> file = trainer.save();
  const Safetensors saved = read_safetensors(file);
  const auto tensor = std::ranges::find(saved.tensors, "average/hidden.weight", &Safetensors::Tensor::name);
  REQUIRE(tensor != saved.tensors.end());
  real got = 0;
  std::memcpy(&got, tensor->bytes.data(), sizeof got);
  CHECK_THAT(got, WithinAbs(average, 1e-6));
}

TEST_CASE("options change between two steps", "[trainer][options]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  losses(trainer, 3);
  TrainingOptions options = trainer.options();

  SECTION("a bigger batch keeps weights and optimiser") {
    const std::uint64_t before = digest(trainer.params());
    options.batch = 64;
    trainer.set_options(options);
    CHECK(digest(trainer.params()) == before);
    CHECK(trainer.step().examples == 62);  // what is left of the pass
    CHECK(trainer.step().examples == 64);
    CHECK(trainer.graph().capacity() == 64);
  }
  SECTION("a kindred optimiser keeps its slots, another starts with none") {
    options.optimizer.type = OptimizerType::nesterov;
    const std::uint64_t before = digest(trainer.params());
    trainer.set_options(options);
    CHECK(digest(trainer.params()) == before);
    options.optimizer.type = OptimizerType::adam;
    options.optimizer.rate = 0.001;
    trainer.set_options(options);
    CHECK(trainer.params().slots() == 2);
    CHECK(trainer.params().updates(ParamId{0}) == 0);
    // Right from the first step, though three were done before: no parameter moves by more than the rate.
    const std::vector<real> weights(trainer.params().values(), trainer.params().values() + 640);
    trainer.step();
    for (std::size_t i = 0; i < 640; ++i)
      CHECK(std::abs(trainer.params().values()[i] - weights[i]) <= real(0.0010001));
  }
  SECTION("what is impossible is refused and changes nothing") {
    const auto refuse = [&](auto change) {
      TrainingOptions bad = options;
      change(bad);
      CHECK_THROWS_AS(trainer.set_options(bad), Error);
    };
    refuse([](TrainingOptions& o) { o.batch = 0; });
    refuse([](TrainingOptions& o) { o.epochs = -1; });
    refuse([](TrainingOptions& o) { o.optimizer.rate = std::nan(""); });
    refuse([](TrainingOptions& o) { o.optimizer.epsilon = 0; });
    refuse([](TrainingOptions& o) { o.optimizer.momentum = 1; });
    refuse([](TrainingOptions& o) { o.test_crops = 3; });
    refuse([](TrainingOptions& o) { o.average_decay = 1; });
    refuse([](TrainingOptions& o) { o.hold_out = 110; });
    refuse([](TrainingOptions& o) { o.augmentation.crop = 6; });
    CHECK(trainer.options().batch == 16);
    Trainer twin = make_trainer(device, kPlainSpec);
    losses(twin, 3);
    CHECK(losses(trainer, 4) == losses(twin, 4));
  }
}

TEST_CASE("data that do not fit are refused with a sentence", "[trainer][data]") {
  Device device;
  Trainer trainer(device, Spec::parse(kPlainSpec));
  CHECK(trainer.finished());
  CHECK(trainer.step().examples == 0);
  auto data = std::make_shared<Dataset>(*striped(20, 1));
  data->labels(7) = 4;
  CHECK_THROWS_WITH(trainer.set_data(data, nullptr),
                    ContainsSubstring("label 4") && ContainsSubstring("4 outputs"));
  data->labels(7) = 3;
  data->inputs = xt::xtensor<std::uint8_t, 4>(std::array<std::size_t, 4>{20, 3, 8, 8});
  CHECK_THROWS_WITH(trainer.set_data(data, nullptr),
                    ContainsSubstring("1x8x8") && ContainsSubstring("3x8x8"));
  CHECK(trainer.size(Split::training) == 0);
  trainer.set_data(striped(20, 1), nullptr);
  CHECK(trainer.size(Split::training) == 20);
  CHECK(trainer.evaluate(Split::test).examples == 0);
}

TEST_CASE("a loss over targets takes targets, or the labels' one-hot code", "[trainer][data]") {
  Device device;
  Trainer trainer = make_trainer(device, R"({ "input": [1, 8, 8],
      "layers": [ { "dense": 4, "name": "out" }, { "loss": "squared" } ],
      "training": { "optimizer": { "type": "sgd", "rate": 0.01 }, "batch": 8 } })");
  const StepResult result = trainer.step();
  CHECK(result.correct == -1);
  const TensorView targets = trainer.graph().view(trainer.network().targets, 8);
  for (int i = 0; i < 8; ++i) {
    real sum = 0;
    for (int c = 0; c < 4; ++c) sum += targets.data[4 * i + c] * real(c + 1);
    CHECK((sum == 1 || sum == 2 || sum == 3 || sum == 4));
  }
  const Evaluation evaluation = trainer.evaluate(Split::test);
  CHECK(evaluation.correct == -1);
  CHECK(std::isnan(evaluation.error()));
  CHECK(evaluation.loss() > 0);

  auto regression = std::make_shared<Dataset>(*striped(20, 1));
  regression->targets = xt::xtensor<float, 2>(std::array<std::size_t, 2>{20, 3});
  CHECK_THROWS_WITH(trainer.set_data(regression, nullptr), ContainsSubstring("4 targets"));
}

TEST_CASE("plateaus halve the rate and stop early", "[trainer][schedule]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  TrainingOptions options = trainer.options();
  options.schedule = {.type = ScheduleType::halve_on_plateau, .patience = 2};
  options.patience = 5;
  options.hold_out = 10;
  trainer.set_options(options);
  const auto report = [&](double loss) {
    Evaluation e;
    e.examples = 1;
    e.loss_sum = loss;
    trainer.report_validation(e);
  };
  report(1.0);
  report(0.5);
  report(0.6);
  CHECK(trainer.step().rate == 0.1);
  report(std::nan(""));
  CHECK(trainer.step().rate == 0.05);
  report(0.5);
  report(0.7);
  CHECK(trainer.step().rate == 0.025);
  CHECK_FALSE(trainer.finished());
  report(0.8);
  CHECK(trainer.finished());
  CHECK(trainer.history().validation().size() == 7);
}

TEST_CASE("a live edit keeps what fits: weights, slots, options, place", "[trainer][replace]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec);
  losses(trainer, 10);
  TrainingOptions options = trainer.options();
  options.optimizer.rate = 0.003;
  trainer.set_options(options);
  const ParamStore& old = trainer.params();
  const ParamId old_scores = *old.find("scores.weight");
  const std::uint64_t weight = digest({old.value(old_scores).data, 48}),
                      slot = digest({old.slot(1, old_scores).data, 48});
  const real mean = old.state(*old.find_state("norm.running_mean")).data[0];
  const double epoch = trainer.epoch();

  // One more layer, another width before it; no training part: the options in force stay (ConvNetJS fell back to SGD).
  const std::vector<std::string> kept = trainer.replace(Spec::parse(R"({ "input": [1, 6, 6], "layers": [
    { "conv": 4, "kernel": 3, "pad": 1, "name": "conv" }, { "batch_norm": true, "name": "norm" }, { "act": "relu" },
    { "conv": 6, "kernel": 3, "pad": 1, "name": "more" }, { "pool": 2 },
    { "dense": 12, "act": "tanh", "dropout": 0.3, "name": "hidden" }, { "dense": 4, "name": "scores" },
    { "loss": "softmax" } ] })"));
  CHECK(kept == std::vector<std::string>{"conv.weight", "conv.bias", "norm.gamma", "norm.shift",
                                         "hidden.bias", "scores.weight", "scores.bias"});
  const ParamStore& now = trainer.params();
  const ParamId scores = *now.find("scores.weight");
  CHECK(digest({now.value(scores).data, 48}) == weight);
  CHECK(digest({now.slot(1, scores).data, 48}) == slot);
  CHECK(now.updates(scores) == 10);
  CHECK(now.updates(*now.find("more.weight")) == 0);
  CHECK(now.state(*now.find_state("norm.running_mean")).data[0] == mean);
  CHECK(trainer.options().optimizer.type == OptimizerType::adam);
  CHECK(trainer.options().optimizer.rate == 0.003);
  CHECK(trainer.options().augmentation.crop == 6);
  CHECK(trainer.step_count() == 10);
  CHECK(trainer.epoch() == epoch);
  CHECK(trainer.history().points().size() == 10);
  CHECK(trainer.step().step == 11);

  // A net that the data do not fit changes nothing.
  const std::uint64_t before = digest(trainer.params());
  CHECK_THROWS_AS(trainer.replace(Spec::parse(R"({ "input": [3, 6, 6], "layers": [ { "dense": 4 },
      { "loss": "softmax" } ] })")),
                  Error);
  CHECK(digest(trainer.params()) == before);
  CHECK(trainer.step().step == 12);
}

TEST_CASE("a replaced net of the same layers goes on as if nothing had been", "[trainer][replace]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec), twin = make_trainer(device, kRichSpec);
  losses(trainer, 7);
  losses(twin, 7);
  trainer.replace(Spec::parse(kRichSpec));
  CHECK(losses(trainer, 10) == losses(twin, 10));
}
