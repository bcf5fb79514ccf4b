#include "text_streams.hpp"

#include <algorithm>

#include "livegrad/random.hpp"

namespace livegrad {

void TextTrack::assign(std::shared_ptr<const Text> text, std::vector<Stretch> stretches) {
  std::vector<std::int64_t> starts{0};
  for (const Stretch& stretch : stretches) starts.push_back(starts.back() + stretch.size);
  text_ = std::move(text);
  stretches_ = std::move(stretches);
  starts_ = std::move(starts);
}

void TextTrack::read(std::int64_t place, std::span<std::int32_t> inputs,
                     std::span<std::int32_t> labels) const noexcept {
  auto i = std::size_t(std::ranges::upper_bound(starts_, place) - starts_.begin() - 1);
  for (std::size_t done = 0; done < inputs.size(); ++i) {
    const std::int64_t within = place + std::int64_t(done) - starts_[i];
    const auto count = std::min(std::size_t(stretches_[i].size - within), inputs.size() - done);
    const auto from = text_->symbols.begin() + stretches_[i].first + within;
    std::copy_n(from, count, inputs.begin() + std::ptrdiff_t(done));
    std::copy_n(from + 1, count, labels.begin() + std::ptrdiff_t(done));
    done += count;
  }
}

void TextStreams::assign(std::shared_ptr<const Text> text, std::vector<Stretch> training, std::int64_t batch,
                         std::int64_t steps, bool carries, std::uint64_t seed) {
  const std::int64_t size = TextParts::size(training);
  std::vector<std::int32_t> order(carries ? 0 : std::size_t(size / steps));
  track_.assign(std::move(text), std::move(training));
  order_ = std::move(order);
  steps_ = steps;
  carries_ = carries;
  windows_ = 0;
  set_batch(batch);
  restart(seed);
}

void TextStreams::set_batch(std::int64_t batch) noexcept {
  const std::int64_t all = track_.size() / steps_, rows = std::min(batch, all);
  if (rows == rows_ && windows_ > 0) return;
  rows_ = rows;
  windows_ = carries_ ? all / rows * rows : all;
  if (carries_) position_ = 0;
}

void TextStreams::restart(std::uint64_t seed) noexcept {
  seed_ = seed;
  seek(0, 0);
}

bool TextStreams::seek(std::uint64_t epoch, std::int64_t position) noexcept {
  epoch_ = epoch;
  position_ = position;
  shuffle();
  return windows_ > 0 && position <= size() && position % (carries_ ? rows_ * steps_ : steps_) == 0;
}

void TextStreams::shuffle() noexcept {
  RandomStream{.seed = seed_, .layer = stable_id("windows"), .purpose = Purpose::shuffle, .step = epoch_}
      .permutation(order_);
}

std::int64_t TextStreams::read(std::span<std::int32_t> inputs, std::span<std::int32_t> labels) noexcept {
  if (windows_ == 0) return 0;
  if (position_ >= size()) seek(epoch_ + 1, 0);
  const std::int64_t window = position_ / steps_,
                     rows = carries_ ? rows_ : std::min(rows_, windows_ - window);
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t place =
        carries_ ? row * (windows_ / rows_) + window / rows_ : order_[std::size_t(window + row)];
    const auto part = [&](std::span<std::int32_t> all) {
      return all.subspan(std::size_t(row * steps_), std::size_t(steps_));
    };
    track_.read(place * steps_, part(inputs), part(labels));
  }
  return rows;
}

double TextStreams::passes(double ahead) const noexcept {
  return double(epoch_) + (windows_ == 0 ? 0 : (double(position_) + ahead) / double(size()));
}

}  // namespace livegrad
