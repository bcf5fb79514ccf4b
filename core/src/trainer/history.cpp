#include "livegrad/history.hpp"

#include <limits>
#include <utility>

#include "livegrad/error.hpp"

namespace livegrad {
namespace {

/// The mean of two means.
double merge(double a, std::int64_t a_count, double b, std::int64_t b_count) {
  return (a * double(a_count) + b * double(b_count)) / double(a_count + b_count);
}

}  // namespace

History::History() {
  content_.points.reserve(kCapacity);
  content_.validation.reserve(kCapacity);
}

void History::add(std::uint64_t step, double epoch, double loss_sum, std::int64_t correct,
                  std::int64_t examples) noexcept {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Point& open = content_.open;
  open.step = step;
  open.epoch = epoch;
  open.loss += loss_sum;
  open.accuracy += correct < 0 ? kNan : 100 * double(correct);
  open.examples += examples;
  if (++content_.open_steps < content_.stride) return;
  open.loss /= double(open.examples);
  open.accuracy /= double(open.examples);
  auto& points = content_.points;
  points.push_back(std::exchange(open, {}));
  content_.open_steps = 0;
  if (points.size() < kCapacity) return;
  for (std::size_t i = 0; i < kCapacity / 2; ++i) {
    const Point a = points[2 * i], b = points[2 * i + 1];
    points[i] = {b.step, b.epoch, merge(a.loss, a.examples, b.loss, b.examples),
                 merge(a.accuracy, a.examples, b.accuracy, b.examples), a.examples + b.examples};
  }
  points.resize(kCapacity / 2);
  content_.stride *= 2;
}

void History::add_validation(const ValidationPoint& point) noexcept {
  auto& points = content_.validation;
  points.push_back(point);
  if (points.size() < kCapacity) return;
  for (std::size_t i = 0; i < kCapacity / 2; ++i) points[i] = points[2 * i + 1];
  points.resize(kCapacity / 2);
}

void History::clear() noexcept {
  content_.points.clear();
  content_.validation.clear();
  content_.stride = 1;
  content_.open = {};
  content_.open_steps = 0;
}

void History::restore(const Content& content) {
  if (content.points.size() >= kCapacity || content.validation.size() >= kCapacity || content.stride == 0 ||
      content.open_steps >= content.stride)
    throw_error(ErrorCode::invalid_argument, "history",
                "The curves do not fit: too many points or a stretch too long.");
  clear();
  content_.points.insert(content_.points.end(), content.points.begin(), content.points.end());
  content_.validation.insert(content_.validation.end(), content.validation.begin(), content.validation.end());
  content_.stride = content.stride;
  content_.open = content.open;
  content_.open_steps = content.open_steps;
}

}  // namespace livegrad
