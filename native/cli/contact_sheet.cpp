#include "contact_sheet.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "livegrad/error.hpp"

namespace livegrad::cli {
namespace {

constexpr std::int64_t kGap = 2, kSmallSide = 48;
constexpr std::uint8_t kPaper = 128;
constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

/// Indices of the samples, row by row.
std::vector<std::vector<std::int32_t>> choose(const Dataset& data, std::int64_t count) {
  std::vector<std::vector<std::int32_t>> rows(std::max<std::size_t>(1, data.classes.size()));
  for (std::int32_t i = 0; i < data.size(); ++i) {
    auto& row = rows[data.classes.empty() ? 0 : std::size_t(data.labels(std::size_t(i)))];
    if (std::ssize(row) < count) row.push_back(i);
  }
  return rows;
}

/// A picture of bytes, one or three to a pixel.
struct Sheet {
  std::int64_t height, width, channels;
  std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(std::size_t(height * width * channels), kPaper);

  /// Copies a sample [C,H,W] of values from 0 to 255, every pixel `zoom` times each way.
  void paste(std::span<const real> x, const Shape& shape, std::int64_t top, std::int64_t left, std::int64_t zoom) {
    const std::int64_t h = shape[1], w = shape[2];
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t i = 0; i < h * zoom; ++i)
        for (std::int64_t j = 0; j < w * zoom; ++j) {
          const real value = x[std::size_t((c * h + i / zoom) * w + j / zoom)];
          pixels[std::size_t(((top + i) * width + left + j) * channels + c)] =
              static_cast<std::uint8_t>(std::clamp(std::round(value), real(0), real(255)));
        }
  }

  std::vector<std::uint8_t> png() const {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    std::vector<std::uint8_t> file(PNG_IMAGE_PNG_SIZE_MAX(image));
    png_alloc_size_t size = file.size();
    if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
      throw Error(ErrorCode::out_of_memory, "contact sheet", std::string("The picture cannot be made: ") + image.message + ".");
    file.resize(size);
    return file;
  }
};

}  // namespace

std::vector<std::uint8_t> contact_sheet(const std::shared_ptr<const Dataset>& data, std::int64_t count,
                                        const TrainingOptions* training) {
  const Shape whole = data->sample_shape();
  if (!std::holds_alternative<xt::xtensor<std::uint8_t, 4>>(data->inputs) || (whole[0] != 1 && whole[0] != 3))
    throw Error(ErrorCode::invalid_data, "contact sheet",
                "The samples of \"" + data->name + "\" are " + whole.text() + " numbers, no pictures.");
  BatchReader reader(data, {.scale = 1, .shift = 0}, training != nullptr ? training->augmentation : Augmentation{},
                     training != nullptr ? training->seed : 1);
  const Shape shape = reader.sample_shape();
  const auto rows = choose(*data, count);
  std::size_t longest = 0;
  for (const auto& row : rows) longest = std::max(longest, row.size());

  const std::int64_t zoom = std::max<std::int64_t>(1, kSmallSide / std::max(shape[1], shape[2]));
  const std::int64_t row_step = shape[1] * zoom + kGap, column_step = shape[2] * zoom + kGap;
  const std::int64_t height = std::ssize(rows) * row_step + kGap, width = std::int64_t(longest) * column_step + kGap;
  if (height > kMostPixels / width)
    throw Error(ErrorCode::invalid_argument, "--count",
                "The picture would be " + std::to_string(width) + "x" + std::to_string(height) +
                    " pixels. Use a smaller number.");
  Sheet sheet{height, width, shape[0]};
  std::vector<real> x(std::size_t(shape.size()));
  std::uint64_t place = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j) {
      reader.read({&rows[i][j], 1}, place++, {.x = x});
      sheet.paste(x, shape, std::int64_t(i) * row_step + kGap, std::int64_t(j) * column_step + kGap, zoom);
    }
  return sheet.png();
}

}  // namespace livegrad::cli
