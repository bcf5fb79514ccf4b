#include <algorithm>
#include <array>

#include "byte_reader.hpp"

namespace livegrad {
namespace {

using data::ByteReader;
using data::fail;

// Two zero bytes, the element type (8: unsigned byte), the number of dimensions.
constexpr std::uint32_t kImageMagic = 0x00000803, kLabelMagic = 0x00000801;

void check_magic(std::uint32_t magic, std::uint32_t expected, std::string_view content,
                 std::string_view file) {
  if (magic == expected) return;
  std::string hint = " Is this an IDX file?";
  if (magic >> 16 == 0x1f8b) hint = " The file is compressed with gzip: unpack it first.";
  if (magic == kImageMagic) hint = " The file holds images.";
  if (magic == kLabelMagic) hint = " The file holds labels.";
  fail(file, "The magic number at byte 0 is " + std::to_string(magic) + ", but IDX " + std::string(content) +
                 " have " + std::to_string(expected) + "." + hint);
}

std::uint32_t read_extent(ByteReader& reader, std::string_view what, std::string_view file) {
  const std::size_t at = reader.position();
  const std::uint32_t extent = reader.big_endian_32("the number of " + std::string(what));
  if (extent == 0 || extent > data::kMaxExtent) {
    fail(file, "The number of " + std::string(what) + " at byte " + std::to_string(at) + " is " +
                   std::to_string(extent) + ", but must be 1 to 2147483647.");
  }
  return extent;
}

void check_length(const ByteReader& reader, std::uint64_t expected, std::string_view file) {
  if (reader.remaining() == expected) return;
  fail(file, "The header promises " + std::to_string(expected) + " bytes from byte " +
                 std::to_string(reader.position()) + " on, but the file has " +
                 std::to_string(reader.remaining()) +
                 (reader.remaining() < expected ? ". It is cut short." : ". It has bytes too many."));
}

}  // namespace

xt::xtensor<std::uint8_t, 4> read_idx_images(Bytes bytes, std::string_view file) {
  ByteReader reader(bytes, file);
  check_magic(reader.big_endian_32("the magic number"), kImageMagic, "images", file);
  const std::uint64_t count = read_extent(reader, "images", file);
  const std::uint64_t height = read_extent(reader, "rows", file);
  const std::uint64_t width = read_extent(reader, "columns", file);
  if (height * width > data::kMaxExtent) {
    fail(file, "The images at byte 8 are " + std::to_string(height) + "x" + std::to_string(width) +
                   ", but may have at most 2147483647 pixels.");
  }
  check_length(reader, count * (height * width), file);
  xt::xtensor<std::uint8_t, 4> images(std::array<std::size_t, 4>{
      static_cast<std::size_t>(count), 1, static_cast<std::size_t>(height), static_cast<std::size_t>(width)});
  std::ranges::copy(reader.rest(), images.data());
  return images;
}

xt::xtensor<std::int32_t, 1> read_idx_labels(Bytes bytes, std::string_view file) {
  ByteReader reader(bytes, file);
  check_magic(reader.big_endian_32("the magic number"), kLabelMagic, "labels", file);
  const std::uint32_t count = read_extent(reader, "labels", file);
  check_length(reader, count, file);
  xt::xtensor<std::int32_t, 1> labels(std::array<std::size_t, 1>{count});
  std::ranges::copy(reader.rest(), labels.data());
  return labels;
}

Dataset combine_idx(xt::xtensor<std::uint8_t, 4> images, xt::xtensor<std::int32_t, 1> labels,
                    std::vector<std::string> classes, std::string_view name) {
  if (images.shape(0) != labels.shape(0)) {
    fail(name, "There are " + std::to_string(images.shape(0)) + " images but " +
                   std::to_string(labels.shape(0)) + " labels. Do the two files belong together?");
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels(i) < 0 || static_cast<std::size_t>(labels(i)) >= classes.size()) {
      fail(name, "Label " + std::to_string(labels(i)) + " of example " + std::to_string(i) +
                     " is not among the " + std::to_string(classes.size()) + " classes.");
    }
  }
  return {std::string(name), "real", std::move(images), std::move(labels), {}, std::move(classes)};
}

}  // namespace livegrad
