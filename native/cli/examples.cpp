#include "examples.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "data/datasets.hpp"
#include "data/files.hpp"
#include "data/pictures.hpp"
#include "livegrad/digits.hpp"
#include "output.hpp"

namespace livegrad::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNames[] = {"mnist", "fashion-mnist", "cifar-10"};

const std::string kDataHelp =
    "mnist, fashion-mnist, cifar-10; drawn (digits that the program draws; drawn:60000 for so many); a CSV file; a folder "
    "with train.csv and test.csv, or with pictures in one folder per class, in train/ and test/ or without parts. ";

// As the page draws them by default, so that a run can be compared with it.
constexpr std::int64_t kDrawnTraining = 10'000, kDrawnTest = 2'000;
constexpr std::uint64_t kDrawnSeed = 1, kDrawnTestSeed = kDrawnSeed + (std::uint64_t{1} << 32);

struct Parts {
  Dataset train;
  std::optional<Dataset> test = std::nullopt;
};

Parts parts(SplitDataset both) { return {std::move(both.train), std::move(both.test)}; }

/// "drawn", or "drawn:60000" for so many to learn from; checkpoints have the data set's own name.
bool is_drawn(const std::string& what) {
  return what == "drawn" || what == "drawn-digits" || what.starts_with("drawn:");
}

Parts draw(const std::string& what) {
  std::int64_t count = kDrawnTraining;
  if (what.starts_with("drawn:")) {
    const char* first = what.data() + 6;
    const char* last = what.data() + what.size();
    const auto [end, error] = std::from_chars(first, last, count);
    if (error != std::errc() || end != last || count < 1 || count > 10'000'000)
      throw Error(ErrorCode::invalid_argument, "--data",
                  "\"" + what + "\" names no number of digits. Write drawn:60000 for 60,000; 1 to 10,000,000 are possible.");
  }
  Parts drawn{drawn_digits(count, kDrawnSeed), drawn_digits(kDrawnTest, kDrawnTestSeed)};
  // The default ones keep the name that they have in the page.
  if (count != kDrawnTraining) drawn.train.name = drawn.test->name = what;
  return drawn;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) || fs::exists(fs::path(path) += ".gz", error);
}

bool is_csv(const fs::path& path) {
  return path.extension() == ".csv" || (path.extension() == ".gz" && path.stem().extension() == ".csv");
}

/// A folder: one as MNIST or CIFAR-10 were published; train.csv and test.csv; pictures in train/ and test/ or without parts.
Parts load_folder(const fs::path& folder, const CsvOptions& csv) {
  if (is_there(folder / "train-images-idx3-ubyte"))
    return parts(folder.filename() == "fashion-mnist" ? load_fashion_mnist(folder) : load_mnist(folder));
  if (is_there(folder / "data_batch_1.bin")) return parts(load_cifar10(folder));
  if (is_there(folder / "train.csv")) {
    Dataset train = load_csv(folder / "train.csv", csv);
    if (!is_there(folder / "test.csv")) return {std::move(train)};
    CsvOptions same = csv;
    same.classes = train.classes;
    Dataset test = load_csv(folder / "test.csv", same);
    return {std::move(train), std::move(test)};
  }
  if (is_there(folder / "train") && is_there(folder / "test")) {
    Dataset train = load_image_folder(folder / "train"), test = load_image_folder(folder / "test");
    if (train.classes != test.classes)
      throw Error(ErrorCode::invalid_data, folder.string(),
                  "train/ and test/ have not the same classes. Give both the same sub-folders.");
    return {std::move(train), std::move(test)};
  }
  return {load_image_folder(folder)};
}

Parts load_named(const std::string& what, const CsvOptions& csv) {
  if (is_drawn(what)) return draw(what);
  if (std::ranges::find(kNames, what) != std::end(kNames)) return parts(find_dataset(what));
  const fs::path path = what;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    Parts loaded = load_folder(path, csv);
    loaded.train.name = what;
    if (loaded.test) loaded.test->name = what;
    return loaded;
  }
  if (is_csv(path)) return {load_csv(path, csv)};
  if (fs::exists(path, error))
    throw Error(ErrorCode::invalid_argument, what, "Data are a folder or a CSV file, and this is neither.");
  std::string names;
  for (const char* name : kNames) names += std::string(name) + ", ";
  throw MissingData("--data", "There is no data set, folder or CSV file \"" + what + "\". Known are " + names + "drawn.");
}

}  // namespace

void DataChoice::declare(CLI::App& app, const std::string& otherwise) {
  app.add_option("--data", data, kDataHelp + otherwise)->type_name("DATA");
  declare_csv(app);
}

void DataChoice::declare_name(CLI::App& app) {
  app.add_option("name", data, kDataHelp + "Without it all that are known by name are listed")->type_name("DATA");
  declare_csv(app);
}

void DataChoice::declare_csv(CLI::App& app) {
  constexpr const char* kGroup = "CSV files";
  const auto set_label = [this](const std::string& text) {
    int column = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), column);
    if (error == std::errc() && end == text.data() + text.size())
      csv.label = column;
    else
      csv.label = text;
  };
  app.add_option_function<std::string>(
         "--label", set_label, "Column to predict: its name, or its number from 0, negative from the end; the last one by default")
      ->type_name("COLUMN")
      ->group(kGroup);
  app.add_flag("--regression", csv.regression, "The label is a number to come close to, not a class")->group(kGroup);
  app.add_flag("!--header,--no-header", [this](std::int64_t count) { csv.header = count <= 0; },
               "The first line is an example too, no heading")
      ->group(kGroup);
}

Examples DataChoice::load(const std::string& otherwise, const Spec* spec) const {
  const std::string& what = data.empty() ? otherwise : data;
  CsvOptions options = csv;
  if (spec != nullptr && spec->input().rank() == 3) options.shape = spec->input();
  try {
    Parts loaded = load_named(what, options);
    return {std::make_shared<const Dataset>(std::move(loaded.train)),
            loaded.test ? std::make_shared<const Dataset>(std::move(*loaded.test)) : nullptr};
  } catch (const MissingData&) {
    throw;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) throw MissingData(error.where(), error.message());
    throw;
  }
}

std::vector<DataPlace> data_places() {
  std::vector<DataPlace> places;
  for (const char* name : kNames) {
    DataPlace place{.name = name, .found = false, .place = ""};
    for (const fs::path& folder : data_folders()) {
      std::error_code error;
      place.found = fs::is_directory(folder / name, error);
      place.place = place.found ? (folder / name).string()
                                : place.place + (place.place.empty() ? "" : " or ") + (folder / name).string();
      if (place.found) break;
    }
    places.push_back(std::move(place));
  }
  return places;
}

}  // namespace livegrad::cli
