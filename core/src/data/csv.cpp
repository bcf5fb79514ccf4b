#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "byte_reader.hpp"

namespace livegrad {
namespace {

using data::fail;

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// What an error shows of a field: its beginning, with anything unprintable as '?'.
std::string shown(std::string_view field) {
  std::string text(field.substr(0, 24));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return '"' + text + (field.size() > 24 ? "…\"" : "\"");
}

/// Splits a table into lines of fields.
class CsvScanner {
 public:
  CsvScanner(Bytes bytes, std::string_view file)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), file_(file) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  /// Moves to the next line that is not empty; false at the end.
  bool next_line() {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) pass_line_end();
    line_ = next_number_;
    column_ = 0;
    line_open_ = at_ < text_.size();
    return line_open_;
  }

  /// The next field of this line, without surrounding blanks or quotes; false after the last one.
  /// The text is valid until the next call.
  bool next_field(std::string_view& field) {
    if (!line_open_) return false;
    ++column_;
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') {
      field = quoted_field();
    } else {
      const std::size_t start = at_;
      at_ = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      field = trim(text_.substr(start, at_ - start));
    }
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
    } else {
      line_open_ = false;
      if (at_ < text_.size()) pass_line_end();
    }
    return true;
  }

  template <class... Values>
  [[noreturn]] void fail_here(Sentence<sizeof...(Values)> sentence, const Values&... values) const {
    fail(file_, "Line {}, column {}: {}", line_, column_, text(sentence, values...));
  }

  int column() const { return column_; }

 private:
  void pass_line_end() {
    at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
    ++next_number_;
  }

  std::string_view quoted_field() {
    scratch_.clear();
    for (++at_;; ++at_) {
      if (at_ == text_.size()) fail_here("the quote that opens this field is never closed.");
      if (text_[at_] == '"') {
        if (!text_.substr(at_ + 1).starts_with('"')) break;
        ++at_;
      }
      if (text_[at_] == '\n') ++next_number_;
      scratch_ += text_[at_];
    }
    ++at_;
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') {
      fail_here("expected a comma or the end of the line after the closing quote.");
    }
    return scratch_;
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  int line_ = 0, next_number_ = 1, column_ = 0;
  bool line_open_ = false;
  std::string scratch_;
};

float number(const CsvScanner& scanner, std::string_view field) {
  double value = 0;
  if (!parse_number(field, value)) scanner.fail_here("expected a number but found {}.", shown(field));
  if (std::abs(value) > std::numeric_limits<float>::max()) {
    scanner.fail_here("{} is too large: the greatest number is about 3.4e38.", shown(field));
  }
  return static_cast<float>(value);
}

/// Every column's name, or its number where the table has no header, from the first line.
std::vector<std::string> column_names(CsvScanner scanner, std::string_view file, bool header) {
  if (!scanner.next_line()) fail(file, "The file has no lines (it ends at byte 0 or has only line ends).");
  std::vector<std::string> names;
  for (std::string_view field; scanner.next_field(field);) {
    names.push_back(header ? std::string(field) : std::to_string(names.size()));
  }
  return names;
}

std::size_t label_column(const std::vector<std::string>& names, std::string_view file,
                         const CsvOptions& options) {
  const auto columns = static_cast<int>(names.size());
  if (const int* index = std::get_if<int>(&options.label)) {
    const int at = *index < 0 ? *index + columns : *index;
    if (at >= 0 && at < columns) return static_cast<std::size_t>(at);
    throw_error(ErrorCode::invalid_argument, std::string(file),
                "There is no label column {}: the table has {} columns. Use 0 to {}, or -1 for the last.",
                *index, columns, columns - 1);
  }
  const auto& name = std::get<std::string>(options.label);
  const auto found = options.header ? std::ranges::find(names, name) : names.end();
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  throw_error(ErrorCode::invalid_argument, std::string(file), "There is no label column {}{}", shown(name),
              options.header ? text(" in the first line, which begins with {}.", shown(names[0]))
                             : ", since the table has no header. Give the column's number.");
}

/// Turns the labels' texts into class indices; see read_csv for the rule.
void index_classes(const std::vector<std::string>& texts, std::string_view file, const CsvOptions& options,
                   Dataset& dataset) {
  constexpr double kMostClasses = 10000;
  std::vector<std::int32_t> indices;
  dataset.classes = options.classes;
  double highest = -1;
  for (const std::string& text : texts) {
    double value = 0;
    if (!parse_number(text, value) || value < 0 || value >= kMostClasses || value != std::floor(value)) break;
    highest = std::max(highest, value);
    indices.push_back(static_cast<std::int32_t>(value));
  }
  const bool numeric = indices.size() == texts.size();
  if (numeric && dataset.classes.empty()) {
    for (int i = 0; i <= static_cast<int>(highest); ++i) dataset.classes.push_back(std::to_string(i));
  } else if (!numeric || highest >= static_cast<double>(dataset.classes.size())) {
    if (dataset.classes.empty()) {
      dataset.classes = texts;
      std::ranges::sort(dataset.classes);
      const auto repeated = std::ranges::unique(dataset.classes);
      dataset.classes.erase(repeated.begin(), repeated.end());
    }
    std::map<std::string_view, std::int32_t> index_of;
    for (std::size_t i = 0; i < dataset.classes.size(); ++i) {
      index_of.emplace(dataset.classes[i], static_cast<std::int32_t>(i));
    }
    indices.clear();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto found = index_of.find(texts[i]);
      if (found == index_of.end()) {
        fail(file, "Label {} of example {} is not among the {} classes given.", shown(texts[i]), i,
             dataset.classes.size());
      }
      indices.push_back(found->second);
    }
  }
  dataset.labels = xt::xtensor<std::int32_t, 1>(std::array<std::size_t, 1>{indices.size()});
  std::ranges::copy(indices, dataset.labels.data());
}

}  // namespace

Dataset read_csv(Bytes bytes, std::string_view file, const CsvOptions& options) {
  const std::vector<std::string> names = column_names(CsvScanner(bytes, file), file, options.header);
  const std::size_t label = label_column(names, file, options);
  const std::size_t features = names.size() - 1;
  if (features == 0)
    fail(file, "The table has only the label's column, at line 1. A sample needs at least one more.");
  const Shape shape =
      options.shape.rank() == 0 ? Shape{static_cast<std::int64_t>(features), 1, 1} : options.shape;
  if (shape.rank() != 3 || shape.size() != static_cast<std::int64_t>(features)) {
    throw_error(ErrorCode::invalid_argument, std::string(file),
                "A sample of shape {} does not fit the table's {} columns beside the label. Give channels, "
                "rows and columns whose product is that number.",
                shape, features);
  }

  std::vector<float> values, targets;
  std::vector<std::string> texts;
  CsvScanner scanner(bytes, file);
  if (options.header) {
    scanner.next_line();
    for (std::string_view field; scanner.next_field(field);) {
    }
  }
  while (scanner.next_line()) {
    std::size_t column = 0;
    for (std::string_view field; scanner.next_field(field); ++column) {
      if (column == names.size()) {
        scanner.fail_here("the first line has only {} columns.", names.size());
      }
      if (column != label) {
        values.push_back(number(scanner, field));
      } else if (options.regression) {
        targets.push_back(number(scanner, field));
      } else if (field.empty()) {
        scanner.fail_here("the label is empty.");
      } else {
        texts.emplace_back(field);
      }
    }
    if (column < names.size()) {
      scanner.fail_here("the line ends here, but the first line has {} columns.", names.size());
    }
  }
  const std::size_t count = values.size() / features;
  if (count == 0) fail(file, "The table has a header at line 1 but no examples.");

  Dataset dataset{std::string(file), "real", {}, {}, {}, {}};
  if (options.regression) {
    dataset.targets = xt::xtensor<float, 2>(std::array<std::size_t, 2>{count, 1});
    std::ranges::copy(targets, dataset.targets.data());
  } else {
    index_classes(texts, file, options, dataset);
  }
  xt::xtensor<float, 4> inputs(std::array<std::size_t, 4>{count, static_cast<std::size_t>(shape[0]),
                                                          static_cast<std::size_t>(shape[1]),
                                                          static_cast<std::size_t>(shape[2])});
  std::ranges::copy(values, inputs.data());
  dataset.inputs = std::move(inputs);
  return dataset;
}

}  // namespace livegrad
