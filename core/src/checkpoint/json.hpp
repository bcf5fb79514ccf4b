#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace livegrad::checkpoint {

/// JSON from a file that may be hostile. `what` names it in errors.
/// Errors  invalid_checkpoint when it is not JSON, two members of an object have one name, or it is nested deeper
///         than `max_depth`
nlohmann::json parse_json(std::string_view text, std::string_view what, int max_depth);

}  // namespace livegrad::checkpoint
