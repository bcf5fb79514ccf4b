#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "livegrad/digits.hpp"
#include "support/hostile.hpp"

using namespace livegrad;
using testing::error_of;

namespace {

using Picture = std::array<std::uint8_t, 784>;

struct Frame {
  int top = 28, bottom = -1, left = 28, right = -1;  // of ink above a tenth
  double row = 0, column = 0;                        // centre of mass
  int darkest = 0;
};

Frame frame_of(const std::uint8_t* pixels) {
  Frame frame;
  double sum = 0;
  for (int i = 0; i < 784; ++i) {
    const int v = pixels[i], row = i / 28, column = i % 28;
    sum += v, frame.row += v * (row + 0.5), frame.column += v * (column + 0.5);
    frame.darkest = std::max(frame.darkest, v);
    if (v <= 25) continue;
    frame.top = std::min(frame.top, row), frame.bottom = std::max(frame.bottom, row);
    frame.left = std::min(frame.left, column), frame.right = std::max(frame.right, column);
  }
  frame.row /= sum, frame.column /= sum;
  return frame;
}

}  // namespace

TEST_CASE("drawn digits have MNIST's form", "[digits]") {
  const Dataset dataset = drawn_digits(2000, 1);
  CHECK(dataset.size() == 2000);
  CHECK(dataset.sample_shape() == Shape{1, 28, 28});
  CHECK(dataset.origin == "drawn by the program");
  CHECK(dataset.classes.size() == 10);
  std::array<int, 10> counts{};
  for (std::size_t i = 0; i < 2000; ++i) {
    ++counts[static_cast<std::size_t>(dataset.labels(i))];
    const Frame frame = frame_of(std::get<0>(dataset.inputs).data() + i * 784);
    INFO("sample " << i << ", a " << dataset.labels(i));
    const int extent = std::max(frame.bottom - frame.top, frame.right - frame.left) + 1;
    CHECK((extent >= 18 && extent <= 22));
    CHECK(frame.darkest > 150);
    CHECK(std::abs(frame.row - 14) <= 1.6);
    CHECK(std::abs(frame.column - 14) <= 1.6);
  }
  for (const int count : counts) CHECK(count == 200);
}

TEST_CASE("drawn digits follow from the seed alone", "[digits]") {
  const Dataset few = drawn_digits(25, 4), many = drawn_digits(60, 4), others = drawn_digits(25, 5);
  const auto pixels = [](const Dataset& d) {
    return std::vector<std::uint8_t>(std::get<0>(d.inputs).begin(), std::get<0>(d.inputs).end());
  };
  const auto few_pixels = pixels(few), many_pixels = pixels(many);
  CHECK(std::equal(few_pixels.begin(), few_pixels.end(), many_pixels.begin()));
  CHECK(std::equal(few.labels.begin(), few.labels.end(), many.labels.begin()));
  CHECK(few_pixels != pixels(others));
  CHECK_THROWS_AS(drawn_digits(0, 1), Error);
  CHECK_THROWS_AS(drawn_digits(10'000'001, 1), Error);
}

TEST_CASE("drawn digits have the published bits", "[digits][digest]") {
  const Dataset dataset = drawn_digits(1000, 1);
  std::uint32_t digest = 2166136261u;
  for (const std::uint8_t v : std::get<0>(dataset.inputs)) digest = (digest ^ v) * 16777619u;
  for (const std::int32_t v : dataset.labels) digest = (digest ^ static_cast<std::uint32_t>(v)) * 16777619u;
  CHECK(digest == 0xbecbad75u);
}

TEST_CASE("normalise_digit fits a drawing into 20x20 about its centre of mass", "[digits]") {
  Picture out;
  // A solid bar of 40x200 in a large drawing: 20 high, 4 wide, at the centre.
  std::vector<std::uint8_t> drawing(300 * 400, 0);
  for (int i = 10; i < 210; ++i) {
    for (int j = 330; j < 370; ++j) drawing[static_cast<std::size_t>(i * 400 + j)] = 255;
  }
  normalise_digit(drawing, 400, 300, out);
  Frame frame = frame_of(out.data());
  CHECK((frame.top == 4 && frame.bottom == 23 && frame.left == 12 && frame.right == 15));
  CHECK(std::all_of(out.begin(), out.end(), [](int v) { return v == 0 || v == 255; }));

  // What has its mass above the middle of its box moves down.
  for (int i = 10; i < 60; ++i) {
    for (int j = 300; j < 400; ++j) drawing[static_cast<std::size_t>(i * 400 + j)] = 255;
  }
  normalise_digit(drawing, 400, 300, out);
  frame = frame_of(out.data());
  CHECK(frame.bottom - frame.top == 19);
  CHECK(frame.top > 4);
  CHECK(std::abs(frame.row - 14) <= 0.5);

  // A single dot fills the box; a small drawing grows; edges are smoothed.
  Picture dot{};
  dot[30] = 200;
  normalise_digit(dot, 28, 28, out);
  frame = frame_of(out.data());
  CHECK((frame.bottom - frame.top == 19 && frame.right - frame.left == 19 && frame.darkest == 200));
  Picture empty{};
  normalise_digit(empty, 28, 28, out);
  CHECK(out == empty);
  CHECK(error_of([&] { normalise_digit(empty, 28, 27, out); }).find("28x27") != std::string::npos);
  CHECK_THROWS_AS(normalise_digit({}, 0, 0, out), Error);
}

TEST_CASE("normalise_digit leaves a drawn digit nearly alone", "[digits]") {
  for (int digit = 0; digit < 10; ++digit) {
    Picture drawn, again;
    draw_digit(digit, {.seed = 3, .purpose = Purpose::digits}, drawn);
    normalise_digit(drawn, 28, 28, again);
    double difference = 0, ink = 0;
    for (std::size_t i = 0; i < 784; ++i) difference += std::abs(drawn[i] - again[i]), ink += drawn[i];
    INFO("digit " << digit);
    CHECK(difference < 0.35 * ink);
  }
}
