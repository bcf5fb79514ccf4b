// What every x86-64 has (SSE2), or 64-bit Arm: 4 lanes, 16 registers, product and sum rounded apart. The bits are those of
// WASM's simd128.

#define LIVEGRAD_ISA portable
#define LIVEGRAD_ROUND_APART
#include <xsimd/xsimd.hpp>

namespace livegrad::kernels::LIVEGRAD_ISA {
#if defined(__aarch64__)
using Arch = xsimd::neon64;
#else
using Arch = xsimd::sse2;
#endif
struct TileShape {
  static constexpr int vectors = 2, widest = 2, most_rows = 8;
  static constexpr int rows(int v) { return v == 2 ? 4 : 8; }
};
}  // namespace livegrad::kernels::LIVEGRAD_ISA

#include "../impl/table.hpp"

namespace livegrad::kernels {
extern const KernelTable portable_table;
constinit const KernelTable portable_table = LIVEGRAD_ISA::make_table("portable");
}  // namespace livegrad::kernels
