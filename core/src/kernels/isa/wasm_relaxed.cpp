// WebAssembly relaxed SIMD: 4 lanes, multiply-add rounded as the engine does (see is_fused). Engines on x86-64 have 16 registers: larger tiles spill.

#define LIVEGRAD_ISA wasm_relaxed
#include <xsimd/xsimd.hpp>

namespace livegrad::kernels::LIVEGRAD_ISA {
using Arch = xsimd::wasm;
struct TileShape {
  static constexpr int vectors = 6, widest = 6, most_rows = 5;
  static constexpr int rows(int v) { return v >= 4 ? 2 : v == 3 ? 3 : 5; }
};
}  // namespace livegrad::kernels::LIVEGRAD_ISA

#include "../impl/table.hpp"

namespace livegrad::kernels {
extern const KernelTable wasm_relaxed_table;
constinit const KernelTable wasm_relaxed_table = LIVEGRAD_ISA::make_table("wasm-relaxed");
}  // namespace livegrad::kernels
