#include <algorithm>
#include <utility>

#include "parts.hpp"

namespace livegrad {

Builder::Scope::~Scope() {
  if (builder_ != nullptr) builder_->close();
}

std::string Builder::path_to(std::string_view name) const {
  return open_.empty() ? std::string(name) : text("{}.{}", open_.back().info.id, name);
}

Builder::Scope Builder::scope(std::string_view kind, std::string_view name) {
  auto& counters = open_.empty() ? counters_ : open_.back().counters;
  std::string id = path_to(name);
  if (name.empty()) {
    int& counter = counters.try_emplace(std::string(kind), 0).first->second;
    do {
      id = path_to(text("{}{}", kind, ++counter));
    } while (names_.contains(id));
  }
  if (!names_.insert(id).second) {
    throw_error(ErrorCode::invalid_argument, text("{} \"{}\"", kind, id),
                "the name \"{}\" is taken by another layer. Give this one another name.", id);
  }
  Open layer;
  layer.info.id = std::move(id);
  layer.info.kind = kind;
  open(std::move(layer));
  return Scope(*this);
}

Builder::Scope Builder::prefix(std::string_view name) {
  Open layer;
  layer.info.id = path_to(name);
  open(std::move(layer));
  return Scope(*this);
}

void Builder::open(Open&& layer) {
  collect();
  graph_.enter_scope(layer.info.id);
  open_.push_back(std::move(layer));
}

void Builder::close() noexcept {
  collect();
  LayerInfo info = std::move(open_.back().info);
  open_.pop_back();
  graph_.enter_scope(open_.empty() ? std::string_view() : std::string_view(open_.back().info.id));
  if (info.kind.empty() || info.values.empty()) return;
  info.output = example(info.values.back());
  layers_.push_back(std::move(info));
}

void Builder::collect() {
  const auto values = graph_.values();
  const std::size_t first = std::exchange(collected_, values.size());
  if (open_.empty()) return;
  for (std::size_t i = first; i < values.size(); ++i) {
    const std::int32_t node = values[i].node;
    const auto id = static_cast<std::int32_t>(i);
    if (node >= 0 && graph_.nodes()[std::size_t(node)].first_output == id) {
      open_.back().info.values.push_back({id});
    }
  }
}

ValueId Builder::param(ParamInfo info) {
  LayerInfo& layer = open_.back().info;
  info.layer = layer.id;
  double size = 1;
  for (const std::int64_t extent : info.shape.extents()) size *= double(extent);
  if (size > double(kMaxParameters)) {
    fail(ErrorCode::invalid_argument,
         "{} {} is too large: a network has at most {} parameters. Use fewer units or filters.", info.role,
         info.shape, kMaxParameters);
  }
  if (info.count == 0) info.count = info.shape.size();
  layer.parameter_count += info.count;
  std::optional<ParamId> id = params().find(info.name());
  if (!id) {
    id = params().add(std::move(info));
  } else if (params().info(*id).shape != info.shape) {
    fail(ErrorCode::shape_mismatch, "{} has shape {}, but the parameters hold one of {} under that name.",
         info.role, info.shape, params().info(*id).shape);
  }
  layer.params.push_back(*id);
  return graph_.use(*id);
}

ValueId Builder::weight(const Shape& shape, const Init& init, const WeightOptions& options,
                        const std::vector<std::uint8_t>& connections, std::string_view role) {
  const double l1 = options.l1.value_or(semantics_ == Semantics::convnetjs ? 0 : 1);
  ParamInfo info{.layer = {}, .role = std::string(role), .shape = shape, .init = init};
  info.rate_multiplier = static_cast<real>(options.rate);
  info.l1_multiplier = static_cast<real>(l1);
  info.l2_multiplier = static_cast<real>(options.l2);
  if (!connections.empty()) {
    info.connections = connections;
    info.count = std::ranges::count(connections, std::uint8_t{1}) * shape.size_from(2);
  }
  return param(std::move(info));
}

ValueId Builder::offset(std::string_view role, const Shape& shape, double value, double rate) {
  ParamInfo info{.layer = {}, .role = std::string(role), .shape = shape, .init = Init::constant(value)};
  info.rate_multiplier = static_cast<real>(rate);
  info.l1_multiplier = info.l2_multiplier = 0;
  return param(std::move(info));
}

ValueId Builder::offset(std::string_view role, std::vector<real> values, double rate) {
  ParamInfo info{.layer = {}, .role = std::string(role), .shape = {std::ssize(values)}, .init = {}};
  info.rate_multiplier = static_cast<real>(rate);
  info.l1_multiplier = info.l2_multiplier = 0;
  info.values = std::move(values);
  return param(std::move(info));
}

ValueId Builder::carried(std::string_view role, std::int64_t units) {
  return carried_.emplace_back(graph_.input({units}, role));
}

ValueId Builder::state(StateInfo info) {
  info.layer = open_.back().info.id;
  std::optional<StateId> id = params().find_state(info.name());
  if (!id) {
    id = params().add_state(std::move(info));
  } else if (params().info(*id).shape != info.shape) {
    fail(ErrorCode::shape_mismatch, "{} has shape {}, but the parameters hold one of {} under that name.",
         info.role, info.shape, params().info(*id).shape);
  }
  return graph_.use(*id);
}

void Builder::fail_with(ErrorCode code, std::string_view pattern,
                        std::initializer_list<Filling> values) const {
  const LayerInfo& layer = open_.back().info;
  throw_error(code, text("{} \"{}\"", layer.kind, layer.id), pattern, values);
}

void require_maps(const Builder& b, ValueId x) {
  if (b.shape(x).rank() == 4) return;
  b.fail(ErrorCode::shape_mismatch,
         "its input {} is not maps of channels x height x width. Move the layer before the dense layers or "
         "put a reshape before it.",
         b.example(x));
}

}  // namespace livegrad
