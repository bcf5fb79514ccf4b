#include <array>
#include <utility>

#include "byte_reader.hpp"
#include "livegrad/text.hpp"

namespace livegrad {
namespace {

constexpr std::array<std::pair<TextSplit, std::string_view>, 3> kNames{
    {{TextSplit::none, "none"}, {TextSplit::streams_5, "streams-5"}, {TextSplit::tail_10, "tail-10"}}};
/// The streams of char-rnn, and the places that a hold-out is cut from: a text's end is not like the rest of it.
constexpr std::int64_t kStreams = 50, kBlock = 50;

[[noreturn]] void too_short(std::int64_t characters, TextSplit split, std::int64_t needed) {
  data::fail(
      "text",
      "The text has {} characters, and the split {} needs at least {}. Give more text or another split.",
      characters, to_string(split), needed);
}

}  // namespace

std::string_view to_string(TextSplit split) noexcept { return kNames[std::size_t(split)].second; }

std::optional<TextSplit> parse_text_split(std::string_view word) noexcept {
  for (const auto& [split, name] : kNames)
    if (name == word) return split;
  return std::nullopt;
}

std::int64_t TextParts::size(const std::vector<Stretch>& part) noexcept {
  std::int64_t size = 0;
  for (const Stretch& stretch : part) size += stretch.size;
  return size;
}

TextParts split_text(std::int64_t characters, TextSplit split, std::int64_t hold_out) {
  TextParts parts;
  const std::int64_t predictions = characters - 1;
  switch (split) {
    case TextSplit::none:
      if (predictions < 1) too_short(characters, split, 2);
      parts.training.push_back({0, predictions});
      break;
    case TextSplit::streams_5: {
      const std::int64_t blocks = predictions / (kStreams * kBlock), learned = blocks * 95 / 100;
      if (learned < 1) too_short(characters, split, 2 * kStreams * kBlock + 1);
      for (std::int64_t stream = 0; stream < kStreams; ++stream) {
        const std::int64_t first = stream * blocks * kBlock, cut = learned * kBlock;
        parts.training.push_back({first, cut});
        parts.held_out.push_back({first + cut, (blocks - learned) * kBlock});
      }
      break;
    }
    case TextSplit::tail_10: {
      // Of the held-out characters the first is predicted too, from the one before it.
      const std::int64_t cut = characters * 9 / 10;
      if (cut < 2) too_short(characters, split, 3);
      parts.training.push_back({0, cut - 1});
      parts.held_out.push_back({cut - 1, characters - cut});
      break;
    }
  }
  if (hold_out == 0) return parts;
  const std::int64_t learned = TextParts::size(parts.training);
  const std::int64_t share = (hold_out + kStreams - 1) / kStreams;
  std::vector<Stretch> all;
  for (const Stretch& stretch : parts.training) {
    const std::int64_t pieces = kStreams / std::ssize(parts.training);
    for (std::int64_t piece = 0; piece < pieces; ++piece) {
      const std::int64_t from = stretch.size * piece / pieces, to = stretch.size * (piece + 1) / pieces;
      if (share >= to - from)
        throw_error(ErrorCode::invalid_argument, "training",
                    "hold_out is {} of {} characters. Leave some to learn from.", hold_out, learned);
      all.push_back({stretch.first + from, to - from - share});
      parts.validation.push_back({stretch.first + to - share, share});
    }
  }
  parts.training = std::move(all);
  return parts;
}

}  // namespace livegrad
