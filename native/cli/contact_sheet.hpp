#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "livegrad/spec.hpp"

namespace livegrad::cli {

/// Samples side by side as a PNG file: a row of `count` for each class, or rows without order where there are no classes.
/// With `training` the samples are as a network learns from them, after crop and augmentation.
/// Errors  invalid_data when the samples are no pictures or some class has none
std::vector<std::uint8_t> contact_sheet(const std::shared_ptr<const Dataset>& data, std::int64_t count,
                                        const TrainingOptions* training);

}  // namespace livegrad::cli
