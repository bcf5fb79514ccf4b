#include <algorithm>
#include <array>

#include "byte_reader.hpp"

namespace livegrad {

Dataset read_cifar10(Bytes bytes, std::string_view file) {
  constexpr std::size_t kPixels = 3 * 32 * 32, kRecord = 1 + kPixels;
  if (bytes.empty() || bytes.size() % kRecord != 0) {
    data::fail(file,
               "The file has {} bytes, but CIFAR-10's binary records have 3073 each; the last whole one ends "
               "at byte {}.",
               bytes.size(), bytes.size() / kRecord * kRecord);
  }
  const std::size_t count = bytes.size() / kRecord;
  for (std::size_t i = 0; i < count; ++i) {
    if (bytes[i * kRecord] > 9) {
      data::fail(file, "The label at byte {} is {}, but must be 0 to 9.", i * kRecord, bytes[i * kRecord]);
    }
  }
  xt::xtensor<std::uint8_t, 4> inputs(std::array<std::size_t, 4>{count, 3, 32, 32});
  xt::xtensor<std::int32_t, 1> labels(std::array<std::size_t, 1>{count});
  for (std::size_t i = 0; i < count; ++i) {
    labels(i) = bytes[i * kRecord];
    std::ranges::copy(bytes.subspan(i * kRecord + 1, kPixels), inputs.data() + i * kPixels);
  }
  return {std::string(file),
          "real",
          std::move(inputs),
          std::move(labels),
          {},
          {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
}

}  // namespace livegrad
