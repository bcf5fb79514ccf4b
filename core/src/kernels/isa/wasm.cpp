// WebAssembly simd128: 4 lanes, product and sum rounded apart. Of 16 registers on x86-64 engines keep one, and each product takes
// one until it is added: larger tiles spill.

#define LIVEGRAD_ISA wasm
#include <xsimd/xsimd.hpp>

namespace livegrad::kernels::LIVEGRAD_ISA {
using Arch = xsimd::wasm;
struct TileShape {
  static constexpr int vectors = 4, widest = 4, most_rows = 5;
  static constexpr int rows(int v) { return v == 4 ? 2 : v == 3 ? 3 : 5; }
};
}  // namespace livegrad::kernels::LIVEGRAD_ISA

#include "../impl/table.hpp"

namespace livegrad::kernels {
extern const KernelTable wasm_table;
constinit const KernelTable wasm_table = LIVEGRAD_ISA::make_table("wasm");
}  // namespace livegrad::kernels
