#pragma once

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
#define LIVEGRAD_THREADS 1
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>
#endif

namespace livegrad {

/// Threads that share the chunks of one job at a time with the caller. They spin briefly for the next job, then sleep.
/// With one thread, and in builds without threads, the caller just loops.
class ThreadPool {
 public:
  using Body = void (*)(void* argument, int chunk, int thread);

  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// One per core; 1 in builds without threads.
  static int available_threads() noexcept;

  int threads() const noexcept { return threads_; }
  /// Runs body(argument, chunk, thread) for every chunk in [0, chunks) and returns when all are done.
  void run(int chunks, Body body, void* argument) noexcept;

 private:
  int threads_;
#if LIVEGRAD_THREADS
  void work(int thread) noexcept;
  /// Takes a chunk of the current job and runs it; false when there is none left.
  bool run_one(int thread) noexcept;

  std::vector<std::thread> workers_;
  Body body_ = nullptr;
  void* argument_ = nullptr;
  alignas(64) std::atomic<int> left_{0};           // chunks of the job that nobody has taken
  alignas(64) std::atomic<int> unfinished_{0};     // chunks of the job that are not done
  alignas(64) std::atomic<std::uint32_t> job_{0};  // counts jobs; what sleepers wait for
  std::atomic<bool> stop_{false};
#endif
};

}  // namespace livegrad
