#include "layout.hpp"

namespace livegrad::bindings {
namespace {

const char* word(LayoutEntry::Kind kind) {
  switch (kind) {
    case LayoutEntry::Kind::value:
      return "value";
    case LayoutEntry::Kind::gradient:
      return "gradient";
    case LayoutEntry::Kind::parameter:
      return "parameter";
    case LayoutEntry::Kind::parameter_gradient:
      return "parameterGradient";
    case LayoutEntry::Kind::state:
      return "state";
    case LayoutEntry::Kind::slot:
      return "slot";
  }
  return "";
}

Json operations(const Graph& graph, const LayerInfo& layer) {
  Json table = Json::array();
  for (const ValueId id : layer.values) {
    const std::int32_t node = graph.value(id).node;
    if (node < 0) continue;
    const OpDef& op = *graph.nodes()[std::size_t(node)].op;
    table.push_back({{"name", op.name}, {"equation", op.equation}, {"reference", op.reference}});
  }
  return table;
}

}  // namespace

Json extents(const Shape& shape) {
  Json result = Json::array();
  for (const std::int64_t extent : shape.extents()) result.push_back(extent);
  return result;
}

Json layer_table(const Graph& graph, const Network& network) {
  Json table = Json::array();
  for (const LayerInfo& layer : network.layers)
    table.push_back({{"id", layer.id},
                     {"kind", layer.kind},
                     {"pointer", layer.path},
                     {"output", extents(layer.output)},
                     {"parameterCount", layer.parameter_count},
                     {"multiplyAdds", layer.multiply_adds},
                     {"ops", operations(graph, layer)}});
  return table;
}

Json tensor_table(std::span<const LayoutEntry> entries) {
  Json table = Json::array();
  for (const LayoutEntry& entry : entries)
    table.push_back({{"name", entry.name},
                     {"kind", word(entry.kind)},
                     {"layer", entry.layer},
                     {"op", entry.op},
                     {"type", entry.type == ValueType::real ? "real" : "index"},
                     {"shape", extents(entry.shape)},
                     {"rowsPerExample", entry.rows_per_example},
                     {"offset", reinterpret_cast<std::uintptr_t>(entry.data)}});
  return table;
}

}  // namespace livegrad::bindings
