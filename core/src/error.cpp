#include "livegrad/error.hpp"

namespace livegrad {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_spec:
      return "invalid_spec";
    case ErrorCode::shape_mismatch:
      return "shape_mismatch";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::invalid_data:
      return "invalid_data";
    case ErrorCode::invalid_checkpoint:
      return "invalid_checkpoint";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::out_of_memory:
      return "out_of_memory";
    case ErrorCode::unsupported:
      return "unsupported";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string_view where, std::string_view message)
    : std::runtime_error(where.empty() ? std::string(message) : text("[{}] {}", where, message)),
      code_(code),
      where_(where),
      message_(message) {}

void throw_error(ErrorCode code, std::string_view where, std::string_view pattern,
                 std::initializer_list<Filling> values) {
  throw Error(code, where, fill(pattern, values));
}

}  // namespace livegrad
