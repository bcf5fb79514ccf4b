#include <algorithm>
#include <array>

#include "byte_reader.hpp"

namespace livegrad {
namespace {

template <class Tensor>
Tensor join(std::span<const Dataset> parts, const Tensor& (*member)(const Dataset&)) {
  auto extents = member(parts[0]).shape();
  extents[0] = 0;
  for (const Dataset& part : parts) extents[0] += member(part).shape(0);
  Tensor joined(extents);
  auto* out = joined.data();
  for (const Dataset& part : parts) out = std::copy_n(member(part).data(), member(part).size(), out);
  return joined;
}

template <class T>
const xt::xtensor<T, 4>& inputs_of(const Dataset& part) {
  return std::get<xt::xtensor<T, 4>>(part.inputs);
}

}  // namespace

std::int64_t Dataset::size() const {
  return std::visit([](const auto& x) { return static_cast<std::int64_t>(x.shape(0)); }, inputs);
}

Shape Dataset::sample_shape() const {
  const auto extent = [this](std::size_t axis) {
    return std::visit([axis](const auto& x) { return static_cast<std::int64_t>(x.shape(axis)); }, inputs);
  };
  return {extent(1), extent(2), extent(3)};
}

Dataset concatenate(std::span<const Dataset> parts) {
  if (parts.empty())
    data::fail("concatenate", "There is nothing to put together. Give at least one data set.");
  const Dataset& first = parts[0];
  for (const Dataset& part : parts) {
    if (part.inputs.index() != first.inputs.index() || !(part.sample_shape() == first.sample_shape()) ||
        part.classes != first.classes || part.targets.shape(1) != first.targets.shape(1)) {
      data::fail(
          part.name, "Its samples are {} with {} classes, which do not fit those of \"{}\" ({}, {} classes).",
          part.sample_shape(), part.classes.size(), first.name, first.sample_shape(), first.classes.size());
    }
  }
  Dataset joined{first.name, first.origin, {}, {}, {}, first.classes};
  if (first.inputs.index() == 0) {
    joined.inputs = join<xt::xtensor<std::uint8_t, 4>>(parts, inputs_of<std::uint8_t>);
  } else {
    joined.inputs = join<xt::xtensor<float, 4>>(parts, inputs_of<float>);
  }
  joined.labels = join<xt::xtensor<std::int32_t, 1>>(
      parts, +[](const Dataset& part) -> const xt::xtensor<std::int32_t, 1>& { return part.labels; });
  joined.targets = join<xt::xtensor<float, 2>>(
      parts, +[](const Dataset& part) -> const xt::xtensor<float, 2>& { return part.targets; });
  return joined;
}

}  // namespace livegrad
