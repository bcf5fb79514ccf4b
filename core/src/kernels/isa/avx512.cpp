// AVX-512 (F, CD, BW, DQ, VL): 16 lanes, 32 registers, multiply-add rounded once.

#define LIVEGRAD_ISA avx512
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own avx512fintrin.h reads its "undefined" vectors (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>

namespace livegrad::kernels::LIVEGRAD_ISA {
using Arch = xsimd::avx512bw;
struct TileShape {
  static constexpr int vectors = 3, widest = 3, most_rows = 14;
  static constexpr int rows(int v) { return v == 3 ? 8 : v == 2 ? 14 : 12; }
};
}  // namespace livegrad::kernels::LIVEGRAD_ISA

#include "../impl/table.hpp"

namespace livegrad::kernels {
extern const KernelTable avx512_table;
constinit const KernelTable avx512_table = LIVEGRAD_ISA::make_table("avx512");
}  // namespace livegrad::kernels
