#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "livegrad/text.hpp"

namespace livegrad {

/// Stretches of a text end to end: one long row of predictions.
class TextTrack {
 public:
  void assign(std::shared_ptr<const Text> text, std::vector<Stretch> stretches);
  std::int64_t size() const noexcept { return starts_.empty() ? 0 : starts_.back(); }
  /// Predictions from `place` on; as many as the spans have.
  void read(std::int64_t place, std::span<std::int32_t> inputs,
            std::span<std::int32_t> labels) const noexcept;

 private:
  std::shared_ptr<const Text> text_;
  std::vector<Stretch> stretches_;
  std::vector<std::int64_t> starts_;  // place of each stretch's end, 0 before the first
};

/// Which characters of the training text come next. With carried state the rows of a batch run through the track side by
/// side, each through its own part, so that a row goes on where it was in the batch before; what is left over at the end
/// of a row is left out. Without, windows come in an order drawn anew for each pass.
/// Ref     carried: karpathy/char-rnn; one row alone: min-char-rnn
class TextStreams {
 public:
  /// `batch` rows, or fewer where the text is short; at least one window must fit.
  void assign(std::shared_ptr<const Text> text, std::vector<Stretch> training, std::int64_t batch,
              std::int64_t steps, bool carries, std::uint64_t seed);
  /// Another batch size: with carried state the pass begins again.
  void set_batch(std::int64_t batch) noexcept;
  void restart(std::uint64_t seed) noexcept;
  /// position: characters of the pass; false when it is not between two batches.
  bool seek(std::uint64_t epoch, std::int64_t position) noexcept;

  /// Characters of a pass.
  std::int64_t size() const noexcept { return windows_ * steps_; }
  /// Writes the next batch, rows of `steps` each; at the end of a pass the next begins. Gives the number of rows.
  std::int64_t read(std::span<std::int32_t> inputs, std::span<std::int32_t> labels) noexcept;
  /// Whether the batch that read() gives begins a pass: then carried state begins at zero.
  bool at_start() const noexcept { return position_ == 0 || position_ >= size(); }
  void advance(std::int64_t rows) noexcept { position_ += rows * steps_; }

  std::uint64_t epoch() const noexcept { return epoch_; }
  std::int64_t position() const noexcept { return position_; }
  double passes(double ahead = 0) const noexcept;

 private:
  void shuffle() noexcept;

  TextTrack track_;
  std::vector<std::int32_t> order_;  // of windows, without carried state
  std::int64_t rows_ = 0, steps_ = 0, windows_ = 0;
  bool carries_ = false;
  std::uint64_t seed_ = 0, epoch_ = 0;
  std::int64_t position_ = 0;
};

}  // namespace livegrad
