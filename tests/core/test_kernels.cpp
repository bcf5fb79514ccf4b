#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel_cases.hpp"
#include "kernels/select.hpp"
#include "livegrad/error.hpp"
#include "support/digest.hpp"

namespace livegrad::testing {

namespace {

using Outputs = std::vector<KernelRun::Output>;

Outputs run_case(Device& device, const KernelCase& kernel_case, bool apart = false) {
  KernelRun run(device, kernel_case.name, apart);
  kernel_case.run(run);
  INFO(kernel_case.name << " on " << device.isa());
  CHECK(run.borders_intact());
  return run.outputs();
}

bool same_bits(const Outputs& a, const Outputs& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].words != b[i].words || a[i].values.size() != b[i].values.size() ||
        (!a[i].values.empty() &&
         std::memcmp(a[i].values.data(), b[i].values.data(), a[i].values.size() * sizeof(float)) != 0))
      return false;
  return true;
}

/// The largest difference of any output as a part of its largest number; infinite where NaN differs.
double worst_difference(const Outputs& got, const Outputs& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    double scale = 1e-30, difference = 0;
    for (std::size_t j = 0; j < got[i].values.size(); ++j) {
      const double g = got[i].values[j], e = expected[i].values[j];
      if (std::isnan(g) != std::isnan(e)) return std::numeric_limits<double>::infinity();
      if (std::isnan(g)) continue;
      scale = std::max(scale, std::abs(e));
      difference = std::max(difference, std::abs(g - e));
    }
    worst = std::max(worst, difference / scale);
  }
  return worst;
}

std::vector<std::string> fast_isas() {
  std::vector<std::string> isas = Device::available_isas();
  std::erase(isas, "ref");
  return isas;
}

}  // namespace

TEST_CASE("Every kernel table is complete", "[kernels]") {
  for (const kernels::KernelTable* table : kernels::compiled_tables()) {
    INFO(table->name);
    void* entries[(sizeof *table - offsetof(kernels::KernelTable, gemm)) / sizeof(void*)];
    std::memcpy(entries, reinterpret_cast<const char*>(table) + offsetof(kernels::KernelTable, gemm),
                sizeof entries);
    for (const void* entry : entries) CHECK(entry != nullptr);
  }
}

TEST_CASE("An instruction set can be forced, and a wrong one is refused", "[kernels]") {
  for (const std::string& isa : Device::available_isas()) CHECK(Device({.isa = isa}).isa() == isa);
  CHECK_THROWS_AS(Device({.isa = "sse9"}), Error);
  CHECK_THROWS_AS(Device({.isa = "", .threads = -1}), Error);
  if (const char* forced = std::getenv("LIVEGRAD_ISA"); forced && *forced) CHECK(Device().isa() == forced);
}

TEST_CASE("Whether multiply-adds round once is found by trying", "[kernels]") {
  for (const std::string& isa : Device::available_isas()) {
    INFO(isa);
    if (isa == "avx2" || isa == "avx512" || isa == "neon") CHECK(Device({.isa = isa}).fused());
    if (isa == "ref" || isa == "portable" || isa == "wasm") CHECK_FALSE(Device({.isa = isa}).fused());
  }
}

TEST_CASE("Every kernel agrees with its specification", "[kernels]") {
  Device ref({.isa = "ref"});
  for (const KernelCase& kernel_case : kernel_cases()) {
    const Outputs expected = run_case(ref, kernel_case);
    for (const std::string& isa : fast_isas()) {
      Device device({.isa = isa});
      const Outputs got = run_case(device, kernel_case);
      const double tolerance = device.fused() ? kernel_case.tolerance : kernel_case.tolerance_apart;
      INFO(kernel_case.name << " on " << isa);
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i].words == expected[i].words);
      const double difference = worst_difference(got, expected);
      CHECK(difference <= tolerance);
    }
  }
}

TEST_CASE("Convolution by tiles is nearly as exact as by plain sums", "[kernels]") {
  constexpr std::int64_t n = 2, channels = 32, filters = 48, size = 16;
  const auto worst_root_mean_square = [=](Device& device, std::int64_t taps) {
    const std::int64_t pixels = size * size, pad = taps / 2;
    KernelRun run(device, "exactness");
    kernels::Conv2dArgs a{};
    a.n = n, a.channels = channels, a.filters = filters, a.groups = 1;
    a.height = a.width = a.out_h = a.out_w = size;
    a.kernel_h = a.kernel_w = taps;
    a.pad_h = a.pad_w = pad;
    a.stride_h = a.stride_w = a.dilation_h = a.dilation_w = 1;
    a.x = run.input(n * channels * pixels);
    a.w = run.input(filters * channels * taps * taps);
    a.dy = run.input(n * filters * pixels);
    a.y = run.output(n * filters * pixels);
    a.dx = run.output(n * channels * pixels);
    a.dw = run.output(filters * channels * taps * taps);
    run.k().conv2d_forward(run.context(), a);
    run.k().conv2d_dx(run.context(), a);
    run.k().conv2d_dw(run.context(), a);

    std::vector<double> y(n * filters * pixels), dx(n * channels * pixels),
        dw(filters * channels * taps * taps);
    for (std::int64_t e = 0; e < n; ++e)
      for (std::int64_t f = 0; f < filters; ++f)
        for (std::int64_t c = 0; c < channels; ++c)
          for (std::int64_t u = 0; u < taps; ++u)
            for (std::int64_t v = 0; v < taps; ++v)
              for (std::int64_t i = std::max<std::int64_t>(0, pad - u); i < std::min(size, size + pad - u);
                   ++i)
                for (std::int64_t j = std::max<std::int64_t>(0, pad - v); j < std::min(size, size + pad - v);
                     ++j) {
                  const auto in = static_cast<std::size_t>((e * channels + c) * pixels +
                                                           (i + u - pad) * size + j + v - pad);
                  const auto out = static_cast<std::size_t>((e * filters + f) * pixels + i * size + j);
                  const auto tap = static_cast<std::size_t>(((f * channels + c) * taps + u) * taps + v);
                  y[out] += double(a.w[tap]) * a.x[in];
                  dx[in] += double(a.w[tap]) * a.dy[out];
                  dw[tap] += double(a.dy[out]) * a.x[in];
                }
    double worst = 0;
    const auto compare = [&](const std::vector<double>& exact, const float* got) {
      double errors = 0, squares = 0;
      for (std::size_t i = 0; i < exact.size(); ++i) {
        errors += (got[i] - exact[i]) * (got[i] - exact[i]);
        squares += exact[i] * exact[i];
      }
      worst = std::max(worst, std::sqrt(errors / squares));
    };
    compare(y, a.y);
    compare(dx, a.dx);
    compare(dw, a.dw);
    return worst;
  };
  for (const std::int64_t taps : {3, 5}) {
    Device plain({.isa = "ref"});
    const double of_plain = worst_root_mean_square(plain, taps);
    for (const std::string& isa : fast_isas()) {
      Device device({.isa = isa});
      const double error = worst_root_mean_square(device, taps);
      INFO(taps << " x " << taps << " taps on " << isa);
      CHECK(error < 2.5 * of_plain);
    }
  }
}

TEST_CASE("The number of threads changes no bit", "[kernels]") {
  for (const std::string& isa : fast_isas()) {
    Device one({.isa = isa});
    for (const int threads : {2, 3, 4}) {
      Device several({.isa = isa, .threads = threads});
      for (const KernelCase& kernel_case : kernel_cases()) {
        INFO(kernel_case.name << " on " << isa << " with " << threads << " threads");
        CHECK(same_bits(run_case(one, kernel_case), run_case(several, kernel_case)));
      }
    }
  }
}

TEST_CASE("An epilogue gives the bits of the activation as a kernel of its own", "[kernels]") {
  int seen = 0;
  for (const std::string& isa : Device::available_isas()) {
    Device device({.isa = isa});
    for (const KernelCase& kernel_case : kernel_cases()) {
      if (!kernel_case.name.starts_with("epilogue")) continue;
      INFO(kernel_case.name << " on " << isa);
      CHECK(same_bits(run_case(device, kernel_case), run_case(device, kernel_case, true)));
      ++seen;
    }
  }
  CHECK(seen > 0);
}

TEST_CASE("Instruction sets of a family give the same bits", "[kernels]") {
  const std::vector<std::string> isas = fast_isas();
  for (const std::string& first : isas)
    for (const std::string& second : isas) {
      Device a({.isa = first}), b({.isa = second});
      if (first >= second || a.fused() != b.fused()) continue;
      for (const KernelCase& kernel_case : kernel_cases()) {
        INFO(kernel_case.name << " on " << first << " and " << second);
        CHECK(same_bits(run_case(a, kernel_case), run_case(b, kernel_case)));
      }
    }
}

// tests/golden/kernels.json holds what this machine gave and what every other must give, WebAssembly too.
// LIVEGRAD_UPDATE_GOLDEN=1 writes it anew from the instruction sets that there are.
TEST_CASE("Every kernel gives the published bits of its family", "[kernels][digest]") {
  const std::string path = std::string(LIVEGRAD_SOURCE_DIR) + "/tests/golden/kernels.json";
  nlohmann::ordered_json published;
  std::ifstream(path) >> published;
  const char* update = std::getenv("LIVEGRAD_UPDATE_GOLDEN");
  const bool writing = update != nullptr && *update == '1';
  for (const std::string& isa : fast_isas()) {
    Device device({.isa = isa});
    const bool fused = device.fused();
    for (const KernelCase& kernel_case : kernel_cases()) {
      Digest digest;
      for (const KernelRun::Output& output : run_case(device, kernel_case)) {
        for (const float value : output.values) digest.add(value);
        for (const std::uint32_t word : output.words) digest.add(word);
      }
      INFO(kernel_case.name << " on " << isa);
      // WebAssembly has plain sums where others convolve by tiles.
      const bool apart =
          isa == "wasm-relaxed" && fused && published["fused plain"].contains(kernel_case.name);
      const char* family = apart ? "fused plain" : fused ? "fused" : "mul-add";
      if (writing) published[family][kernel_case.name] = digest.text();
      REQUIRE(published[family].contains(kernel_case.name));
      CHECK(published[family][kernel_case.name].get<std::string>() == digest.text());
    }
  }
  if (writing) std::ofstream(path) << published.dump(2) << '\n';
}

}  // namespace livegrad::testing
