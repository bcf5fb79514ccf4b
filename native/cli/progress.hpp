#pragma once

#include <chrono>
#include <string>

namespace livegrad::cli {

/// How far a long command is.
struct ProgressStatus {
  std::string label;    ///< "epoch 1/4"
  double fraction = 0;  ///< 0 to 1
  std::string details;  ///< "loss 0.1234  accuracy 96.5 %  5,321/s"
  double left = 0;      ///< seconds still to go; negative: not known yet
};

/// The status as a bar of at most `width` columns; what does not fit is left out from the bar first.
std::string progress_bar(const ProgressStatus& status, int width, bool unicode);
/// The status as a line of text.
std::string progress_line(const ProgressStatus& status);

/// Shows on standard error how far a command is: a bar that stays in its line on a terminal, otherwise a line every ten
/// seconds; nothing when quiet.
class Progress {
 public:
  explicit Progress(bool quiet);
  /// Takes the bar away.
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether it is time to show() again, so that nobody composes what nobody sees.
  bool due() const noexcept;
  void show(const ProgressStatus& status);
  /// Takes the bar away, for lines that stay.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Style { none, lines, bar };
  Style style_;
  Clock::time_point next_;
  bool drawn_ = false;
};

}  // namespace livegrad::cli
