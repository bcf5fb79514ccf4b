#include "livegrad/sentence.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "livegrad/data.hpp"
#include "livegrad/shape.hpp"

namespace livegrad {
namespace {

template <class T>
void append_whole(std::string& text, T number) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// value 10^power, in two steps where 10^power is no double.
double scaled(double value, int power) {
  constexpr int kMost = 300;
  if (power < -kMost) return scaled(value / 1e300, power + kMost);
  if (power > kMost) return scaled(value * 1e300, power - kMost);
  double factor = 1;
  for (int i = std::abs(power); i > 0; --i) factor *= 10;
  return power < 0 ? value / factor : value * factor;
}

/// As printf's %.*g writes it, but that the last of many digits may be off by one. The C library's, and its buffers,
/// would be 4 KB of a page.
void append_decimal(std::string& text, double value, int most) {
  if (std::signbit(value)) text += '-';
  value = std::abs(value);
  if (!std::isfinite(value) || value == 0) {
    text += value == 0 ? "0" : value > 0 ? "inf" : "nan";
    return;
  }
  int exponent = 0;  // of the first digit
  for (double rest = value; rest >= 10; rest /= 10) ++exponent;
  for (double rest = value; rest < 1; rest *= 10) --exponent;
  const auto limit = static_cast<std::uint64_t>(scaled(1, most));
  auto whole = static_cast<std::uint64_t>(std::nearbyint(scaled(value, most - 1 - exponent)));
  if (whole >= limit) {
    whole /= 10;
    ++exponent;
  }
  while (whole % 10 == 0) whole /= 10;
  std::string digits;
  append_whole(digits, whole);
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= most) {
    if (count > 1) digits.insert(1, ".");
    digits += exponent < 0 ? "e-" : "e+";
    if (std::abs(exponent) < 10) digits += '0';
    append_whole(digits, std::abs(exponent));
  } else if (exponent < 0) {
    digits.insert(0, "0.0000", static_cast<std::size_t>(1 - exponent));
  } else if (count <= exponent) {
    digits.append(static_cast<std::size_t>(exponent + 1 - count), '0');
  } else if (count > exponent + 1) {
    digits.insert(static_cast<std::size_t>(exponent + 1), ".");
  }
  text += digits;
}

/// The fewest digits that give the float back.
void append_shortest(std::string& text, float value) {
  const std::size_t start = text.size();
  for (int digits = 1; digits <= 9; ++digits) {
    text.resize(start);
    append_decimal(text, value, digits);
    double read = value;
    if (!parse_number(std::string_view(text).substr(start), read) || static_cast<float>(read) == value)
      return;
  }
}

}  // namespace

void Filling::append_to(std::string& text) const {
  switch (kind_) {
    case Kind::text:
      text.append(text_.begin, text_.size);
      return;
    case Kind::whole:
      append_whole(text, whole_);
      return;
    case Kind::natural:
      append_whole(text, natural_);
      return;
    case Kind::shape:
      text += shape_->text();
      return;
    case Kind::single:
      append_shortest(text, static_cast<float>(real_));
      return;
    case Kind::real:
      append_decimal(text, real_, 12);
      return;
  }
}

std::string fill(std::string_view pattern, std::initializer_list<Filling> values) {
  std::string text;
  const Filling* value = values.begin();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '{' && pattern[i + 1] == '}') {
      value++->append_to(text);
      ++i;
    } else {
      text += pattern[i];
      i += pattern[i] == '{' || pattern[i] == '}';  // written twice
    }
  }
  return text;
}

}  // namespace livegrad
