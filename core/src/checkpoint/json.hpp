#pragma once

#include <cstddef>
#include <string_view>

#include "../json.hpp"

namespace livegrad::checkpoint {

/// JSON from a file that may be hostile. `what` names it in errors.
/// Errors  invalid_checkpoint when it is not JSON, two members of an object have one name, or it is nested deeper
///         than `max_depth`
Json parse_json(std::string_view text, std::string_view what, std::size_t max_depth);

}  // namespace livegrad::checkpoint
