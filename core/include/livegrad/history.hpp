#pragma once

#include <cstdint>
#include <vector>

namespace livegrad {

/// The curves of a run: one point per stretch of steps, thinned to at most kCapacity points by merging neighbours, so
/// that recording never allocates and a run of any length fits a checkpoint.
class History {
 public:
  static constexpr std::size_t kCapacity = 1024;

  struct Point {
    std::uint64_t step = 0;     ///< last step of the stretch
    double epoch = 0;           ///< passes over the training examples by then
    double loss = 0;            ///< mean over the stretch's examples
    double accuracy = 0;        ///< percent, mean over the stretch's examples; NaN without classes
    std::int64_t examples = 0;  ///< in the stretch
  };
  struct ValidationPoint {
    std::uint64_t step = 0;
    double epoch = 0;
    double loss = 0;
    double accuracy = 0;  ///< percent; NaN without classes
  };
  /// All of it, for checkpoints.
  struct Content {
    std::vector<Point> points;
    std::vector<ValidationPoint> validation;
    std::uint64_t stride = 1;
    Point open;                    ///< the stretch that has not its full length yet: sums, not means, …
    std::uint64_t open_steps = 0;  ///< … of so many steps
  };

  History();
  /// One step; `correct` is -1 without classes.
  void add(std::uint64_t step, double epoch, double loss_sum, std::int64_t correct,
           std::int64_t examples) noexcept;
  void add_validation(const ValidationPoint& point) noexcept;
  void clear() noexcept;

  const std::vector<Point>& points() const noexcept { return content_.points; }
  const std::vector<ValidationPoint>& validation() const noexcept { return content_.validation; }
  /// Steps per point.
  std::uint64_t stride() const noexcept { return content_.stride; }

  const Content& content() const noexcept { return content_; }
  /// Replaces everything. Errors  invalid_argument when there are more than kCapacity points or the stretch is not
  /// shorter than the stride
  void restore(const Content& content);

 private:
  Content content_;
};

}  // namespace livegrad
