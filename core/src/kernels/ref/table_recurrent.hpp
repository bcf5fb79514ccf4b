#pragma once

#include "../abi.hpp"

/// The entries of the reference table that recurrent.cpp compiles.
namespace livegrad::kernels::ref {

void lookup_forward(KernelContext&, const LookupArgs&) noexcept;
void lookup_backward(KernelContext&, const LookupArgs&) noexcept;
void recurrent_forward(KernelContext&, const RecurrentArgs&) noexcept;
void recurrent_backward(KernelContext&, const RecurrentArgs&) noexcept;

}  // namespace livegrad::kernels::ref
