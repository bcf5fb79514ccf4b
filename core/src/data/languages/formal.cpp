// Brackets, counts, palindromes, copies: the textbook's formal languages.
#include <algorithm>
#include <vector>

#include "parts.hpp"

namespace livegrad::language {
namespace {

constexpr std::string_view kOpening = "([{", kClosing = ")]}";
constexpr std::string_view kLetters = "abcde";
constexpr int kDeepest = 6;

std::string letters(Draws& draws, int least, int most) {
  std::string word;
  for (int left = draws.between(least, most); left > 0; --left)
    word += kLetters[std::size_t(draws.between(0, int(kLetters.size()) - 1))];
  return word;
}

std::string place(std::size_t i) { return "at place " + std::to_string(i + 1); }

/// What is wrong with a word of letters, or nothing.
std::string check_letters(std::string_view word) {
  if (word.empty()) return "there are no letters";
  const std::size_t at = word.find_first_not_of(kLetters);
  return at == word.npos ? "" : place(at) + " is no letter from a to e";
}

}  // namespace

std::string write_brackets(Draws& draws) {
  std::string line;
  std::vector<std::size_t> open;
  for (int pairs = draws.between(1, 10); pairs > 0 || !open.empty();) {
    const bool can_open = pairs > 0 && std::ssize(open) < kDeepest;
    if (can_open && (open.empty() || draws.chance(55))) {
      open.push_back(std::size_t(draws.between(0, 2)));
      line += kOpening[open.back()];
      --pairs;
    } else {
      line += kClosing[open.back()];
      open.pop_back();
    }
  }
  return line;
}

std::string check_brackets(std::string_view line) {
  if (line.empty()) return "there are no brackets";
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t kind = kClosing.find(line[i]);
    if (kOpening.find(line[i]) != kOpening.npos) {
      open.push_back(i);
    } else if (kind == kClosing.npos) {
      return place(i) + " is no bracket";
    } else if (open.empty() || line[open.back()] != kOpening[kind]) {
      return std::string(1, line[i]) + " " + place(i) + " closes nothing";
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? ""
                      : std::string(1, line[open.back()]) + " " + place(open.back()) + " is never closed";
}

std::string write_count(Draws& draws) {
  const auto n = std::size_t(draws.between(1, 12));
  return std::string(n, 'a') + std::string(n, 'b');
}

std::string check_count(std::string_view line) {
  const std::size_t a = std::min(line.find_first_not_of('a'), line.size());
  const std::string_view rest = line.substr(a);
  if (rest.find_first_not_of('b') != rest.npos) return place(a + rest.find_first_not_of('b')) + " is no b";
  if (a == 0) return "there is no a";
  return a == rest.size() ? "" : std::to_string(a) + " a and " + std::to_string(rest.size()) + " b";
}

std::string write_palindrome(Draws& draws) {
  std::string half = letters(draws, 1, 6);
  const bool odd = draws.chance(50);
  return half + std::string(half.rbegin() + odd, half.rend());
}

std::string check_palindrome(std::string_view line) {
  if (const std::string wrong = check_letters(line); !wrong.empty()) return wrong;
  for (std::size_t i = 0, j = line.size() - 1; i < j; ++i, --j)
    if (line[i] != line[j])
      return std::string(1, line[i]) + " " + place(i) + " meets " + std::string(1, line[j]) + " from the end";
  return "";
}

std::string write_copy(Draws& draws) {
  const std::string word = letters(draws, 2, 8);
  return word + "|" + word;
}

std::string check_copy(std::string_view line) {
  const std::size_t bar = line.find('|');
  if (bar == line.npos) return "there is no bar";
  const std::string_view word = line.substr(0, bar), copy = line.substr(bar + 1);
  if (const std::string wrong = check_letters(word); !wrong.empty()) return wrong;
  return word == copy ? "" : "after the bar should be " + std::string(word);
}

}  // namespace livegrad::language
