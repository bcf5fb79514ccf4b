#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "output.hpp"

namespace livegrad::cli {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{10};
constexpr int kWidestBar = 32, kNarrowestBar = 6;

bool is_terminal() {
  const char* type = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (type == nullptr || std::string_view(type) != "dumb");
}

bool speaks_unicode() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale(value);
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos ||
           locale.find("UTF8") != locale.npos || locale.find("utf-8") != locale.npos;
  }
  return false;
}

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string percent(double fraction) { return fixed(100 * std::clamp(fraction, 0.0, 1.0), 0) + " %"; }
std::string left(double seconds) { return seconds < 0 ? "" : duration(seconds) + " left"; }

/// The part of a text that fits.
std::string cut(const std::string& text, std::size_t width) {
  std::size_t bytes = 0, taken = 0;
  while (bytes < text.size() && taken < width) {
    ++taken;
    do ++bytes;
    while (bytes < text.size() && (text[bytes] & 0xc0) == 0x80);
  }
  return text.substr(0, bytes);
}

}  // namespace

std::string progress_bar(const ProgressStatus& status, int width, bool unicode) {
  std::string number = percent(status.fraction);
  number.insert(0, 5 - std::min<std::size_t>(5, number.size()), ' ');
  std::string end = number + "  " + status.details;
  if (const std::string text = left(status.left); !text.empty()) end += "  " + text;
  const int room = width - static_cast<int>(columns(status.label) + columns(end)) - 3;
  if (room < kNarrowestBar) return cut(status.label + " " + end, static_cast<std::size_t>(std::max(width, 0)));
  const int cells = std::min(room, kWidestBar);
  const int full = static_cast<int>(std::clamp(status.fraction, 0.0, 1.0) * cells);
  std::string bar;
  for (int i = 0; i < cells; ++i) bar += i < full ? (unicode ? "█" : "#") : (unicode ? "░" : ".");
  return status.label + "  " + bar + end;
}

std::string progress_line(const ProgressStatus& status) {
  std::string line = status.label + ", " + percent(status.fraction) + ": " + status.details;
  if (const std::string text = left(status.left); !text.empty()) line += "  " + text;
  return line;
}

Progress::Progress(bool quiet)
    : style_(quiet ? Style::none : is_terminal() ? Style::bar : Style::lines),
      next_(Clock::now() + (style_ == Style::bar ? Clock::duration(kBarInterval) : kLineInterval)) {}

bool Progress::due() const noexcept { return style_ != Style::none && Clock::now() >= next_; }

void Progress::show(const ProgressStatus& status) {
  if (style_ == Style::none) return;
  if (style_ == Style::lines) {
    std::cerr << progress_line(status) << std::endl;
    next_ = Clock::now() + kLineInterval;
    return;
  }
  static const bool unicode = speaks_unicode();
  std::cerr << "\r\x1b[K" << progress_bar(status, terminal_width() - 1, unicode) << std::flush;
  drawn_ = true;
  next_ = Clock::now() + kBarInterval;
}

void Progress::clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace livegrad::cli
