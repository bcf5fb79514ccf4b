#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "livegrad/random.hpp"

using namespace livegrad;

TEST_CASE("philox4x32 gives the published answers", "[random]") {
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("every part of a stream's address matters", "[random]") {
  const RandomStream base{.seed = 1, .layer = 2, .purpose = Purpose::dropout, .step = 3};
  std::vector<RandomStream> streams(9, base);
  streams[1].seed = 2;
  streams[2].seed = base.seed | std::uint64_t{1} << 32;
  streams[3].layer = 3;
  streams[4].purpose = Purpose::augment;
  streams[5].step = 4;
  streams[6].step = base.step | std::uint64_t{1} << 32;
  streams[7].step = base.step | std::uint64_t{1} << 43;
  streams[8].purpose = Purpose::init;
  std::set<std::array<std::uint32_t, 4>> seen;
  for (const auto& stream : streams)
    for (const std::uint64_t index :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32, std::uint64_t{1} << 43})
      seen.insert(stream.block(index));
  CHECK(seen.size() == streams.size() * 4);
}

TEST_CASE("uniform and below cover their ranges evenly", "[random]") {
  const RandomStream random{.seed = 5, .purpose = Purpose::sample};
  constexpr int kDraws = 100'000;
  std::array<int, 10> tenths{}, faces{};
  double sum = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double u = random.uniform(i);
    REQUIRE((u >= 0 && u < 1));
    sum += u;
    ++tenths[static_cast<std::size_t>(u * 10)];
    ++faces[random.below(10, i + kDraws)];
  }
  CHECK(std::abs(sum / kDraws - 0.5) < 0.005);
  for (const auto& counts : {tenths, faces}) {
    double chi_squared = 0;
    for (const int count : counts)
      chi_squared += (count - kDraws / 10.0) * (count - kDraws / 10.0) / (kDraws / 10.0);
    CHECK(chi_squared < 27.9);  // 99.9 % point for 9 degrees of freedom
  }
  CHECK(random.below(1, 0) == 0);
}

TEST_CASE("normal draws have the moments of a normal distribution", "[random]") {
  const RandomStream random{.seed = 6, .purpose = Purpose::init};
  constexpr int kDraws = 200'000;
  double sum = 0, squares = 0, cubes = 0, fourths = 0, products = 0, previous = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double z = random.normal(i);
    sum += z, squares += z * z, cubes += z * z * z, fourths += z * z * z * z, products += z * previous;
    previous = z;
  }
  CHECK(std::abs(sum / kDraws) < 0.01);
  CHECK(std::abs(squares / kDraws - 1) < 0.015);
  CHECK(std::abs(cubes / kDraws) < 0.04);
  CHECK(std::abs(fourths / kDraws - 3) < 0.1);
  CHECK(std::abs(products / kDraws) < 0.01);
}

TEST_CASE("permutation is a permutation and gives every order", "[random]") {
  std::vector<std::int32_t> order(1000);
  const RandomStream stream{.seed = 7, .purpose = Purpose::shuffle};
  stream.permutation(order);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::int32_t i = 0; i < 1000; ++i) REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
  CHECK(order != sorted);

  std::array<int, 6> counts{};
  for (std::uint64_t step = 0; step < 6000; ++step) {
    std::array<std::int32_t, 3> three{};
    RandomStream{.seed = 7, .purpose = Purpose::shuffle, .step = step}.permutation(three);
    ++counts[static_cast<std::size_t>(three[0] * 2 + (three[1] > three[2] ? 1 : 0))];
  }
  for (const int count : counts) CHECK(std::abs(count - 1000) < 120);
  RandomStream{}.permutation({});
}

TEST_CASE("stable_id is FNV-1a", "[random]") {
  CHECK(stable_id("") == 0x811c9dc5);
  CHECK(stable_id("a") == 0xe40c292c);
  CHECK(stable_id("foobar") == 0xbf9cf968);
}
