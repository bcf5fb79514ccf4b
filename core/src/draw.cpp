#include "kernels/abi.hpp"
#include "livegrad/inspect.hpp"

namespace livegrad {

void draw(Device& device, const TensorView& view, real low, real high,
          std::span<const std::uint32_t, 257> palette, std::uint32_t* out) noexcept {
  const std::int64_t size = view.size();
  device.kernels().raster(device.context(), {.rows = 1,
                                             .columns = size,
                                             .x = view.data,
                                             .x_stride = size,
                                             .low = low,
                                             .high = high,
                                             .palette = palette.data(),
                                             .out = out,
                                             .out_stride = size});
}

}  // namespace livegrad
