#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "livegrad/trainer.hpp"

namespace livegrad::cli {

/// How a run went.
struct TrainingReport {
  std::int64_t examples = 0;  ///< learned from now, not counting those before a resumption
  double seconds = 0;
  bool interrupted = false;
};

/// Where the checkpoint with the smallest validation loss goes: run.safetensors -> run.best.safetensors.
std::filesystem::path best_of(std::filesystem::path out);

/// Called with what the step did, and with what takes the progress bar away.
using AfterStep = std::function<void(const StepResult& result, const std::function<void()>& clear)>;

/// Trains until the trainer has finished or the user interrupts; validates held-out examples after every pass; saves a
/// checkpoint to `out`, where there is one, twice a minute and at the end, and the best by validation to best_of(out).
/// `after_step`, where there is one, is called after every step; it may write lines once it has called clear().
/// Errors  FailedCheck when the numbers go infinite or NaN (what was learned before is saved); as write_file
TrainingReport run_training(Trainer& trainer, const std::optional<std::filesystem::path>& out, bool quiet,
                            const AfterStep& after_step = {});

}  // namespace livegrad::cli
