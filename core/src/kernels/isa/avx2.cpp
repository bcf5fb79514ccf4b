// AVX2 and FMA: 8 lanes, 16 registers, multiply-add rounded once.

#define LIVEGRAD_ISA avx2
#include <xsimd/xsimd.hpp>

namespace livegrad::kernels::LIVEGRAD_ISA {
using Arch = xsimd::fma3<xsimd::avx2>;
struct TileShape {
  static constexpr int vectors = 2, widest = 3, most_rows = 14;
  static constexpr int rows(int v) { return v == 3 ? 4 : v == 2 ? 6 : 14; }
};
}  // namespace livegrad::kernels::LIVEGRAD_ISA

#include "../impl/table.hpp"

namespace livegrad::kernels {
extern const KernelTable avx2_table;
constinit const KernelTable avx2_table = LIVEGRAD_ISA::make_table("avx2");
}  // namespace livegrad::kernels
