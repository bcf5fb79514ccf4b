#pragma once

#include <cstddef>

namespace livegrad::test {

/// How many times this program has asked for memory with operator new, in any thread.
std::size_t allocations() noexcept;

}  // namespace livegrad::test
