#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace livegrad {

inline constexpr std::size_t kAlignment = 64;

struct AlignedDelete {
  void operator()(void* memory) const noexcept { ::operator delete(memory, std::align_val_t{kAlignment}); }
};
using AlignedBytes = std::unique_ptr<std::byte, AlignedDelete>;

/// Memory aligned to 64 bytes. Errors  out_of_memory
AlignedBytes allocate_aligned(std::size_t bytes);

/// Hands out 64-byte aligned memory from large blocks and takes it back only as a whole or down to a mark.
/// What was handed out never moves. Rewinding keeps the blocks, so a second pass of the same size allocates nothing.
class Arena {
 public:
  struct Mark {
    std::size_t block = 0, used = 0;
  };

  /// Errors  out_of_memory
  void* allocate(std::size_t bytes);
  Mark mark() const noexcept { return mark_; }
  void rewind(Mark mark) noexcept { mark_ = mark; }
  /// Bytes of all blocks.
  std::size_t capacity() const noexcept;

 private:
  struct Block {
    AlignedBytes memory;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  Mark mark_;
};

}  // namespace livegrad
