#pragma once

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "livegrad/error.hpp"
#include "livegrad/random.hpp"

namespace livegrad::testing {

using FileBytes = std::vector<std::uint8_t>;

inline FileBytes file_bytes(std::string_view text) { return {text.begin(), text.end()}; }

/// How many of the files a reader accepted; anything but loading or an Error fails the test.
template <class Read>
int count_loaded(const std::vector<FileBytes>& files, Read read) {
  int loaded = 0;
  for (const FileBytes& file : files) {
    try {
      read(file);
      ++loaded;
    } catch (const Error& error) {
      if (error.message().empty() || error.where().empty()) FAIL("an error that says nothing");
    }
  }
  return loaded;
}

/// The file cut short at every length.
inline std::vector<FileBytes> truncations(const FileBytes& valid) {
  std::vector<FileBytes> files;
  for (std::size_t size = 0; size < valid.size(); ++size) {
    FileBytes file(valid.begin(), valid.begin() + static_cast<std::ptrdiff_t>(size));
    file.shrink_to_fit();  // so that the address sanitizer sees a read past the end
    files.push_back(std::move(file));
  }
  return files;
}

/// The file with one to eight bytes changed, removed, inserted or moved; the same on every target.
inline FileBytes mutate(const FileBytes& valid, std::uint64_t number) {
  const RandomStream random{.seed = 99, .purpose = Purpose::check, .step = number};
  FileBytes file = valid;
  const std::uint32_t changes = 1 + random.below(8, 0);
  for (std::uint32_t i = 0; i < changes && !file.empty(); ++i) {
    const std::uint64_t at = 1 + 4 * std::uint64_t{i};
    const std::uint32_t place = random.below(static_cast<std::uint32_t>(file.size()), at);
    const auto where = file.begin() + place;
    const std::uint32_t value = random.bits(at + 1);
    switch (random.below(7, at + 2)) {
      case 0:
        *where = static_cast<std::uint8_t>(value);
        break;
      case 1:
        *where ^= static_cast<std::uint8_t>(1u << value % 8);
        break;
      case 2:
        *where = value % 2 == 0 ? 0x00 : 0xff;
        break;
      case 3:
        file.erase(where);
        break;
      case 4:
        file.insert(where, static_cast<std::uint8_t>(value));
        break;
      case 5:
        *where = "0123456789.,-+eE \n\r\"#"[value % 21];
        break;
      default:
        file.resize(place + 1);
        break;
    }
  }
  file.shrink_to_fit();
  return file;
}

/// Checks every truncation and `mutations` damaged copies of a valid file.
template <class Read>
void check_hostile_files(const FileBytes& valid, int mutations, Read read) {
  read(valid);
  count_loaded(truncations(valid), read);
  for (int i = 0; i < mutations; ++i) count_loaded({mutate(valid, static_cast<std::uint64_t>(i))}, read);
}

/// The sentence of the error that `action` throws; empty when it throws none.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace livegrad::testing
