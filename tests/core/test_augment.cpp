#include <algorithm>
#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <set>
#include <vector>

#include "livegrad/augment.hpp"
#include "support/hostile.hpp"

using namespace livegrad;
using testing::error_of;

namespace {

/// Bytes that tell every pixel of every sample apart, within reason, and are never 0.
std::shared_ptr<Dataset> numbered(std::size_t count, std::size_t channels, std::size_t height,
                                  std::size_t width) {
  auto dataset = std::make_shared<Dataset>();
  xt::xtensor<std::uint8_t, 4> inputs(std::array<std::size_t, 4>{count, channels, height, width});
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs.data()[i] = static_cast<std::uint8_t>(1 + i % 251);
  dataset->inputs = inputs;
  dataset->labels = xt::xtensor<std::int32_t, 1>(std::array<std::size_t, 1>{count});
  for (std::size_t i = 0; i < count; ++i) dataset->labels(i) = static_cast<std::int32_t>(i % 10);
  return dataset;
}

/// A smooth bump, so that resampling is nearly exact.
std::shared_ptr<Dataset> bump(float row, float column, float radius) {
  auto dataset = std::make_shared<Dataset>();
  xt::xtensor<float, 4> inputs(std::array<std::size_t, 4>{1, 1, 28, 28});
  for (std::size_t i = 0; i < 28; ++i) {
    for (std::size_t j = 0; j < 28; ++j) {
      const float y = static_cast<float>(i) - row, x = static_cast<float>(j) - column;
      inputs(0, 0, i, j) = std::exp(-(x * x + y * y) / (radius * radius));
    }
  }
  dataset->inputs = inputs;
  return dataset;
}

struct Read {
  std::vector<real> x;
  std::vector<std::int32_t> labels;
};

Read read_all(BatchReader& reader, const std::vector<std::int32_t>& samples, std::uint64_t place,
              std::size_t batch) {
  const auto size = static_cast<std::size_t>(reader.sample_shape().size());
  Read out{std::vector<real>(samples.size() * size), std::vector<std::int32_t>(samples.size())};
  for (std::size_t i = 0; i < samples.size(); i += batch) {
    const std::size_t n = std::min(batch, samples.size() - i);
    reader.read(
        std::span(samples).subspan(i, n), place + i,
        {.x = std::span(out.x).subspan(i * size, n * size), .labels = std::span(out.labels).subspan(i, n)});
  }
  return out;
}

constexpr Augmentation kEverything{.crop = 24,
                                   .shift = 2,
                                   .rotate = 10,
                                   .scale = 0.1f,
                                   .elastic_alpha = 34,
                                   .elastic_sigma = 4,
                                   .flip = true};

}  // namespace

TEST_CASE("without augmentation a batch is the scaled bytes", "[augment]") {
  const auto dataset = numbered(3, 2, 5, 4);
  BatchReader reader(dataset, {.scale = 2, .shift = -1}, {}, 1);
  CHECK(reader.sample_shape() == Shape{2, 5, 4});
  const Read got = read_all(reader, {2, 0}, 0, 2);
  const auto& bytes = std::get<0>(dataset->inputs);
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(got.x[i] == static_cast<real>(bytes.data()[80 + i]) * 2 - 1);
    CHECK(got.x[40 + i] == static_cast<real>(bytes.data()[i]) * 2 - 1);
  }
  CHECK(got.labels == std::vector<std::int32_t>{2, 0});
}

TEST_CASE("augmentation depends on a sample's place, not on the batch", "[augment]") {
  std::vector<std::int32_t> samples(23);
  std::iota(samples.begin(), samples.end(), 0);
  for (const Augmentation& augmentation : {Augmentation{.crop = 24}, kEverything}) {
    const auto dataset = numbered(23, 1, 28, 28);
    BatchReader one(dataset, {}, augmentation, 5), other(dataset, {}, augmentation, 5),
        third(dataset, {}, augmentation, 6);
    const Read whole = read_all(one, samples, 1000, 23);
    CHECK(read_all(other, samples, 1000, 4).x == whole.x);
    CHECK(read_all(one, samples, 1000, 1).x == whole.x);
    CHECK(read_all(one, samples, 1001, 23).x != whole.x);
    CHECK(read_all(third, samples, 1000, 23).x != whole.x);
  }
}

TEST_CASE("crop and shift copy whole pixels, with every offset and none other", "[augment]") {
  const auto dataset = numbered(1, 1, 28, 28);
  const auto& bytes = std::get<0>(dataset->inputs);
  BatchReader crop(dataset, {.scale = 1}, {.crop = 24}, 3), shift(dataset, {.scale = 1}, {.shift = 2}, 3);
  std::set<std::pair<int, int>> crops, shifts;
  for (std::uint64_t place = 0; place < 400; ++place) {
    const Read cropped = read_all(crop, {0}, place, 1);
    for (int top = 0; top <= 4; ++top) {
      for (int left = 0; left <= 4; ++left) {
        bool same = true;
        for (int i = 0; i < 24 * 24 && same; ++i)
          same = cropped.x[i] == bytes(0, 0, top + i / 24, left + i % 24);
        if (same) crops.insert({top, left});
      }
    }
    const Read moved = read_all(shift, {0}, place, 1);
    for (int down = -2; down <= 2; ++down) {
      for (int right = -2; right <= 2; ++right) {
        bool same = true;
        for (int i = 0; i < 28 * 28 && same; ++i) {
          const int row = i / 28 - down, column = i % 28 - right;
          const bool inside = row >= 0 && row < 28 && column >= 0 && column < 28;
          same = moved.x[i] == (inside ? bytes(0, 0, row, column) : 0);
        }
        if (same) shifts.insert({down, right});
      }
    }
  }
  CHECK(crops.size() == 25);
  CHECK(shifts.size() == 25);
}

TEST_CASE("flip mirrors half of the samples", "[augment]") {
  const auto dataset = numbered(1, 1, 4, 6);
  BatchReader reader(dataset, {.scale = 1}, {.flip = true}, 3), plain(dataset, {.scale = 1}, {}, 3);
  const Read straight = read_all(plain, {0}, 0, 1);
  Read mirrored = straight;
  for (int row = 0; row < 4; ++row)
    std::reverse(mirrored.x.begin() + row * 6, mirrored.x.begin() + row * 6 + 6);
  int flips = 0;
  for (std::uint64_t place = 0; place < 400; ++place) {
    const Read got = read_all(reader, {0}, place, 1);
    REQUIRE((got.x == straight.x || got.x == mirrored.x));
    flips += got.x == mirrored.x;
  }
  CHECK(std::abs(flips - 200) < 50);
}

TEST_CASE("evaluation cuts at the centre or at one of four places", "[augment]") {
  const auto dataset = numbered(1, 1, 28, 28);
  const auto& bytes = std::get<0>(dataset->inputs);
  BatchReader reader(dataset, {.scale = 1}, kEverything, 3);
  const std::vector<std::int32_t> samples{0};
  std::vector<real> x(24 * 24);
  const auto offset_is = [&](int top, int left) {
    for (int i = 0; i < 24 * 24; ++i) {
      if (x[static_cast<std::size_t>(i)] != bytes(0, 0, top + i / 24, left + i % 24)) return false;
    }
    return true;
  };
  reader.read_centre(samples, {.x = x});
  CHECK(offset_is(2, 2));
  const std::pair<int, int> expected[]{{1, 1}, {1, 3}, {3, 1}, {3, 3}};
  for (int crop = 0; crop < 4; ++crop) {
    reader.read_crop(crop, samples, {.x = x});
    CHECK(offset_is(expected[crop].first, expected[crop].second));
  }
}

TEST_CASE("rotate and scale move a bump where geometry says", "[augment]") {
  // A bump 8 pixels right of the centre must lie on the arc or the line that the setting allows, and keep its height.
  const auto dataset = bump(13.5f, 21.5f, 3);
  const auto centre_of = [](const std::vector<real>& x) {
    double sum = 0, rows = 0, columns = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += x[i], rows += x[i] * static_cast<double>(i / 28), columns += x[i] * static_cast<double>(i % 28);
    }
    return std::pair{rows / sum - 13.5, columns / sum - 13.5};
  };
  BatchReader turning(dataset, {}, {.rotate = 30}, 3), growing(dataset, {}, {.scale = 0.2f}, 3);
  double least_angle = 90, most_angle = -90, least_distance = 99, most_distance = 0;
  for (std::uint64_t place = 0; place < 200; ++place) {
    const auto [turned_y, turned_x] = centre_of(read_all(turning, {0}, place, 1).x);
    CHECK(std::abs(std::hypot(turned_y, turned_x) - 8) < 0.1);
    const double angle = std::atan2(turned_y, turned_x) * 57.29577951;
    least_angle = std::min(least_angle, angle), most_angle = std::max(most_angle, angle);
    const auto [grown_y, grown_x] = centre_of(read_all(growing, {0}, place, 1).x);
    CHECK(std::abs(grown_y) < 0.05);
    least_distance = std::min(least_distance, grown_x), most_distance = std::max(most_distance, grown_x);
  }
  CHECK((least_angle > -30.5 && least_angle < -28 && most_angle < 30.5 && most_angle > 28));
  CHECK((least_distance > 6.3 && least_distance < 6.6 && most_distance < 9.65 && most_distance > 9.3));
}

TEST_CASE("elastic displacement is smooth and of the stated size", "[augment]") {
  auto dataset = std::make_shared<Dataset>();
  xt::xtensor<float, 4> ramp(std::array<std::size_t, 4>{1, 2, 40, 40});
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t j = 0; j < 40; ++j) {
      ramp(0, 0, i, j) = static_cast<float>(i);
      ramp(0, 1, i, j) = static_cast<float>(j);
    }
  }
  dataset->inputs = ramp;
  BatchReader reader(dataset, {}, {.elastic_alpha = 34, .elastic_sigma = 4}, 3);
  double squares = 0, steps = 0;
  int count = 0;
  for (std::uint64_t place = 0; place < 100; ++place) {
    const auto x = read_all(reader, {0}, place, 1).x;  // what it shows is where it came from
    for (int c = 0; c < 2; ++c) {
      for (int i = 12; i < 28; ++i) {
        for (int j = 12; j < 28; ++j, ++count) {
          const int at = (c * 40 + i) * 40 + j;
          const double move = x[static_cast<std::size_t>(at)] - (c == 0 ? i : j);
          const double next = x[static_cast<std::size_t>(at + 1)] - (c == 0 ? i : j + 1);
          squares += move * move, steps += (next - move) * (next - move);
        }
      }
    }
  }
  const double deviation = std::sqrt(squares / count);
  CHECK(std::abs(deviation - 34 / std::sqrt(3.0) / (2 * 3.5449 / 2 * 4)) <
        0.12);  // alpha sqrt(1/3) / (2 sqrt(pi) sigma)
  CHECK(std::sqrt(steps / count) < 0.3 * deviation);
}

TEST_CASE("settings out of range are refused", "[augment]") {
  const auto dataset = numbered(1, 1, 28, 28);
  const auto refused = [&](const Augmentation& augmentation) {
    return error_of([&] { BatchReader(dataset, {}, augmentation, 1); });
  };
  CHECK(refused({.crop = 29}) ==
        "[augmentation] crop is 29, but the images are 28x28. Use 1 to 28, or 0 for none.");
  CHECK(refused({.crop = -1}) != "");
  CHECK(refused({.shift = -1}) != "");
  CHECK(refused({.rotate = 200}) != "");
  CHECK(refused({.scale = 1}) != "");
  CHECK(refused({.elastic_alpha = -1}) != "");
  CHECK(refused({.elastic_alpha = std::numeric_limits<float>::quiet_NaN()}) != "");
  CHECK(refused({.elastic_sigma = 0}) != "");
  CHECK(refused(kEverything) == "");
}

TEST_CASE("augmented batches have the published bits", "[augment][digest]") {
  BatchReader reader(numbered(50, 1, 28, 28), {}, kEverything, 7);
  std::vector<std::int32_t> samples(50);
  std::iota(samples.begin(), samples.end(), 0);
  std::uint32_t digest = 2166136261u;
  for (const real v : read_all(reader, samples, 0, 10).x) {
    digest = (digest ^ std::bit_cast<std::uint32_t>(static_cast<float>(v))) * 16777619u;
  }
  CHECK(digest == 0xf570d5a3u);
}
