#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "../trainer/impl.hpp"

/// How far a run has come, as JSON in a checkpoint's metadata. Readers check every number and throw
/// Error{invalid_checkpoint}.
namespace livegrad::checkpoint {

/// Place in the data, schedules and counters of updates.
std::string progress_json(const Trainer::Impl& run);
std::string data_json(const DataIdentity& data);
std::string history_json(const History& history);

/// The place in the data goes to `run.order` without data: assign it later.
void read_progress(const std::string& text, Trainer::Impl& run);
DataIdentity read_data(const std::string& text);
void read_history(const std::string& text, History& history);

}  // namespace livegrad::checkpoint
