#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "livegrad/data.hpp"

namespace livegrad {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A whole number >= 0 of any length, lowest word first, without zeros on top.
class Natural {
 public:
  void multiply_add(std::uint32_t factor, std::uint32_t carry) {
    for (std::uint32_t& word : words_) {
      const std::uint64_t sum = std::uint64_t{word} * factor + carry;
      word = static_cast<std::uint32_t>(sum);
      carry = static_cast<std::uint32_t>(sum >> 32);
    }
    if (carry > 0) words_.push_back(carry);
  }

  void shift_left(int bits) {
    if (words_.empty()) return;
    for (; bits >= 31; bits -= 31) multiply_add(std::uint32_t{1} << 31, 0);
    multiply_add(std::uint32_t{1} << bits, 0);
  }

  int bit_width() const {
    return words_.empty() ? 0 : static_cast<int>(32 * words_.size()) - std::countl_zero(words_.back());
  }

  /// Takes `other` away if it is not larger.
  bool subtract(const Natural& other) {
    if (words_.size() < other.words_.size()) return false;
    const auto word_of_other = [&](std::size_t i) { return i < other.words_.size() ? other.words_[i] : 0; };
    for (std::size_t i = words_.size(); i-- > 0 && words_[i] <= word_of_other(i);)
      if (words_[i] < word_of_other(i)) return false;
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      borrow += std::int64_t{words_[i]} - word_of_other(i);
      words_[i] = static_cast<std::uint32_t>(borrow);
      borrow >>= 32;
    }
    while (!words_.empty() && words_.back() == 0) words_.pop_back();
    return true;
  }

 private:
  std::vector<std::uint32_t> words_;
};

/// The double nearest to numerator/denominator, both above 0; the even one of two; infinity beyond the largest.
double nearest_quotient(Natural numerator, Natural denominator) {
  // Scaled so that the quotient's whole part has 63 or 64 bits, found by long division.
  const int scale = 63 + denominator.bit_width() - numerator.bit_width();
  (scale > 0 ? numerator : denominator).shift_left(std::abs(scale));
  denominator.shift_left(63);
  std::uint64_t quotient = 0;
  for (int bit = 0; bit < 64; ++bit) {
    quotient = 2 * quotient + numerator.subtract(denominator);
    numerator.shift_left(1);
  }
  if (numerator.bit_width() > 0) quotient |= 1;  // not a tie

  const int lowest = std::max(static_cast<int>(std::bit_width(quotient)) - scale - 53,
                              -1074);  // the exponent of the last bit kept
  const int dropped = lowest + scale;
  if (dropped > 64) return 0;
  const std::uint64_t half = std::uint64_t{1} << (dropped - 1), rest = quotient & (2 * half - 1);
  std::uint64_t kept = dropped == 64 ? 0 : quotient >> dropped;
  if (rest > half || (rest == half && kept % 2 == 1)) ++kept;
  return std::ldexp(static_cast<double>(kept), lowest);
}

/// The digits of a mantissa as one whole number and the power of ten still owed.
struct Digits {
  Natural number;
  std::uint64_t first = 0;  ///< the same, of the first 19
  int count = 0;            ///< from the first that is not 0
  int exponent = 0;
  bool any = false;

  void add(char c, bool fraction) {
    // No two doubles need more to be told apart, but that there is something beyond.
    constexpr int kMost = 800;
    any = true;
    auto digit = static_cast<std::uint32_t>(c - '0');
    if (fraction) --exponent;
    if (count == 0 && digit == 0) return;
    if (count >= kMost) {
      ++exponent;
      if (digit == 0 || count > kMost) return;
      --exponent;
      digit = 1;
    }
    if (count < 19) first = 10 * first + digit;
    number.multiply_add(10, digit);
    ++count;
  }

  double value() const {
    // Exactly the powers of ten that a double holds.
    static constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (count == 0 || count + exponent < -330) return 0;
    if (count + exponent > 310) return std::numeric_limits<double>::infinity();
    if (count <= 15 && std::abs(exponent) <= 22) {
      const auto whole = static_cast<double>(first);
      return exponent < 0 ? whole / kPowersOfTen[-exponent] : whole * kPowersOfTen[exponent];
    }
    Natural above = number, below;
    below.multiply_add(0, 1);
    for (int i = 0; i < std::abs(exponent); ++i) (exponent > 0 ? above : below).multiply_add(10, 0);
    return nearest_quotient(above, below);
  }
};

}  // namespace

bool parse_number(std::string_view text, double& value) {
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
  if (more() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool down = false;
    if (more() && (text[at] == '-' || text[at] == '+')) down = text[at++] == '-';
    if (!more() || !is_digit(text[at])) return false;
    constexpr std::int64_t kMost = 1 << 28;  // beyond all that a text can make up for by its digits
    std::int64_t exponent = 0;
    while (more() && is_digit(text[at])) exponent = std::min(exponent * 10 + (text[at++] - '0'), kMost);
    digits.exponent += static_cast<int>(down ? -exponent : exponent);
  }
  if (more()) return false;
  const double result = digits.value();
  if (!std::isfinite(result)) return false;
  value = negative ? -result : result;
  return true;
}

}  // namespace livegrad
