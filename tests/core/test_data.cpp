#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdlib>
#include <string>

#include "livegrad/data.hpp"
#include "livegrad/error.hpp"
#include "support/hostile.hpp"

using namespace livegrad;
using namespace livegrad::testing;

namespace {

void append_be32(FileBytes& file, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::uint8_t>(value >> shift));
}

FileBytes idx_images(std::uint32_t count, std::uint32_t height, std::uint32_t width, std::size_t pixels) {
  FileBytes file;
  for (const std::uint32_t word : {0x803u, count, height, width}) append_be32(file, word);
  for (std::size_t i = 0; i < pixels; ++i) file.push_back(static_cast<std::uint8_t>(i));
  return file;
}

FileBytes idx_labels(std::uint32_t count, std::size_t labels) {
  FileBytes file;
  append_be32(file, 0x801);
  append_be32(file, count);
  for (std::size_t i = 0; i < labels; ++i) file.push_back(static_cast<std::uint8_t>(i % 3));
  return file;
}

FileBytes cifar_records(std::size_t count) {
  FileBytes file;
  for (std::size_t i = 0; i < count; ++i) {
    file.push_back(static_cast<std::uint8_t>(i % 10));
    for (int k = 0; k < 3072; ++k) file.push_back(static_cast<std::uint8_t>(k / 1024 * 100 + k % 7));
  }
  return file;
}

Dataset csv(std::string_view text, const CsvOptions& options = {}) {
  return read_csv(file_bytes(text), "table.csv", options);
}

std::string csv_error(std::string_view text, const CsvOptions& options = {}) {
  return error_of([&] { csv(text, options); });
}

const xt::xtensor<float, 4>& floats(const Dataset& dataset) {
  return std::get<xt::xtensor<float, 4>>(dataset.inputs);
}

const std::string kIris =
    "sepal,petal,\"the species\"\r\n5.1,1.4,setosa\r\n7.0,4.7,\"versi\"\"color\"\r\n\r\n6.3,-6e0,setosa\r\n";

}  // namespace

TEST_CASE("IDX files give images and labels", "[data]") {
  const auto images = read_idx_images(idx_images(3, 2, 4, 24), "images");
  CHECK(images.shape() == std::array<std::size_t, 4>{3, 1, 2, 4});
  CHECK(images(2, 0, 1, 3) == 23);
  const auto labels = read_idx_labels(idx_labels(3, 3), "labels");
  const Dataset dataset = combine_idx(images, labels, {"a", "b", "c"}, "small");
  CHECK(dataset.size() == 3);
  CHECK(dataset.sample_shape() == Shape{1, 2, 4});
  CHECK(dataset.labels(2) == 2);
  CHECK(dataset.name == "small");
  CHECK(error_of([&] {
          combine_idx(images, labels, {"a", "b"}, "small");
        }) == "[small] Label 2 of example 2 is not among the 2 classes.");
  CHECK(error_of([&] {
          combine_idx(images, read_idx_labels(idx_labels(2, 2), "l"), {"a", "b"}, "small");
        }) == "[small] There are 3 images but 2 labels. Do the two files belong together?");
}

TEST_CASE("wrong IDX files are refused with the place and the numbers", "[data]") {
  const auto images_error = [](const FileBytes& file) {
    return error_of([&] { read_idx_images(file, "f"); });
  };
  CHECK(images_error({}) ==
        "[f] The file ends at byte 0, inside the magic number (4 bytes at byte 0). It is cut short or "
        "of another format.");
  CHECK(images_error(idx_labels(3, 3)) ==
        "[f] The magic number at byte 0 is 2049, but IDX images have 2051. The file holds labels.");
  CHECK(images_error({0x1f, 0x8b, 8, 0}).find("gzip") != std::string::npos);
  CHECK(images_error(idx_images(3, 2, 4, 23)) ==
        "[f] The header promises 24 bytes from byte 16 on, but the file has 23. It is cut short.");
  CHECK(images_error(idx_images(3, 2, 4, 25)).find("bytes too many") != std::string::npos);
  CHECK(images_error(idx_images(0, 2, 4, 0)) ==
        "[f] The number of images at byte 4 is 0, but must be 1 to 2147483647.");
  // Products that wrap around 32 or 64 bits must not.
  CHECK(images_error(idx_images(0x7fffffff, 0x7fffffff, 0x7fffffff, 8)).find("at most 2147483647") !=
        std::string::npos);
  CHECK(images_error(idx_images(0x40000000, 2, 2, 0)).find("promises 4294967296 bytes") != std::string::npos);
  CHECK(images_error(idx_images(1, 0xffffffff, 1, 0)).find("rows at byte 8") != std::string::npos);
  CHECK(error_of([] { read_idx_labels(idx_labels(4, 3), "f"); }).find("promises 4 bytes") !=
        std::string::npos);
}

TEST_CASE("CIFAR-10 records give colour images", "[data]") {
  const Dataset dataset = read_cifar10(cifar_records(3), "batch");
  CHECK(dataset.sample_shape() == Shape{3, 32, 32});
  CHECK(dataset.labels(2) == 2);
  CHECK(dataset.classes.at(2) == "bird");
  CHECK(std::get<0>(dataset.inputs)(2, 1, 0, 3) == 100 + 1027 % 7);
  auto bad = cifar_records(2);
  bad[3073] = 10;
  CHECK(error_of([&] { read_cifar10(bad, "batch"); }) ==
        "[batch] The label at byte 3073 is 10, but must be 0 to 9.");
  bad.pop_back();
  CHECK(error_of([&] { read_cifar10(bad, "batch"); }).find("ends at byte 3073") != std::string::npos);
  CHECK_THROWS_AS(read_cifar10({}, "batch"), Error);

  const Dataset parts[]{dataset, dataset};
  const Dataset joined = concatenate(parts);
  CHECK(joined.size() == 6);
  CHECK(joined.labels(5) == 2);
  CHECK_THROWS_AS(concatenate({}), Error);
  const Dataset other[]{dataset, csv("a,b\n1,0\n")};
  CHECK_THROWS_AS(concatenate(other), Error);
}

TEST_CASE("CSV tables give numbers and classes", "[data]") {
  const Dataset iris = csv(kIris);
  CHECK(iris.size() == 3);
  CHECK(iris.sample_shape() == Shape{2, 1, 1});
  CHECK(iris.classes == std::vector<std::string>{"setosa", "versi\"color"});
  CHECK(iris.labels(1) == 1);
  CHECK(iris.labels(2) == 0);
  CHECK(floats(iris)(2, 1, 0, 0) == -6.0f);

  const Dataset digits =
      csv("\xef\xbb\xbflabel,p1,p2,p3,p4\n2,1,2,3,4\n0,5,6,7,8", {.label = "label", .shape = {1, 2, 2}});
  CHECK(digits.classes == std::vector<std::string>{"0", "1", "2"});
  CHECK(digits.labels(0) == 2);
  CHECK(floats(digits)(1, 0, 1, 0) == 7);

  const Dataset known = csv("1,b\n2, a \n", {.header = false, .classes = {"b", "c", "a"}});
  CHECK(known.labels(0) == 0);
  CHECK(known.labels(1) == 2);
  const Dataset house = csv("rooms,price\n3,250000.5\n4,3.1e5\n", {.label = 1, .regression = true});
  CHECK(house.labels.size() == 0);
  CHECK(house.targets(0, 0) == 250000.5f);
  CHECK(house.classes.empty());
}

TEST_CASE("wrong CSV tables are refused with line and column", "[data]") {
  CHECK(csv_error("a,b\n1,x\n\noops,y\n") ==
        "[table.csv] Line 4, column 1: expected a number but found \"oops\".");
  CHECK(csv_error("a,b\n1,x\n2\n") ==
        "[table.csv] Line 3, column 1: the line ends here, but the first line has 2 columns.");
  CHECK(csv_error("a,b\n1,x,3\n") == "[table.csv] Line 2, column 3: the first line has only 2 columns.");
  CHECK(csv_error("a,b\n1,\"x\n").find("never closed") != std::string::npos);
  CHECK(csv_error("a,b\n1,\"x\"y\n").find("after the closing quote") != std::string::npos);
  CHECK(csv_error("a,b\n1,\n").find("the label is empty") != std::string::npos);
  CHECK(csv_error("a,b\nnan,1\n").find("expected a number") != std::string::npos);
  CHECK(csv_error("a,b\n1e39,1\n").find("too large") != std::string::npos);
  CHECK(csv_error("a,b\n").find("no examples") != std::string::npos);
  CHECK(csv_error("").find("no lines") != std::string::npos);
  CHECK(csv_error("a\n1\n").find("only the label") != std::string::npos);
  CHECK(csv_error("a,b\n1,2\n", {.label = 2}).find("Use 0 to 1") != std::string::npos);
  CHECK(csv_error("a,b\n1,2\n", {.label = "c"}).find("\"c\"") != std::string::npos);
  CHECK(csv_error("a,b\n1,z\n", {.classes = {"x"}}).find("\"z\" of example 0") != std::string::npos);
  CHECK(csv_error("a,b\n1,z\n", {.shape = {1, 2, 2}}).find("does not fit") != std::string::npos);
}

TEST_CASE("numbers are read without the locale", "[data]") {
  for (const char* text : {"0",
                           "-0",
                           "1",
                           "+1.5",
                           ".5",
                           "5.",
                           "1e3",
                           "1E-3",
                           "-2.5e+10",
                           "3.14159265358979",
                           "123456789012345678901234567890",
                           "0.000000000000000000000001",
                           "1e-320",
                           "4.9e-324",
                           "1.7976931348623157e308",
                           "1e-400",
                           "1e-99999999999",
                           "0e999",
                           "00012",
                           "0.1",
                           "9007199254740993",
                           "9007199254740993.0000000000000000000000000000001",
                           "2.4703282292062327e-324",
                           "2.4703282292062328e-324",
                           "2.2250738585072011e-308",
                           "6.02214076e23",
                           "1.00000000000000011102230246251565404"}) {
    INFO(text);
    double value = 7;
    REQUIRE(parse_number(text, value));
    const double expected = std::strtod(text, nullptr);
    CHECK(std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(expected));
  }
  for (const char* text : {"", "-", ".", "e5", "1e", "1e+", "1 ", " 1", "1,5", "0x10", "nan", "inf", "1e309",
                           "1e9999999999", "1e99999999999", "--1", "1.2.3", "1e99999999999"}) {
    INFO(text);
    double value = 7;
    CHECK_FALSE(parse_number(text, value));
    CHECK(value == 7);
  }
}

TEST_CASE("PGM pictures are read, plain and raw", "[data]") {
  const Image plain = read_pgm(file_bytes("P2 # a comment\n3 2\n# another\n7\n0 7 3\n1 2 7\n"), "p.pgm");
  CHECK(plain.shape() == std::array<std::size_t, 3>{1, 2, 3});
  CHECK(plain(0, 0, 1) == 255);
  CHECK(plain(0, 0, 2) == 109);
  const Image raw = read_pgm(file_bytes("P5 2 1 255\n\x80\x20"), "p.pgm");
  CHECK(raw(0, 0, 0) == 0x80);
  const Image wide = read_pgm(file_bytes(std::string_view("P5 1 1 65535\n\x80\x00", 15)), "p.pgm");
  CHECK(wide(0, 0, 0) == 128);

  const auto pgm_error = [](std::string_view text) {
    return error_of([&] { read_pgm(file_bytes(text), "p"); });
  };
  CHECK(pgm_error("P6 1 1 255\nabc").find("no portable graymap") != std::string::npos);
  CHECK(pgm_error("P5 2 2 255\nabc").find("needs at least 4 bytes from byte 11 on, but the file has 3") !=
        std::string::npos);
  CHECK(pgm_error("P5 1 1 100\n\xff").find("above the largest grey value 100") != std::string::npos);
  CHECK(pgm_error("P5 1 1 255\nab").find("more follows") != std::string::npos);
  CHECK(pgm_error("P2 1 1 255\n256").find("whole number from 0 to 255") != std::string::npos);
  CHECK(pgm_error("P5 99999 1 255\n").find("the width") != std::string::npos);
  CHECK(pgm_error("P5 65535 65535 255\n").find("4294836225") != std::string::npos);
}

namespace {

void check_all_readers(int mutations) {
  check_hostile_files(idx_images(3, 2, 2, 12), mutations,
                      [](const FileBytes& f) { read_idx_images(f, "f"); });
  check_hostile_files(idx_labels(6, 6), mutations, [](const FileBytes& f) { read_idx_labels(f, "f"); });
  check_hostile_files(file_bytes("P2\n3 2 # c\n15\n0 7 3\n1 2 7\n"), mutations,
                      [](const FileBytes& f) { read_pgm(f, "f"); });
  check_hostile_files(file_bytes("P5\n3 2\n255\nabcdef"), mutations,
                      [](const FileBytes& f) { read_pgm(f, "f"); });
  check_hostile_files(file_bytes(kIris), mutations, [](const FileBytes& f) { read_csv(f, "f", {}); });
  check_hostile_files(file_bytes("a,b\n1,0\n2.5,3\n"), mutations, [](const FileBytes& f) {
    const Dataset dataset = read_csv(f, "f", {.label = "b"});
    for (const std::int32_t label : dataset.labels) {
      REQUIRE((label >= 0 && static_cast<std::size_t>(label) < dataset.classes.size()));
    }
  });
  check_hostile_files(cifar_records(1), mutations, [](const FileBytes& f) { read_cifar10(f, "f"); });
}

}  // namespace

TEST_CASE("damaged files load or give an error, never more", "[data][hostile]") { check_all_readers(3000); }

TEST_CASE("100,000 damaged files for each reader", "[.long][data][hostile]") { check_all_readers(100'000); }
