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
    const std::string family = device.fused() ? "fused" : "mul-add";
    for (const KernelCase& kernel_case : kernel_cases()) {
      Digest digest;
      for (const KernelRun::Output& output : run_case(device, kernel_case)) {
        for (const float value : output.values) digest.add(value);
        for (const std::uint32_t word : output.words) digest.add(word);
      }
      INFO(kernel_case.name << " on " << isa);
      if (writing) published[family][kernel_case.name] = digest.text();
      REQUIRE(published[family].contains(kernel_case.name));
      CHECK(published[family][kernel_case.name].get<std::string>() == digest.text());
    }
  }
  if (writing) std::ofstream(path) << published.dump(2) << '\n';
}

}  // namespace livegrad::testing
