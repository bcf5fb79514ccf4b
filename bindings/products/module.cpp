// A matrix product by the kernels that pages train with, on one thread, for benchmarks to call.
#include <emscripten/emscripten.h>

#include <cstdint>

#include "kernels/select.hpp"

namespace {

using namespace livegrad::kernels;

alignas(64) unsigned char scratch[kScratchBytes];

KernelContext one_thread() {
  return {[](void*, int chunks, void (*body)(void*, int, int), void* argument) noexcept {
            for (int chunk = 0; chunk < chunks; ++chunk) body(argument, chunk, 0);
          },
          nullptr, 1, scratch};
}

}  // namespace

/// c = a b, of row-major matrices [size,size].
extern "C" EMSCRIPTEN_KEEPALIVE void multiply(int size, const float* a, const float* b, float* c) {
  KernelContext context = one_thread();
  select_table().gemm(context, {size, size, size, a, size, false, b, size, false, c, size, 0, nullptr});
}

/// Room for so many numbers.
extern "C" EMSCRIPTEN_KEEPALIVE float* room(int numbers) { return new float[std::size_t(numbers)]; }
