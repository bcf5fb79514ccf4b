#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <set>

#include "livegrad/error.hpp"
#include "livegrad/inspect.hpp"
#include "training_fixture.hpp"

using namespace livegrad;
using namespace livegrad::test;
using Catch::Matchers::WithinAbs;

TEST_CASE("looking changes nothing", "[probe][determinism]") {
  Device device;
  const auto run = [&](bool look) {
    Trainer trainer = make_trainer(device, kRichSpec);
    Probe probe(trainer, 3);
    std::uint64_t hash = 0;
    for (int step = 0; step < 50; ++step) {
      trainer.step();
      hash = hash * 31 + digest(trainer.params()) +
             digest({trainer.params().gradients(), std::size_t(trainer.params().extent())});
      if (!look) continue;
      probe.set_example(0, Split::test, step % 44);
      probe.set_example(1, Split::training, step);
      probe.set_input(2, std::vector<real>(36, real(0.5)), -1);
      probe.run(3, true);
      trainer.evaluate(Split::test);
      trainer.evaluate(Split::validation);
      for (const LayoutEntry& entry : layout(trainer))
        if (entry.type == ValueType::real)
          statistics({const_cast<real*>(static_cast<const real*>(entry.data)), entry.shape});
      layout(probe);
      static_cast<void>(trainer.save());
    }
    return hash;
  };
  CHECK(run(false) == run(true));
}

TEST_CASE("a probe sees what evaluation sees, and gradients of its own examples", "[probe]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  losses(trainer, 5);
  Probe probe(trainer, 4);
  Evaluation evaluation;
  trainer.evaluate(Split::test, 8, 4, evaluation);
  for (std::int64_t i = 0; i < 4; ++i) probe.set_example(i, Split::test, 8 + i);
  probe.run(4, true);
  const TensorView loss = probe.graph().view(probe.network().loss, 4);
  CHECK_THAT(double(loss.data[0]) + loss.data[1] + loss.data[2] + loss.data[3],
             WithinAbs(evaluation.loss_sum, 1e-6));

  // d loss / d scores = (probabilities - onehot) / 4
  const TensorView p = probe.graph().view(probe.network().probabilities, 4);
  const TensorView d = probe.schedule().gradient(probe.network().output, 4);
  const IndexView labels = probe.graph().index_view(probe.network().labels, 4);
  REQUIRE(d);
  for (int i = 0; i < 16; ++i)
    CHECK_THAT(d.data[i], WithinAbs((double(p.data[i]) - (labels.data[i / 4] == i % 4)) / 4, 1e-6));

  // Parameter gradients lie apart from those of training; the input has one too.
  const ParamStore& params = trainer.params();
  int seen = 0;
  for (std::size_t v = 0; v < probe.graph().values().size(); ++v) {
    const ValueId id{std::int32_t(v)};
    if (probe.graph().value(id).kind != ValueKind::parameter) continue;
    const real* own = probe.schedule().gradient(id, 4).data;
    REQUIRE(own != nullptr);
    CHECK((own < params.gradients() || own >= params.gradients() + params.extent()));
    ++seen;
  }
  CHECK(seen == params.size());
  const TensorView dx = probe.schedule().gradient(probe.network().input, 4);
  REQUIRE(dx);
  CHECK(std::any_of(dx.data, dx.data + dx.size(), [](real x) { return x != 0; }));
}

TEST_CASE("an example without a label has no loss and no gradient", "[probe]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  Probe probe(trainer);
  probe.set_input(0, std::vector<real>(64, real(0.25)), -1);
  probe.run(1, true);
  CHECK(probe.graph().view(probe.network().loss, 1).data[0] == 0);
  const TensorView dx = probe.schedule().gradient(probe.network().input, 1);
  CHECK(std::all_of(dx.data, dx.data + 64, [](real x) { return x == 0; }));
  CHECK_THROWS_AS(probe.set_input(0, std::vector<real>(63), 0), Error);
  CHECK_THROWS_AS(probe.set_input(1, std::vector<real>(64), 0), Error);
  CHECK_THROWS_AS(probe.set_input(0, std::vector<real>(64), 4), Error);
  CHECK_THROWS_AS(probe.set_example(0, Split::test, 44), Error);
  CHECK_THROWS_AS(probe.set_example(0, Split::validation, 0), Error);
}

TEST_CASE("the layout lists every tensor once, at its place", "[inspect]") {
  Device device;
  Trainer trainer = make_trainer(device, kRichSpec);
  trainer.step();
  const std::vector<LayoutEntry> entries = layout(trainer);
  std::set<std::pair<std::string, LayoutEntry::Kind>> names;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK(entries[i].id == std::int32_t(i));
    CHECK(entries[i].data != nullptr);
    CHECK((entries[i].rows_per_example == 0 || entries[i].shape[0] == 12 * entries[i].rows_per_example));
    names.emplace(entries[i].name, entries[i].kind);
  }
  CHECK(names.size() == entries.size());
  const auto has = [&](const char* name, LayoutEntry::Kind kind) { return names.contains({name, kind}); };
  using Kind = LayoutEntry::Kind;
  CHECK(has("conv.out", Kind::value));
  CHECK(has("conv.out", Kind::gradient));
  CHECK(has("conv.weight", Kind::parameter));
  CHECK(has("conv.weight", Kind::parameter_gradient));
  CHECK(has("conv.weight.mean", Kind::slot));
  CHECK(has("conv.weight.square", Kind::slot));
  CHECK(has("norm.running_mean", Kind::state));
  const auto weight = std::ranges::find_if(
      entries, [](const LayoutEntry& e) { return e.name == "conv.weight" && e.kind == Kind::parameter; });
  CHECK(weight->data == trainer.params().value(*trainer.params().find("conv.weight")).data);
  CHECK(weight->layer == "conv");
}

TEST_CASE("a probe keeps gradients that a training step does not", "[inspect][probe]") {
  Device device;
  Trainer trainer = make_trainer(device, kPlainSpec);
  const auto has_gradient = [](const std::vector<LayoutEntry>& entries) {
    return std::ranges::any_of(entries, [](const LayoutEntry& e) {
      return e.name == "hidden.out" && e.kind == LayoutEntry::Kind::gradient;
    });
  };
  CHECK(!has_gradient(layout(trainer)));
  CHECK(has_gradient(layout(Probe(trainer, 1))));
}

TEST_CASE("statistics of a tensor", "[inspect]") {
  real numbers[] = {1, -3, 0, 0, 2, 6};
  const TensorStatistics s = statistics({numbers, {2, 3}});
  CHECK(s.minimum == -3);
  CHECK(s.maximum == 6);
  CHECK(s.mean == 1);
  CHECK_THAT(s.deviation * s.deviation, WithinAbs(44.0 / 6, 1e-12));
  CHECK_THAT(s.zero_fraction, WithinAbs(1.0 / 3, 1e-12));
}
