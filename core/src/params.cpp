#include "livegrad/params.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "livegrad/error.hpp"
#include "livegrad/init.hpp"
#include "livegrad/random.hpp"

namespace livegrad {
namespace {

// Parameters start at multiples of 16 elements: 64 bytes of float, and one row of the kernels' 16-lane trees.
constexpr std::int64_t kStep = 16;

std::int64_t padded(std::int64_t size) { return (size + kStep - 1) / kStep * kStep; }

AlignedBytes zeros(std::int64_t elements) {
  const std::size_t bytes = static_cast<std::size_t>(std::max(elements, kStep)) * sizeof(real);
  AlignedBytes memory = allocate_aligned(bytes);
  std::memset(memory.get(), 0, bytes);
  return memory;
}

real* reals(const AlignedBytes& memory) { return reinterpret_cast<real*>(memory.get()); }

double draw(const Init& init, const RandomStream& random, std::uint64_t element) {
  switch (init.kind) {
    case Init::Kind::constant:
      return init.value;
    case Init::Kind::orthogonal:
      return random.normal(element);
    case Init::Kind::normal:
      return init.value * random.normal(element);
    case Init::Kind::uniform:
      return init.value * (2 * random.uniform(element) - 1);
  }
  return 0;
}

/// Makes the rows of a matrix orthonormal, in groups of as many as there are columns, by Gram and Schmidt's method, each
/// row twice for the sake of rounding.
void make_orthonormal(real* matrix, std::int64_t rows, std::int64_t columns) {
  const auto dot = [columns](const real* a, const real* b) {
    double sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += double(a[i]) * double(b[i]);
    return sum;
  };
  for (std::int64_t r = 0; r < rows; ++r) {
    real* row = matrix + r * columns;
    for (int pass = 0; pass < 2; ++pass) {
      for (const real* before = matrix + r / columns * columns * columns; before < row; before += columns) {
        const double along = dot(row, before);
        for (std::int64_t i = 0; i < columns; ++i) row[i] = real(double(row[i]) - along * double(before[i]));
      }
      const double length = std::sqrt(dot(row, row));
      for (std::int64_t i = 0; i < columns; ++i) row[i] = real(double(row[i]) / length);
    }
  }
}

}  // namespace

void ParamStore::require_new(const std::string& name) const {
  if (allocated())
    throw_error(ErrorCode::invalid_argument, name, "Nothing can be added once memory is allocated.");
  if (find(name) || find_state(name))
    throw_error(ErrorCode::invalid_spec, name,
                "There are two of this name. Give each layer a name of its own.");
}

ParamId ParamStore::add(ParamInfo info) {
  std::string name = info.name();
  require_new(name);
  const std::int64_t elements = info.shape.size();
  if (info.count == 0) info.count = elements;
  const std::int64_t pairs =
      elements / std::max<std::int64_t>(1, info.shape.size_from(std::min(2, info.shape.rank())));
  if (!info.connections.empty() && std::ssize(info.connections) != pairs)
    throw_error(ErrorCode::shape_mismatch, name,
                "{} connections do not fit weights of shape {}. Give one for each pair of maps.",
                info.connections.size(), info.shape);
  if (!info.values.empty() && std::ssize(info.values) != elements)
    throw_error(ErrorCode::shape_mismatch, name, "{} initial values do not fit a parameter of shape {}.",
                info.values.size(), info.shape);
  if (info.init.spectral_radius > 0 && (info.shape.rank() != 2 || info.shape[0] != info.shape[1]))
    throw_error(ErrorCode::shape_mismatch, name,
                "A spectral radius is that of a square matrix, not of shape {}.", info.shape);
  params_.push_back({std::move(info), std::move(name), extent_, 0});
  extent_ += padded(elements);
  return {size() - 1};
}

StateId ParamStore::add_state(StateInfo info) {
  std::string name = info.name();
  require_new(name);
  const std::int64_t elements = info.shape.size();
  if (!info.values.empty() && std::ssize(info.values) != elements)
    throw_error(ErrorCode::shape_mismatch, name, "{} initial values do not fit a state of shape {}.",
                info.values.size(), info.shape);
  states_.push_back({std::move(info), std::move(name), state_extent_});
  state_extent_ += padded(elements);
  return {state_count() - 1};
}

void ParamStore::allocate(int slots) {
  AlignedBytes values = zeros(extent_), gradients = zeros(extent_), states = zeros(state_extent_);
  set_slots(slots, 0);
  values_ = std::move(values);
  gradients_ = std::move(gradients);
  state_memory_ = std::move(states);
}

void ParamStore::set_slots(int slots, int kept) {
  if (slots < 0 || slots > kMaxSlots)
    throw_error(ErrorCode::invalid_argument, "optimizer", "A parameter has 0 to 2 optimiser slots.");
  kept = std::min({kept, slots, slots_});
  AlignedBytes fresh[kMaxSlots];
  for (int k = kept; k < slots; ++k) fresh[k] = zeros(extent_);
  for (int k = kept; k < kMaxSlots; ++k) slot_memory_[k] = std::move(fresh[k]);
  slots_ = slots;
  if (kept == 0)
    for (Param& p : params_) p.updates = 0;
}

void ParamStore::clear_slots() noexcept {
  for (int k = 0; k < slots_; ++k)
    std::memset(slot_memory_[k].get(), 0, static_cast<std::size_t>(extent_) * sizeof(real));
  for (Param& p : params_) p.updates = 0;
}

void ParamStore::initialize(std::uint64_t seed) noexcept {
  for (int i = 0; i < size(); ++i) initialize(ParamId{i}, seed);
  for (const State& s : states_) {
    real* value = reals(state_memory_) + s.offset;
    if (s.info.values.empty())
      std::fill_n(value, s.info.shape.size(), static_cast<real>(s.info.initial));
    else
      std::ranges::copy(s.info.values, value);
  }
}

void ParamStore::initialize(ParamId id, std::uint64_t seed) noexcept {
  const Param& p = params_[std::size_t(id.index)];
  const RandomStream random{.seed = seed, .layer = stable_id(p.name), .purpose = Purpose::init, .step = 0};
  real* value = reals(values_) + p.offset;
  for (std::int64_t i = 0, n = p.info.shape.size(); i < n; ++i)
    value[i] = static_cast<real>(draw(p.info.init, random, static_cast<std::uint64_t>(i)));
  if (p.info.init.kind == Init::Kind::orthogonal && p.info.shape.rank() >= 2)
    make_orthonormal(value, p.info.shape[0], p.info.shape.size_from(1));
  if (p.info.init.spectral_radius > 0) {
    const std::int64_t n = p.info.shape[0];
    const double radius = spectral_radius(std::span<const real>(value, std::size_t(n * n)), n);
    if (radius > 0)
      for (std::int64_t i = 0; i < n * n; ++i)
        value[i] = real(double(value[i]) * (p.info.init.spectral_radius / radius));
  }
  if (!p.info.values.empty()) std::ranges::copy(p.info.values, value);
  const std::int64_t kernel = p.info.shape.size_from(std::min(2, p.info.shape.rank()));
  for (const std::uint8_t connected : p.info.connections) {
    if (!connected) std::fill_n(value, kernel, real(0));
    value += kernel;
  }
}

std::int64_t ParamStore::parameter_count() const noexcept {
  std::int64_t count = 0;
  for (const Param& p : params_) count += p.info.count;
  return count;
}

std::optional<ParamId> ParamStore::find(std::string_view name) const noexcept {
  for (int i = 0; i < size(); ++i)
    if (params_[std::size_t(i)].name == name) return ParamId{i};
  return std::nullopt;
}

std::optional<StateId> ParamStore::find_state(std::string_view name) const noexcept {
  for (int i = 0; i < state_count(); ++i)
    if (states_[std::size_t(i)].name == name) return StateId{i};
  return std::nullopt;
}

TensorView ParamStore::state(StateId id) const noexcept {
  const State& s = states_[std::size_t(id.index)];
  return {reals(state_memory_) + s.offset, s.info.shape};
}

}  // namespace livegrad
