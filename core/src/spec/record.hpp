#pragma once

#include "grammar.hpp"

namespace livegrad::spec {

/// Records the network in the graph. Errors carry the layer's JSON pointer and begin with its kind and name.
Network record(const Content& content, Graph& graph);

}  // namespace livegrad::spec
