// Numbers that every library gets, and matrix products by the BLAS libraries.
#include <dlfcn.h>

#include <memory>

#include "bench.hpp"
#include "livegrad/device.hpp"
#include "livegrad/random.hpp"

namespace livegrad::bench {
namespace {

/// Numbers in [-1, 1).
std::vector<float> numbers(std::int64_t count, std::uint32_t state) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    state = state * 1664525 + 1013904223;
    value = float(state >> 8) * 0x1p-23f - 1;
  }
  return values;
}

using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                       const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
constexpr int kRowMajor = 101, kNoTranspose = 111;

/// BLIS does not know newer processors and then takes kernels for older ones; it reads the number of what it is to
/// take when it is first called. 0.9 has no names for them.
void choose_blis(void* library, std::string_view isa) {
  const auto name_of = reinterpret_cast<const char* (*)(int)>(dlsym(library, "bli_arch_string"));
  const std::string_view wanted = isa == "avx512" ? "skx" : isa == "avx2" ? "haswell" : "";
  for (int number = 0; name_of && number < 8; ++number)
    if (name_of(number) == wanted) setenv("BLIS_ARCH_TYPE", std::to_string(number).c_str(), 0);
}

/// Whose kernels a library has chosen, as it names them.
std::string chosen(void* library) {
  if (const auto core = reinterpret_cast<const char* (*)()>(dlsym(library, "openblas_get_corename")))
    return core();
  const auto init = reinterpret_cast<void (*)()>(dlsym(library, "bli_init"));
  const auto number = reinterpret_cast<int (*)()>(dlsym(library, "bli_arch_query_id"));
  const auto name_of = reinterpret_cast<const char* (*)(int)>(dlsym(library, "bli_arch_string"));
  if (!init || !number || !name_of) return "";
  init();
  return name_of(number());
}

struct Blas {
  const char* name;
  std::vector<const char*> files;
  const char* set_threads;
  bool wide_threads;  ///< the number of threads is 64 bits wide
  const char* package;
};
const std::vector<Blas> kBlas{
    {"OpenBLAS",
     {"libopenblas.so.0", "libopenblas.so"},
     "openblas_set_num_threads",
     false,
     "libopenblas0-pthread"},
    {"BLIS", {"libblis.so.4", "libblis.so"}, "bli_thread_set_num_threads", true, "libblis4-openmp"},
};

}  // namespace

std::vector<std::int32_t> symbols(std::size_t count) {
  std::vector<std::int32_t> text(count);
  std::uint32_t state = 1;
  for (std::size_t i = 1; i < count; ++i) {
    state = state * 1664525 + 1013904223;
    text[i] = (state >> 16) % 10 < 3 ? std::int32_t((state >> 8) % kSymbols)
                                     : (7 * text[i - 1] + 11) % std::int32_t(kSymbols);
  }
  return text;
}

std::vector<std::uint8_t> pictures(std::int64_t side, std::int64_t count) {
  std::vector<std::uint8_t> pixels(std::size_t(side * side * count));
  std::uint32_t state = 1;
  for (std::uint8_t& pixel : pixels) pixel = std::uint8_t((state = state * 1664525 + 1013904223) >> 24);
  return pixels;
}

std::vector<std::int32_t> labels(std::int64_t count) {
  std::vector<std::int32_t> classes(static_cast<std::size_t>(count));
  std::uint32_t state = 2;
  for (std::int32_t& label : classes)
    label = std::int32_t(((state = state * 1664525 + 1013904223) >> 16) % kClasses);
  return classes;
}

Work product_work(const Product& product, const char* peer, std::string variant, int threads,
                  std::function<void(float*, const float*, const float*, const Product&)> multiply) {
  const auto [m, n, k] = product;
  return {"gemm " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k),
          "arithmetic",
          peer,
          std::move(variant),
          threads,
          "GFLOP/s",
          2e-9 * double(m * n * k),
          [product, multiply = std::move(multiply)] {
            const auto [m, n, k] = product;
            // Aligned alike for everyone: where a row begins decides how many cache lines a load touches.
            struct Matrices {
              std::vector<float> a, b, c;
            };
            auto x = std::make_shared<Matrices>(
                Matrices{numbers(m * k, 1), numbers(k * n, 2), std::vector<float>(std::size_t(m * n))});
            return [=](int repetitions) {
              for (int i = 0; i < repetitions; ++i) multiply(x->c.data(), x->a.data(), x->b.data(), product);
            };
          }};
}

std::vector<std::string> add_blas(Works& works, int threads) {
  std::vector<std::string> missing;
  for (const Blas& blas : kBlas) {
    void* library = nullptr;
    for (const char* file : blas.files)
      if (!library) library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      missing.push_back(std::string(blas.name) + " is missing: apt-get install " + blas.package + ".");
      continue;
    }
    choose_blis(library, Device().isa());
    const auto sgemm = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
    void* set_threads = dlsym(library, blas.set_threads);
    const auto use_threads = [=, wide = blas.wide_threads] {
      if (!set_threads) return;
      if (wide)
        reinterpret_cast<void (*)(std::int64_t)>(set_threads)(threads);
      else
        reinterpret_cast<void (*)(int)>(set_threads)(threads);
    };
    if (!sgemm) {
      missing.push_back(std::string(blas.name) + " has no cblas_sgemm here.");
      continue;
    }
    for (const Product& product : kProducts)
      works.push_back(product_work(product, blas.name, chosen(library), threads,
                                   [=](float* c, const float* a, const float* b, const Product& p) {
                                     use_threads();
                                     sgemm(kRowMajor, kNoTranspose, kNoTranspose, int(p.m), int(p.n),
                                           int(p.k), 1, a, int(p.k), b, int(p.n), 0, c, int(p.n));
                                   }));
  }
  return missing;
}

}  // namespace livegrad::bench
