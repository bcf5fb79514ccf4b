#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "livegrad/data.hpp"
#include "livegrad/error.hpp"

namespace livegrad::data {

template <class... Values>
[[noreturn]] void fail(std::string_view file, Sentence<sizeof...(Values)> sentence, const Values&... values) {
  throw_error(ErrorCode::invalid_data, file, sentence, values...);
}

/// The most examples, channels, rows or columns a file may claim: far above any data set that fits in memory,
/// and low enough for products of two to stay far from overflow.
inline constexpr std::uint64_t kMaxExtent = 0x7fffffff;

/// A position in a file's bytes that never passes the end.
class ByteReader {
 public:
  ByteReader(Bytes bytes, std::string_view file) : bytes_(bytes), file_(file) {}

  std::uint32_t big_endian_32(std::string_view what) {
    if (remaining() < 4) {
      fail(file_,
           "The file ends at byte {}, inside {} (4 bytes at byte {}). It is cut short or of another format.",
           bytes_.size(), what, position_);
    }
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | bytes_[position_++];
    return value;
  }

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  Bytes rest() const { return bytes_.subspan(position_); }

 private:
  Bytes bytes_;
  std::string_view file_;
  std::size_t position_ = 0;
};

}  // namespace livegrad::data
