#include "interruption.hpp"

#include <signal.h>
#include <time.h>

#include <atomic>
#include <cerrno>

namespace livegrad::cli {
namespace {

std::atomic<long long> first_request{0};  // nanoseconds; 0: none
static_assert(std::atomic<long long>::is_always_lock_free);

long long now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec + 1;
}

extern "C" void livegrad_cli_on_signal(int signal_number) {
  const int saved = errno;
  long long none = 0;
  const long long time = now();
  if (!first_request.compare_exchange_strong(none, time) && time - none >= 1'000'000'000LL) {
    signal(signal_number, SIG_DFL);
    raise(signal_number);
  }
  errno = saved;
}

void install(void (*handler)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interruption::Interruption() { install(livegrad_cli_on_signal); }
Interruption::~Interruption() { install(SIG_DFL); }
bool Interruption::requested() noexcept { return first_request.load(std::memory_order_relaxed) != 0; }

}  // namespace livegrad::cli
