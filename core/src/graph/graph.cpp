#include "livegrad/graph.hpp"

#include <algorithm>
#include <string>

#include "livegrad/error.hpp"
#include "livegrad/random.hpp"
#include "livegrad/schedule.hpp"

namespace livegrad {

Graph::Graph(Device& device, ParamStore& params, std::int64_t capacity)
    : device_(&device), params_(&params), capacity_(capacity) {
  if (capacity < 1) {
    throw_error(ErrorCode::invalid_argument, "graph", "A graph holds at least one example, not {}.",
                capacity);
  }
  enter_scope("");
}

Graph::Graph(ParamStore& params) : device_(nullptr), params_(&params), capacity_(1) { enter_scope(""); }

void Graph::enter_scope(std::string_view name) { scopes_.push_back({std::string(name), stable_id(name)}); }

ValueId Graph::add_value(Value value) {
  value.scope = static_cast<std::int32_t>(scopes_.size()) - 1;
  if (device_ != nullptr && (value.kind == ValueKind::input || value.kind == ValueKind::activation)) {
    const std::size_t element = value.type == ValueType::real ? sizeof(real) : sizeof(std::int32_t);
    value.data = memory_.allocate(static_cast<std::size_t>(value.shape.size()) * element);
    std::memset(value.data, 0, static_cast<std::size_t>(value.shape.size()) * element);
  }
  values_.push_back(value);
  return {static_cast<std::int32_t>(values_.size()) - 1};
}

namespace {
Shape batched(std::int64_t rows, const Shape& example) {
  std::array<std::int64_t, kMaxRank + 1> extents{rows};
  std::ranges::copy(example.extents(), extents.begin() + 1);
  return Shape(std::span<const std::int64_t>(extents.data(), static_cast<std::size_t>(example.rank()) + 1));
}
}  // namespace

ValueId Graph::input(const Shape& example, std::string_view role) {
  return add_value({.shape = batched(capacity_, example),
                    .rows_per_example = 1,
                    .kind = ValueKind::input,
                    .type = ValueType::real,
                    .differentiable = true,
                    .node = -1,
                    .scope = 0,
                    .parameter = -1,
                    .role = role,
                    .data = nullptr});
}

ValueId Graph::index_input(const Shape& example, std::string_view role) {
  return add_value({.shape = batched(capacity_, example),
                    .rows_per_example = 1,
                    .kind = ValueKind::input,
                    .type = ValueType::index,
                    .differentiable = false,
                    .node = -1,
                    .scope = 0,
                    .parameter = -1,
                    .role = role,
                    .data = nullptr});
}

ValueId Graph::use(ParamId id) {
  const auto index = static_cast<std::size_t>(id.index);
  if (param_values_.size() <= index) param_values_.resize(index + 1, -1);
  if (param_values_[index] < 0) {
    param_values_[index] = add_value({.shape = params_->info(id).shape,
                                      .rows_per_example = 0,
                                      .kind = ValueKind::parameter,
                                      .type = ValueType::real,
                                      .differentiable = true,
                                      .node = -1,
                                      .scope = 0,
                                      .parameter = id.index,
                                      .role = "parameter",
                                      .data = nullptr})
                               .index;
  }
  return {param_values_[index]};
}

ValueId Graph::use(StateId id) {
  const auto index = static_cast<std::size_t>(id.index);
  if (state_values_.size() <= index) state_values_.resize(index + 1, -1);
  if (state_values_[index] < 0) {
    state_values_[index] = add_value({.shape = params_->info(id).shape,
                                      .rows_per_example = 0,
                                      .kind = ValueKind::state,
                                      .type = ValueType::real,
                                      .differentiable = false,
                                      .node = -1,
                                      .scope = 0,
                                      .parameter = id.index,
                                      .role = "state",
                                      .data = nullptr})
                               .index;
  }
  return {state_values_[index]};
}

ValueId Graph::append(const OpDef& op, std::span<const ValueId> inputs, const Attributes& attributes) {
  const Mark before = mark();
  Infer infer(*this, op, inputs, attributes);
  try {
    op.infer(infer);
  } catch (...) {
    rewind(before);
    throw;
  }
  nodes_.push_back({.op = &op,
                    .first_input = static_cast<std::int32_t>(edges_.size()),
                    .inputs = static_cast<std::int32_t>(inputs.size()),
                    .first_output = static_cast<std::int32_t>(before.values),
                    .outputs = static_cast<std::int32_t>(values_.size() - before.values),
                    .scope = static_cast<std::int32_t>(scopes_.size()) - 1,
                    .attributes = attributes});
  edges_.insert(edges_.end(), inputs.begin(), inputs.end());
  return {static_cast<std::int32_t>(before.values)};
}

Graph::Mark Graph::mark() const noexcept {
  return {nodes_.size(), edges_.size(), values_.size(), scopes_.size(), memory_.mark()};
}

void Graph::rewind(const Mark& mark) noexcept {
  for (std::size_t i = mark.values; i < values_.size(); ++i) {
    const Value& value = values_[i];
    if (value.kind == ValueKind::parameter) param_values_[static_cast<std::size_t>(value.parameter)] = -1;
    if (value.kind == ValueKind::state) state_values_[static_cast<std::size_t>(value.parameter)] = -1;
  }
  nodes_.resize(mark.nodes);
  edges_.resize(mark.edges);
  values_.resize(mark.values);
  scopes_.resize(mark.scopes);
  memory_.rewind(mark.memory);
}

std::string Graph::name(ValueId id) const {
  const Value& v = value(id);
  if (v.kind == ValueKind::parameter) return params_->info(ParamId{v.parameter}).name();
  if (v.kind == ValueKind::state) return params_->info(StateId{v.parameter}).name();
  const std::string& scope = scope_name(v.scope);
  return scope.empty() ? std::string(v.role) : text("{}.{}", scope, v.role);
}

void* Graph::data(ValueId id) const noexcept {
  const Value& v = value(id);
  if (v.kind == ValueKind::parameter) return params_->value(ParamId{v.parameter}).data;
  if (v.kind == ValueKind::state) return params_->state(StateId{v.parameter}).data;
  return v.data;
}

Shape Graph::shape(ValueId id, std::int64_t examples) const noexcept {
  const Value& v = value(id);
  return v.rows_per_example == 0 ? v.shape : v.shape.with(0, examples * v.rows_per_example);
}

TensorView Graph::view(ValueId id, std::int64_t examples) const noexcept {
  return {static_cast<real*>(data(id)), shape(id, examples)};
}

IndexView Graph::index_view(ValueId id, std::int64_t examples) const noexcept {
  return {static_cast<std::int32_t*>(data(id)), shape(id, examples)};
}

void Infer::output(const Shape& shape, const Output& options, std::int32_t rows_per_example) {
  graph_->add_value({.shape = shape,
                     .rows_per_example = rows_per_example,
                     .kind = ValueKind::activation,
                     .type = options.type,
                     .differentiable = options.differentiable && options.type == ValueType::real,
                     .node = static_cast<std::int32_t>(graph_->nodes_.size()),
                     .scope = 0,
                     .parameter = -1,
                     .role = options.role,
                     .data = nullptr});
}

void Infer::fail_with(ErrorCode code, std::string_view pattern, std::initializer_list<Filling> values) const {
  std::string where(op_->name);
  const std::string& scope = graph_->scopes_.back().name;
  if (!scope.empty()) where += text(" \"{}\"", scope);
  throw_error(code, where, pattern, values);
}

}  // namespace livegrad
