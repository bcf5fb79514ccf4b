#include "data/pictures.hpp"

#include <png.h>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>

#include "data/files.hpp"
#include "livegrad/error.hpp"

namespace livegrad {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string_view file, std::string message) {
  throw Error(ErrorCode::invalid_data, std::string(file), std::move(message));
}

std::string extension_of(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension;
}

/// What a folder holds of one kind, by name, without what begins with a dot.
template <class Wanted>
std::vector<fs::path> sorted_entries(const fs::path& folder, Wanted wanted) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (!entry->path().filename().string().starts_with('.') && wanted(*entry)) paths.push_back(entry->path());
  }
  if (error) fail(folder.string(), "The folder cannot be read: " + error.message() + ".");
  std::ranges::sort(paths, {}, [](const fs::path& path) { return path.filename().string(); });
  return paths;
}

std::string form_of(const Image& image) {
  return std::to_string(image.shape(1)) + "x" + std::to_string(image.shape(2)) +
         (image.shape(0) == 1 ? " grey" : " colour");
}

}  // namespace

Image read_png(Bytes bytes, std::string_view file) {
  constexpr std::size_t kMostPixels = std::size_t{1} << 26;
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  struct Release {
    png_image& png;
    ~Release() { png_image_free(&png); }
  } release{png};
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) {
    fail(file, std::string("This is no whole PNG picture (") + png.message + ", within its " +
                   std::to_string(bytes.size()) + " bytes).");
  }
  const std::size_t height = png.height, width = png.width;
  if (height == 0 || width == 0 || height > kMostPixels / width) {
    fail(file, "The picture is " + std::to_string(height) + "x" + std::to_string(width) +
                   ", but may have at most " + std::to_string(kMostPixels) + " pixels.");
  }
  const std::size_t channels = (png.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1;
  png.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(png));
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&png, &black, pixels.data(), 0, nullptr) == 0) {
    fail(file, std::string("The PNG picture is damaged (") + png.message + ", within its " +
                   std::to_string(bytes.size()) + " bytes).");
  }
  Image image(std::array<std::size_t, 3>{channels, height, width});
  for (std::size_t i = 0; i < height * width; ++i) {
    for (std::size_t c = 0; c < channels; ++c)
      image.data()[c * height * width + i] = pixels[i * channels + c];
  }
  return image;
}

Dataset load_image_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorCode::not_found, folder.string(), "There is no such folder.");
  }
  Dataset dataset{folder.filename().string(), "real", {}, {}, {}, {}};
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
  std::array<std::size_t, 3> shape{};
  std::string first_form, first_file;
  for (const fs::path& class_folder :
       sorted_entries(folder, [](const auto& entry) { return entry.is_directory(); })) {
    const auto files = sorted_entries(class_folder, [](const auto& entry) {
      const std::string extension = extension_of(entry.path());
      return entry.is_regular_file() && (extension == ".png" || extension == ".pgm");
    });
    if (files.empty())
      fail(class_folder.string(), "This class has no pictures. Put .png or .pgm files there.");
    for (const fs::path& file : files) {
      const auto bytes = read_file(file);
      const Image image =
          extension_of(file) == ".png" ? read_png(bytes, file.string()) : read_pgm(bytes, file.string());
      if (labels.empty()) {
        shape = image.shape(), first_form = form_of(image), first_file = file.string();
      } else if (image.shape() != shape) {
        fail(file.string(), "The picture is " + form_of(image) + ", but " + first_file + " is " + first_form +
                                ". All pictures must be of one size and kind.");
      }
      pixels.insert(pixels.end(), image.begin(), image.end());
      labels.push_back(static_cast<std::int32_t>(dataset.classes.size()));
    }
    dataset.classes.push_back(class_folder.filename().string());
  }
  if (labels.empty()) {
    fail(folder.string(),
         "There are no pictures. Put .png or .pgm files into one sub-folder for each class.");
  }
  xt::xtensor<std::uint8_t, 4> inputs(
      std::array<std::size_t, 4>{labels.size(), shape[0], shape[1], shape[2]});
  std::ranges::copy(pixels, inputs.data());
  dataset.inputs = std::move(inputs);
  dataset.labels = xt::xtensor<std::int32_t, 1>(std::array<std::size_t, 1>{labels.size()});
  std::ranges::copy(labels, dataset.labels.data());
  return dataset;
}

}  // namespace livegrad
