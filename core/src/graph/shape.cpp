#include "livegrad/shape.hpp"

#include <algorithm>

#include "livegrad/error.hpp"

namespace livegrad {

Shape::Shape(std::span<const std::int64_t> extents) : rank_(static_cast<int>(extents.size())) {
  if (extents.size() > static_cast<std::size_t>(kMaxRank)) {
    throw_error(ErrorCode::shape_mismatch, "shape", "A tensor has at most {} axes, not {}.", kMaxRank,
                extents.size());
  }
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (extents[i] < 0) {
      throw_error(ErrorCode::shape_mismatch, "shape", "An extent cannot be negative ({}).", extents[i]);
    }
    extents_[i] = extents[i];
  }
}

std::int64_t Shape::size() const noexcept { return size_from(0); }

std::int64_t Shape::size_from(int axis) const noexcept {
  std::int64_t product = 1;
  for (int i = axis; i < rank_; ++i) product *= (*this)[i];
  return product;
}

Shape Shape::with(int axis, std::int64_t extent) const noexcept {
  Shape copy = *this;
  copy.extents_[static_cast<std::size_t>(axis)] = extent;
  return copy;
}

std::string Shape::text() const {
  std::string text;
  for (const std::int64_t extent : extents()) {
    if (!text.empty()) text += 'x';
    text += std::to_string(extent);
  }
  return text.empty() ? "scalar" : text;
}

bool operator==(const Shape& a, const Shape& b) noexcept {
  return std::ranges::equal(a.extents(), b.extents());
}

}  // namespace livegrad
