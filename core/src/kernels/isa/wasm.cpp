// WebAssembly simd128: 4 lanes, product and sum rounded apart. Engines on x86-64 have 16 registers: larger tiles spill.

#define LIVEGRAD_ISA wasm
#include <xsimd/xsimd.hpp>

namespace livegrad::kernels::LIVEGRAD_ISA {
using Arch = xsimd::wasm;
struct TileShape {
  static constexpr int vectors = 2, most_rows = 8;
  static constexpr int rows(int v) { return v == 2 ? 4 : 8; }
};
}  // namespace livegrad::kernels::LIVEGRAD_ISA

#include "../impl/table.hpp"

namespace livegrad::kernels {
extern const KernelTable wasm_table;
constinit const KernelTable wasm_table = LIVEGRAD_ISA::make_table("wasm");
}  // namespace livegrad::kernels
