#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "livegrad/text.hpp"
#include "support/hostile.hpp"

namespace livegrad {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::file_bytes;
using testing::FileBytes;

Text text_of(std::string_view bytes) { return read_text(file_bytes(bytes), "a.txt"); }

/// A second way to read UTF-8: tries every length, and keeps what append_utf8 writes back.
std::optional<std::u32string> slow_decode(const FileBytes& bytes) {
  std::u32string text;
  for (std::size_t i = bytes.size() >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0;
       i < bytes.size();) {
    bool found = false;
    for (std::size_t length = 1; length <= 4 && i + length <= bytes.size() && !found; ++length) {
      char32_t c = length == 1 ? bytes[i] : char32_t(bytes[i] & (0x7f >> length));
      for (std::size_t k = 1; k < length; ++k) c = c << 6 | (bytes[i + k] & 0x3f);
      if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) continue;
      std::string written;
      append_utf8(c, written);
      found = written ==
              std::string(bytes.begin() + std::ptrdiff_t(i), bytes.begin() + std::ptrdiff_t(i + length));
      if (!found) continue;
      text.push_back(c);
      i += length;
    }
    if (!found) return std::nullopt;
  }
  return text;
}

TEST_CASE("text of any language is taken by characters", "[text]") {
  const Text text = text_of("Größe 漢字 😀\nß");
  CHECK(text.size() == 12);
  CHECK(text.vocabulary.characters() == U"\n Ger\u00df\u00f6\u5b57\u6f22\U0001f600");
  CHECK(std::ranges::is_sorted(text.vocabulary.characters()));
  CHECK(text.vocabulary.decode(text.symbols) == "Größe 漢字 😀\nß");
  CHECK(text.vocabulary.find(U'x') == std::nullopt);
  CHECK(text_of("\xef\xbb\xbfhi").size() == 2);  // a byte order mark is no text
  CHECK(text_of(std::string_view("a\0b", 3)).size() == 3);
  CHECK(Vocabulary(decode_utf8(file_bytes(text.vocabulary.utf8()), "v")) == text.vocabulary);
}

TEST_CASE("bytes that are no UTF-8 are refused with their offset", "[text]") {
  const auto refuses = [](std::string_view bytes, const char* byte, int offset) {
    CHECK_THROWS_WITH(text_of(bytes), ContainsSubstring(byte) &&
                                          ContainsSubstring("at offset " + std::to_string(offset) + " ") &&
                                          ContainsSubstring("[a.txt]"));
  };
  refuses("caf\xe9 ol\xe9", "0xE9", 3);     // Latin-1
  refuses("ab\x80", "0x80", 2);             // continues nothing
  refuses("\xc0\xaf", "0xC0", 0);           // overlong
  refuses("x\xe0\x80\xaf", "0xE0", 1);      // overlong
  refuses("x\xf0\x80\x80\x80", "0xF0", 1);  // overlong
  refuses("ok\xed\xa0\x80", "0xED", 2);     // surrogate
  refuses("\xf4\x90\x80\x80", "0xF4", 0);   // above U+10FFFF
  refuses("a\xf5", "0xF5", 1);
  refuses(
      "\xff\xfe"
      "a",
      "0xFF", 0);                     // UTF-16
  refuses("abc\xe6\xbc", "0xE6", 3);  // cut
  CHECK_THROWS_WITH(text_of(""), ContainsSubstring("empty"));
  CHECK_THROWS_WITH(text_of("\xef\xbb\xbf"), ContainsSubstring("empty"));
  CHECK_THROWS_WITH(text_of("aaaa"), ContainsSubstring("one character, 'a'"));
}

TEST_CASE("the UTF-8 reader agrees with a slow one on damaged files", "[text][fuzz]") {
  const FileBytes valid =
      file_bytes("Grüße, 漢字 und 😀 – ß\xdf\xbf\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf end");
  std::vector<FileBytes> files = testing::truncations(valid);
  for (std::uint64_t i = 0; i < 20'000; ++i) files.push_back(testing::mutate(valid, i));
  for (unsigned a = 0; a < 256; ++a)
    for (unsigned b = 0; b < 256; ++b) files.push_back({std::uint8_t(a), std::uint8_t(b), 0x80, 0x80});
  int accepted = 0;
  for (const FileBytes& file : files) {
    std::optional<std::u32string> read;
    try {
      read = decode_utf8(file, "fuzz");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::invalid_data) FAIL("another error");
    }
    if (read != slow_decode(file)) FAIL("the readers disagree");
    accepted += read.has_value();
  }
  CHECK(accepted > 100);
  CHECK(accepted < std::ssize(files) - 1000);
}

TEST_CASE("a vocabulary takes no characters that it lacks", "[text]") {
  const Text text = text_of("hello");
  CHECK(with_vocabulary(text_of("hole"), text.vocabulary).symbols == text.vocabulary.encode(U"hole", "x"));
  CHECK_THROWS_WITH(with_vocabulary(text_of("help"), text.vocabulary),
                    ContainsSubstring("'p' at place 3") && ContainsSubstring("the 4 that the model knows"));
  CHECK_THROWS_WITH(text.vocabulary.encode(U"\n", "prime"),
                    ContainsSubstring("[prime]") && ContainsSubstring("U+000A"));
}

TEST_CASE("splits predict every character once", "[text][split]") {
  for (const TextSplit split : {TextSplit::none, TextSplit::streams_5, TextSplit::tail_10}) {
    CHECK(parse_text_split(to_string(split)) == split);
    for (const std::int64_t size : {5001, 7501, 100'000, 123'457})
      for (const std::int64_t hold_out : {0, 300}) {
        const TextParts parts = split_text(size, split, hold_out);
        std::vector<int> predicted(std::size_t(size), 0);
        for (const auto* part : {&parts.training, &parts.validation, &parts.held_out})
          for (const Stretch& stretch : *part)
            for (std::int64_t i = 0; i < stretch.size; ++i)
              ++predicted.at(std::size_t(stretch.first + i + 1));
        CHECK(predicted[0] == 0);
        CHECK(std::ranges::count(predicted, 1) + std::ranges::count(predicted, 0) == size);
        CHECK(std::ranges::count(predicted, 1) >= size - 2501);
        CHECK(TextParts::size(parts.validation) >= hold_out);
        CHECK(TextParts::size(parts.validation) < hold_out + 50);
      }
  }
  CHECK_FALSE(parse_text_split("half"));
}

TEST_CASE("a hold-out is like the text that is learned: it comes from all over it", "[text][split]") {
  // The end of a text may be all that is learned of a play, and next to what is held out.
  const TextParts parts = split_text(1'115'394, TextSplit::tail_10, 25'000);
  REQUIRE(parts.validation.size() == 50);
  CHECK(parts.validation.front() == Stretch{20'077 - 500, 500});
  CHECK(parts.validation.back() == Stretch{1'003'853 - 500, 500});
  CHECK(parts.training.front() == Stretch{0, 20'077 - 500});
  CHECK(TextParts::size(parts.training) == 1'003'853 - 25'000);
}

TEST_CASE("tiny Shakespeare is cut as char-rnn and nanoGPT cut it", "[text][split]") {
  constexpr std::int64_t kCharacters = 1'115'394;
  const TextParts streams = split_text(kCharacters, TextSplit::streams_5);
  REQUIRE(streams.training.size() == 50);
  CHECK(streams.training[1] == Stretch{22'300, 423 * 50});
  CHECK(streams.held_out[1] == Stretch{22'300 + 423 * 50, 23 * 50});
  const TextParts tail = split_text(kCharacters, TextSplit::tail_10);
  CHECK(tail.training == std::vector<Stretch>{{0, 1'003'853}});
  CHECK(tail.held_out == std::vector<Stretch>{{1'003'853, 111'540}});
  CHECK_THROWS_WITH(split_text(5000, TextSplit::streams_5),
                    ContainsSubstring("5000 characters") && ContainsSubstring("at least 5001"));
  CHECK_THROWS_WITH(split_text(1, TextSplit::none), ContainsSubstring("at least 2"));
  CHECK_THROWS_WITH(split_text(1000, TextSplit::tail_10, 899), ContainsSubstring("Leave some"));
}

}  // namespace
}  // namespace livegrad
