#include "livegrad/languages.hpp"

#include <algorithm>
#include <array>

#include "livegrad/error.hpp"
#include "parts.hpp"

namespace livegrad {
namespace {

struct Rules {
  LanguageInfo info;
  std::string (*write)(language::Draws&);
  std::string (*check)(std::string_view);
};

constexpr Rules kRules[kLanguages] = {
    {{Language::dates, "dates",
      "A date from 1900 to 2099 with its day of the week, and the same date in numbers."},
     language::write_date,
     language::check_date},
    {{Language::brackets, "brackets", "Every bracket is closed by its like, the last opened first."},
     language::write_brackets,
     language::check_brackets},
    {{Language::sums, "sums", "Two numbers below 100 and their sum."},
     language::write_sum,
     language::check_sum},
    {{Language::counts, "counts", "As many b as there were a before them."},
     language::write_count,
     language::check_count},
    {{Language::palindromes, "palindromes", "The letters are the same from both ends."},
     language::write_palindrome,
     language::check_palindrome},
    {{Language::copies, "copies", "After the bar the letters from before it once more."},
     language::write_copy,
     language::check_copy},
    {{Language::sentences, "sentences", "A small English grammar: every verb agrees with its own noun."},
     language::write_sentence,
     language::check_sentence},
};

const Rules& rules(Language language) noexcept { return kRules[std::size_t(language)]; }

constexpr auto kInfos = [] {
  std::array<LanguageInfo, kLanguages> infos{};
  for (std::size_t i = 0; i < infos.size(); ++i) infos[i] = kRules[i].info;
  return infos;
}();

}  // namespace

std::span<const LanguageInfo> languages() noexcept { return kInfos; }
std::string_view to_string(Language language) noexcept { return rules(language).info.name; }

std::optional<Language> parse_language(std::string_view name) noexcept {
  for (const LanguageInfo& info : kInfos)
    if (info.name == name) return info.language;
  return std::nullopt;
}

std::string write_line(Language language, std::uint64_t seed, std::uint64_t number) {
  language::Draws draws(
      {.seed = seed, .layer = stable_id(to_string(language)), .purpose = Purpose::sample, .step = number});
  return rules(language).write(draws);
}

Text write_text(Language language, std::int64_t characters, std::uint64_t seed) {
  if (characters < 1 || characters > 100'000'000)
    throw_error(ErrorCode::invalid_argument, to_string(language),
                "A text of {} characters was asked for; 1 to 100000000 are possible.", characters);
  std::string text;
  for (std::uint64_t number = 0; std::ssize(text) < characters; ++number)
    text += write_line(language, seed, number) + "\n";
  Text made =
      read_text({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, to_string(language));
  made.origin = "made by the program";
  return made;
}

std::string check_line(Language language, std::string_view line) { return rules(language).check(line); }

LineCount count_right_lines(Language language, std::string_view text, bool from_start) {
  LineCount count;
  if (!from_start) text.remove_prefix(std::min(text.size(), std::min(text.find('\n'), text.size()) + 1));
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
    ++count.lines;
    count.right += check_line(language, text.substr(0, end)).empty();
  }
  return count;
}

}  // namespace livegrad
