#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "json.hpp"
#include "livegrad/layers.hpp"

/// What a field of a spec may hold. A rule reads a value from JSON (false: not allowed), writes it (null: leave it out),
/// states itself as JSON Schema, and says what it expects in words that follow "must be".
namespace livegrad::spec {

inline constexpr std::int64_t kMaxUnits = 65536;

/// What a network takes: pictures and rows of numbers, or sequences of features or of symbols.
struct Input {
  Shape shape;             ///< of one example: [C,H,W], [C]; [T,C] of features, [T] of symbols
  std::int64_t steps = 0;  ///< T; 0: no sequence
  bool is_symbols = false;
  std::int64_t symbols = 0;  ///< kinds of symbols; 0: as many as the vocabulary has
  bool padding = false;      ///< symbol -1 is no step: recurrent layers keep their state
};

/// A whole number.
struct Whole {
  std::int64_t low, high;
  std::string_view unit = "";  ///< "filters"

  bool read(const Json& json, std::int64_t& value) const;
  template <class T>
  bool read(const Json& json, T& value) const {
    std::int64_t whole = 0;
    if (!read(json, whole)) return false;
    value = static_cast<T>(whole);
    return true;
  }
  bool read(const Json& json, std::optional<std::int64_t>& value) const {
    return read(json, value.emplace());
  }
  template <class T>
  Json write(T value) const {
    return static_cast<std::int64_t>(value);
  }
  Json write(const std::optional<std::int64_t>& value) const { return value ? Json(*value) : Json(); }
  Json schema() const { return {{"type", "integer"}, {"minimum", low}, {"maximum", high}}; }
  std::string expected() const;
};

/// A number in [low, high], or without one or both ends.
struct Number {
  double low, high;
  bool without_low = false, without_high = false;

  bool read(const Json& json, double& value) const;
  bool read(const Json& json, float& value) const;
  bool read(const Json& json, std::optional<double>& value) const { return read(json, value.emplace()); }
  Json write(double value) const { return number(value); }
  Json write(float value) const { return number(value); }
  Json write(const std::optional<double>& value) const { return value ? number(*value) : Json(); }
  Json schema() const;
  std::string expected() const;
};

struct Flag {
  bool read(const Json& json, bool& value) const;
  Json write(bool value) const { return value; }
  Json schema() const { return {{"type", "boolean"}}; }
  std::string expected() const { return "true or false"; }
};

/// The value of a kind that has no number of its own: true.
struct Always {
  template <class T>
  bool read(const Json& json, T&) const {
    return json.is_boolean() && json.get<bool>();
  }
  template <class T>
  Json write(const T&) const {
    return true;
  }
  Json schema() const { return {{"const", true}}; }
  std::string expected() const { return "true; take the layer out to do without it"; }
};

/// One of an enumeration's words, numbered from `first` to `last`.
template <class E>
struct OneOf {
  E first, last;

  bool read(const Json& json, E& value) const {
    if (!json.is_string()) return false;
    for (int i = int(first); i <= int(last); ++i) {
      if (json.get_ref<const std::string&>() != to_string(E(i))) continue;
      value = E(i);
      return true;
    }
    return false;
  }
  Json write(E value) const { return to_string(value); }
  Json schema() const { return {{"enum", words()}}; }
  std::string expected() const {
    std::string list;
    for (const Json& word : words()) list += (list.empty() ? "one of " : ", ") + word.get<std::string>();
    return list;
  }
  Json words() const {
    Json list = Json::array();
    for (int i = int(first); i <= int(last); ++i) list.push_back(to_string(E(i)));
    return list;
  }
};

/// One of two numbers.
struct Either {
  int a, b;

  bool read(const Json& json, int& value) const {
    return Whole{a, b}.read(json, value) && (value == a || value == b);
  }
  Json write(int value) const { return value; }
  Json schema() const { return {{"enum", Json::array({a, b})}}; }
  std::string expected() const { return text("{} or {}", a, b); }
};

/// Text of at most `limit` bytes; empty text is left out.
struct Text {
  std::size_t limit;

  bool read(const Json& json, std::string& value) const;
  Json write(const std::string& value) const { return value.empty() ? Json() : Json(value); }
  Json schema() const { return {{"type", "string"}, {"maxLength", limit}}; }
  std::string expected() const { return text("text of at most {} bytes", limit); }
};

/// A layer's name.
struct Name {
  static bool allowed(std::string_view name);
  bool read(const Json& json, std::string& value) const;
  Json write(const std::string& value) const { return value.empty() ? Json() : Json(value); }
  Json schema() const { return {{"type", "string"}, {"pattern", "^(?!input$)[A-Za-z][A-Za-z0-9_-]{0,31}$"}}; }
  std::string expected() const { return "a letter and up to 31 letters, digits, _ or -, and not \"input\""; }
};

/// The names of `least` to 64 earlier layers; one may be written without brackets.
struct From {
  std::size_t least, most;

  bool read(const Json& json, std::vector<std::string>& value) const;
  Json write(const std::vector<std::string>& value) const;
  Json schema() const;
  std::string expected() const;
};

/// Extents of one example.
struct Extents {
  std::int64_t most_axes;
  bool images;  ///< one or three axes only

  bool read(const Json& json, Shape& value) const;
  Json write(const Shape& value) const;
  Json schema() const;
  std::string expected() const;
};

/// Extents of one example, or {"symbols": 65, "sequence": 50}, or {"features": 3, "sequence": 50}.
struct InputRule {
  bool read(const Json& json, Input& value) const;
  Json write(const Input& value) const;
  Json schema() const;
  std::string expected() const;
};

/// A number of units, or "symbols", kept as 0.
struct Units {
  bool read(const Json& json, std::int64_t& value) const;
  Json write(std::int64_t value) const { return value == 0 ? Json("symbols") : Json(value); }
  Json schema() const;
  std::string expected() const { return text("{} or \"symbols\"", Whole{1, kMaxUnits, "units"}.expected()); }
};

/// Rows and columns of zero padding, or "same".
struct Padding {
  bool read(const Json& json, std::optional<std::int64_t>& value) const;
  Json write(const std::optional<std::int64_t>& value) const { return value ? Json(*value) : Json("same"); }
  Json schema() const;
  std::string expected() const { return "a whole number from 0 to 1024 or \"same\""; }
};

/// The side of a pooling window, or "global", kept as 0.
struct Window {
  bool read(const Json& json, std::int64_t& value) const;
  Json write(std::int64_t value) const { return value == 0 ? Json("global") : Json(value); }
  Json schema() const;
  std::string expected() const { return "a whole number from 1 to 1024 or \"global\""; }
};

/// "he_normal" … or {"normal": 0.01}.
struct Initial {
  bool read(const Json& json, std::optional<InitOptions>& value) const;
  Json write(const std::optional<InitOptions>& value) const;
  Json schema() const;
  std::string expected() const;
};

/// false: no bias; true: one with the usual start; a number: one that starts there.
struct BiasStart {
  bool read(const Json& json, Bias& value) const;
  Json write(const Bias& value) const;
  Json schema() const {
    return {{"type", Json::array({"boolean", "number"})}, {"minimum", -1e6}, {"maximum", 1e6}};
  }
  std::string expected() const { return "false, true or the number from -1e6 to 1e6 that it starts with"; }
};

/// "full", "lenet5", or a row of 0 and 1 for each filter.
struct Connections {
  std::int64_t filters;

  bool read(const Json& json, std::vector<std::uint8_t>& value) const;
  Json write(const std::vector<std::uint8_t>& value) const;
  Json schema() const;
  std::string expected() const;
};

}  // namespace livegrad::spec
