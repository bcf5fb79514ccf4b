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
__attribute__((target("avx512f"))) void avx512(void*, int, int) {
  const __m512 half = _mm512_set1_ps(0.5f);
  __m512 chains[kChains];
  for (__m512& chain : chains) chain = half;
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (__m512& chain : chains) chain = _mm512_fmadd_ps(chain, half, half);
#pragma GCC unroll 12
    for (__m512& chain : chains) asm volatile("" : "+v"(chain));  // no round is left out
  }
}

__attribute__((target("avx2,fma"))) void avx2(void*, int, int) {
  const __m256 half = _mm256_set1_ps(0.5f);
  __m256 chains[kChains];
  for (__m256& chain : chains) chain = half;
  for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 12
    for (__m256& chain : chains) chain = _mm256_fmadd_ps(chain, half, half);
#pragma GCC unroll 12
    for (__m256& chain : chains) asm volatile("" : "+x"(chain));
  }
}
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
