#include "livegrad/sentence.hpp"

#include <charconv>
#include <cstdio>

#include "livegrad/shape.hpp"

namespace livegrad {
namespace {

template <class T>
void append_whole(std::string& text, T number) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

void Filling::append_to(std::string& text) const {
  switch (kind_) {
    case Kind::text:
      text.append(text_.begin, text_.size);
      return;
    case Kind::whole:
      append_whole(text, whole_);
      return;
    case Kind::natural:
      append_whole(text, natural_);
      return;
    case Kind::shape:
      text += shape_->text();
      return;
    case Kind::real: {
      char digits[32];
      text.append(digits, std::size_t(std::snprintf(digits, sizeof digits, "%.12g", real_)));
      return;
    }
  }
}

std::string fill(std::string_view pattern, std::initializer_list<Filling> values) {
  std::string text;
  const Filling* value = values.begin();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '{' && pattern[i + 1] == '}') {
      value++->append_to(text);
      ++i;
    } else {
      text += pattern[i];
      i += pattern[i] == '{' || pattern[i] == '}';  // written twice
    }
  }
  return text;
}

}  // namespace livegrad
