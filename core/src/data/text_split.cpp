#include <array>
#include <utility>

#include "byte_reader.hpp"
#include "livegrad/text.hpp"

namespace livegrad {
namespace {

constexpr std::array<std::pair<TextSplit, std::string_view>, 3> kNames{
    {{TextSplit::none, "none"}, {TextSplit::streams_5, "streams-5"}, {TextSplit::tail_10, "tail-10"}}};
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
  if (hold_out > 0) {
    const std::int64_t pieces = std::ssize(parts.training);
    const std::int64_t share = (hold_out + pieces - 1) / pieces;
    for (Stretch& stretch : parts.training) {
      if (share >= stretch.size)
        throw_error(ErrorCode::invalid_argument, "training",
                    "hold_out is {} of {} characters. Leave some to learn from.", hold_out,
                    stretch.size * pieces);
      stretch.size -= share;
      parts.validation.push_back({stretch.first + stretch.size, share});
    }
  }
  return parts;
}

}  // namespace livegrad
