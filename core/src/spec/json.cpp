#include "json.hpp"

#include <algorithm>
#include <cmath>

#include "livegrad/data.hpp"

namespace livegrad::spec {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxDepth = 32;

/// "line 3, column 7" of a byte, columns counted in characters.
std::string place(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto lines = std::ranges::count(before, '\n');
  const std::string_view line = before.substr(lines > 0 ? before.rfind('\n') + 1 : 0);
  const auto characters = std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; });
  return livegrad::text("line {}, column {}", lines + 1, characters + 1);
}

/// What the library says of a mistake, without its preamble and without quoting the text.
std::string reason(std::string_view what) {
  if (const auto dash = what.find(" - "); dash != what.npos) what = what.substr(dash + 3);
  std::string text(what.substr(0, what.find("; last read")));
  if (const auto expected = what.rfind("; expected");
      expected != what.npos && text.find("; expected") == text.npos) {
    text += what.substr(expected);
  }
  return text;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row[b.size()];
}

}  // namespace

Json parse_json(std::string_view text) {
  if (text.size() > kMaxBytes) {
    refuse("", "the text has {} bytes, and a spec has at most {}. Use block and repeat for what repeats.",
           text.size(), kMaxBytes);
  }
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    refuse("",
           "the text is empty. Write a network, such as {{\"input\": [1, 28, 28], \"layers\": [{{\"dense\": "
           "10}}, "
           "{{\"loss\": \"softmax\"}}]}}.");
  }
  try {
    return read_json(text, kMaxDepth);
  } catch (const JsonProblem& problem) {
    switch (problem.kind) {
      case JsonProblem::Kind::syntax:
        refuse(place(text, problem.byte > 0 ? problem.byte - 1 : 0),
               "the text is not JSON: {}. Look for a missing or extra quote, comma or bracket here or just "
               "before.",
               reason(problem.detail));
      case JsonProblem::Kind::too_deep:
        refuse(problem.pointer,
               "the text nests brackets deeper than {} levels. Put fewer blocks into blocks.", kMaxDepth);
      case JsonProblem::Kind::repeated_key:
        refuse(problem.pointer, "the key {} is there twice in one object. Keep one of them.",
               shown(problem.detail));
      case JsonProblem::Kind::too_large:
        break;
    }
    refuse(problem.pointer, "the number is too large for a computer. Use one below 1e308.");
  }
}

Json number(double value) {
  if (std::abs(value) < 0x1p53 && value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

Json number(float value) {
  double shortest = value;
  parse_number(text("{}", value), shortest);
  return number(shortest);
}

std::string shown(const Json& value) {
  constexpr std::size_t kLimit = 48;
  std::string text = value.dump(-1, ' ', true);
  if (text.size() > kLimit) text.replace(kLimit - 3, text.npos, "...");
  return text;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  // What other libraries call it.
  static constexpr std::pair<std::string_view, std::string_view> kSynonyms[] = {
      {"filters", "conv"}, {"conv2d", "conv"},   {"units", "dense"},           {"neurons", "dense"},
      {"linear", "dense"}, {"lr", "rate"},       {"weight_decay", "l2"},       {"sum", "add"},
      {"mse", "squared"},  {"mae", "absolute"},  {"mean", "average"},          {"avg", "average"},
      {"svm", "hinge"},    {"skip", "residual"}, {"cross_entropy", "softmax"},
  };
  std::string lower(word.substr(0, 40));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c == '-' || c == ' ' ? '_' : c;
  for (const auto& [other, ours] : kSynonyms) {
    if (lower == other && std::ranges::find(candidates, ours) != candidates.end()) return ours;
  }
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, lower.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    // "padding" for pad, "learning_rate" for rate: a word that contains the key counts as one mistake.
    const bool within = candidate.size() >= 3 && lower.size() >= 3 &&
                        (lower.find(candidate) != lower.npos || candidate.find(lower) != candidate.npos);
    const std::size_t mistakes = lower == candidate ? 0 : within ? 1 : distance(lower, candidate);
    if (mistakes < least && mistakes < candidate.size()) {
      least = mistakes;
      best = candidate;
    }
  }
  return best;
}

}  // namespace livegrad::spec
