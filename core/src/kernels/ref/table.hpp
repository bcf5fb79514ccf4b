#pragma once

#include "../abi.hpp"

namespace livegrad::kernels {

/// The executable specification as a table: slow, and right by reading. It may allocate.
extern const KernelTable ref_table;

}  // namespace livegrad::kernels
