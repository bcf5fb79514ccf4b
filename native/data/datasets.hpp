#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "livegrad/data.hpp"

namespace livegrad {

// Published data sets, each from a folder that holds its files as published, gzip or not.
// Errors  not_found when a file is missing; invalid_data when one is damaged

/// MNIST: train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte.
SplitDataset load_mnist(const std::filesystem::path& folder);

/// Fashion-MNIST: files as MNIST's, ten kinds of clothes.
SplitDataset load_fashion_mnist(const std::filesystem::path& folder);

/// CIFAR-10: data_batch_1.bin to data_batch_5.bin, as many as there are, and test_batch.bin, else the part of it in
/// test_batch_first1000.bin; the test set's name tells.
SplitDataset load_cifar10(const std::filesystem::path& folder);

/// A CSV file, gzip or not; see read_csv.
Dataset load_csv(const std::filesystem::path& path, const CsvOptions& options);

/// Where data sets are looked for, in order: the folder named by LIVEGRAD_DATA, then the cache
/// (livegrad/data in XDG_CACHE_HOME, or in ~/.cache).
std::vector<std::filesystem::path> data_folders();

/// "mnist", "fashion-mnist" or "cifar-10" from the first of data_folders() that has a folder of this name.
/// Errors  not_found, saying where it looked and how to get the files; invalid_argument for another name
SplitDataset find_dataset(std::string_view name);

}  // namespace livegrad
