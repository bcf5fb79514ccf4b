#include "data/files.hpp"

#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "livegrad/error.hpp"

namespace livegrad {
namespace {

[[noreturn]] void fail(std::string_view file, std::string message) {
  throw Error(ErrorCode::invalid_data, std::string(file), std::move(message));
}

bool is_gzip(Bytes bytes) { return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

/// zlib's state, released however unpacking ends.
struct Inflater {
  z_stream stream{};

  explicit Inflater(std::string_view file) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) {
      throw Error(ErrorCode::out_of_memory, std::string(file), "There is no memory left to unpack it.");
    }
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw Error(ErrorCode::not_found, path.string(), "There is no such file.");
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) fail(path.string(), "The file cannot be read: " + error.message() + ".");
  if (size > kMostFileBytes) {
    fail(path.string(), "The file has " + std::to_string(size) + " bytes, but may have at most " +
                            std::to_string(kMostFileBytes) + ".");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!in || static_cast<std::uintmax_t>(in.gcount()) != size) {
    fail(path.string(), "The file cannot be read. May this user read it?");
  }
  return bytes;
}

std::vector<std::uint8_t> gunzip(Bytes packed, std::string_view file, std::size_t limit) {
  if (!is_gzip(packed)) fail(file, "Expected the bytes 1f 8b at byte 0: this is no gzip file.");
  Inflater inflater(file);
  z_stream& stream = inflater.stream;
  std::vector<std::uint8_t> unpacked;
  std::size_t given = 0, filled = 0;
  const auto place = [&] { return std::to_string(given - stream.avail_in); };
  for (;;) {
    if (stream.avail_in == 0) {
      const std::size_t part = std::min<std::size_t>(packed.size() - given, 1 << 20);
      stream.next_in = const_cast<Bytef*>(packed.data() + given);
      stream.avail_in = static_cast<uInt>(part);
      given += part;
    }
    if (filled == unpacked.size()) {
      // One byte beyond the limit tells a file that ends there from one that goes on.
      if (filled > limit)
        fail(file, "Unpacked it has more than " + std::to_string(limit) + " bytes, the most allowed.");
      const std::size_t wanted =
          std::max<std::size_t>(filled * 2, std::max<std::size_t>(packed.size() * 4, 1 << 16));
      unpacked.resize(std::min(wanted, limit + 1));
    }
    const std::size_t room = std::min<std::size_t>(unpacked.size() - filled, 1 << 30);
    stream.next_out = unpacked.data() + filled;
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    filled += room - stream.avail_out;
    if (result == Z_STREAM_END) {
      if (given == packed.size() && stream.avail_in == 0) break;
      const Bytes rest = packed.subspan(given - stream.avail_in);
      if (!is_gzip(rest))
        fail(file, "The gzip data end at byte " + place() + ", but something else follows.");
      inflateReset(&stream);
    } else if (result == Z_MEM_ERROR) {
      throw Error(ErrorCode::out_of_memory, std::string(file), "There is no memory left to unpack it.");
    } else if (result == Z_BUF_ERROR && stream.avail_in == 0 && given == packed.size()) {
      fail(file,
           "The gzip data end at byte " + place() + " before they are complete. The file is cut short.");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail(file, "The gzip data are damaged near byte " + place() + ". Fetch the file again.");
    }
  }
  if (filled > limit)
    fail(file, "Unpacked it has more than " + std::to_string(limit) + " bytes, the most allowed.");
  unpacked.resize(filled);
  return unpacked;
}

std::vector<std::uint8_t> read_unpacked(const std::filesystem::path& path) {
  std::filesystem::path packed = path;
  packed += ".gz";
  std::error_code error;
  const bool plain = std::filesystem::is_regular_file(path, error);
  if (!plain && !std::filesystem::is_regular_file(packed, error)) {
    throw Error(ErrorCode::not_found, path.string(),
                "There is no such file, with or without \".gz\" at its end.");
  }
  std::vector<std::uint8_t> bytes = read_file(plain ? path : packed);
  return is_gzip(bytes) ? gunzip(bytes, (plain ? path : packed).string()) : bytes;
}

}  // namespace livegrad
