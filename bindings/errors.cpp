#include "errors.hpp"

#include <emscripten/val.h>

#include <new>

namespace livegrad::bindings {

Failure describe(const std::exception& error) noexcept {
  if (const auto* own = dynamic_cast<const Error*>(&error))
    return {std::string(to_string(own->code())), own->where(), own->message()};
  if (dynamic_cast<const std::bad_alloc*>(&error))
    return {std::string(to_string(ErrorCode::out_of_memory)), "",
            "the browser has no memory left for this. Use a smaller network, batch or data set, or close "
            "other tabs."};
  return {"internal", "", error.what()};
}

void throw_to_javascript(const Failure& failure) {
  auto object = emscripten::val::object();
  object.set("code", failure.code);
  object.set("where", failure.where);
  object.set("message", failure.message);
  object.throw_();
}

}  // namespace livegrad::bindings
