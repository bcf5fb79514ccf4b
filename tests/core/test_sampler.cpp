#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>
#include <limits>

#include "counting_allocator.hpp"
#include "livegrad/error.hpp"
#include "livegrad/random.hpp"
#include "livegrad/sampler.hpp"

namespace livegrad {
namespace {

using Catch::Matchers::WithinAbs;

/// How often each symbol is chosen.
std::vector<double> shares(const std::vector<real>& scores, const SamplingOptions& options,
                           int draws = 40'000) {
  SymbolChooser chooser(std::ssize(scores));
  const RandomStream random{.seed = 5, .purpose = Purpose::sample};
  std::vector<double> counts(scores.size(), 0);
  for (int i = 0; i < draws; ++i)
    counts.at(std::size_t(chooser.choose(scores, options, random.uniform(std::uint64_t(i))))) += 1.0 / draws;
  return counts;
}

std::vector<double> expected(const std::vector<real>& scores, double temperature, std::vector<int> kept) {
  std::vector<double> p(scores.size(), 0);
  double sum = 0;
  for (const int i : kept) sum += p[std::size_t(i)] = std::exp(double(scores[std::size_t(i)]) / temperature);
  for (double& x : p) x /= sum;
  return p;
}

void check_close(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK_THAT(a[i], WithinAbs(b[i], 0.012));
    if (b[i] == 0) CHECK(a[i] == 0);
  }
}

const std::vector<real> kScores{real(0.5), real(2), real(-1), real(1.5), real(1.5)};

TEST_CASE("symbols are chosen as often as they are likely", "[sampler]") {
  check_close(shares(kScores, {}), expected(kScores, 1, {0, 1, 2, 3, 4}));
  check_close(shares(kScores, {.temperature = 0.5}), expected(kScores, 0.5, {0, 1, 2, 3, 4}));
  check_close(shares(kScores, {.temperature = 3}), expected(kScores, 3, {0, 1, 2, 3, 4}));
  check_close(shares(kScores, {.top_k = 2}), expected(kScores, 1, {1, 3}));  // of equals the first
  check_close(shares(kScores, {.temperature = 2, .top_k = 3}), expected(kScores, 2, {1, 3, 4}));
  check_close(shares(kScores, {.top_k = 99}), expected(kScores, 1, {0, 1, 2, 3, 4}));
  check_close(shares(kScores, {.top_p = 0.5}), expected(kScores, 1, {1, 3}));  // 0.41, 0.25, 0.25 …
  check_close(shares(kScores, {.top_p = 0.7}), expected(kScores, 1, {1, 3, 4}));
  check_close(shares(kScores, {.top_p = 1e-9}), expected(kScores, 1, {1}));
  check_close(shares(kScores, {.top_k = 4, .top_p = 0.95}), expected(kScores, 1, {0, 1, 3, 4}));
  check_close(shares(kScores, {.greedy = true}), {0, 1, 0, 0, 0});
}

TEST_CASE("every symbol of a uniform distribution has its part of [0, 1)", "[sampler]") {
  const std::vector<real> scores(8, real(3));
  SymbolChooser chooser(8);
  for (int i = 0; i < 8; ++i) CHECK(chooser.choose(scores, {}, (i + 0.5) / 8) == i);
  CHECK(chooser.choose(scores, {}, 0) == 0);
  CHECK(chooser.choose(scores, {}, 1 - 0x1p-32) == 7);
  CHECK(chooser.choose(scores, {.greedy = true}, 0.9) == 0);
}

TEST_CASE("the most likely candidates come in order", "[sampler]") {
  SymbolChooser chooser(5);
  for (const SamplingOptions& options : {SamplingOptions{}, SamplingOptions{.top_k = 1},
                                         SamplingOptions{.top_p = 0.3}, SamplingOptions{.greedy = true}}) {
    chooser.choose(kScores, options, 0.4);
    const auto top = chooser.top(3);
    REQUIRE(top.size() == 3);
    CHECK(top[0].symbol == 1);
    CHECK(top[1].symbol == 3);
    CHECK(top[2].symbol == 4);
    CHECK_THAT(top[0].probability, WithinAbs(expected(kScores, 1, {0, 1, 2, 3, 4})[1], 1e-6));
    CHECK(chooser.top(99).size() == 5);
    CHECK(chooser.top(99)[4].symbol == 2);
    CHECK(chooser.top(0).empty());
  }
}

TEST_CASE("extreme scores choose without harm", "[sampler]") {
  constexpr real kNan = std::numeric_limits<real>::quiet_NaN(),
                 kInfinity = std::numeric_limits<real>::infinity();
  SymbolChooser chooser(3);
  for (const double u : {1e-9, 0.5, 0.999}) {
    CHECK(chooser.choose(std::vector<real>{-1000, 1000, 0}, {}, u) == 1);
    CHECK(chooser.choose(std::vector<real>{kNan, 1, kNan}, {}, u) == 1);
    CHECK(chooser.choose(std::vector<real>{kNan, 1, kNan}, {.top_k = 2}, u) == 1);
    CHECK(chooser.choose(std::vector<real>{0, kInfinity, 0}, {}, u) == 1);
    CHECK(chooser.choose(std::vector<real>{kNan, kNan, kNan}, {.top_p = 0.5}, u) < 3);
    CHECK(chooser.choose(std::vector<real>{1, 2, 3}, {.temperature = 0.01}, u) == 2);
  }
}

TEST_CASE("choosing allocates nothing", "[sampler][allocations]") {
  SymbolChooser chooser(5);
  const std::size_t before = test::allocations();
  for (int i = 0; i < 100; ++i) {
    chooser.choose(kScores, {.top_k = 3, .top_p = 0.9}, i / 100.0);
    chooser.top(5);
  }
  CHECK(test::allocations() == before);
}

TEST_CASE("sampling settings out of range are refused", "[sampler]") {
  for (const SamplingOptions& wrong :
       {SamplingOptions{.temperature = 0}, SamplingOptions{.temperature = -1},
        SamplingOptions{.temperature = 1000}, SamplingOptions{.temperature = std::nan("")},
        SamplingOptions{.top_k = -1}, SamplingOptions{.top_p = 0}, SamplingOptions{.top_p = 1.5},
        SamplingOptions{.top_p = std::nan("")}})
    CHECK_THROWS_AS(check(wrong), Error);
  CHECK_NOTHROW(check(SamplingOptions{.temperature = 0.01, .top_k = 5, .top_p = 1}));
}

}  // namespace
}  // namespace livegrad
