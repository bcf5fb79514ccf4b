// Dates and sums.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "parts.hpp"

namespace livegrad::language {
namespace {

constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

int days_in(int month, int year) {
  constexpr int kDaysIn[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDaysIn[month - 1];
}

/// 0 for Sunday.
/// Ref     Sakamoto 1993, comp.lang.c
int day_of_week(int day, int month, int year) {
  constexpr int kShift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
  if (month < 3) --year;
  return (year + year / 4 - year / 100 + year / 400 + kShift[month - 1] + day) % 7;
}

std::string date(int day, int month, int year) {
  char numbers[40];
  std::snprintf(numbers, sizeof numbers, "%04d-%02d-%02d", year, month, day);
  return std::string(kDays[day_of_week(day, month, year)]) + " " + std::to_string(day) + " " +
         std::string(kMonths[month - 1]) + " " + std::to_string(year) + " = " + numbers;
}

/// Takes a whole number of at most `most` digits, without leading zeros, off the front of a text.
bool take_number(std::string_view& text, std::size_t most, int& number) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > most || (digits > 1 && text[0] == '0')) return false;
  std::from_chars(text.data(), text.data() + digits, number);
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

std::string write_date(Draws& draws) {
  const int year = draws.between(1900, 2099), month = draws.between(1, 12);
  return date(draws.between(1, days_in(month, year)), month, year);
}

std::string check_date(std::string_view line) {
  std::string_view rest = line;
  bool named = false;
  for (const std::string_view name : kDays) named = named || take(rest, name);
  int day = 0, month = 0, year = 0;
  if (!named || !take(rest, " ")) return "it begins with no day of the week";
  if (!take_number(rest, 2, day) || !take(rest, " ")) return "the day of the month is no number";
  for (int m = 1; m <= 12 && month == 0; ++m)
    if (take(rest, kMonths[m - 1])) month = m;
  if (month == 0 || !take(rest, " ")) return "there is no such month";
  if (!take_number(rest, 4, year) || year < 1900 || year > 2099) return "the year is not 1900 to 2099";
  if (day < 1 || day > days_in(month, year))
    return std::string(kMonths[month - 1]) + " " + std::to_string(year) + " has " +
           std::to_string(days_in(month, year)) + " days";
  const std::string right = date(day, month, year);
  if (line.substr(0, 3) != right.substr(0, 3)) return "that day is a " + right.substr(0, 3);
  return line == right ? "" : "in numbers it is" + right.substr(right.find('=') + 1);
}

std::string write_sum(Draws& draws) {
  const int a = draws.between(0, 99), b = draws.between(0, 99);
  return std::to_string(a) + "+" + std::to_string(b) + "=" + std::to_string(a + b);
}

std::string check_sum(std::string_view line) {
  int a = 0, b = 0;
  std::string_view rest = line;
  if (!take_number(rest, 2, a) || !take(rest, "+") || !take_number(rest, 2, b) || !take(rest, "="))
    return "it does not begin with a sum";
  const std::string sum = std::to_string(a + b);
  return rest == sum ? "" : std::to_string(a) + "+" + std::to_string(b) + " is " + sum;
}

}  // namespace livegrad::language
