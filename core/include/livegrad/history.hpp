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
    std::uint64_t step = 0;   ///< last step of the stretch
    double epoch = 0;
    double loss = 0;          ///< mean over the stretch's examples
    double accuracy = 0;      ///< percent, mean; NaN without classes
  };
  struct ValidationPoint {
    std::uint64_t step = 0;
    double epoch = 0, loss = 0, accuracy = 0;
  };

  History();
  void add(std::uint64_t step, double epoch, double loss_sum, std::int64_t correct, std::int64_t examples) noexcept;
  void add_validation(const ValidationPoint& point) noexcept;
  void clear() noexcept;

  const std::vector<Point>& points() const noexcept { return points_; }
  const std::vector<ValidationPoint>& validation() const noexcept { return validation_; }
  /// Steps per point.
  std::uint64_t stride() const noexcept { return stride_; }

 private:
  friend struct HistoryAccess;  // checkpoints
  std::vector<Point> points_;
  std::vector<ValidationPoint> validation_;
  std::uint64_t stride_ = 1;
  double loss_sum_ = 0;
  std::int64_t correct_ = 0, examples_ = 0, steps_ = 0;
};

}  // namespace livegrad
