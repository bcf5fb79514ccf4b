#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "livegrad/data.hpp"

namespace livegrad {

/// A network's input or output has at most so many symbols.
inline constexpr std::int64_t kMaxSymbols = 65536;

/// Characters (Unicode code points) of UTF-8 bytes, as The Unicode Standard's table 3-7 has them: no overlong forms, no
/// surrogates. A byte order mark at the start is left out.
/// Errors  invalid_data, naming the offset of the first byte that is no UTF-8
std::u32string decode_utf8(Bytes bytes, std::string_view file);
/// Appends a character's UTF-8 bytes; for what is no character those of U+FFFD.
void append_utf8(char32_t character, std::string& text);
/// A character as errors and tables show it: 'a', or U+000A for one that has no picture.
std::string shown_character(char32_t character);

/// The characters that a model knows, in ascending order of code points: a character's symbol is its place.
class Vocabulary {
 public:
  Vocabulary() = default;
  /// The distinct characters of a text.
  /// Errors  invalid_data when there are more than kMaxSymbols
  explicit Vocabulary(std::u32string_view text);

  std::int64_t size() const noexcept { return std::int64_t(characters_.size()); }
  const std::u32string& characters() const noexcept { return characters_; }
  /// symbol must be below size().
  char32_t character(std::int32_t symbol) const noexcept { return characters_[std::size_t(symbol)]; }
  std::optional<std::int32_t> find(char32_t character) const noexcept;
  /// Errors  invalid_data, naming the first character that is not in the vocabulary and its place
  std::vector<std::int32_t> encode(std::u32string_view text, std::string_view where) const;
  std::string decode(std::span<const std::int32_t> symbols) const;
  /// All characters one after the other.
  std::string utf8() const;
  friend bool operator==(const Vocabulary&, const Vocabulary&) = default;

 private:
  std::u32string characters_;
};

/// A text as symbols of its vocabulary.
struct Text {
  std::string name;    ///< the file's name, "tinyshakespeare", or a language's: "dates"
  std::string origin;  ///< "real", "pasted" or "made by the program"; shown wherever the text is
  Vocabulary vocabulary;
  std::vector<std::int32_t> symbols;

  std::int64_t size() const noexcept { return std::int64_t(symbols.size()); }
};

/// A text file of any language.
/// Errors  invalid_data when the bytes are no UTF-8, there are no characters, only one that repeats, or too many
Text read_text(Bytes bytes, std::string_view file);
/// The same text in another vocabulary, such as that of the model that is to go on with it.
/// Errors  invalid_data, naming the first character that the vocabulary lacks
Text with_vocabulary(const Text& text, const Vocabulary& vocabulary);

/// What is held out of a text. Losses on different splits cannot be compared: always name the split.
enum class TextSplit : std::int32_t {
  none,       ///< nothing: min-char-rnn
  streams_5,  ///< the last 5 % of each of 50 streams that the text is cut into: char-rnn
  tail_10,    ///< the last 10 %: nanoGPT
};
/// "none", "streams-5", "tail-10"
std::string_view to_string(TextSplit split) noexcept;
std::optional<TextSplit> parse_text_split(std::string_view word) noexcept;

/// Predictions that follow one another: inputs text[first … first + size), of which each predicts the character after it.
struct Stretch {
  std::int64_t first = 0, size = 0;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};

/// Which predictions are learned from and which are not: no character is predicted in two of the three parts.
struct TextParts {
  std::vector<Stretch> training;
  std::vector<Stretch>
      validation;  ///< cut from 50 places all over the training part: to choose checkpoints and rates by
  std::vector<Stretch> held_out;  ///< of the split: what is reported

  static std::int64_t size(const std::vector<Stretch>& part) noexcept;
};

/// Cuts a text. `hold_out` characters of the training part, in all, are kept for validation.
/// Math    streams-5: 50 streams of ⌊(L - 1)/2500⌋ blocks of 50; of the blocks the first ⌊95 %⌋ are learned from
///         tail-10: characters from ⌊0.9 L⌋ on are held out
///         hold_out: the last ⌈hold_out / 50⌉ characters of each of 50 equal parts of what is learned
/// Errors  invalid_data when the text is too short for the split; invalid_argument when hold_out leaves nothing
/// Ref     karpathy/char-rnn, util/CharSplitLMMinibatchLoader.lua; karpathy/nanoGPT, data/shakespeare_char/prepare.py
TextParts split_text(std::int64_t characters, TextSplit split, std::int64_t hold_out = 0);

}  // namespace livegrad
