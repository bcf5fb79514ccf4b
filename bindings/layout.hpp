#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "livegrad/inspect.hpp"
#include "livegrad/spec.hpp"

namespace livegrad::bindings {

/// [{id, kind, pointer, output, parameterCount, multiplyAdds, ops: [{name, equation, reference}]}]
nlohmann::ordered_json layer_table(const Graph& graph, const Network& network);

/// [{name, kind, layer, op, type, shape, rowsPerExample, offset}]: where typed arrays find each tensor.
/// Units  offset in bytes from the beginning of the heap
nlohmann::ordered_json tensor_table(std::span<const LayoutEntry> entries);

nlohmann::ordered_json extents(const Shape& shape);

}  // namespace livegrad::bindings
