#include <algorithm>
#include <array>
#include <cmath>

#include "livegrad/math.hpp"
#include "livegrad/optim.hpp"

namespace livegrad {
namespace {

struct Rule {
  OptimizerType type;
  std::string_view name;
  std::array<std::string_view, kMaxSlots> slots;
};

constexpr std::array kRules{
    Rule{OptimizerType::sgd, "sgd", {}},
    Rule{OptimizerType::momentum, "momentum", {"velocity"}},
    Rule{OptimizerType::nesterov, "nesterov", {"velocity"}},
    Rule{OptimizerType::adagrad, "adagrad", {"square_sum"}},
    Rule{OptimizerType::rmsprop, "rmsprop", {"square_mean"}},
    Rule{OptimizerType::windowgrad, "windowgrad", {"square_mean"}},
    Rule{OptimizerType::adadelta, "adadelta", {"square_mean", "delta_square_mean"}},
    Rule{OptimizerType::adam, "adam", {"mean", "square"}},
    Rule{OptimizerType::adamw, "adamw", {"mean", "square"}},
};

const Rule& rule(OptimizerType type) { return kRules[std::size_t(type)]; }

constexpr std::array<std::string_view, 5> kSchedules{"constant", "step", "exponential", "cosine",
                                                     "halve_on_plateau"};

}  // namespace

std::string_view to_string(OptimizerType type) noexcept { return rule(type).name; }

std::optional<OptimizerType> parse_optimizer_type(std::string_view word) noexcept {
  const auto found = std::ranges::find(kRules, word, &Rule::name);
  return found == kRules.end() ? std::nullopt : std::optional(found->type);
}

int slots_of(OptimizerType type) noexcept {
  return static_cast<int>(
      std::ranges::count_if(rule(type).slots, [](std::string_view name) { return !name.empty(); }));
}

std::string_view slot_name(OptimizerType type, int slot) noexcept {
  return rule(type).slots[std::size_t(slot)];
}

int shared_slots(OptimizerType a, OptimizerType b) noexcept {
  int shared = 0;
  while (shared < kMaxSlots && !slot_name(a, shared).empty() && slot_name(a, shared) == slot_name(b, shared))
    ++shared;
  return shared;
}

std::string_view to_string(ScheduleType type) noexcept { return kSchedules[std::size_t(type)]; }

std::optional<ScheduleType> parse_schedule_type(std::string_view word) noexcept {
  const auto found = std::ranges::find(kSchedules, word);
  if (found == kSchedules.end()) return std::nullopt;
  return static_cast<ScheduleType>(found - kSchedules.begin());
}

double schedule_factor(const ScheduleOptions& o, double epoch, double epochs) noexcept {
  if (epoch < o.warmup) return epoch / o.warmup;
  const double t = std::max(0.0, epoch - o.warmup - o.hold);
  switch (o.type) {
    case ScheduleType::constant:
    case ScheduleType::halve_on_plateau:
      return 1;
    case ScheduleType::step:
      return math::pow(o.factor, std::floor(t / o.every));
    case ScheduleType::exponential:
      return math::pow(o.factor, t);
    case ScheduleType::cosine: {
      constexpr double kPi = 0x1.921fb54442d18p+1;
      const double whole = epochs - o.warmup - o.hold;
      const double share = whole > t ? t / whole : 1;
      return o.floor + (1 - o.floor) * (1 + math::cos(kPi * share)) / 2;
    }
  }
  return 1;
}

}  // namespace livegrad
