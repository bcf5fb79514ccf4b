#include <png.h>
#include <zlib.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "data/datasets.hpp"
#include "data/files.hpp"
#include "data/pictures.hpp"
#include "support/hostile.hpp"

using namespace livegrad;
using namespace livegrad::testing;
namespace fs = std::filesystem;

namespace {

/// A folder of its own, removed afterwards.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "livegrad-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~Folder() { fs::remove_all(path); }

  void write(const fs::path& name, const FileBytes& bytes) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
};

/// An environment variable, put back afterwards.
struct Setting {
  std::string name, old;
  bool was_set;
  Setting(const char* variable, const std::string& value)
      : name(variable),
        old(std::getenv(variable) ? std::getenv(variable) : ""),
        was_set(std::getenv(variable)) {
    setenv(variable, value.c_str(), 1);
  }
  ~Setting() { was_set ? setenv(name.c_str(), old.c_str(), 1) : unsetenv(name.c_str()); }
};

FileBytes gzip(const FileBytes& plain) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  FileBytes packed(deflateBound(&stream, plain.size()) + 32);
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

FileBytes png(std::uint32_t width, std::uint32_t height, png_uint_32 format, const FileBytes& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width, image.height = height, image.format = format;
  png_alloc_size_t size = 0;
  REQUIRE(png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr) != 0);
  FileBytes bytes(size);
  REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr) != 0);
  return bytes;
}

FileBytes counted(std::size_t n) {
  FileBytes bytes(n);
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
  return bytes;
}

FileBytes idx(bool images, std::uint8_t count) {
  FileBytes file{0, 0, 8, static_cast<std::uint8_t>(images ? 3 : 1), 0, 0, 0, count};
  if (images) {
    for (const std::uint8_t byte : {0, 0, 0, 2, 0, 0, 0, 2}) file.push_back(byte);
  }
  for (int i = 0; i < count * (images ? 4 : 1); ++i) file.push_back(static_cast<std::uint8_t>(i % 10));
  return file;
}

void write_mnist(const Folder& folder) {
  folder.write("mnist/train-images-idx3-ubyte.gz", gzip(idx(true, 5)));
  folder.write("mnist/train-labels-idx1-ubyte.gz", gzip(idx(false, 5)));
  folder.write("mnist/t10k-images-idx3-ubyte", idx(true, 2));
  folder.write("mnist/t10k-labels-idx1-ubyte", idx(false, 2));
}

void check_packed_readers(int mutations) {
  check_hostile_files(gzip(counted(300)), mutations, [](const FileBytes& f) { gunzip(f, "f", 100'000); });
  check_hostile_files(png(5, 4, PNG_FORMAT_GRAY, counted(20)), mutations,
                      [](const FileBytes& f) { read_png(f, "f"); });
  check_hostile_files(png(3, 3, PNG_FORMAT_RGBA, counted(36)), mutations,
                      [](const FileBytes& f) { read_png(f, "f"); });
}

}  // namespace

TEST_CASE("gunzip unpacks what gzip packed, all members", "[files]") {
  for (const std::size_t size : {0, 1, 1000, 5'000'000}) {
    const FileBytes plain = counted(size);
    CHECK(gunzip(gzip(plain), "f") == plain);
  }
  FileBytes two = gzip(counted(10));
  const FileBytes second = gzip(counted(3));
  two.insert(two.end(), second.begin(), second.end());
  CHECK(gunzip(two, "f").size() == 13);
}

TEST_CASE("gunzip refuses damage, leftovers and what grows without end", "[files]") {
  const FileBytes packed = gzip(counted(1000));
  const auto error = [](const FileBytes& file, std::size_t limit = 10'000) {
    return error_of([&] { gunzip(file, "f.gz", limit); });
  };
  CHECK(error(packed, 1000) == "");
  CHECK(error(packed, 999) == "[f.gz] Unpacked it has more than 999 bytes, the most allowed.");
  CHECK(error(gzip(FileBytes(50'000'000)), 1'000'000).find("more than 1000000") != std::string::npos);
  FileBytes bad = packed;
  bad.pop_back();
  CHECK(error(bad).find("before they are complete") != std::string::npos);
  bad = packed;
  bad[bad.size() - 6] ^= 1;  // the checksum
  CHECK(error(bad).find("damaged near byte") != std::string::npos);
  bad = packed;
  bad.push_back('x');
  CHECK(error(bad).find("something else follows") != std::string::npos);
  CHECK(error({}).find("no gzip file") != std::string::npos);
  for (const FileBytes& file : truncations(packed)) REQUIRE(error(file) != "");
}

TEST_CASE("PNG pictures keep their bytes", "[files]") {
  const FileBytes grey = counted(20), colour = counted(60);
  const Image a = read_png(png(5, 4, PNG_FORMAT_GRAY, grey), "f");
  CHECK(a.shape() == std::array<std::size_t, 3>{1, 4, 5});
  CHECK(std::equal(a.begin(), a.end(), grey.begin()));
  const Image b = read_png(png(5, 4, PNG_FORMAT_RGB, colour), "f");
  CHECK(b.shape() == std::array<std::size_t, 3>{3, 4, 5});
  CHECK(b(2, 3, 4) == colour[3 * 19 + 2]);
  CHECK(b(0, 0, 1) == colour[3]);
  CHECK(error_of([] { read_png(counted(100), "f"); }).find("no whole PNG") != std::string::npos);
}

TEST_CASE("a folder of pictures is a data set", "[files]") {
  const Folder folder;
  folder.write("two/b.PNG", png(3, 2, PNG_FORMAT_GRAY, counted(6)));
  folder.write("two/a.pgm", file_bytes("P2 3 2 255 1 2 3 4 5 6"));
  folder.write("one/x.png", png(3, 2, PNG_FORMAT_GRAY, counted(6)));
  folder.write("one/.hidden.png", {1});
  folder.write("one/notes.txt", {1});
  folder.write("readme.txt", {1});
  const Dataset dataset = load_image_folder(folder.path);
  CHECK(dataset.size() == 3);
  CHECK(dataset.sample_shape() == Shape{1, 2, 3});
  CHECK(dataset.classes == std::vector<std::string>{"one", "two"});
  CHECK(dataset.labels(0) == 0);
  CHECK(dataset.labels(2) == 1);
  CHECK(std::get<0>(dataset.inputs)(1, 0, 0, 0) == 1);

  folder.write("two/c.png", png(2, 2, PNG_FORMAT_GRAY, counted(6)));
  CHECK(error_of([&] { load_image_folder(folder.path); }).find("two/c.png] The picture is 2x2 grey, but") !=
        std::string::npos);
  fs::remove(folder.path / "two/c.png");
  folder.write("three/notes.txt", {1});
  CHECK(error_of([&] { load_image_folder(folder.path); }).find("three] This class has no pictures") !=
        std::string::npos);
  fs::remove_all(folder.path / "three");
  folder.write("two/d.png", counted(50));
  CHECK(error_of([&] { load_image_folder(folder.path); }).find("two/d.png] This is no whole PNG") !=
        std::string::npos);
  CHECK(error_of([&] { load_image_folder(folder.path / "one"); }).find("no pictures") != std::string::npos);
  CHECK(error_of([&] { load_image_folder(folder.path / "none"); }).find("no such folder") !=
        std::string::npos);
}

TEST_CASE("data sets are found by name, first where LIVEGRAD_DATA says", "[files]") {
  const Folder ours, cache;
  const Setting data("LIVEGRAD_DATA", ours.path.string()), home("XDG_CACHE_HOME", cache.path.string());
  const std::string missing = error_of([] { find_dataset("mnist"); });
  CHECK(missing.find("There is no folder mnist in " + ours.path.string() + " and " + cache.path.string()) !=
        std::string::npos);
  CHECK(error_of([] { find_dataset("mnits"); }) ==
        "[data set \"mnits\"] There is no data set of this name. Known are mnist, fashion-mnist, cifar-10.");
  write_mnist(ours);
  const SplitDataset mnist = find_dataset("mnist");
  CHECK(mnist.train.size() == 5);
  CHECK(mnist.test.size() == 2);
  CHECK(mnist.train.classes.size() == 10);
  CHECK(mnist.train.origin == "real");
  fs::rename(ours.path / "mnist", cache.path / "mnist");
  fs::create_directories(cache.path / "livegrad/data");
  fs::rename(cache.path / "mnist", cache.path / "livegrad/data/mnist");
  CHECK(find_dataset("mnist").train.size() == 5);
  fs::remove(cache.path / "livegrad/data/mnist/train-labels-idx1-ubyte.gz");
  CHECK(error_of([] { find_dataset("mnist"); }).find("train-labels-idx1-ubyte] There is no such file") !=
        std::string::npos);
}

TEST_CASE("CIFAR-10 takes the batches that are there, and CSV files gzip", "[files]") {
  const Folder folder;
  FileBytes records(2 * 3073, 3);
  CHECK(error_of([&] { load_cifar10(folder.path); }).find("data_batch_1.bin] There is no such file") !=
        std::string::npos);
  folder.write("data_batch_1.bin.gz", gzip(records));
  folder.write("data_batch_2.bin", records);
  folder.write("test_batch_first1000.bin.gz", gzip(records));
  const SplitDataset cifar = load_cifar10(folder.path);
  CHECK(cifar.train.size() == 4);
  CHECK(cifar.test.name == "cifar-10 (first 1000)");
  CHECK(cifar.train.name == "cifar-10");
  folder.write("t.csv.gz", gzip(file_bytes("a,b\n1,x\n")));
  CHECK(load_csv(folder.path / "t.csv", {}).size() == 1);
  CHECK(load_csv(folder.path / "t.csv.gz", {}).size() == 1);
}

TEST_CASE("damaged gzip and PNG files load or give an error, never more", "[files][hostile]") {
  check_packed_readers(3000);
}

TEST_CASE("100,000 damaged gzip and PNG files each", "[.long][files][hostile]") {
  check_packed_readers(100'000);
}

TEST_CASE("MNIST as published", "[files][mnist]") {
  SplitDataset mnist;
  try {
    mnist = find_dataset("mnist");
  } catch (const Error& error) {
    SKIP(error.what());
  }
  const int train_counts[]{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949};
  const int test_counts[]{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009};
  for (int digit = 0; digit < 10; ++digit) {
    CHECK(std::count(mnist.train.labels.begin(), mnist.train.labels.end(), digit) == train_counts[digit]);
    CHECK(std::count(mnist.test.labels.begin(), mnist.test.labels.end(), digit) == test_counts[digit]);
  }
  CHECK(mnist.train.sample_shape() == Shape{1, 28, 28});
}
