#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "livegrad/languages.hpp"

namespace livegrad::language {

/// Random choices one after the other.
class Draws {
 public:
  explicit Draws(const RandomStream& random) : random_(random) {}
  /// Uniform over low … high.
  int between(int low, int high) { return low + int(random_.below(std::uint32_t(high - low + 1), next_++)); }
  bool chance(int percent) { return between(1, 100) <= percent; }
  template <class T, std::size_t N>
  const T& one_of(const T (&all)[N]) {
    return all[between(0, int(N) - 1)];
  }

 private:
  RandomStream random_;
  std::uint64_t next_ = 0;
};

// Each language writes a line, and says what is wrong with one.

std::string write_date(Draws& draws);
std::string check_date(std::string_view line);
std::string write_brackets(Draws& draws);
std::string check_brackets(std::string_view line);
std::string write_sum(Draws& draws);
std::string check_sum(std::string_view line);
std::string write_count(Draws& draws);
std::string check_count(std::string_view line);
std::string write_palindrome(Draws& draws);
std::string check_palindrome(std::string_view line);
std::string write_copy(Draws& draws);
std::string check_copy(std::string_view line);
std::string write_sentence(Draws& draws);
std::string check_sentence(std::string_view line);

}  // namespace livegrad::language
