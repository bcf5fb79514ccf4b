#pragma once

namespace livegrad::cli {

/// While it lives, SIGINT (Ctrl-C) and SIGTERM ask the work to stop instead of ending the program. A second one, a
/// second or more after the first, ends it: closer ones are the same wish, passed on by a parent process too.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  static bool requested() noexcept;
};

}  // namespace livegrad::cli
