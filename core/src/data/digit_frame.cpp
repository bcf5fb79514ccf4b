#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "digit_skeletons.hpp"
#include "livegrad/digits.hpp"
#include "livegrad/error.hpp"

namespace livegrad {
namespace {

constexpr int kSide = 28, kBox = 20;

/// Whole pixels by which to move so that the centre of mass comes nearest to the picture's centre, keeping all ink.
int offset_to_centre(const std::array<std::int64_t, kSide>& mass) {
  std::int64_t total = 0, moment = 0;
  int first = kSide, last = -1;
  for (int i = 0; i < kSide; ++i) {
    const std::int64_t m = mass[static_cast<std::size_t>(i)];
    total += m, moment += m * (2 * i + 1);
    if (m > 0) first = std::min(first, i), last = i;
  }
  if (total == 0) return 0;
  // The nearest integer to kSide / 2 - moment / (2 total), halves upwards.
  const std::int64_t twice = kSide * total - moment;  // in units of 1 / (2 total)
  const std::int64_t steps = twice + total;
  const std::int64_t whole = steps >= 0 ? steps / (2 * total) : -((2 * total - 1 - steps) / (2 * total));
  return std::clamp(static_cast<int>(whole), -first, kSide - 1 - last);
}

}  // namespace

void data::centre_by_mass(std::span<const std::uint8_t, 784> in, std::span<std::uint8_t, 784> out) {
  std::array<std::int64_t, kSide> rows{}, columns{};
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t j = 0; j < kSide; ++j) rows[i] += in[i * kSide + j], columns[j] += in[i * kSide + j];
  }
  const int down = offset_to_centre(rows), right = offset_to_centre(columns);
  std::ranges::fill(out, std::uint8_t{0});
  for (int i = std::max(0, -down); i < std::min(kSide, kSide - down); ++i) {
    for (int j = std::max(0, -right); j < std::min(kSide, kSide - right); ++j) {
      out[static_cast<std::size_t>((i + down) * kSide + j + right)] =
          in[static_cast<std::size_t>(i * kSide + j)];
    }
  }
}

void normalise_digit(std::span<const std::uint8_t> pixels, int width, int height, DigitPixels out) {
  constexpr int kMost = 4096;
  if (width < 1 || height < 1 || width > kMost || height > kMost ||
      pixels.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {
    throw_error(ErrorCode::invalid_argument, "digit",
                "The drawing is said to be {}x{} but has {} pixels. Each side must be 1 to 4096.", width,
                height, pixels.size());
  }
  const auto at = [&](int i, int j) {
    return pixels[static_cast<std::size_t>(i) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(j)];
  };
  int top = height, bottom = -1, left = width, right = -1;
  for (int i = 0; i < height; ++i) {
    for (int j = 0; j < width; ++j) {
      if (at(i, j) == 0) continue;
      top = std::min(top, i), bottom = i;
      left = std::min(left, j), right = std::max(right, j);
    }
  }
  std::ranges::fill(out, std::uint8_t{0});
  if (bottom < 0) return;

  // Each pixel of the small picture is the mean over the square of the drawing that it covers.
  const double side = std::max(bottom - top, right - left) + 1;
  const double step = side / kBox;
  const double first_row = 0.5 * (top + bottom + 1) - 0.5 * kSide * step;
  const double first_column = 0.5 * (left + right + 1) - 0.5 * kSide * step;
  std::array<std::uint8_t, kSide * kSide> small{};
  for (int i = 0; i < kSide; ++i) {
    const double y0 = first_row + i * step, y1 = y0 + step;
    for (int j = 0; j < kSide; ++j) {
      const double x0 = first_column + j * step, x1 = x0 + step;
      double sum = 0;
      for (int y = std::max(0, static_cast<int>(y0)); y < height && y < y1; ++y) {
        const double tall = std::min(y1, y + 1.0) - std::max(y0, static_cast<double>(y));
        if (tall <= 0) continue;
        for (int x = std::max(0, static_cast<int>(x0)); x < width && x < x1; ++x) {
          const double wide = std::min(x1, x + 1.0) - std::max(x0, static_cast<double>(x));
          if (wide > 0) sum += tall * wide * at(y, x);
        }
      }
      small[static_cast<std::size_t>(i * kSide + j)] = static_cast<std::uint8_t>(sum / (step * step) + 0.5);
    }
  }
  data::centre_by_mass(small, out);
}

}  // namespace livegrad
