#include "livegrad/device.hpp"

#include "kernels/abi.hpp"
#include "kernels/select.hpp"
#include "livegrad/error.hpp"
#include "parallel.hpp"

namespace livegrad {

namespace {

constexpr std::uintptr_t kAlignment = 64;
constexpr int kMaxThreads = 256;

int checked_threads(int threads) {
  if (threads < 0 || threads > kMaxThreads)
    throw_error(ErrorCode::invalid_argument, "threads",
                "{} threads are not possible. Use 1 to {}, or 0 for one per core.", threads, kMaxThreads);
  return threads == 0 ? ThreadPool::available_threads() : threads;
}

}  // namespace

Device::Device(const Options& options)
    : table_(&kernels::select_table(options.isa)),
      pool_(std::make_unique<ThreadPool>(checked_threads(options.threads))),
      scratch_(static_cast<std::size_t>(pool_->threads() * kernels::kScratchBytes) + kAlignment) {
  const auto address = reinterpret_cast<std::uintptr_t>(scratch_.data());
  context_ = std::make_unique<kernels::KernelContext>(kernels::KernelContext{
      .parallel =
          [](void* pool, int chunks, void (*body)(void*, int, int), void* argument) noexcept {
            static_cast<ThreadPool*>(pool)->run(chunks, body, argument);
          },
      .pool = pool_.get(),
      .threads = pool_->threads(),
      .scratch = scratch_.data() + ((kAlignment - address % kAlignment) % kAlignment),
  });
}

Device::~Device() = default;

std::string_view Device::isa() const noexcept { return table_->name; }
bool Device::fused() const noexcept { return kernels::is_fused(*table_); }
int Device::threads() const noexcept { return pool_->threads(); }

std::vector<std::string> Device::available_isas() {
  std::vector<std::string> names;
  for (const kernels::KernelTable* table : kernels::compiled_tables())
    if (kernels::runs_here(*table)) names.emplace_back(table->name);
  return names;
}

}  // namespace livegrad
