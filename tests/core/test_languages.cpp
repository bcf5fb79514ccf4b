#include <catch2/catch_test_macros.hpp>
#include <set>

#include "livegrad/error.hpp"
#include "livegrad/languages.hpp"

namespace livegrad {
namespace {

TEST_CASE("what the program writes keeps its own rules", "[languages]") {
  for (const LanguageInfo& info : languages()) {
    INFO(info.name);
    CHECK(parse_language(info.name) == info.language);
    std::set<std::string> lines;
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const std::string line = write_line(info.language, 7, i);
      if (const std::string wrong = check_line(info.language, line); !wrong.empty())
        FAIL(line << ": " << wrong);
      lines.insert(line);
    }
    CHECK(lines.size() >= (info.language == Language::counts ? 12 : 500));
    CHECK(write_line(info.language, 7, 5) == write_line(info.language, 7, 5));
    CHECK(check_line(info.language, "") != "");
    CHECK(check_line(info.language, "Nonsense") != "");
  }
  CHECK_FALSE(parse_language("latin"));
}

TEST_CASE("most changes of a line break a rule", "[languages]") {
  const RandomStream random{.seed = 3, .purpose = Purpose::check};
  for (const LanguageInfo& info : languages()) {
    INFO(info.name);
    int broken = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      std::string line = write_line(info.language, 1, i);
      const std::string other = write_line(info.language, 1, i + 1);
      line[random.below(std::uint32_t(line.size()), 2 * i)] =
          other[random.below(std::uint32_t(other.size()), 2 * i + 1)];
      if (line == write_line(info.language, 1, i)) continue;
      broken += !check_line(info.language, line).empty();
    }
    CHECK(broken > 500);
  }
}

TEST_CASE("checkers say what is wrong", "[languages]") {
  const auto wrong = [](Language language, const char* line) { return check_line(language, line); };
  CHECK(wrong(Language::dates, "Mon 3 March 1997 = 1997-03-03") == "");
  CHECK(wrong(Language::dates, "Tue 29 February 2000 = 2000-02-29") == "");
  CHECK(wrong(Language::dates, "Thu 29 February 1900 = 1900-02-29") == "February 1900 has 28 days");
  CHECK(wrong(Language::dates, "Sun 3 March 1997 = 1997-03-03") == "that day is a Mon");
  CHECK(wrong(Language::dates, "Mon 3 March 1997 = 1997-03-30") == "in numbers it is 1997-03-03");
  CHECK(wrong(Language::dates, "Mon 03 March 1997 = 1997-03-03") == "the day of the month is no number");
  CHECK(wrong(Language::brackets, "([]{})") == "");
  CHECK(wrong(Language::brackets, "([)]") == ") at place 3 closes nothing");
  CHECK(wrong(Language::brackets, "(()") == "( at place 1 is never closed");
  CHECK(wrong(Language::brackets, "(a)") == "at place 2 is no bracket");
  CHECK(wrong(Language::sums, "27+48=75") == "");
  CHECK(wrong(Language::sums, "5+6=12") == "5+6 is 11");
  CHECK(wrong(Language::sums, "0+0=0") == "");
  CHECK(wrong(Language::sums, "05+6=11") == "it does not begin with a sum");
  CHECK(wrong(Language::counts, "aabb") == "");
  CHECK(wrong(Language::counts, "aab") == "2 a and 1 b");
  CHECK(wrong(Language::counts, "aba") == "at place 3 is no b");
  CHECK(wrong(Language::counts, "bb") == "there is no a");
  CHECK(wrong(Language::palindromes, "abcba") == "");
  CHECK(wrong(Language::palindromes, "abca") == "b at place 2 meets c from the end");
  CHECK(wrong(Language::copies, "bacca|bacca") == "");
  CHECK(wrong(Language::copies, "bacca|bac") == "after the bar should be bacca");
  CHECK(wrong(Language::copies, "bacca") == "there is no bar");
  CHECK(wrong(Language::sentences, "the cat that the dogs see runs") == "");
  CHECK(wrong(Language::sentences, "the cat that the dogs see run") ==
        "the verb should be singular, not \"run\"");
  CHECK(wrong(Language::sentences, "the cats see the bird") == "");
  CHECK(wrong(Language::sentences, "the cats see") == "here should be \"the\" at the end");
  CHECK(wrong(Language::sentences, "the cats sleep the") == "nothing more should follow, not \"the\"");
}

TEST_CASE("generated texts follow from the seed and can be counted", "[languages]") {
  for (const LanguageInfo& info : languages()) {
    const Text text = write_text(info.language, 5000, 4);
    CHECK(text.size() >= 5000);
    CHECK(text.size() < 5200);
    CHECK(text.symbols == write_text(info.language, 5000, 4).symbols);
    CHECK(text.symbols != write_text(info.language, 5000, 5).symbols);
    const LineCount count = count_right_lines(info.language, text.vocabulary.decode(text.symbols), true);
    CHECK(count.lines == count.right);
    CHECK(count.lines > 50);
  }
  const LineCount some = count_right_lines(Language::sums, "+1=2\n1+1=2\n1+1=3\n1+", false);
  CHECK(some.lines == 2);
  CHECK(some.right == 1);
  CHECK(count_right_lines(Language::sums, "1+1=2\n", true).right == 1);
  CHECK(count_right_lines(Language::sums, "no line", false).lines == 0);
  CHECK_THROWS_AS(write_text(Language::sums, 0, 1), Error);
}

}  // namespace
}  // namespace livegrad
