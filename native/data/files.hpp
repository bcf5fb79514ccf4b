#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "livegrad/data.hpp"

namespace livegrad {

/// The most bytes that a file may have, unpacked: enough for every data set here ten times over.
inline constexpr std::size_t kMostFileBytes = std::size_t{2} << 30;

/// A file's bytes.
/// Errors  not_found when it is not there; invalid_data when it cannot be read or exceeds kMostFileBytes
std::vector<std::uint8_t> read_file(const std::filesystem::path& path);

/// Unpacks gzip data, all members of it. `limit` bounds the result, against files that grow without end.
/// Errors  invalid_data when the data are damaged, cut short or followed by something else, or exceed the limit
std::vector<std::uint8_t> gunzip(Bytes packed, std::string_view file, std::size_t limit = kMostFileBytes);

/// The bytes of `path`, or of `path` with ".gz" after it, unpacked when they are gzip.
/// Errors  as read_file and gunzip
std::vector<std::uint8_t> read_unpacked(const std::filesystem::path& path);

}  // namespace livegrad
