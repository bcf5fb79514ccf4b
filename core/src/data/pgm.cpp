#include <array>

#include "byte_reader.hpp"

namespace livegrad {
namespace {

using data::fail;

bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(std::uint8_t c) { return c >= '0' && c <= '9'; }

/// Walks over a graymap's text: whitespace, comments, whole numbers.
class Scanner {
 public:
  Scanner(Bytes bytes, std::string_view file) : bytes_(bytes), file_(file) {}

  std::uint32_t number(const char* what, std::uint32_t lowest, std::uint32_t highest) {
    skip_space();
    const std::size_t start = position_;
    std::uint64_t value = 0;
    while (position_ < bytes_.size() && is_digit(bytes_[position_]) && value <= highest) {
      value = value * 10 + (bytes_[position_++] - '0');
    }
    const bool separated =
        position_ == bytes_.size() || is_space(bytes_[position_]) || bytes_[position_] == '#';
    if (position_ == start || !separated || value < lowest || value > highest) {
      fail(file_, "Expected {} at byte {}, a whole number from {} to {}{}", what, start, lowest, highest,
           start == bytes_.size() ? ", but the file ends there." : ".");
    }
    return static_cast<std::uint32_t>(value);
  }

  /// Passes exactly one whitespace byte: pixels begin right after it.
  void one_space() {
    if (position_ == bytes_.size() || !is_space(bytes_[position_])) {
      fail(file_, "Expected one space or line end at byte {}, before the pixels.", position_);
    }
    ++position_;
  }

  void expect_end() {
    skip_space();
    if (position_ != bytes_.size()) {
      fail(file_, "Expected the end of the picture at byte {}, but more follows.", position_);
    }
  }

  void skip(std::size_t count) { position_ += count; }
  std::size_t position() const { return position_; }
  Bytes rest() const { return bytes_.subspan(position_); }

 private:
  void skip_space() {
    while (position_ < bytes_.size()) {
      if (bytes_[position_] == '#') {
        while (position_ < bytes_.size() && bytes_[position_] != '\n') ++position_;
      } else if (is_space(bytes_[position_])) {
        ++position_;
      } else {
        return;
      }
    }
  }

  Bytes bytes_;
  std::string_view file_;
  std::size_t position_ = 0;
};

std::uint8_t to_byte(std::uint32_t value, std::uint32_t maximum) {
  return static_cast<std::uint8_t>((value * 255 + maximum / 2) / maximum);
}

}  // namespace

Image read_pgm(Bytes bytes, std::string_view file) {
  if (bytes.size() < 2 || bytes[0] != 'P' || (bytes[1] != '2' && bytes[1] != '5')) {
    fail(file, "Expected \"P2\" or \"P5\" at byte 0: this is no portable graymap (PGM).");
  }
  const bool raw = bytes[1] == '5';
  Scanner scanner(bytes, file);
  scanner.skip(2);
  if (bytes.size() > 2 && !is_space(bytes[2]) && bytes[2] != '#') fail(file, "Expected a space at byte 2.");
  const std::size_t width = scanner.number("the width", 1, 65535);
  const std::size_t height = scanner.number("the height", 1, 65535);
  const std::uint32_t maximum = scanner.number("the largest grey value", 1, 65535);
  scanner.one_space();

  const std::uint64_t pixels = std::uint64_t{width} * height, bytes_per_pixel = raw && maximum > 255 ? 2 : 1;
  // A plain pixel takes a digit and, but for the last, a space: enough to refuse absurd sizes before
  // allocating.
  const std::uint64_t least = raw ? pixels * bytes_per_pixel : 2 * pixels - 1;
  if (scanner.rest().size() < least) {
    fail(file, "A picture of {}x{} needs at least {} bytes from byte {} on, but the file has {}.", width,
         height, least, scanner.position(), scanner.rest().size());
  }
  Image image(std::array<std::size_t, 3>{1, height, width});
  if (raw) {
    const Bytes data = scanner.rest();
    for (std::size_t i = 0; i < pixels; ++i) {
      const std::uint32_t value =
          bytes_per_pixel == 1 ? data[i] : std::uint32_t{data[2 * i]} << 8 | data[2 * i + 1];
      if (value > maximum) {
        fail(file, "The pixel at byte {} is {}, above the largest grey value {}.",
             scanner.position() + i * bytes_per_pixel, value, maximum);
      }
      image.data()[i] = to_byte(value, maximum);
    }
    scanner.skip(static_cast<std::size_t>(pixels * bytes_per_pixel));
  } else {
    for (std::size_t i = 0; i < pixels; ++i)
      image.data()[i] = to_byte(scanner.number("a pixel", 0, maximum), maximum);
  }
  scanner.expect_end();
  return image;
}

}  // namespace livegrad
