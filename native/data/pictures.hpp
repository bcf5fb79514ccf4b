#pragma once

#include <filesystem>
#include <string_view>

#include "livegrad/data.hpp"

namespace livegrad {

/// A PNG picture: grey [1,H,W] when it has no colours, else [3,H,W]. What is transparent shows black; 16 bits become 8.
/// Errors  invalid_data when the file is no PNG, is damaged or has more than 2^26 pixels
Image read_png(Bytes bytes, std::string_view file);

/// A folder with one sub-folder of PNG or PGM pictures for each class: the sub-folder's name is the class's, in the order
/// of their bytes, and so are the pictures. Names that begin with a dot and files of other kinds are passed over.
/// Errors  not_found when there is no such folder; invalid_data when it has no pictures, a class has none, or a
///         picture is damaged or not as large or as colourful as the first
Dataset load_image_folder(const std::filesystem::path& folder);

}  // namespace livegrad
