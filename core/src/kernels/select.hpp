#pragma once

#include <span>
#include <string_view>

#include "abi.hpp"

namespace livegrad::kernels {

/// The tables compiled into this binary, best first; `ref` is last.
std::span<const KernelTable* const> compiled_tables() noexcept;

/// Whether this machine can run the table.
bool runs_here(const KernelTable& table) noexcept;

/// Whether the table's multiply-adds round once, found by trying: with relaxed SIMD the engine decides.
bool is_fused(const KernelTable& table) noexcept;

/// The table named, or, for an empty name, the one that LIVEGRAD_ISA names, or else the best that runs here.
/// Errors  unsupported when the name is unknown, not compiled in, or not runnable on this machine (the message lists what is)
const KernelTable& select_table(std::string_view name = {});

}  // namespace livegrad::kernels
