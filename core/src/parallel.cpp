#include "parallel.hpp"

#include <algorithm>

namespace livegrad {

#if LIVEGRAD_THREADS

namespace {

// Some hundred microseconds: longer than the gap between two kernels of a step, and than it takes to wake a thread.
#if defined(__EMSCRIPTEN__)
constexpr int kSpins = 40000;  // WebAssembly cannot pause a processor: its turns are short
#else
constexpr int kSpins = 4000;
#endif

void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// What std::atomic's own wait and notify would do; Emscripten's library polls instead.
void sleep_while(std::atomic<std::uint32_t>& value, std::uint32_t old) noexcept {
#if defined(__EMSCRIPTEN__)
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&value), static_cast<int>(old), -1);
#else
  value.wait(old);
#endif
}
void wake_all(std::atomic<std::uint32_t>& value) noexcept {
#if defined(__EMSCRIPTEN__)
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&value), ~0u);
#else
  value.notify_all();
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) : threads_(std::max(threads, 1)) {
  workers_.reserve(static_cast<std::size_t>(threads_ - 1));
  for (int thread = 1; thread < threads_; ++thread) workers_.emplace_back([this, thread] { work(thread); });
}

ThreadPool::~ThreadPool() {
  stop_.store(true);
  job_.fetch_add(1);
  wake_all(job_);
  for (std::thread& worker : workers_) worker.join();
}

int ThreadPool::available_threads() noexcept {
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

bool ThreadPool::run_one(int thread) noexcept {
  int left = left_.load(std::memory_order_relaxed);
  do {
    if (left == 0) return false;
  } while (
      !left_.compare_exchange_weak(left, left - 1, std::memory_order_acquire, std::memory_order_relaxed));
  // The job cannot end, and its fields cannot change, before this chunk is done.
  body_(argument_, left - 1, thread);
  unfinished_.fetch_sub(1, std::memory_order_release);
  return true;
}

void ThreadPool::work(int thread) noexcept {
  while (!stop_.load(std::memory_order_relaxed)) {
    const std::uint32_t job = job_.load();
    int spins = 0;
    while (spins < kSpins && job_.load(std::memory_order_relaxed) == job) {
      spins = run_one(thread) ? 0 : spins + 1;
      relax();
    }
    if (spins == kSpins) sleep_while(job_, job);
  }
}

void ThreadPool::run(int chunks, Body body, void* argument) noexcept {
  if (threads_ == 1 || chunks <= 1) {
    for (int chunk = 0; chunk < chunks; ++chunk) body(argument, chunk, 0);
    return;
  }
  body_ = body;
  argument_ = argument;
  unfinished_.store(chunks, std::memory_order_relaxed);
  left_.store(chunks, std::memory_order_release);
  job_.fetch_add(1);
  wake_all(job_);
  while (run_one(0)) {
  }
  for (int spins = 0; unfinished_.load(std::memory_order_acquire) != 0; ++spins) {
    if (spins < kSpins) {
      relax();
    } else {
      std::this_thread::yield();
    }
  }
}

#else

ThreadPool::ThreadPool(int) : threads_(1) {}
ThreadPool::~ThreadPool() = default;
int ThreadPool::available_threads() noexcept { return 1; }
void ThreadPool::run(int chunks, Body body, void* argument) noexcept {
  for (int chunk = 0; chunk < chunks; ++chunk) body(argument, chunk, 0);
}

#endif

}  // namespace livegrad
