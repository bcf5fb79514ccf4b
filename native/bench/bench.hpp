#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace livegrad::bench {

/// One library at one workload.
struct Work {
  std::string workload;  ///< "W4", "gemm 512x512x512": what shares a name is compared
  std::string metric;    ///< "training", "sampling", "inference", "arithmetic"
  std::string peer, variant;
  int threads = 1;
  std::string unit;
  double amount = 1;  ///< units that one repetition is worth
  /// Makes the network and returns what repeats the work; called once, when its turn comes.
  std::function<std::function<void(int repetitions)>()> prepare;
};
using Works = std::vector<Work>;
/// The peer whose speed is no library's but the processor's.
inline constexpr const char* kPeak = "peak";

/// The nets of the issue that both sides build, in the order of their layers.
struct ConvNet {
  const char* name;
  std::int64_t side, batch;
  struct Conv {
    std::int64_t filters, pool;
  };
  std::vector<Conv> convs;
  std::vector<std::int64_t> dense;
  bool adam;  ///< else ConvNetJS's Adadelta
};
inline const ConvNet kW1{"W1", 24, 20, {{8, 2}, {16, 3}}, {10}, false};
inline const ConvNet kW2{"W2", 28, 64, {{32, 2}, {64, 2}}, {128, 10}, true};
inline const ConvNet kW3{"W3", 28, 100, {}, {200, 100, 60, 30, 10}, false};
inline constexpr std::int64_t kKernel = 5, kClasses = 10;
inline constexpr std::int64_t kUnits = 128, kSymbols = 65, kBatch = 32, kSequence = 64;

/// C [m,n] = A [m,k] B [k,n].
struct Product {
  std::int64_t m, n, k;
};
/// Squares, and what the nets above multiply.
inline const std::vector<Product> kProducts{
    {64, 64, 64},   {128, 128, 128}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024},
    {32, 512, 128}, {2048, 65, 128}, {100, 200, 784}, {64, 128, 3136}, {64, 196, 800},
};
/// The product as a work of `multiply(c, a, b, product)`.
Work product_work(const Product& product, const char* peer, std::string variant, int threads,
                  std::function<void(float*, const float*, const float*, const Product&)> multiply);

/// The same numbers for every library.
std::vector<std::int32_t> symbols(std::size_t count);
std::vector<std::uint8_t> pictures(std::int64_t side, std::int64_t count);
std::vector<std::int32_t> labels(std::int64_t count);

void add_livegrad(Works& works, int threads);
/// OpenBLAS and BLIS, opened at run time since both have the same names. Returns how to install what is missing.
std::vector<std::string> add_blas(Works& works, int threads);
void add_eigen(Works& works, int threads);
void add_eigen_avx2(Works& works, int threads);
void add_onednn(Works& works, int threads);
void add_torch(Works& works, int threads);
/// How fast the instruction set of livegrad can multiply and add, measured beside each product.
void add_peak(Works& works, int threads);

struct Result {
  Work work;
  std::vector<double> values;
};
void print_table(const std::vector<Result>& results, int runs);
std::string to_json(const std::vector<Result>& results);

}  // namespace livegrad::bench
