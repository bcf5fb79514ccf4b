#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "livegrad/optim.hpp"

using namespace livegrad;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using nlohmann::json;

namespace {

/// Parameters a [2,3] and b [5], eleven numbers.
ParamStore two_params(int slots) {
  ParamStore params;
  params.add({.layer = "one", .role = "a", .shape = {2, 3}, .init = {}});
  params.add({.layer = "one", .role = "b", .shape = {5}, .init = {}});
  params.allocate(slots);
  return params;
}

void set(const TensorView& view, real value) { std::fill_n(view.data, view.size(), value); }

void set_all(const ParamStore& params, const json& numbers,
             TensorView (ParamStore::*view)(ParamId) const noexcept) {
  std::size_t next = 0;
  for (int i = 0; i < params.size(); ++i) {
    const TensorView to = (params.*view)(ParamId{i});
    for (std::int64_t k = 0; k < to.size(); ++k) to.data[k] = numbers[next++].get<real>();
  }
}

std::vector<double> values(const ParamStore& params) {
  std::vector<double> all;
  for (int i = 0; i < params.size(); ++i) {
    const TensorView view = params.value(ParamId{i});
    all.insert(all.end(), view.data, view.data + view.size());
  }
  return all;
}

OptimizerOptions options_of(const json& given) {
  OptimizerOptions o;
  o.type = parse_optimizer_type(given.at("type").get<std::string>()).value();
  o.rate = given.at("rate");
  o.momentum = given.value("momentum", o.momentum);
  o.rho = given.value("rho", o.rho);
  o.beta1 = given.value("beta1", o.beta1);
  o.beta2 = given.value("beta2", o.beta2);
  o.epsilon = given.value("epsilon", o.epsilon);
  o.l1 = given.value("l1", o.l1);
  o.l2 = given.value("l2", o.l2);
  o.decay_per_example = given.value("decay_per_example", false);
  o.clip_norm = given.value("clip_norm", 0.0);
  o.clip_value = given.value("clip_value", 0.0);
  return o;
}

constexpr OptimizerType kTypes[]{OptimizerType::sgd,      OptimizerType::momentum, OptimizerType::nesterov,
                                 OptimizerType::adagrad,  OptimizerType::rmsprop,  OptimizerType::windowgrad,
                                 OptimizerType::adadelta, OptimizerType::adam,     OptimizerType::adamw};

}  // namespace

TEST_CASE("every update rule agrees with PyTorch and with ConvNetJS's equations", "[optim]") {
  const json golden = json::parse(std::ifstream(LIVEGRAD_SOURCE_DIR "/tests/golden/optim.json"));
  Device device;
  for (const json& c : golden.at("cases")) {
    const OptimizerOptions options = options_of(c.at("options"));
    ParamStore params = two_params(slots_of(options.type));
    set_all(params, golden.at("weights"), &ParamStore::value);
    for (std::size_t step = 0; step < golden.at("gradients").size(); ++step) {
      set_all(params, golden.at("gradients")[step], &ParamStore::gradient);
      const UpdateInfo info = update(device, params, options, 0, 1, golden.at("batch"));
      CHECK_FALSE(info.nonfinite);
      const std::vector<double> got = values(params);
      for (std::size_t i = 0; i < got.size(); ++i) {
        INFO(c.at("name").get<std::string>() << ", step " << step << ", number " << i);
        CHECK_THAT(got[i], WithinAbs(c.at("expected")[step][i].get<double>(), 4e-6));
      }
    }
  }
}

TEST_CASE("Adam's first step has the length of the rate, whatever the gradient and the batch", "[optim]") {
  // ConvNetJS multiplies by 1 - beta^t where it should divide, and counts examples instead of updates.
  Device device;
  for (const std::int64_t batch : {1, 20})
    for (const real gradient : {real(1e-3), real(-2), real(500)}) {
      ParamStore params = two_params(2);
      set(params.gradient(ParamId{0}), gradient);
      update(device, params, {.type = OptimizerType::adam, .rate = 0.01}, 0, 1, batch);
      CHECK_THAT(params.value(ParamId{0}).data[0], WithinRel(gradient > 0 ? -0.01 : 0.01, 2e-5));
      CHECK(params.updates(ParamId{0}) == 1);
      CHECK(params.value(ParamId{1}).data[0] == 0);
    }
}

TEST_CASE("a parameter that joins late gets its own bias correction", "[optim]") {
  Device device;
  const OptimizerOptions adam{.type = OptimizerType::adam, .rate = 0.01};
  ParamStore params = two_params(2);
  params.set_updates(ParamId{0}, 1000);
  set(params.gradient(ParamId{0}), 1);
  set(params.gradient(ParamId{1}), 1);
  update(device, params, adam, 0, 1, 1);
  CHECK_THAT(params.value(ParamId{1}).data[0], WithinRel(-0.01, 2e-5));
  CHECK(params.updates(ParamId{0}) == 1001);
  CHECK(params.updates(ParamId{1}) == 1);
}

TEST_CASE("a moving average without gradients ends in zero, not among subnormal numbers", "[optim]") {
  Device device;
  for (const OptimizerType type : kTypes) {
    if (type == OptimizerType::adagrad) continue;  // a sum, which only grows
    ParamStore params = two_params(slots_of(type));
    for (const real sign : {1, -1}) {
      for (int slot = 0; slot < slots_of(type); ++slot)
        set(params.slot(slot, ParamId{0}), sign * std::numeric_limits<real>::min());
      update(device, params, {.type = type, .rate = 0.01}, 0, 1, 1);
      for (int slot = 0; slot < slots_of(type); ++slot) {
        INFO(to_string(type) << ", slot " << slot);
        CHECK(params.slot(slot, ParamId{0}).data[0] == 0);
        CHECK(params.slot(slot, ParamId{0}).data[5] == 0);
      }
    }
  }
}

TEST_CASE("multipliers, groups and frozen parameters", "[optim]") {
  Device device;
  ParamStore params;
  const auto add = [&](const char* role, real rate, real l1, real l2, std::int32_t group) {
    return params.add({.layer = "x",
                       .role = role,
                       .shape = {3},
                       .init = {},
                       .rate_multiplier = rate,
                       .l1_multiplier = l1,
                       .l2_multiplier = l2,
                       .group = group});
  };
  const ParamId plain = add("plain", 1, 1, 1, 0), same = add("same", 1, 1, 1, 0),
                slow = add("slow", 0.5, 1, 1, 0), bias = add("bias", 1, 0, 0, 0),
                frozen = add("frozen", 0, 1, 1, 0), other = add("other", 1, 1, 1, 1);
  params.allocate(0);
  for (int i = 0; i < params.size(); ++i) {
    set(params.value(ParamId{i}), 2);
    set(params.gradient(ParamId{i}), 1);
  }
  set(params.gradient(frozen), 1000);
  set(params.gradient(other), 1000);
  const UpdateInfo info =
      update(device, params, {.type = OptimizerType::sgd, .rate = 0.1, .l1 = 0.5, .l2 = 0.25}, 0, 0.5, 4);
  CHECK_THAT(info.gradient_norm, WithinRel(std::sqrt(12.0), 1e-6));
  const auto first = [&](ParamId id) { return double(params.value(id).data[2]); };
  CHECK_THAT(first(plain), WithinRel(2 - 0.05 * (1 + 0.5 + 0.5), 1e-6));
  CHECK(first(same) == first(plain));
  CHECK_THAT(first(slow), WithinRel(2 - 0.025 * (1 + 0.5 + 0.5), 1e-6));
  CHECK_THAT(first(bias), WithinRel(2 - 0.05, 1e-6));
  CHECK(first(frozen) == 2);
  CHECK(first(other) == 2);
  CHECK(params.updates(plain) == 1);
  CHECK(params.updates(frozen) == 0);
  CHECK(params.updates(other) == 0);
}

TEST_CASE("ConvNetJS's decay is divided by the batch", "[optim]") {
  Device device;
  ParamStore params = two_params(0);
  set(params.value(ParamId{0}), 1);
  update(device, params,
         {.type = OptimizerType::sgd, .rate = 1, .l1 = 0.4, .l2 = 0.2, .decay_per_example = true}, 0, 1, 20);
  CHECK_THAT(params.value(ParamId{0}).data[0], WithinRel(1 - 0.6 / 20, 1e-6));
}

TEST_CASE("a gradient that is not finite stops the update of the whole group", "[optim]") {
  Device device;
  for (const real bad : {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()}) {
    ParamStore params = two_params(2);
    set(params.gradient(ParamId{0}), 1);
    params.gradient(ParamId{1}).data[4] = bad;
    CHECK(update(device, params, {.type = OptimizerType::adam}, 0, 1, 1).nonfinite);
    for (const double w : values(params)) CHECK(w == 0);
    CHECK(params.slot(0, ParamId{0}).data[0] == 0);
    CHECK(params.updates(ParamId{0}) == 0);
  }
}

TEST_CASE("the padding between parameters stays zero", "[optim]") {
  Device device;
  for (const OptimizerType type : kTypes) {
    ParamStore params = two_params(slots_of(type));
    set(params.gradient(ParamId{0}), 1);
    set(params.gradient(ParamId{1}), -1);
    for (int step = 0; step < 50; ++step)
      update(device, params, {.type = type, .l1 = 0.1, .l2 = 0.1}, 0, 1, 1);
    CHECK(params.extent() == 32);
    for (const std::int64_t i : {6, 15, 21, 31}) CHECK(params.values()[i] == 0);
    CHECK(params.values()[5] != 0);
  }
}

TEST_CASE("slots have names, and alike ones survive a change of rule", "[optim]") {
  for (const OptimizerType type : kTypes) {
    CHECK(parse_optimizer_type(to_string(type)) == type);
    CHECK(shared_slots(type, type) == slots_of(type));
  }
  CHECK_FALSE(parse_optimizer_type("magic"));
  CHECK(shared_slots(OptimizerType::momentum, OptimizerType::nesterov) == 1);
  CHECK(shared_slots(OptimizerType::rmsprop, OptimizerType::adadelta) == 1);
  CHECK(shared_slots(OptimizerType::adam, OptimizerType::adamw) == 2);
  CHECK(shared_slots(OptimizerType::adam, OptimizerType::momentum) == 0);
  CHECK(shared_slots(OptimizerType::adagrad, OptimizerType::rmsprop) == 0);

  ParamStore params = two_params(2);
  set(params.slot(0, ParamId{0}), 3);
  set(params.slot(1, ParamId{0}), 4);
  set(params.value(ParamId{0}), 5);
  params.set_updates(ParamId{0}, 9);
  params.set_slots(2, 1);
  CHECK(params.slot(0, ParamId{0}).data[0] == 3);
  CHECK(params.slot(1, ParamId{0}).data[0] == 0);
  CHECK(params.updates(ParamId{0}) == 9);
  params.set_slots(1, 0);
  CHECK(params.slot(0, ParamId{0}).data[0] == 0);
  CHECK(params.updates(ParamId{0}) == 0);
  CHECK(params.value(ParamId{0}).data[0] == 5);
}

TEST_CASE("learning-rate schedules", "[optim][schedule]") {
  CHECK(schedule_factor({}, 3, 10) == 1);
  const ScheduleOptions step{.type = ScheduleType::step, .every = 2, .factor = 0.1};
  CHECK(schedule_factor(step, 1.99, 10) == 1);
  CHECK_THAT(schedule_factor(step, 2, 10), WithinRel(0.1, 1e-15));
  CHECK_THAT(schedule_factor(step, 7, 10), WithinRel(0.001, 1e-14));
  const ScheduleOptions exponential{.type = ScheduleType::exponential, .factor = 0.5};
  CHECK_THAT(schedule_factor(exponential, 1.5, 10), WithinRel(std::sqrt(0.125), 1e-14));
  const ScheduleOptions cosine{.type = ScheduleType::cosine, .floor = 0.2};
  CHECK(schedule_factor(cosine, 0, 8) == 1);
  CHECK_THAT(schedule_factor(cosine, 4, 8), WithinAbs(0.6, 1e-15));
  CHECK_THAT(schedule_factor(cosine, 8, 8), WithinAbs(0.2, 1e-15));
  CHECK_THAT(schedule_factor(cosine, 99, 8), WithinAbs(0.2, 1e-15));
  const ScheduleOptions warm{.type = ScheduleType::cosine, .warmup = 2};
  CHECK(schedule_factor(warm, 0.5, 10) == 0.25);
  CHECK(schedule_factor(warm, 2, 10) == 1);
  CHECK_THAT(schedule_factor(warm, 6, 10), WithinAbs(0.5, 1e-15));
  const ScheduleOptions held{.type = ScheduleType::cosine, .warmup = 2, .hold = 3};
  CHECK(schedule_factor(held, 0.5, 10) == 0.25);
  CHECK(schedule_factor(held, 4.9, 10) == 1);
  CHECK_THAT(schedule_factor(held, 7.5, 10), WithinAbs(0.5, 1e-15));
  const ScheduleOptions held_step{.type = ScheduleType::step, .factor = 0.1, .hold = 3};
  CHECK(schedule_factor(held_step, 3.9, 10) == 1);
  CHECK_THAT(schedule_factor(held_step, 4, 10), WithinRel(0.1, 1e-15));
  CHECK(schedule_factor({.type = ScheduleType::halve_on_plateau}, 5, 10) == 1);
}

TEST_CASE("initial values depend on seed and name alone", "[params]") {
  const auto make = [](bool with_first) {
    ParamStore params;
    if (with_first) params.add({.layer = "conv1", .role = "weight", .shape = {7}, .init = Init::uniform(1)});
    params.add({.layer = "conv2", .role = "weight", .shape = {40, 50}, .init = Init::normal(2)});
    params.allocate(0);
    params.initialize(11);
    return params;
  };
  const ParamStore alone = make(false), second = make(true);
  const TensorView a = alone.value(ParamId{0}), b = second.value(ParamId{1});
  CHECK(std::equal(a.data, a.data + a.size(), b.data));
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) sum += a.data[i], squares += a.data[i] * a.data[i];
  CHECK_THAT(sum / 2000, WithinAbs(0, 0.15));
  CHECK_THAT(squares / 2000, WithinAbs(4, 0.4));
  const TensorView uniform = second.value(ParamId{0});
  CHECK(std::all_of(uniform.data, uniform.data + 7, [](real x) { return x >= -1 && x < 1; }));
}

TEST_CASE("a parameter store finds by name and refuses a second of one name", "[params]") {
  ParamStore params;
  const ParamId weight = params.add({.layer = "c",
                                     .role = "weight",
                                     .shape = {2, 3, 2, 2},
                                     .init = Init::constant(1),
                                     .connections = {1, 0, 1, 1, 1, 0}});
  params.add_state({.layer = "c", .role = "mean", .shape = {2}, .initial = 0.5});
  params.add_state({.layer = "c", .role = "table", .shape = {3}, .values = {1, 2, 3}});
  CHECK_THROWS(params.add({.layer = "c", .role = "weight", .shape = {1}, .init = {}}));
  CHECK_THROWS(params.add_state({.layer = "c", .role = "weight", .shape = {1}}));
  params.allocate(0);
  CHECK_THROWS(params.add({.layer = "d", .role = "weight", .shape = {1}, .init = {}}));
  params.initialize(1);
  CHECK(params.find("c.weight") == weight);
  CHECK_FALSE(params.find("c.mean"));
  CHECK(params.state(*params.find_state("c.mean")).data[1] == real(0.5));
  CHECK(params.state(*params.find_state("c.table")).data[2] == 3);
  const real* w = params.value(weight).data;
  CHECK((w[3] == 1 && w[4] == 0 && w[7] == 0 && w[8] == 1 && w[19] == 1 && w[20] == 0 && w[23] == 0));
}
