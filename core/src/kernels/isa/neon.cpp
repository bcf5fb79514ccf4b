// 64-bit Arm: 4 lanes, 32 registers, multiply-add rounded once.

#define LIVEGRAD_ISA neon
#include <xsimd/xsimd.hpp>

namespace livegrad::kernels::LIVEGRAD_ISA {
using Arch = xsimd::neon64;
struct TileShape {
  static constexpr int vectors = 3, widest = 3, most_rows = 12;
  static constexpr int rows(int v) { return v == 3 ? 8 : 12; }
};
}  // namespace livegrad::kernels::LIVEGRAD_ISA

#include "../impl/table.hpp"

namespace livegrad::kernels {
extern const KernelTable neon_table;
constinit const KernelTable neon_table = LIVEGRAD_ISA::make_table("neon");
}  // namespace livegrad::kernels
