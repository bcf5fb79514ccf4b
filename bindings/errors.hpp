#pragma once

#include <exception>
#include <string>
#include <utility>

#include "livegrad/error.hpp"

namespace livegrad::bindings {

/// What an exception says, as JavaScript gets it.
struct Failure {
  std::string code, where, message;
};
Failure describe(const std::exception& error) noexcept;

/// Throws {code, where, message} into JavaScript, which makes a LivegradError of it.
[[noreturn]] void throw_to_javascript(const Failure& failure);

/// Runs a bound method: no C++ exception ever reaches JavaScript.
template <class Function>
auto guarded(Function&& function) -> decltype(function()) {
  Failure failure;
  try {
    return std::forward<Function>(function)();
  } catch (const std::exception& error) {
    failure = describe(error);
  }
  // After the handler, so that the C++ exception has been freed.
  throw_to_javascript(failure);
}

}  // namespace livegrad::bindings
