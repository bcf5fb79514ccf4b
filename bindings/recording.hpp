#pragma once

#include <cstdint>
#include <vector>

#include "livegrad/trainer.hpp"

namespace livegrad::bindings {

/// A network as it was recorded, with a copy of its weights, for the module in check/, which can read no spec. Words of
/// four bytes, little-endian; a text is its length and its bytes, filled up with zeros:
///
///     parameters: how many | of each: layer, role (texts), shape (rank, extents), numbers (float)
///     states: the same
///     values in order: how many | of each a tag of Tag, and
///       input: whether of integers, shape of an example | parameter, state: index
///       operation: index in ops::all(), layer (text), inputs (how many, indices of values), attributes (raw)
///     input, labels, targets, loss (indices of values), classes, symbols | least and largest number of the input (float)
enum class Tag : std::int32_t { input, parameter, state, operation };

/// Of the trainer's network, as it is.
std::vector<std::uint8_t> record(const Trainer& trainer);

}  // namespace livegrad::bindings
