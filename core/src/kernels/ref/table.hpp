#pragma once

#include "../abi.hpp"

namespace livegrad::kernels {

/// The executable specification as a table: slow, and right by reading. It may allocate.
#ifdef __EMSCRIPTEN__
/// Weak there: the page's module is linked without it, the test programs ask the linker for it.
[[gnu::weak]] extern const KernelTable ref_table;
#else
extern const KernelTable ref_table;
#endif

}  // namespace livegrad::kernels
