#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "livegrad/random.hpp"
#include "livegrad/text.hpp"

namespace livegrad {

/// Languages that the program writes itself, one sentence a line, by rules that a reader can check: what a model writes
/// after learning from them is right or wrong, and not just likely.
enum class Language : std::int32_t {
  dates,        ///< "Mon 3 March 1997 = 1997-03-03": a date in two ways, with its day of the week
  brackets,     ///< "([]{})": every bracket is closed, the last opened first
  sums,         ///< "27+48=75"
  counts,       ///< "aaabbb": as many b as a; no finite automaton can tell
  palindromes,  ///< "abcba": the same from both ends
  copies,       ///< "bacca|bacca": what is before the bar once more
  sentences,    ///< "the cat that the dogs see runs": every verb agrees with its own noun
};
inline constexpr int kLanguages = 7;

struct LanguageInfo {
  Language language;
  std::string_view name;  ///< "dates"
  std::string_view rule;  ///< one sentence for people
};
/// All, in the order of the enumeration.
std::span<const LanguageInfo> languages() noexcept;
std::string_view to_string(Language language) noexcept;
std::optional<Language> parse_language(std::string_view name) noexcept;

/// The line that follows from (seed, number), without its end.
std::string write_line(Language language, std::uint64_t seed, std::uint64_t number);
/// Whole lines of at least so many characters, "\n" after each.
/// Errors  invalid_argument when characters is not 1 to 100,000,000
Text write_text(Language language, std::int64_t characters, std::uint64_t seed);

/// What is wrong with a line, in a few words for people: "5+6 is 11"; empty when it keeps the rules.
std::string check_line(Language language, std::string_view line);

struct LineCount {
  std::int64_t lines = 0, right = 0;
};
/// Of the whole lines of a text, those that keep the rules. What comes before the first line break counts only with
/// `from_start`, what comes after the last never.
LineCount count_right_lines(Language language, std::string_view text, bool from_start);

}  // namespace livegrad
