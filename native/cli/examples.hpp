#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "livegrad/data.hpp"
#include "livegrad/spec.hpp"

namespace livegrad::cli {

/// What to learn from and what to test on. `test` is null where there is nothing to test on.
struct Examples {
  std::shared_ptr<const Dataset> train, test;
};

/// The options that say which data: --data, and how to read a CSV file.
struct DataChoice {
  std::string data;
  CsvOptions csv;

  /// `otherwise` ends the help of --data: what is used without it.
  void declare(CLI::App& app, const std::string& otherwise);
  /// The same as an argument without a name.
  void declare_name(CLI::App& app);
  /// What the choice means, or `otherwise` where there is none. The input of `spec` is the shape of a CSV file's rows.
  /// Errors  MissingData; invalid_data, invalid_argument
  Examples load(const std::string& otherwise, const Spec* spec = nullptr) const;

 private:
  void declare_csv(CLI::App& app);
};

inline constexpr const char* kDefaultData = "mnist";

/// A data set that the program knows by name.
struct DataPlace {
  std::string name;
  bool found = false;
  std::string place;  ///< the folder; where nothing was found, where it would be looked for
};
std::vector<DataPlace> data_places();

}  // namespace livegrad::cli
