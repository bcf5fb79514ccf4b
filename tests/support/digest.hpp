#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <type_traits>

namespace livegrad::testing {

/// FNV-1a, 64 bits, over the little-endian bytes of numbers: equal only when every bit is.
class Digest {
 public:
  template <class T>
  void add(T number) {
    using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    auto bits = std::bit_cast<Bits>(number);
    for (std::size_t i = 0; i < sizeof(T); ++i, bits >>= 8) hash_ = (hash_ ^ (bits & 0xff)) * 1099511628211u;
  }
  template <class View>
  void add_all(const View& view) {
    for (std::int64_t i = 0; i < view.size(); ++i) add(view.data[i]);
  }
  std::string text() const {
    std::string text(16, '0');
    for (int i = 0; i < 16; ++i) text[std::size_t(i)] = "0123456789abcdef"[hash_ >> (60 - 4 * i) & 15];
    return text;
  }

 private:
  std::uint64_t hash_ = 14695981039346656037u;
};

}  // namespace livegrad::testing
