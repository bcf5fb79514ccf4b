#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "livegrad/arena.hpp"
#include "livegrad/tensor.hpp"

namespace livegrad {

/// Index of a parameter in a ParamStore.
struct ParamId {
  std::int32_t index = -1;
  friend bool operator==(ParamId, ParamId) = default;
};

/// Index of a state tensor in a ParamStore.
struct StateId {
  std::int32_t index = -1;
  friend bool operator==(StateId, StateId) = default;
};

/// How a parameter starts. fan_in and fan_out are counted by the layer that asks.
struct Init {
  enum class Kind {
    constant,    ///< value
    normal,      ///< N(0, value²)
    uniform,     ///< U(-value, value)
    orthogonal,  ///< orthonormal rows, in groups of as many as there are columns
  };
  Kind kind = Kind::constant;
  double value = 0;
  double spectral_radius = 0;  ///< of a square matrix, scaled to it; 0: as drawn

  static Init constant(double value) { return {.kind = Kind::constant, .value = value}; }
  static Init normal(double deviation) { return {.kind = Kind::normal, .value = deviation}; }
  static Init uniform(double bound) { return {.kind = Kind::uniform, .value = bound}; }
  static Init orthogonal() { return {.kind = Kind::orthogonal}; }
};

/// What is known of a parameter beside its numbers.
struct ParamInfo {
  std::string layer;  ///< stable id of the layer: "conv1"
  std::string role;   ///< "weight", "bias", "gamma", "shift"
  Shape shape;
  Init init;
  real rate_multiplier = 1;  ///< of the learning rate; 0 freezes it
  real l1_multiplier = 1;    ///< of the L1 decay
  real l2_multiplier = 1;    ///< of the L2 decay
  std::int32_t group = 0;    ///< 0 to 31: which optimiser a parameter belongs to (a GAN has two)
  std::int64_t count = 0;    ///< numbers that can change, fewer under a connection table; 0: all
  /// One byte for each pair of the two leading extents, 0 where nothing connects them: those numbers start at 0 and stay
  /// so. Empty: all are connected.
  std::vector<std::uint8_t> connections = {};
  /// What it starts with, element by element, in place of init: a bias that is not the same for every gate.
  std::vector<real> values = {};

  std::string name() const { return layer + "." + role; }
};

/// Neither parameter nor activation: running statistics, carried recurrent state, fixed weights. Named,
/// saved, viewable, never optimised.
struct StateInfo {
  std::string layer;
  std::string role;
  Shape shape;
  double initial = 0;
  std::vector<real> values =
      {};  ///< what it starts with, element by element, when not all the same: instead of initial

  std::string name() const { return layer + "." + role; }
};

inline constexpr int kMaxSlots = 2;

/// Owns what training changes: values, gradients and optimiser slots of all parameters, each kind contiguous
/// in memory (a parameter starts at a multiple of 64 bytes; the padding stays zero), and the state tensors.
class ParamStore {
 public:
  ParamStore() = default;
  ParamStore(ParamStore&&) = default;
  ParamStore& operator=(ParamStore&&) = default;

  /// Errors  invalid_spec when a parameter or state of that name exists; invalid_argument after allocate
  ParamId add(ParamInfo info);
  StateId add_state(StateInfo info);
  /// Allocates everything, zero-filled, with `slots` optimiser slots. Call once, after the last add.
  /// Errors  out_of_memory; invalid_argument when there are more than two slots
  void allocate(int slots);
  bool allocated() const noexcept { return values_ != nullptr; }
  /// Another number of optimiser slots. The first `kept` keep their numbers, the others are zero; when none
  /// is kept, counting the updates starts over. Values and gradients stay.
  void set_slots(int slots, int kept);
  /// All optimiser slots to zero; counting the updates starts over.
  void clear_slots() noexcept;
  /// Values from each parameter's Init, drawn from (seed, name, element); states to their initial value.
  void initialize(std::uint64_t seed) noexcept;
  /// One parameter anew, as initialize does.
  void initialize(ParamId id, std::uint64_t seed) noexcept;

  int size() const noexcept { return static_cast<int>(params_.size()); }
  int state_count() const noexcept { return static_cast<int>(states_.size()); }
  int slots() const noexcept { return slots_; }
  /// Trainable numbers in all parameters.
  std::int64_t parameter_count() const noexcept;
  /// Elements of the contiguous arrays, padding included.
  std::int64_t extent() const noexcept { return extent_; }

  const ParamInfo& info(ParamId id) const noexcept { return params_[std::size_t(id.index)].info; }
  const StateInfo& info(StateId id) const noexcept { return states_[std::size_t(id.index)].info; }
  std::int64_t offset(ParamId id) const noexcept { return params_[std::size_t(id.index)].offset; }
  /// By "layer.role".
  std::optional<ParamId> find(std::string_view name) const noexcept;
  std::optional<StateId> find_state(std::string_view name) const noexcept;

  /// Updates that the parameter's optimiser slots have seen: Adam's bias correction counts them, for each
  /// parameter because a layer can join later by a live edit.
  std::uint64_t updates(ParamId id) const noexcept { return params_[std::size_t(id.index)].updates; }
  void set_updates(ParamId id, std::uint64_t count) noexcept {
    params_[std::size_t(id.index)].updates = count;
  }

  TensorView value(ParamId id) const noexcept { return view(values_, id); }
  TensorView gradient(ParamId id) const noexcept { return view(gradients_, id); }
  TensorView slot(int k, ParamId id) const noexcept { return view(slot_memory_[std::size_t(k)], id); }
  TensorView state(StateId id) const noexcept;

  /// The contiguous arrays, padding included.
  real* values() const noexcept { return reinterpret_cast<real*>(values_.get()); }
  real* gradients() const noexcept { return reinterpret_cast<real*>(gradients_.get()); }
  real* states() const noexcept { return reinterpret_cast<real*>(state_memory_.get()); }
  /// Elements of states().
  std::int64_t state_extent() const noexcept { return state_extent_; }

 private:
  struct Param {
    ParamInfo info;
    std::string name;
    std::int64_t offset;
    std::uint64_t updates;
  };
  struct State {
    StateInfo info;
    std::string name;
    std::int64_t offset;
  };
  void require_new(const std::string& name) const;
  TensorView view(const AlignedBytes& memory, ParamId id) const noexcept {
    const Param& p = params_[std::size_t(id.index)];
    return {reinterpret_cast<real*>(memory.get()) + p.offset, p.info.shape};
  }

  std::vector<Param> params_;
  std::vector<State> states_;
  std::int64_t extent_ = 0, state_extent_ = 0;
  int slots_ = 0;
  AlignedBytes values_, gradients_, state_memory_;
  AlignedBytes slot_memory_[kMaxSlots];
};

}  // namespace livegrad
