#include "output.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <new>

namespace livegrad::cli {
namespace {

int report(std::string_view code, const std::string& where, const std::string& message, bool json,
           int status) {
  std::cerr << "livegrad: " << (where.empty() ? "" : "[" + where + "] ") << message << std::endl;
  if (json) print({{"error", {{"code", code}, {"where", where}, {"message", message}}}});
  return status;
}

}  // namespace

int report(const std::exception& error, bool json) {
  if (const auto* failed = dynamic_cast<const FailedCheck*>(&error))
    return report("check_failed", failed->where, failed->what(), json, kCheckFailed);
  if (const auto* known = dynamic_cast<const Error*>(&error))
    return report(to_string(known->code()), known->where(), known->message(), json,
                  dynamic_cast<const MissingData*>(known) != nullptr ? kDataMissing : kBadInput);
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return report(to_string(ErrorCode::out_of_memory), "",
                  "This machine has no memory left for that. Use a smaller network, batch or data set.", json,
                  kBadInput);
  return report("internal", "", std::string("This should not happen: ") + error.what(), json, kCheckFailed);
}

int report_usage(const std::string& message, bool json) {
  return report("usage", "", message, json, kBadInput);
}

void say(bool quiet, const std::string& line) {
  if (!quiet) std::cerr << line << std::endl;
}

void print(const Json& object) {
  std::cout << object.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

std::string grouped(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first = text[0] == '-' ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3;) text.insert(i -= 3, ",");
  return text;
}

std::string fixed(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

std::string digits(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
  return buffer;
}

std::string duration(double seconds) {
  if (!(seconds < 1e9)) return "forever";
  if (seconds < 59.95) return fixed(seconds, seconds < 9.95 ? 1 : 0) + " s";
  const auto whole = static_cast<long long>(std::llround(seconds));
  char buffer[64];
  if (whole < 3600)
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld min", whole / 60, whole % 60);
  else
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld h", whole / 3600, whole / 60 % 60, whole % 60);
  return buffer;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string Table::text(int indent) const {
  std::vector<std::size_t> widths(alignment_.size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  std::string text;
  for (const auto& row : rows_) {
    std::string line(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blank(widths[i] - columns(row[i]), ' ');
      line += (i > 0 ? "  " : "") + (alignment_[i] == 'r' ? blank + row[i] : row[i] + blank);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace livegrad::cli
