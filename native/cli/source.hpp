#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "livegrad/device.hpp"
#include "livegrad/spec.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad::cli {

/// A file that describes a network: a spec (JSON), or a checkpoint, which has the spec and everything else in it.
struct Source {
  std::filesystem::path path;
  std::vector<std::uint8_t> bytes;
  std::optional<Spec> spec;  ///< when it is one

  bool is_checkpoint() const noexcept { return !spec; }
  /// What the network is called: by its spec, else by the file.
  std::string name(const Spec& of) const;
};

/// Errors  not_found, invalid_spec, shape_mismatch
Source read_source(const std::filesystem::path& path);
/// Errors  as read_source; invalid_checkpoint when it is a spec
Source read_checkpoint(const std::filesystem::path& path);

/// The trainer that a checkpoint describes, without data.
struct Loaded {
  Trainer trainer;
  LoadResult result;
};
/// Errors  invalid_checkpoint
Loaded load_checkpoint(Device& device, const Source& checkpoint);

/// The spec of a source; for a checkpoint that in it.
/// Errors  invalid_checkpoint
Spec spec_of(const Source& source);

}  // namespace livegrad::cli
