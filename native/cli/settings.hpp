#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "livegrad/spec.hpp"

namespace livegrad::cli {

/// An option of the command line for every setting in a spec's `training` part, made from the published schema:
/// --rate for /optimizer/rate, --schedule-warmup for /schedule/warmup, --batch for /batch.
class Settings {
 public:
  explicit Settings(CLI::App& app);

  /// Whether the setting with this JSON pointer was given.
  bool has(const std::string& pointer) const { return texts_.at(pointer).given(); }
  /// `base` with the settings that were given.
  /// Errors  invalid_spec: names the option, what was given and what is possible
  TrainingOptions apply(const TrainingOptions& base) const;

 private:
  struct Text {
    std::string option;  ///< "--rate"
    std::string text;
    CLI::Option* declared = nullptr;
    bool given() const { return declared->count() > 0; }
  };
  std::map<std::string, Text> texts_;  ///< by JSON pointer
};

}  // namespace livegrad::cli
