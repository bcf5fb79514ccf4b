#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace livegrad {

class Shape;

/// What fills a {} of a Sentence: text, a whole number, a double in at most twelve digits, a float in as few as give it
/// back, or a shape ("20x8x24").
/// It refers to its text or shape, so it lives no longer than they do.
class Filling {
 public:
  Filling(std::string_view text) noexcept : kind_(Kind::text), text_{text.data(), text.size()} {}
  Filling(const std::string& text) noexcept : Filling(std::string_view(text)) {}
  Filling(const char* text) noexcept : Filling(std::string_view(text)) {}
  Filling(char letter) = delete;
  Filling(std::signed_integral auto number) noexcept : kind_(Kind::whole), whole_(number) {}
  Filling(std::unsigned_integral auto number) noexcept : kind_(Kind::natural), natural_(number) {}
  Filling(double number) noexcept : kind_(Kind::real), real_(number) {}
  Filling(float number) noexcept : kind_(Kind::single), real_(number) {}
  Filling(const Shape& shape) noexcept : kind_(Kind::shape), shape_(&shape) {}

  void append_to(std::string& text) const;

 private:
  enum class Kind : unsigned char { text, whole, natural, real, single, shape };
  Kind kind_;
  union {
    struct {
      const char* begin;
      std::size_t size;
    } text_;
    std::int64_t whole_;
    std::uint64_t natural_;
    double real_;
    const Shape* shape_;
  };
};

/// A sentence with a {} for each of `count` values, checked by the compiler; {{ and }} stand for braces.
/// As in std::format, which not every supported compiler has, and in a few bytes per use instead of a few hundred.
template <std::size_t count>
class Sentence {
 public:
  consteval Sentence(const char* pattern) : pattern_(pattern) {
    std::size_t places = 0;
    for (std::size_t i = 0; i < pattern_.size(); ++i) {
      if (pattern_[i] != '{' && pattern_[i] != '}') continue;
      if (pattern_[i] == '{' && pattern_[i + 1] == '}')
        ++places;
      else if (pattern_[i] != pattern_[i + 1])
        throw "a brace stands alone";
      ++i;
    }
    if (places != count) throw "there is not one {} for each value";
  }
  constexpr std::string_view pattern() const noexcept { return pattern_; }

 private:
  std::string_view pattern_;
};

std::string fill(std::string_view pattern, std::initializer_list<Filling> values);

/// text("layer {} of {}", 2, 5) is "layer 2 of 5".
template <class... Values>
[[nodiscard]] std::string text(Sentence<sizeof...(Values)> sentence, const Values&... values) {
  return fill(sentence.pattern(), {Filling(values)...});
}

}  // namespace livegrad
