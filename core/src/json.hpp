#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace livegrad {

/// The one JSON type: keys stay in the order in which they were written.
using Json = nlohmann::ordered_json;

/// What is wrong with a text that should be JSON, and where.
struct JsonProblem {
  enum class Kind { syntax, too_deep, repeated_key, too_large };
  Kind kind;
  std::size_t byte;     ///< where the text stops making sense, for syntax
  std::string pointer;  ///< the value that holds the mistake, as "/layers/2/kernel", for the others
  std::string detail;   ///< what the library says of syntax; the repeated key
};

/// Any JSON text, hostile ones too: in time n log n, without recursion.
/// Errors  JsonProblem when it is no JSON, an object names a key twice, brackets nest deeper than `max_depth`, or a
///         number is beyond double
Json read_json(std::string_view text, std::size_t max_depth = 32);

}  // namespace livegrad
