// A matrix product by the kernels that pages train with, on one thread, for benchmarks to call.
#include <emscripten/emscripten.h>

#include <cstdint>

#include "kernels/abi.hpp"
#include "livegrad/device.hpp"

/// c = a b, of row-major matrices [size,size].
extern "C" EMSCRIPTEN_KEEPALIVE void multiply(int size, const float* a, const float* b, float* c) {
  static livegrad::Device device;
  device.kernels().gemm(device.context(),
                        {size, size, size, a, size, false, b, size, false, c, size, 0, nullptr});
}

/// Room for so many numbers.
extern "C" EMSCRIPTEN_KEEPALIVE float* room(int numbers) { return new float[std::size_t(numbers)]; }
