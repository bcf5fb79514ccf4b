#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace livegrad::cli {

/// Writes a file as a whole or not at all: into a file beside it, which then takes its place.
/// Errors  invalid_argument when that cannot be done; a file that was there is as before
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

/// Refuses a place where write_file would fail, before work begins whose result should go there.
/// Errors  invalid_argument
void require_writable(const std::filesystem::path& path);

}  // namespace livegrad::cli
