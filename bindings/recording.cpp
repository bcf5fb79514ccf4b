#include "recording.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "livegrad/ops.hpp"

namespace livegrad::bindings {
namespace {

class Writer {
 public:
  void raw(const void* data, std::size_t bytes) {
    const auto* from = static_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), from, from + bytes);
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
  }
  void number(std::int64_t value) {
    const auto word = static_cast<std::int32_t>(value);
    raw(&word, sizeof(word));
  }
  void text(std::string_view text) {
    number(std::int64_t(text.size()));
    raw(text.data(), text.size());
  }
  void shape(std::span<const std::int64_t> extents) {
    number(std::int64_t(extents.size()));
    for (const std::int64_t extent : extents) number(extent);
  }
  template <class Info>
  void tensor(const Info& info, const TensorView& view) {
    text(info.layer);
    text(info.role);
    shape(info.shape.extents());
    raw(view.data, std::size_t(view.size()) * sizeof(real));
  }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::vector<std::uint8_t> record(const Trainer& trainer) {
  Writer out;
  const ParamStore& params = trainer.params();
  out.number(params.size());
  for (std::int32_t i = 0; i < params.size(); ++i)
    out.tensor(params.info(ParamId{i}), params.value(ParamId{i}));
  out.number(params.state_count());
  for (std::int32_t i = 0; i < params.state_count(); ++i)
    out.tensor(params.info(StateId{i}), params.state(StateId{i}));

  const Graph& graph = trainer.graph();
  out.number(std::int64_t(graph.values().size()));
  std::int32_t computed = 0;  // nodes written
  for (const Value& value : graph.values()) {
    switch (value.kind) {
      case ValueKind::input:
        out.number(int(Tag::input));
        out.number(value.type == ValueType::index);
        out.shape(value.shape.extents().subspan(1));
        break;
      case ValueKind::parameter:
      case ValueKind::state:
        out.number(int(value.kind == ValueKind::parameter ? Tag::parameter : Tag::state));
        out.number(value.parameter);
        break;
      case ValueKind::activation:
        if (value.node < computed) break;  // a further output
        const Node& node = graph.nodes()[std::size_t(computed++)];
        out.number(int(Tag::operation));
        out.number(std::ranges::find(ops::all(), node.op) - ops::all().begin());
        out.text(graph.scope_name(node.scope));
        out.number(node.inputs);
        for (const ValueId id : graph.inputs(node)) out.number(id.index);
        out.raw(&node.attributes, sizeof(node.attributes));
        break;
    }
  }

  const Network& network = trainer.network();
  for (const ValueId id : {network.input, network.labels, network.targets, network.loss})
    out.number(id.index);
  out.number(network.classes);
  out.number(network.symbols);
  const Scaling& scaling = trainer.options().scaling;
  const float range[] = {scaling.shift, 255 * scaling.scale + scaling.shift};
  out.raw(range, sizeof(range));
  return out.take();
}

}  // namespace livegrad::bindings
