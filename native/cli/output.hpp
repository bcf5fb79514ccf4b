#pragma once

#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "livegrad/error.hpp"

namespace livegrad::cli {

/// JSON in the order in which it was written down.
using Json = nlohmann::ordered_json;

/// What the program says by its exit status.
enum ExitCode : int {
  kDone = 0,
  kCheckFailed = 1,  ///< gradients are wrong, or the numbers of a training went NaN
  kBadInput = 2,     ///< wrong usage, spec, file or setting
  kDataMissing = 3,
  kInterrupted = 130,
};
inline constexpr const char* kExitCodes =
    "Exit status: 0 done; 1 a check failed; 2 wrong usage or bad input; 3 data missing; 130 interrupted.\n";

/// A data set that is not on this machine.
struct MissingData : Error {
  MissingData(std::string where, std::string message)
      : Error(ErrorCode::not_found, std::move(where), std::move(message)) {}
};

/// A check that failed, such as a wrong gradient or a loss that is no number.
struct FailedCheck : std::runtime_error {
  FailedCheck(std::string where_, const std::string& message)
      : std::runtime_error(message), where(std::move(where_)) {}
  std::string where;
};

/// Says what went wrong in one sentence on standard error; with `json` also as an object on standard output.
/// Returns the exit status for it.
int report(const std::exception& error, bool json);
/// The same for mistakes in the arguments.
int report_usage(const std::string& message, bool json);

/// A line on standard error: what happens, for people. Nothing with --quiet.
void say(bool quiet, const std::string& line);
/// One JSON object on one line of standard output.
void print(const Json& object);

/// "60,000"
std::string grouped(std::int64_t count);
/// A number with so many digits after the point.
std::string fixed(double value, int digits);
/// A number with so many digits in all.
std::string digits(double value, int digits);
/// "12.3 s", "4:05 min", "1:02:03 h"
std::string duration(double seconds);

/// A table in columns: the first row is the heading; columns of numbers are aligned to the right.
class Table {
 public:
  /// One character per column: l left, r right.
  explicit Table(std::string alignment) : alignment_(std::move(alignment)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// The table, every line indented by so many spaces.
  std::string text(int indent = 0) const;

 private:
  std::string alignment_;
  std::vector<std::vector<std::string>> rows_;
};

/// Characters that a text takes on a terminal (UTF-8, every code point one column).
std::size_t columns(std::string_view text);

}  // namespace livegrad::cli
