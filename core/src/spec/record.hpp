#pragma once

#include "grammar.hpp"

namespace livegrad::spec {

/// Records the network in the graph, for sequences of `steps` steps where that is above 0. Errors carry the layer's JSON pointer and begin with its kind and name.
Network record(const Content& content, Graph& graph, std::int64_t steps = 0);

}  // namespace livegrad::spec
