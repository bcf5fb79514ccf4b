#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "livegrad/data.hpp"
#include "livegrad/spec.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad::cli {

/// What to learn from and what to test on: examples, of which `test` is null where there is nothing to test on, or a text.
struct Examples {
  std::shared_ptr<const Dataset> train, test;
  std::shared_ptr<const Text> text = nullptr;
  TextSplit split = TextSplit::none;

  const std::string& name() const { return text ? text->name : train->name; }
  const std::string& origin() const { return text ? text->origin : train->origin; }
  void give(Trainer& trainer) const {
    if (text)
      trainer.set_text(text, split);
    else
      trainer.set_data(train, test);
  }
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

/// The options that say which text: --text or --language, and --split.
struct TextChoice {
  std::string file, language;
  std::optional<TextSplit> split;

  void declare(CLI::App& app);
  bool given() const { return !file.empty() || !language.empty(); }
  /// `otherwise` is the name of the text that a checkpoint learned from, made again where the program made it.
  /// Errors  MissingData; invalid_data; invalid_argument when there is neither choice nor such a text
  /// With a vocabulary the text is brought into it.
  Examples load(const std::string& otherwise, TextSplit otherwise_split,
                const Vocabulary& vocabulary = {}) const;
};
inline constexpr TextSplit kDefaultSplit = TextSplit::tail_10;

/// A data set that the program knows by name.
struct DataPlace {
  std::string name;
  bool found = false;
  std::string place;  ///< the folder; where nothing was found, where it would be looked for
};
std::vector<DataPlace> data_places();

}  // namespace livegrad::cli
