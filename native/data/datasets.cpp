#include "data/datasets.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <system_error>

#include "data/files.hpp"
#include "livegrad/error.hpp"

namespace livegrad {
namespace {

namespace fs = std::filesystem;

Dataset load_idx(const fs::path& folder, const std::string& part, const std::vector<std::string>& classes,
                 const std::string& name) {
  const fs::path images = folder / (part + "-images-idx3-ubyte"),
                 labels = folder / (part + "-labels-idx1-ubyte");
  return combine_idx(read_idx_images(read_unpacked(images), images.string()),
                     read_idx_labels(read_unpacked(labels), labels.string()), classes, name);
}

SplitDataset load_idx_pair(const fs::path& folder, const std::vector<std::string>& classes,
                           const std::string& name) {
  return {load_idx(folder, "train", classes, name), load_idx(folder, "t10k", classes, name)};
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) || fs::exists(fs::path(path) += ".gz", error);
}

Dataset load_cifar10_batch(const fs::path& path, const std::string& name) {
  Dataset dataset = read_cifar10(read_unpacked(path), path.string());
  dataset.name = name;
  return dataset;
}

struct Known {
  std::string_view name;
  SplitDataset (*load)(const fs::path&);
};
constexpr std::array<Known, 3> kKnown{
    {{"mnist", load_mnist}, {"fashion-mnist", load_fashion_mnist}, {"cifar-10", load_cifar10}}};

}  // namespace

SplitDataset load_mnist(const fs::path& folder) {
  return load_idx_pair(folder, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, "mnist");
}

SplitDataset load_fashion_mnist(const fs::path& folder) {
  return load_idx_pair(folder,
                       {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
                        "Bag", "Ankle boot"},
                       "fashion-mnist");
}

SplitDataset load_cifar10(const fs::path& folder) {
  std::vector<Dataset> batches;
  for (int i = 1; i <= 5; ++i) {
    const fs::path path = folder / ("data_batch_" + std::to_string(i) + ".bin");
    // The first must be there, and its absence is reported by reading it.
    if (i == 1 || is_there(path)) batches.push_back(load_cifar10_batch(path, "cifar-10"));
  }
  const bool part = !is_there(folder / "test_batch.bin") && is_there(folder / "test_batch_first1000.bin");
  return {concatenate(batches),
          part ? load_cifar10_batch(folder / "test_batch_first1000.bin", "cifar-10 (first 1000)")
               : load_cifar10_batch(folder / "test_batch.bin", "cifar-10")};
}

Dataset load_csv(const fs::path& path, const CsvOptions& options) {
  return read_csv(read_unpacked(path), path.string(), options);
}

std::vector<fs::path> data_folders() {
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value != nullptr ? value : "");
  };
  std::vector<fs::path> folders;
  if (const fs::path data = environment("LIVEGRAD_DATA"); !data.empty()) folders.push_back(data);
  if (const fs::path cache = environment("XDG_CACHE_HOME"); !cache.empty()) {
    folders.push_back(cache / "livegrad" / "data");
  } else if (const fs::path home = environment("HOME"); !home.empty()) {
    folders.push_back(home / ".cache" / "livegrad" / "data");
  }
  return folders;
}

SplitDataset find_dataset(std::string_view name) {
  const std::string where = "data set \"" + std::string(name) + "\"";
  std::string names, looked;
  for (const Known& known : kKnown) {
    names += std::string(names.empty() ? "" : ", ") + std::string(known.name);
    if (known.name != name) continue;
    for (const fs::path& folder : data_folders()) {
      std::error_code error;
      if (fs::is_directory(folder / known.name, error)) return known.load(folder / known.name);
      looked += (looked.empty() ? "" : " and ") + folder.string();
    }
    throw Error(ErrorCode::not_found, where,
                "There is no folder " + std::string(name) + " in " + (looked.empty() ? "any place" : looked) +
                    ". Run `npm start` once to fetch it, or set LIVEGRAD_DATA to a folder that holds it.");
  }
  throw Error(ErrorCode::invalid_argument, where,
              "There is no data set of this name. Known are " + names + ".");
}

}  // namespace livegrad
