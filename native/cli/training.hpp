#pragma once

#include <filesystem>
#include <optional>

#include "livegrad/trainer.hpp"

namespace livegrad::cli {

/// How a run went.
struct TrainingReport {
  std::int64_t examples = 0;  ///< learned from now, not counting those before a resumption
  double seconds = 0;
  bool interrupted = false;
};

/// Trains until the trainer has finished or the user interrupts; validates held-out examples after every pass; saves a
/// checkpoint to `out`, where there is one, twice a minute and at the end.
/// Errors  FailedCheck when the numbers go infinite or NaN (what was learned before is saved); as write_file
TrainingReport run_training(Trainer& trainer, const std::optional<std::filesystem::path>& out, bool quiet);

}  // namespace livegrad::cli
