#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../json.hpp"
#include "livegrad/error.hpp"

namespace livegrad::spec {

/// JSON text of at most 1 MiB and 32 levels. Keys must not repeat.
/// Errors  invalid_spec with line and column
Json parse_json(std::string_view text);

/// A number as JSON: whole ones without a point, floats as short as they can be.
Json number(double value);
Json number(float value);

/// The value as it is shown in messages, cut when long.
std::string shown(const Json& value);

/// What was probably meant by `word`; empty when nothing is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

template <class... Values>
[[noreturn]] void refuse(std::string_view where, Sentence<sizeof...(Values)> sentence,
                         const Values&... values) {
  throw_error(ErrorCode::invalid_spec, where, sentence, values...);
}

}  // namespace livegrad::spec
