#include "livegrad/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "../kernels/abi.hpp"
#include "impl.hpp"
#include "livegrad/error.hpp"

#ifdef __EMSCRIPTEN__
#include <emscripten/emscripten.h>
#endif

namespace livegrad {

namespace {

/// Milliseconds since some moment.
double now_ms() {
#ifdef __EMSCRIPTEN__
  return emscripten_get_now();  // <chrono> brings 2 KB of messages that nobody reads
#else
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(time).count();
#endif
}

}  // namespace

Trainer::Impl::Impl(Device& device_, Spec spec_, std::uint64_t seed)
    : device(device_), spec(std::move(spec_)) {
  progress.seed = seed;
  progress.hold_out = options().hold_out;
  training =
      std::make_unique<Compiled>(device, params, spec, options().batch, slots_of(options().optimizer.type),
                                 Wrt{.parameter_groups = 1}, Keep::targets, false);
  params.initialize(seed);
  evaluator = make_evaluator(options().average_decay > 0);
  reset_average();
  probabilities.resize(std::size_t(kEvaluationBatch * training->network.classes));
  samples.resize(std::size_t(kEvaluationBatch));
  state_backup.resize(std::size_t(params.state_extent()));
  carried_backup.resize(training->carried_size());
  for (const Value& value : training->graph.values())
    value_names.push_back(
        training->graph.name({static_cast<std::int32_t>(&value - training->graph.values().data())}));
  for (int i = 0; i < params.size(); ++i)
    gradient_names.push_back(text("{} gradient", params.info(ParamId{i}).name()));
}

Evaluator Trainer::Impl::make_evaluator(bool averages) {
  Evaluator made;
  if (averages) made.average = std::make_unique<ParamStore>();
  made.compiled = std::make_unique<Compiled>(device, averages ? *made.average : params, spec,
                                             spec.takes_symbols() ? kEvaluationStreams : kEvaluationBatch, 0,
                                             Wrt{}, Keep::targets, true);
  return made;
}

void Trainer::Impl::reset_average() noexcept {
  progress.average_steps = 0;
  if (!evaluator.average) return;
  std::copy_n(params.values(), params.extent(), evaluator.average->values());
  std::copy_n(params.states(), params.state_extent(), evaluator.average->states());
}

/// Math    a += (1 - d)(w - a) with d = min(decay, (1 + t)/(10 + t)): the start is soon forgotten
void Trainer::Impl::update_average() noexcept {
  const double t = double(++progress.average_steps);
  const real weight = real(1 - std::min(options().average_decay, (1 + t) / (10 + t)));
  const auto approach = [weight](real* to, const real* from, std::int64_t size) {
    for (std::int64_t i = 0; i < size; ++i) to[i] += weight * (from[i] - to[i]);
  };
  approach(evaluator.average->values(), params.values(), params.extent());
  approach(evaluator.average->states(), params.states(), params.state_extent());
}

std::string_view Trainer::Impl::locate_nonfinite() const noexcept {
  const Compiled& t = *training;
  if (const ValueId id = t.schedule.first_nonfinite(t.run); id.index >= 0)
    return value_names[std::size_t(id.index)];
  for (int i = 0; i < params.size(); ++i)
    if (const TensorView gradient = params.gradient(ParamId{i});
        !std::all_of(gradient.data, gradient.data + gradient.size(), [](real x) { return std::isfinite(x); }))
      return gradient_names[std::size_t(i)];
  return "loss";
}

Trainer::Trainer(Device& device, Spec spec) {
  const std::uint64_t seed = spec.training().seed;
  impl_ = std::make_unique<Impl>(device, std::move(spec), seed);
}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;

StepResult Trainer::step() noexcept {
  Impl& s = *impl_;
  Compiled& t = *s.training;
  const std::int64_t rows = s.read_batch(), examples = rows * s.per_row();
  StepResult result;
  result.examples = examples;
  result.step = s.progress.steps;
  result.epoch = s.passes();
  if (examples == 0) return result;

  const double factor =
      s.progress.rate_factor *
      schedule_factor(s.options().schedule, s.passes(double(examples) / 2), s.options().epochs);
  result.rate = s.options().optimizer.rate * factor;
  std::copy_n(s.params.states(), s.state_backup.size(), s.state_backup.data());
  t.keep_carried(s.carried_backup.data());
  t.run = {.examples = rows, .training = true, .seed = s.progress.seed, .step = s.progress.steps};
  const double started = now_ms();
  t.schedule.forward(t.run);
  const double passed = now_ms();
  result.forward_ms = passed - started;

  const double loss_sum = t.loss_sum(rows) * double(s.per_row());
  result.loss = loss_sum / double(examples);
  result.correct = t.network.classes > 0 ? t.correct(rows) : -1;
  UpdateInfo update{.nonfinite = !std::isfinite(loss_sum)};
  if (!update.nonfinite) {
    t.schedule.backward(t.run);
    update = livegrad::update(s.device, s.params, s.options().optimizer, 0, factor, rows);
    result.backward_ms = now_ms() - passed;
  }
  result.gradient_norm = update.gradient_norm;
  result.clipped = update.clipped;
  result.clipped_value = update.clipped_value;
  if (update.nonfinite) {
    std::ranges::copy(s.state_backup, s.params.states());
    t.restore_carried(s.carried_backup.data());
    result.first_nonfinite = s.locate_nonfinite();
    return result;
  }

  if (s.evaluator.average) s.update_average();
  s.advance(rows);
  s.progress.clipped_by_norm += update.clipped;
  s.progress.clipped_by_value += update.clipped_value;
  s.progress.consumed += std::uint64_t(examples);
  result.step = ++s.progress.steps;
  result.epoch = s.passes();
  s.history.add(result.step, result.epoch, loss_sum, result.correct, examples);
  return result;
}

bool Trainer::finished() const noexcept {
  const Impl& s = *impl_;
  const bool stopped = s.options().patience > 0 && s.progress.since_best >= s.options().patience;
  return stopped || !s.has_data() || epoch() >= s.options().epochs;
}

void Trainer::start_over(std::uint64_t seed) noexcept {
  Impl& s = *impl_;
  s.progress = {.seed = seed, .hold_out = s.options().hold_out};
  s.params.initialize(seed);
  s.params.clear_slots();
  s.reset_average();
  s.training->clear_carried();
  if (s.data.text) {
    // Another hold-out may have been asked for; it was seen to fit.
    s.data.parts = split_text(s.data.text->size(), s.data.identity.split, s.options().hold_out);
    s.streams.assign(s.data.text, s.data.parts.training, s.options().batch, s.training->network.steps,
                     !s.training->network.carried.empty(), seed);
  } else if (s.data.training) {
    s.data.training_reader->reseed(seed);
    s.order.restart(s.options().hold_out, seed);
  } else {
    s.order.seek(0, 0);
  }
  s.history.clear();
}

const TrainingOptions& Trainer::options() const noexcept { return impl_->options(); }
const Spec& Trainer::spec() const noexcept { return impl_->spec; }
const Network& Trainer::network() const noexcept { return impl_->training->network; }
const Graph& Trainer::graph() const noexcept { return impl_->training->graph; }
const Schedule& Trainer::schedule() const noexcept { return impl_->training->schedule; }
ParamStore& Trainer::params() noexcept { return impl_->params; }
const ParamStore& Trainer::params() const noexcept { return impl_->params; }
const History& Trainer::history() const noexcept { return impl_->history; }
std::uint64_t Trainer::step_count() const noexcept { return impl_->progress.steps; }
double Trainer::epoch() const noexcept { return impl_->passes(); }
std::int64_t Trainer::pass_size() const noexcept {
  return impl_->data.text ? impl_->streams.size() : impl_->size(Split::training);
}
std::uint64_t Trainer::examples_seen() const noexcept { return impl_->progress.consumed; }
Device& Trainer::device() const noexcept { return impl_->device; }
std::int64_t Trainer::live_examples() const noexcept { return impl_->training->run.examples; }

}  // namespace livegrad
