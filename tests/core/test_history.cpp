#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>

#include "counting_allocator.hpp"
#include "livegrad/error.hpp"
#include "livegrad/history.hpp"

using namespace livegrad;
using Catch::Matchers::WithinRel;

TEST_CASE("a short run has a point for every step", "[history]") {
  History history;
  history.add(1, 0.5, 6, 1, 4);
  history.add(2, 1.0, 2, 2, 2);
  CHECK(history.stride() == 1);
  REQUIRE(history.points().size() == 2);
  CHECK(history.points()[0].loss == 1.5);
  CHECK(history.points()[0].accuracy == 25);
  CHECK(history.points()[1].step == 2);
  CHECK(history.points()[1].accuracy == 100);
}

TEST_CASE("a long run is thinned without losing an example or memory", "[history]") {
  History history;
  const std::size_t before = livegrad::test::allocations();
  double loss_sum = 0;
  std::int64_t examples = 0;
  constexpr std::uint64_t kSteps = 100'000;
  for (std::uint64_t step = 1; step <= kSteps; ++step) {
    const std::int64_t batch = step % 3 == 0 ? 5 : 20;
    loss_sum += 1.0 / double(step) * double(batch);
    examples += batch;
    history.add(step, double(step) / 100, double(batch) / double(step), batch / 5, batch);
    if (step % 10 == 0) history.add_validation({step, double(step) / 100, 1.0 / double(step), 90});
  }
  CHECK(livegrad::test::allocations() == before);
  const auto& points = history.points();
  CHECK(points.size() < History::kCapacity);
  CHECK(points.size() >= History::kCapacity / 2);
  CHECK(history.validation().size() < History::kCapacity);
  CHECK(history.validation().back().step == kSteps);
  const History::Point& open = history.content().open;
  double total = open.loss;
  std::int64_t seen = open.examples;
  for (std::size_t i = 0; i < points.size(); ++i) {
    CHECK(points[i].step == (i + 1) * history.stride());
    total += points[i].loss * double(points[i].examples);
    seen += points[i].examples;
    CHECK_THAT(points[i].accuracy, WithinRel(20.0, 1e-9));
  }
  CHECK(seen == examples);
  CHECK_THAT(total, WithinRel(loss_sum, 1e-9));
}

TEST_CASE("without classes the accuracy is NaN", "[history]") {
  History history;
  for (std::uint64_t step = 1; step <= 2000; ++step) history.add(step, 0, 1, -1, 1);
  CHECK(std::isnan(history.points()[0].accuracy));
  CHECK(history.points()[0].loss == 1);
  history.clear();
  CHECK(history.points().empty());
  CHECK(history.stride() == 1);
}

TEST_CASE("what was restored goes on like the original", "[history]") {
  History original, copy;
  for (std::uint64_t step = 1; step <= 1500; ++step) original.add(step, 0, double(step), 0, 1);
  copy.restore(original.content());
  for (std::uint64_t step = 1501; step <= 5000; ++step) {
    original.add(step, 0, double(step), 0, 1);
    copy.add(step, 0, double(step), 0, 1);
  }
  REQUIRE(copy.points().size() == original.points().size());
  for (std::size_t i = 0; i < copy.points().size(); ++i)
    CHECK(copy.points()[i].loss == original.points()[i].loss);
  History::Content bad = original.content();
  bad.points.resize(History::kCapacity);
  CHECK_THROWS_AS(copy.restore(bad), Error);
  bad = original.content();
  bad.open_steps = bad.stride;
  CHECK_THROWS_AS(copy.restore(bad), Error);
}
