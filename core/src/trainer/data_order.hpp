#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace livegrad {

/// Which example comes next. Counts examples, not batches, so that the batch size may change at any time; everything is
/// a function of (examples, hold_out, seed, epoch, position).
class DataOrder {
 public:
  /// Holds out `hold_out` of `examples` for validation, drawn from the seed, and begins the first pass. `hold_out` must
  /// be less than `examples`, unless that is 0.
  void assign(std::int64_t examples, std::int64_t hold_out, std::uint64_t seed);
  /// The same with the examples that there are. Allocates nothing.
  void restart(std::int64_t hold_out, std::uint64_t seed) noexcept;
  /// Continues at a place; position at most training().size().
  void seek(std::uint64_t epoch, std::int64_t position) noexcept;

  /// Up to `batch` examples from here to the end of the pass; at the end of one the next begins. Without data none.
  std::span<const std::int32_t> peek(std::int64_t batch) noexcept;
  void advance(std::int64_t examples) noexcept { position_ += examples; }

  /// Ascending indices into the data set.
  std::span<const std::int32_t> training() const noexcept { return std::span(split_).subspan(held_out_); }
  std::span<const std::int32_t> validation() const noexcept { return std::span(split_).first(held_out_); }
  std::uint64_t epoch() const noexcept { return epoch_; }
  std::int64_t position() const noexcept { return position_; }
  /// Passes, fractions included, once `ahead` more examples are done.
  double passes(double ahead = 0) const noexcept;

 private:
  void shuffle() noexcept;

  std::vector<std::int32_t> split_;  // the held-out examples, then the others
  std::vector<std::int32_t> order_;  // this pass
  std::size_t held_out_ = 0;
  std::uint64_t seed_ = 0, epoch_ = 0;
  std::int64_t position_ = 0;
};

}  // namespace livegrad
