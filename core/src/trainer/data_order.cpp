#include "data_order.hpp"

#include <algorithm>

#include "livegrad/random.hpp"

namespace livegrad {

void DataOrder::assign(std::int64_t examples, std::int64_t hold_out, std::uint64_t seed) {
  std::vector<std::int32_t> split(static_cast<std::size_t>(examples)),
      order(static_cast<std::size_t>(examples));
  split_.swap(split);
  order_.swap(order);
  restart(hold_out, seed);
}

void DataOrder::restart(std::int64_t hold_out, std::uint64_t seed) noexcept {
  held_out_ = static_cast<std::size_t>(hold_out);
  seed_ = seed;
  RandomStream{.seed = seed, .layer = stable_id("hold_out"), .purpose = Purpose::shuffle, .step = 0}
      .permutation(split_);
  const auto middle = split_.begin() + hold_out;
  std::sort(split_.begin(), middle);
  std::sort(middle, split_.end());
  seek(0, 0);
}

void DataOrder::seek(std::uint64_t epoch, std::int64_t position) noexcept {
  epoch_ = epoch;
  position_ = position;
  shuffle();
}

void DataOrder::shuffle() noexcept {
  const auto examples = training();
  const auto order = std::span(order_).first(examples.size());
  RandomStream{.seed = seed_, .layer = 0, .purpose = Purpose::shuffle, .step = epoch_}.permutation(order);
  for (std::int32_t& place : order) place = examples[static_cast<std::size_t>(place)];
}

std::span<const std::int32_t> DataOrder::peek(std::int64_t batch) noexcept {
  const auto size = static_cast<std::int64_t>(training().size());
  if (size == 0) return {};
  if (position_ >= size) seek(epoch_ + 1, 0);
  return std::span<const std::int32_t>(order_).subspan(
      static_cast<std::size_t>(position_), static_cast<std::size_t>(std::min(batch, size - position_)));
}

double DataOrder::passes(double ahead) const noexcept {
  const std::size_t size = training().size();
  return double(epoch_) + (size == 0 ? 0 : (double(position_) + ahead) / double(size));
}

}  // namespace livegrad
