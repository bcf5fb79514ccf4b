#include <array>
#include <cstdio>

#include "byte_reader.hpp"
#include "livegrad/text.hpp"

namespace livegrad {
namespace {

std::string hexadecimal(const char* format, std::uint32_t value) {
  std::array<char, 16> buffer;
  std::snprintf(buffer.data(), buffer.size(), format, unsigned(value));
  return buffer.data();
}

[[noreturn]] void refuse(std::string_view file, Bytes bytes, std::size_t offset, const char* why) {
  data::fail(file, "The byte {} at offset {} is no UTF-8: {}. Save the text as UTF-8.",
             hexadecimal("0x%02X", bytes[offset]), offset, why);
}

}  // namespace

std::u32string decode_utf8(Bytes bytes, std::string_view file) {
  std::u32string text;
  text.reserve(bytes.size());
  std::size_t i = bytes.size() >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0;
  while (i < bytes.size()) {
    const std::uint8_t lead = bytes[i];
    if (lead < 0x80) {
      text.push_back(lead);
      ++i;
      continue;
    }
    if (lead < 0xc0) refuse(file, bytes, i, "it continues a character that did not begin");
    if (lead < 0xc2 || lead > 0xf4) refuse(file, bytes, i, "no character begins with it");
    const std::size_t more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    char32_t character = lead & (0x3f >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      if (i + k >= bytes.size()) refuse(file, bytes, i, "the text ends inside the character that it begins");
      const std::uint8_t next = bytes[i + k];
      // The second byte's range leaves out overlong forms, surrogates and what is above U+10FFFF.
      const std::uint8_t low = k > 1 ? 0x80 : lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
      const std::uint8_t high = k > 1 ? 0xbf : lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
      if (next < low || next > high) refuse(file, bytes, i, "what follows does not continue the character");
      character = character << 6 | (next & 0x3f);
    }
    text.push_back(character);
    i += more + 1;
  }
  return text;
}

void append_utf8(char32_t c, std::string& text) {
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
  const auto tail = [&](int shift) { text.push_back(static_cast<char>(0x80 | (c >> shift & 0x3f))); };
  if (c < 0x80) {
    text.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    text.push_back(static_cast<char>(0xc0 | c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    text.push_back(static_cast<char>(0xe0 | c >> 12));
    tail(6);
    tail(0);
  } else {
    text.push_back(static_cast<char>(0xf0 | c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string shown_character(char32_t c) {
  if (c <= 0x20 || (c >= 0x7f && c <= 0xa0)) return hexadecimal("U+%04X", c);
  std::string text = "'";
  append_utf8(c, text);
  return text + "'";
}

}  // namespace livegrad
