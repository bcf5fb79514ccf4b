#include "livegrad/arena.hpp"

#include <algorithm>
#include <string>

#include "livegrad/error.hpp"

namespace livegrad {

namespace {
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
}

AlignedBytes allocate_aligned(std::size_t bytes) {
  void* memory = ::operator new (std::max(bytes, kAlignment), std::align_val_t{kAlignment}, std::nothrow);
  if (memory == nullptr) {
    throw_error(ErrorCode::out_of_memory, "memory",
                "There is no room for another {} MiB. Use a smaller network or a smaller batch.",
                bytes >> 20);
  }
  return AlignedBytes(static_cast<std::byte*>(memory));
}

void* Arena::allocate(std::size_t bytes) {
  const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  while (mark_.block < blocks_.size() && blocks_[mark_.block].size - mark_.used < rounded) {
    ++mark_.block;
    mark_.used = 0;
  }
  if (mark_.block == blocks_.size()) {
    const std::size_t size = std::max(rounded, kBlockBytes);
    blocks_.push_back({allocate_aligned(size), size});
    mark_.used = 0;
  }
  void* memory = blocks_[mark_.block].memory.get() + mark_.used;
  mark_.used += rounded;
  return memory;
}

std::size_t Arena::capacity() const noexcept {
  std::size_t total = 0;
  for (const Block& block : blocks_) total += block.size;
  return total;
}

}  // namespace livegrad
