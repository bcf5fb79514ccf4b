// What multiply-adds of registers alone reach: the most that a product could.
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "bench.hpp"
#include "kernels/abi.hpp"
#include "livegrad/device.hpp"

namespace livegrad::bench {
namespace {

constexpr int kChains = 12;  // two units of a latency of four need eight
constexpr int kRounds = 1 << 16;

using Loop = void (*)(void* argument, int chunk, int thread);
struct Peak {
  Loop loop;
  int lanes;
};

#ifdef __x86_64__
/// To be inlined where the instruction set of its vectors is on; volatile, so that no round is left out.
template <class Vector>
[[gnu::always_inline]] inline void multiply_and_add() {
  const Vector half = Vector{} + 0.5f;
  Vector chains[kChains];
  for (Vector& chain : chains) chain = half;
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (Vector& chain : chains) asm volatile("vfmadd213ps %1, %1, %0" : "+v"(chain) : "v"(half));
  }
}

__attribute__((target("avx512f"))) void avx512(void*, int, int) { multiply_and_add<__m512>(); }
__attribute__((target("avx2,fma"))) void avx2(void*, int, int) { multiply_and_add<__m256>(); }
#endif

Peak peak_of(std::string_view isa) {
#ifdef __x86_64__
  if (isa == "avx512") return {avx512, 16};
  if (isa == "avx2") return {avx2, 8};
#endif
  return {};
}

}  // namespace

void add_peak(Works& works, int threads) {
  auto device = std::make_shared<Device>(Device::Options{.isa = "", .threads = threads});
  const Peak peak = peak_of(device->isa());
  if (!peak.loop) return;
  for (const Product& product : kProducts) {
    Work work = product_work(product, kPeak, std::string(device->isa()), threads, {});
    work.amount = 1e-9 * 2 * kRounds * kChains * peak.lanes * threads;
    work.prepare = [device, threads, peak] {
      return [=](int repetitions) {
        const auto& [parallel, pool, count, scratch] = device->context();
        for (int i = 0; i < repetitions; ++i) parallel(pool, threads, peak.loop, nullptr);
      };
    };
    works.push_back(work);
  }
}

}  // namespace livegrad::bench
