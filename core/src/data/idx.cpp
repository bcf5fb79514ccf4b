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
  fail(file, "The magic number at byte 0 is {}, but IDX {} have {}.{}", magic, content, expected, hint);
}

std::uint32_t read_extent(ByteReader& reader, std::string_view what, std::string_view file) {
  const std::size_t at = reader.position();
  const std::uint32_t extent = reader.big_endian_32(text("the number of {}", what));
  if (extent == 0 || extent > data::kMaxExtent) {
    fail(file, "The number of {} at byte {} is {}, but must be 1 to 2147483647.", what, at, extent);
  }
  return extent;
}

void check_length(const ByteReader& reader, std::uint64_t expected, std::string_view file) {
  if (reader.remaining() == expected) return;
  fail(file, "The header promises {} bytes from byte {} on, but the file has {}{}", expected,
       reader.position(), reader.remaining(),
       reader.remaining() < expected ? ". It is cut short." : ". It has bytes too many.");
}

}  // namespace

xt::xtensor<std::uint8_t, 4> read_idx_images(Bytes bytes, std::string_view file) {
  ByteReader reader(bytes, file);
  check_magic(reader.big_endian_32("the magic number"), kImageMagic, "images", file);
  const std::uint64_t count = read_extent(reader, "images", file);
  const std::uint64_t height = read_extent(reader, "rows", file);
  const std::uint64_t width = read_extent(reader, "columns", file);
  if (height * width > data::kMaxExtent) {
    fail(file, "The images at byte 8 are {}x{}, but may have at most 2147483647 pixels.", height, width);
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
    fail(name, "There are {} images but {} labels. Do the two files belong together?", images.shape(0),
         labels.shape(0));
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels(i) < 0 || static_cast<std::size_t>(labels(i)) >= classes.size()) {
      fail(name, "Label {} of example {} is not among the {} classes.", labels(i), i, classes.size());
    }
  }
  return {std::string(name), "real", std::move(images), std::move(labels), {}, std::move(classes)};
}

}  // namespace livegrad
