#include "livegrad/text.hpp"

#include <algorithm>
#include <set>

#include "byte_reader.hpp"

namespace livegrad {

Vocabulary::Vocabulary(std::u32string_view text) {
  const std::set<char32_t> different(text.begin(), text.end());
  characters_.assign(different.begin(), different.end());
  if (size() > kMaxSymbols)
    throw_error(
        ErrorCode::invalid_data, "text",
        "The text has {} different characters, and a model knows at most {}. Use a text of one language.",
        size(), kMaxSymbols);
}

std::optional<std::int32_t> Vocabulary::find(char32_t character) const noexcept {
  const auto at = std::ranges::lower_bound(characters_, character);
  if (at == characters_.end() || *at != character) return std::nullopt;
  return std::int32_t(at - characters_.begin());
}

std::vector<std::int32_t> Vocabulary::encode(std::u32string_view text, std::string_view where) const {
  std::vector<std::int32_t> symbols;
  symbols.reserve(text.size());
  for (const char32_t c : text) {
    const auto symbol = find(c);
    if (!symbol)
      data::fail(where,
                 "The character {} at place {} is not among the {} that the model knows. Leave it out, or "
                 "train a new model on this text.",
                 shown_character(c), symbols.size(), size());
    symbols.push_back(*symbol);
  }
  return symbols;
}

std::string Vocabulary::decode(std::span<const std::int32_t> symbols) const {
  std::string text;
  for (const std::int32_t symbol : symbols) append_utf8(character(symbol), text);
  return text;
}

std::string Vocabulary::utf8() const {
  std::string text;
  for (const char32_t c : characters_) append_utf8(c, text);
  return text;
}

Text read_text(Bytes bytes, std::string_view file) {
  const std::u32string characters = decode_utf8(bytes, file);
  if (characters.empty()) data::fail(file, "The text is empty. Give one with some characters.");
  Vocabulary vocabulary(characters);
  if (vocabulary.size() < 2)
    data::fail(file,
               "The text repeats one character, {}, so that there is nothing to learn. Give one with more.",
               shown_character(characters[0]));
  Text text{std::string(file), "real", std::move(vocabulary), {}};
  text.symbols = text.vocabulary.encode(characters, file);
  return text;
}

Text with_vocabulary(const Text& text, const Vocabulary& vocabulary) {
  std::u32string characters;
  characters.reserve(text.symbols.size());
  for (const std::int32_t symbol : text.symbols) characters.push_back(text.vocabulary.character(symbol));
  return {text.name, text.origin, vocabulary, vocabulary.encode(characters, text.name)};
}

}  // namespace livegrad
