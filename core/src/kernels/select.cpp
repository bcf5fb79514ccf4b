#include "select.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "livegrad/error.hpp"
#include "ref/table.hpp"

namespace livegrad::kernels {

#if LIVEGRAD_HAS_AVX512
extern const KernelTable avx512_table;
#endif
#if LIVEGRAD_HAS_AVX2
extern const KernelTable avx2_table;
#endif
#if LIVEGRAD_HAS_NEON
extern const KernelTable neon_table;
#endif
#if LIVEGRAD_HAS_WASM_RELAXED
extern const KernelTable wasm_relaxed_table;
#endif
#if LIVEGRAD_HAS_WASM
extern const KernelTable wasm_table;
#endif
#if LIVEGRAD_HAS_PORTABLE
extern const KernelTable portable_table;
#endif

namespace {

constexpr std::array kTables {
#if LIVEGRAD_HAS_AVX512
  &avx512_table,
#endif
#if LIVEGRAD_HAS_AVX2
      &avx2_table,
#endif
#if LIVEGRAD_HAS_NEON
      &neon_table,
#endif
#if LIVEGRAD_HAS_WASM_RELAXED
      &wasm_relaxed_table,
#endif
#if LIVEGRAD_HAS_WASM
      &wasm_table,
#endif
#if LIVEGRAD_HAS_PORTABLE
      &portable_table,
#endif
      &ref_table,
};

std::string runnable_names() {
  std::string names;
  for (const KernelTable* table : compiled_tables())
    if (runs_here(*table)) names += text("{}{}", names.empty() ? "" : ", ", table->name);
  return names;
}

}  // namespace

std::span<const KernelTable* const> compiled_tables() noexcept {
  // Through volatile, since a compiler may take the address of the last, `ref`, for one that cannot be null.
  const KernelTable* const volatile last = kTables.back();
  return std::span(kTables).first(kTables.size() - (last == nullptr ? 1 : 0));
}

bool runs_here([[maybe_unused]] const KernelTable& table) noexcept {
#if LIVEGRAD_HAS_AVX512
  if (&table == &avx512_table)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
#endif
#if LIVEGRAD_HAS_AVX2
  if (&table == &avx2_table) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return true;
}

bool is_fused(const KernelTable& table) noexcept {
  // (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24, which is lost when the product is rounded first.
  const std::array<real, 2> a{real(-(1 + 0x1p-11)), real(1 + 0x1p-12)}, b{real(1), real(1 + 0x1p-12)};
  real c = 0;
  struct alignas(64) Scratch {
    unsigned char bytes[kScratchBytes];
  };
  const auto scratch = std::make_unique<Scratch>();
  KernelContext context{.parallel =
                            [](void*, int chunks, void (*body)(void*, int, int), void* argument) noexcept {
                              for (int chunk = 0; chunk < chunks; ++chunk) body(argument, chunk, 0);
                            },
                        .pool = nullptr,
                        .threads = 1,
                        .scratch = scratch->bytes};
  table.gemm(context, {.m = 1,
                       .n = 1,
                       .k = 2,
                       .a = a.data(),
                       .lda = 2,
                       .transpose_a = false,
                       .b = b.data(),
                       .ldb = 1,
                       .transpose_b = false,
                       .c = &c,
                       .ldc = 1,
                       .beta = 0,
                       .bias = nullptr});
  return sizeof(real) == 4 && c != 0;
}

const KernelTable& select_table(std::string_view name) {
  std::string wanted(name);
  const char* source = "isa";
  if (wanted.empty()) {
    if (const char* forced = std::getenv("LIVEGRAD_ISA")) {
      wanted = forced;
      source = "LIVEGRAD_ISA";
    }
  }
  for (const KernelTable* table : compiled_tables()) {
    if (!wanted.empty() && wanted != table->name) continue;
    if (runs_here(*table)) return *table;
    if (!wanted.empty())
      throw_error(ErrorCode::unsupported, source,
                  "This machine cannot run the instruction set \"{}\". Use one of {}.", wanted,
                  runnable_names());
  }
  throw_error(ErrorCode::unsupported, source,
              "There is no instruction set \"{}\" in this build. Use one of {}.", wanted, runnable_names());
}

}  // namespace livegrad::kernels
