#pragma once

#include "grammar.hpp"

namespace livegrad::spec {

/// Fills in what depends on a layer's neighbours: initial weights and biases, strides of pools, multipliers.
void resolve(std::vector<LayerSpec>& layers, Semantics semantics);

/// Refuses what no single field shows to be wrong: a loss in the wrong place, too many layers, options that contradict
/// each other.
void check(const Content& content);
/// The same for training options alone; `path` is their JSON pointer.
void check(const TrainingOptions& options, const std::string& path);

}  // namespace livegrad::spec
