#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "livegrad/sentence.hpp"

namespace livegrad {

/// What kind of mistake an Error reports; the same words in C++, in `--json` output and in TypeScript.
enum class ErrorCode {
  invalid_spec,        ///< a network or training spec that says something impossible
  shape_mismatch,      ///< shapes that do not fit together
  invalid_argument,    ///< a setting, index or count out of its range
  invalid_data,        ///< a data file or array that is damaged or not what it claims to be
  invalid_checkpoint,  ///< a checkpoint that is damaged or belongs to another network
  not_found,           ///< a file, data set, layer or parameter that is not there
  out_of_memory,       ///< an allocation that could not be served
  unsupported,         ///< something this build or this machine cannot do
};

std::string_view to_string(ErrorCode code) noexcept;

/// A mistake found while building: one clear sentence that names the place, the numbers and a way out.
/// what() is "[where] message". Steps never throw; see StepResult.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string_view where, std::string_view message);

  ErrorCode code() const noexcept { return code_; }
  /// The place, for example `conv2d "conv1"` or a JSON pointer such as `/layers/2/kernel`.
  const std::string& where() const noexcept { return where_; }
  const std::string& message() const noexcept { return message_; }

 private:
  ErrorCode code_;
  std::string where_;
  std::string message_;
};

[[noreturn]] void throw_error(ErrorCode code, std::string_view where, std::string_view pattern,
                              std::initializer_list<Filling> values);

/// Throws an Error: throw_error(ErrorCode::shape_mismatch, "shape", "An extent cannot be negative ({}).", extent).
template <class... Values>
[[noreturn]] void throw_error(ErrorCode code, std::string_view where, Sentence<sizeof...(Values)> sentence,
                              const Values&... values) {
  throw_error(code, where, sentence.pattern(), {Filling(values)...});
}

}  // namespace livegrad
