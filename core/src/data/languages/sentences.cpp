// Sentences of a small grammar: subject, then a verb that agrees with it, across whatever stands between them.
//     sentence = phrase verb | phrase verb phrase
//     phrase   = "the" noun | "the" noun "that" verb phrase | "the" noun "that" phrase verb
#include <algorithm>
#include <vector>

#include "parts.hpp"

namespace livegrad::language {
namespace {

constexpr std::string_view kNouns[] = {"cat", "dog", "bird", "girl", "boy", "poet"};
constexpr std::string_view kAlone[] = {"sleep", "run", "sing"};      // verbs without an object …
constexpr std::string_view kWithObject[] = {"see", "hear", "know"};  // … and with one
constexpr int kDeepest = 2;

std::string verb(std::string_view stem, bool plural) { return " " + std::string(stem) + (plural ? "" : "s"); }

std::string phrase(Draws& draws, int depth, bool& plural) {
  plural = draws.chance(50);
  std::string text = "the " + std::string(draws.one_of(kNouns)) + (plural ? "s" : "");
  if (depth == kDeepest || !draws.chance(40)) return text;
  bool inner = false;
  text += " that";
  if (draws.chance(50)) {
    text += verb(draws.one_of(kWithObject), plural) + " ";
    return text + phrase(draws, depth + 1, inner);
  }
  text += " " + phrase(draws, depth + 1, inner);
  return text + verb(draws.one_of(kWithObject), inner);
}

/// Reads words from left to right; every rule says what is wrong by filling `wrong`.
class Reader {
 public:
  explicit Reader(std::string_view line) {
    for (std::size_t end; (end = line.find(' ')) != line.npos; line.remove_prefix(end + 1))
      words_.push_back(line.substr(0, end));
    words_.push_back(line);
  }

  std::string sentence() {
    const bool plural = phrase(0);
    if (!wrong_.empty()) return wrong_;
    if (next_is(kAlone)) {
      agree(kAlone, plural);
    } else {
      agree(kWithObject, plural);
      phrase(0);
    }
    if (wrong_.empty() && at_ < words_.size()) fail("nothing more should follow");
    return wrong_;
  }

 private:
  std::string_view word() const { return at_ < words_.size() ? words_[at_] : std::string_view{}; }

  void fail(const std::string& what) {
    if (wrong_.empty())
      wrong_ = what + (word().empty() ? " at the end" : ", not \"" + std::string(word()) + "\"");
  }

  static bool is(std::string_view word, std::string_view stem) {
    return word == stem || (word.size() == stem.size() + 1 && word.starts_with(stem) && word.back() == 's');
  }
  template <std::size_t N>
  bool next_is(const std::string_view (&stems)[N]) const {
    return std::ranges::any_of(stems, [&](std::string_view stem) { return is(word(), stem); });
  }

  template <std::size_t N>
  void agree(const std::string_view (&stems)[N], bool plural) {
    if (!next_is(stems)) return fail("here should be a verb");
    if ((word().back() == 's') == plural)
      return fail(plural ? "the verb should be plural" : "the verb should be singular");
    ++at_;
  }

  /// Whether it is plural.
  bool phrase(int depth) {
    if (!wrong_.empty()) return false;
    if (word() != "the") return fail("here should be \"the\""), false;
    ++at_;
    if (!next_is(kNouns)) return fail("here should be a noun"), false;
    const bool plural = word().back() == 's';
    ++at_;
    if (depth == kDeepest || word() != "that") return plural;
    ++at_;
    if (next_is(kWithObject)) {
      agree(kWithObject, plural);
      phrase(depth + 1);
    } else {
      const bool inner = phrase(depth + 1);
      if (wrong_.empty()) agree(kWithObject, inner);
    }
    return plural;
  }

  std::vector<std::string_view> words_;
  std::size_t at_ = 0;
  std::string wrong_;
};

}  // namespace

std::string write_sentence(Draws& draws) {
  bool plural = false, ignored = false;
  const std::string subject = phrase(draws, 0, plural);
  if (draws.chance(50)) return subject + verb(draws.one_of(kAlone), plural);
  const std::string middle = verb(draws.one_of(kWithObject), plural) + " ";
  return subject + middle + phrase(draws, 0, ignored);
}

std::string check_sentence(std::string_view line) { return Reader(line).sentence(); }

}  // namespace livegrad::language
