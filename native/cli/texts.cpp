// The options that say which text to learn from.
#include <filesystem>

#include "data/datasets.hpp"
#include "data/files.hpp"
#include "examples.hpp"
#include "livegrad/languages.hpp"
#include "output.hpp"

namespace livegrad::cli {
namespace {

namespace fs = std::filesystem;

// As the page makes them by default, so that a run can be compared with it.
constexpr std::int64_t kLanguageCharacters = 1'000'000;
constexpr std::uint64_t kLanguageSeed = 1;

std::string language_names() {
  std::string names;
  for (const LanguageInfo& info : languages()) names += (names.empty() ? "" : ", ") + std::string(info.name);
  return names;
}

Text made(const std::string& name) {
  const auto language = parse_language(name);
  if (!language)
    throw Error(ErrorCode::invalid_argument, "--language",
                "The program writes no language \"" + name + "\". It knows " + language_names() + ".");
  return write_text(*language, kLanguageCharacters, kLanguageSeed);
}

/// The file of that name, or the text of that name among the data.
fs::path find(const std::string& name) {
  std::error_code error;
  if (fs::exists(name, error) || fs::exists(name + ".gz", error)) return name;
  for (const fs::path& folder : data_folders()) {
    const fs::path known = folder / "text" / (name + ".txt");
    if (fs::exists(known, error) || fs::exists(known.string() + ".gz", error)) return known;
  }
  throw MissingData("--text", "There is no file \"" + name +
                                  "\", and no text of that name among the data. Give a text file.");
}

}  // namespace

void TextChoice::declare(CLI::App& app) {
  constexpr const char* kGroup = "Texts, for networks over symbols";
  auto* text =
      app.add_option("--text", file, "Text file in UTF-8, of any language, gzip or not; or tinyshakespeare")
          ->type_name("FILE")
          ->group(kGroup);
  app.add_option("--language", language, "A text that the program writes by rules: " + language_names())
      ->type_name("NAME")
      ->group(kGroup)
      ->excludes(text);
  app.add_option_function<std::string>(
         "--split",
         [this](const std::string& word) {
           split = parse_text_split(word);
           if (!split)
             throw CLI::ValidationError(
                 "--split", "\"" + word + "\" is no split; there are streams-5, tail-10 and none");
         },
         "What is held out: streams-5 (the last 5 % of each of 50 streams, as char-rnn does), tail-10 (the "
         "last 10 %, as "
         "nanoGPT does; the default) or none")
      ->type_name("NAME")
      ->group(kGroup);
}

Examples TextChoice::load(const std::string& otherwise, TextSplit otherwise_split,
                          const Vocabulary& vocabulary) const {
  Examples examples;
  examples.split = split.value_or(otherwise_split);
  Text text;
  if (!language.empty() || (file.empty() && parse_language(otherwise))) {
    text = made(language.empty() ? otherwise : language);
  } else if (!file.empty() || !otherwise.empty()) {
    const fs::path path = find(file.empty() ? otherwise : file);
    text = read_text(read_unpacked(path), path.string());
    text.name = (path.extension() == ".gz" ? path.stem() : path).stem().string();
  } else {
    throw Error(ErrorCode::invalid_argument, "--text",
                "The network learns from a text. Give one with --text FILE, or --language sums for one that "
                "the program "
                "writes.");
  }
  if (vocabulary.size() > 0 && text.vocabulary != vocabulary) text = with_vocabulary(text, vocabulary);
  examples.text = std::make_shared<const Text>(std::move(text));
  return examples;
}

}  // namespace livegrad::cli
