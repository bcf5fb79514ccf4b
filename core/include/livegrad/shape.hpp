#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace livegrad {

inline constexpr int kMaxRank = 5;

/// The extents of a tensor, at most five, stored inline. Row-major: N,C,H,W for images, N,T,C for sequences.
class Shape {
 public:
  constexpr Shape() = default;
  /// Errors  shape_mismatch when there are more than five extents or one is negative
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const noexcept { return rank_; }
  std::int64_t operator[](int axis) const noexcept { return extents_[static_cast<std::size_t>(axis)]; }
  /// The number of elements: the product of the extents, 1 for a scalar.
  std::int64_t size() const noexcept;
  /// The product of the extents from `axis` on.
  std::int64_t size_from(int axis) const noexcept;
  /// The same shape with one extent replaced.
  Shape with(int axis, std::int64_t extent) const noexcept;

  std::span<const std::int64_t> extents() const noexcept { return {extents_.data(), std::size_t(rank_)}; }
  /// "20x8x24x24"
  std::string text() const;

  friend bool operator==(const Shape& a, const Shape& b) noexcept;

 private:
  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

}  // namespace livegrad
