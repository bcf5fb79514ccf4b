#include <array>
#include <cstddef>

#include "livegrad/data.hpp"

namespace livegrad {
namespace {

// Exactly the powers of ten that a double holds.
constexpr std::array<double, 23> kPowersOfTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digits of a mantissa: the first 19 that count as one integer, and the power of ten still owed.
struct Digits {
  std::uint64_t value = 0;
  int kept = 0;
  int exponent = 0;
  bool any = false;

  void add(char c, bool fraction) {
    any = true;
    if (kept < 19) {
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
      if (value != 0) ++kept;
      if (fraction) --exponent;
    } else if (!fraction) {
      ++exponent;
    }
  }
};

}  // namespace

bool parse_number(std::string_view text, double& value) {
  if (text.size() > 1000) return false;
  std::size_t at = 0;
  const auto more = [&] { return at < text.size(); };
  bool negative = false;
  if (more() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  Digits digits;
  while (more() && is_digit(text[at])) digits.add(text[at++], false);
  if (more() && text[at] == '.') {
    ++at;
    while (more() && is_digit(text[at])) digits.add(text[at++], true);
  }
  if (!digits.any) return false;
  int exponent = 0;
  if (more() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool down = false;
    if (more() && (text[at] == '-' || text[at] == '+')) down = text[at++] == '-';
    if (!more() || !is_digit(text[at])) return false;
    while (more() && is_digit(text[at])) {
      if (exponent < 10000) exponent = exponent * 10 + (text[at] - '0');
      ++at;
    }
    if (down) exponent = -exponent;
  }
  if (more()) return false;

  exponent += digits.exponent;
  double result = static_cast<double>(digits.value);
  // One rounding up to 15 digits and 22 places; beyond, one more for each further 22.
  while (exponent > 0 && result != 0 && result < 1e300 * 1e8) {
    const int part = exponent < 22 ? exponent : 22;
    result *= kPowersOfTen[static_cast<std::size_t>(part)];
    exponent -= part;
  }
  if (exponent > 0 && result != 0) return false;
  while (exponent < 0 && result != 0) {
    const int part = -exponent < 22 ? -exponent : 22;
    result /= kPowersOfTen[static_cast<std::size_t>(part)];
    exponent += part;
  }
  if (result > 1.7976931348623157e308) return false;
  value = negative ? -result : result;
  return true;
}

}  // namespace livegrad
