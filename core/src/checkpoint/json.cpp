#include "json.hpp"

#include <string>

#include "livegrad/error.hpp"

namespace livegrad::checkpoint {

Json parse_json(std::string_view text, std::string_view what, std::size_t max_depth) {
  const auto fail = [&](const std::string& problem) {
    throw_error(ErrorCode::invalid_checkpoint, "checkpoint",
                "{} {}. The file is damaged or is no checkpoint.", what, problem);
  };
  try {
    return read_json(text, max_depth);
  } catch (const JsonProblem& problem) {
    if (problem.kind == JsonProblem::Kind::too_deep) fail("is nested too deeply");
    if (problem.kind == JsonProblem::Kind::repeated_key)
      fail(livegrad::text("has two members named \"{}\"", problem.detail));
    fail("is not JSON");
  }
  return {};
}

}  // namespace livegrad::checkpoint
