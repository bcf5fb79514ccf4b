#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "kernels/abi.hpp"
#include "livegrad/device.hpp"
#include "livegrad/random.hpp"

// Every kernel with many shapes, declared once: parity with ref, equality between threads and between instruction sets,
// and digests are derived from this one table.

namespace livegrad::testing {

/// Runs kernels of one device on numbers that depend on the case alone, and keeps what they write.
class KernelRun {
 public:
  /// `apart`: epilogues as kernels of their own, after the one that they belong to.
  KernelRun(Device& device, std::string_view case_name, bool apart = false)
      : device_(&device), layer_(stable_id(case_name)), apart_(apart) {}

  const kernels::KernelTable& k() const { return device_->kernels(); }
  kernels::KernelContext& context() { return device_->context(); }

  /// Random numbers in [low, high), with NaN on both sides, so that reading beyond shows.
  const float* input(std::int64_t size, double low = -1, double high = 1) {
    return fill(buffer(size, kNaN), size, low, high);
  }
  const std::int32_t* labels(std::int64_t size, std::uint32_t classes);
  /// Something to write: with beta 0 NaN, which must not be read; with beta 1 random numbers.
  float* output(std::int64_t size, float beta = 0);
  /// Something to read and write.
  float* state(std::int64_t size, double low = -1, double high = 1);
  std::int32_t* switches(std::int64_t size);
  std::uint32_t* pixels(std::int64_t size);
  double* number();
  bool* flag();
  /// Calls a kernel whose result, `size` numbers at `result`, goes through an epilogue: kernel(epilogue).
  void finished(const kernels::Epilogue& epilogue, float* result, std::int64_t size,
                const std::function<void(const kernels::Epilogue*)>& kernel);
  /// Workspace: written, but what it holds in the end means nothing.
  float* workspace(std::int64_t size) { return buffer(size, kGuard)->values.data() + kBorder; }

  struct Output {
    std::vector<float> values;
    std::vector<std::uint32_t> words;
  };
  /// What was written, output by output.
  std::vector<Output> outputs() const;
  /// Whether the numbers around every buffer are untouched.
  bool borders_intact() const;

 private:
  static constexpr std::int64_t kBorder = 64;
  static constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kGuard = 12345;
  struct Buffer {
    std::vector<float> values;
    float guard;
    bool is_output = false;
  };
  struct Words {
    std::vector<std::uint32_t> values;
  };
  Buffer* buffer(std::int64_t size, float guard);
  float* fill(Buffer* buffer, std::int64_t size, double low, double high);

  Device* device_;
  std::uint32_t layer_;
  bool apart_;
  std::uint64_t count_ = 0;
  std::deque<Buffer> buffers_;
  std::deque<Words> words_;
  std::deque<double> numbers_;
  std::deque<bool> flags_;
};

struct KernelCase {
  std::string name;
  /// Largest difference from ref, as a part of the output's largest number; 0: the same bits.
  double tolerance;
  /// The same for tables that round products and sums apart, as ref does.
  double tolerance_apart;
  std::function<void(KernelRun&)> run;
};

const std::vector<KernelCase>& kernel_cases();

}  // namespace livegrad::testing
