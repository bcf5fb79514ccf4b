#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace livegrad {

namespace kernels {
struct KernelTable;
struct KernelContext;
}  // namespace kernels

/// Where tensors live and which kernels run on them: an instruction set of this CPU and a pool of threads.
class Device {
 public:
  struct Options {
    std::string isa;  ///< "" picks the best that runs here, or what LIVEGRAD_ISA names
    int threads = 1;  ///< 0: one per core
  };

  /// Errors  unsupported when the instruction set is not available; invalid_argument when threads is negative
  explicit Device(const Options& options);
  Device() : Device(Options{}) {}
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const kernels::KernelTable& kernels() const noexcept { return *table_; }
  kernels::KernelContext& context() noexcept { return *context_; }

  /// "portable", "avx2", "avx512", "neon", "wasm", "wasm-relaxed" or "ref".
  std::string_view isa() const noexcept;
  /// Whether multiply-adds round once; two devices of the same kind give the same bits.
  bool fused() const noexcept;
  int threads() const noexcept;

  /// The instruction sets compiled in that this machine can run, best first.
  static std::vector<std::string> available_isas();

 private:
  const kernels::KernelTable* table_;
  std::unique_ptr<class ThreadPool> pool_;
  std::unique_ptr<kernels::KernelContext> context_;
  std::vector<unsigned char> scratch_;
};

}  // namespace livegrad
