#include "training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "files.hpp"
#include "interruption.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "testing.hpp"

namespace livegrad::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kSaveInterval{30};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Whether a pass has just ended whose validation is not done yet. Follows from the state alone, so that a resumed run
/// validates where the interrupted one would have.
bool validation_is_due(const Trainer& trainer) {
  if (trainer.size(Split::validation) == 0 || trainer.step_count() == 0) return false;
  if (trainer.epoch() != std::floor(trainer.epoch())) return false;
  const auto& done = trainer.history().validation();
  return done.empty() || done.back().step != trainer.step_count();
}

class Training {
 public:
  Training(Trainer& trainer, const std::optional<std::filesystem::path>& out, bool quiet,
           const AfterStep& after_step)
      : trainer_(trainer),
        out_(out),
        quiet_(quiet),
        after_step_(after_step),
        progress_(quiet),
        start_epoch_(trainer.epoch()) {}

  TrainingReport run() {
    while (go_on()) {
      const StepResult result = trainer_.step();
      if (!result.first_nonfinite.empty()) give_up(result);
      report_.examples += result.examples;
      if (after_step_) after_step_(result, [this] { progress_.clear(); });
      if (progress_.due()) progress_.show(status());
      if (out_ && Clock::now() >= next_save_) save();
    }
    report_.seconds = seconds_since(start_);
    progress_.clear();
    save();
    return report_;
  }

 private:
  bool go_on() {
    if (Interruption::requested() || (validation_is_due(trainer_) && !validate())) {
      report_.interrupted = true;
      return false;
    }
    return !trainer_.finished();
  }

  /// False when interrupted: then nothing has changed.
  bool validate() {
    progress_.clear();
    const auto evaluation = evaluate(trainer_, Split::validation, "validating", quiet_);
    if (!evaluation) return false;
    if (trainer_.report_validation(*evaluation) && out_) write_file(best_of(*out_), trainer_.save());
    say(quiet_, "epoch " + digits(trainer_.epoch(), 6) + ": validation " +
                    (trainer_.vocabulary().size() > 0 ? nats_text(*evaluation) : test_text(*evaluation)));
    return true;
  }

  void save() {
    if (!out_) return;
    write_file(*out_, trainer_.save());
    next_save_ = Clock::now() + kSaveInterval;
  }

  [[noreturn]] void give_up(const StepResult& result) {
    progress_.clear();
    save();
    throw FailedCheck(std::string(result.first_nonfinite),
                      "The numbers became infinite or NaN at step " + grouped(std::int64_t(result.step) + 1) +
                          " with the learning rate " + digits(result.rate, 4) +
                          ". Use a smaller --rate, or --clip-norm 1.");
  }

  ProgressStatus status() const {
    const double epoch = trainer_.epoch(), epochs = trainer_.options().epochs;
    const double seconds = seconds_since(start_);
    const Recent recent = recent_training(trainer_.history());
    std::string details = "loss " + digits(recent.loss, 4);
    if (!std::isnan(recent.accuracy)) details += "  accuracy " + fixed(recent.accuracy, 1) + " %";
    details += "  " + grouped(std::int64_t(double(report_.examples) / seconds)) + "/s";
    const double done = epoch - start_epoch_;
    const double last = std::ceil(epochs);
    return {.label = "epoch " + fixed(std::min(std::floor(epoch) + 1, last), 0) + "/" + fixed(last, 0),
            .fraction = epoch / epochs,
            .details = details,
            .left = done > 0 ? std::max(0.0, seconds * (epochs - epoch) / done) : -1};
  }

  Trainer& trainer_;
  const std::optional<std::filesystem::path>& out_;
  bool quiet_;
  const AfterStep& after_step_;
  Progress progress_;
  TrainingReport report_;
  double start_epoch_;
  Clock::time_point start_ = Clock::now(), next_save_ = start_ + kSaveInterval;
};

}  // namespace

std::filesystem::path best_of(std::filesystem::path out) {
  return out.replace_extension(".best" + out.extension().string());
}

TrainingReport run_training(Trainer& trainer, const std::optional<std::filesystem::path>& out, bool quiet,
                            const AfterStep& after_step) {
  return Training(trainer, out, quiet, after_step).run();
}

}  // namespace livegrad::cli
