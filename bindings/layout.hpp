#pragma once

#include <span>

#include "json.hpp"
#include "livegrad/inspect.hpp"
#include "livegrad/spec.hpp"

namespace livegrad::bindings {

/// [{id, kind, pointer, output, parameterCount, multiplyAdds, ops: [{name, equation, reference}]}]
Json layer_table(const Graph& graph, const Network& network);

/// [{name, kind, layer, op, type, shape, rowsPerExample, offset}]: where typed arrays find each tensor.
/// Units  offset in bytes from the beginning of the heap
Json tensor_table(std::span<const LayoutEntry> entries);

Json extents(const Shape& shape);

}  // namespace livegrad::bindings
