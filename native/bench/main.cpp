// livegrad-bench: livegrad beside other libraries on this machine, in turns, so that ratios hold while it does other work.
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <thread>

#include "bench.hpp"
#include "livegrad/device.hpp"
#include "livegrad/error.hpp"

namespace livegrad::bench {
namespace {

constexpr double kWarmUp = 1.0, kMeasurement = 0.4;  // seconds
constexpr std::chrono::milliseconds kPause(
    100);  // threads of the one before spin for a while, and take a core

struct Contestant {
  Result result;
  std::function<void(int)> run;
  int repetitions = 1;
};

/// On one thread, of processor time: other programs on the machine then take nothing away.
double seconds(const Contestant& contestant, int repetitions) {
  const auto now = [&] {
    timespec time;
    clock_gettime(contestant.result.work.threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
  };
  std::this_thread::sleep_for(kPause);
  const double before = now();
  contestant.run(repetitions);
  return now() - before;
}

/// Runs until caches and pools are warm, and finds how much work fills a measurement.
Contestant prepare(const Work& work) {
  Contestant made{{work, {}}, work.prepare()};
  double spent = 0;
  do {
    const double last = seconds(made, made.repetitions);
    spent += last;
    const double wanted = made.repetitions * kMeasurement / std::max(last, 1e-6);
    made.repetitions = int(std::clamp(wanted, 1.0, 8.0 * made.repetitions));
  } while (spent < kWarmUp);
  return made;
}

std::vector<Result> measure(const Works& works, int runs) {
  std::vector<Result> results;
  for (auto first = works.begin(); first != works.end();) {
    const auto last =
        std::find_if(first, works.end(), [&](const Work& w) { return w.workload != first->workload; });
    std::fprintf(stderr, "%s\n", first->workload.c_str());
    std::vector<Contestant> contestants;
    std::transform(first, last, std::back_inserter(contestants), prepare);
    // Each run begins with another one: what a turn leaves in the caches is the next one's lot.
    for (int run = 0; run < runs; ++run)
      for (std::size_t i = 0; i < contestants.size(); ++i) {
        Contestant& each = contestants[(i + std::size_t(run)) % contestants.size()];
        each.result.values.push_back(each.result.work.amount * each.repetitions /
                                     seconds(each, each.repetitions));
      }
    for (Contestant& each : contestants) results.push_back(std::move(each.result));
    first = last;
  }
  return results;
}

std::vector<std::string> add_all(Works& works, int threads) {
  add_livegrad(works, threads);
  std::vector<std::string> missing = add_blas(works, threads);
  [[maybe_unused]] const auto build_with = [&](const char* library, const char* package) {
    missing.push_back(std::string(library) + " is missing: apt-get install " + package +
                      ", then cmake --preset release and build livegrad-bench again.");
  };
#ifdef LIVEGRAD_BENCH_EIGEN
  (Device().isa() == "avx2" ? add_eigen_avx2 : add_eigen)(works, threads);
#else
  build_with("Eigen", "libeigen3-dev");
#endif
#ifdef LIVEGRAD_BENCH_ONEDNN
  add_onednn(works, threads);
#else
  build_with("oneDNN", "libdnnl-dev");
#endif
#ifdef LIVEGRAD_BENCH_TORCH
  add_torch(works, threads);
#else
  build_with("libtorch", "libtorch-dev");
#endif
  add_peak(works, threads);
  return missing;
}

/// Holds every library to an instruction set. They look into the environment when they are loaded, and so this
/// program starts anew in another.
void hold_to(const std::string& isa, char** argv) {
  std::map<std::string, std::string> variables{{"LIVEGRAD_ISA", isa}};
  if (isa == "avx2")
    variables.insert({{"OPENBLAS_CORETYPE", "Haswell"},
                      {"ONEDNN_MAX_CPU_ISA", "AVX2"},
                      {"ATEN_CPU_CAPABILITY", "avx2"},
                      {"MKL_ENABLE_INSTRUCTIONS", "AVX2"}});
  bool held = true;
  for (const auto& [name, value] : variables) {
    const char* now = std::getenv(name.c_str());
    if (now && now == value) continue;
    held = false;
    setenv(name.c_str(), value.c_str(), 1);
  }
  if (held) return;
  execv("/proc/self/exe", argv);
  throw_error(ErrorCode::unsupported, "--isa", "The program cannot start itself anew.");
}

int run(int argc, char** argv) {
  CLI::App app{"livegrad beside other libraries on this machine"};
  std::vector<std::string> only;
  std::vector<int> threads{1};
  std::string json, isa;
  int runs = 7;
  app.add_option("--only", only, "Workloads: W1, W2, W3, W4, W6, inference, gemm (beginnings of names)")
      ->delimiter(',');
  app.add_option("--threads", threads, "Numbers of threads")->delimiter(',')->check(CLI::PositiveNumber);
  app.add_option("--runs", runs, "Measurements, of which the median counts")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--json", json,
                 "Also write [{workload, metric, peer, variant, threads, value, unit, runs}]");
  app.add_option("--isa", isa, "Hold every library to an instruction set")
      ->check(CLI::IsMember({"avx2", "avx512"}));
  CLI11_PARSE(app, argc, argv);
  if (!isa.empty()) hold_to(isa, argv);

  Works works;
  std::vector<std::string> missing;
  for (const int count : threads) missing = add_all(works, count);
  for (const std::string& line : missing) std::fprintf(stderr, "%s\n", line.c_str());
  const auto unwanted = [&](const Work& work) {
    return !only.empty() && std::none_of(only.begin(), only.end(), [&](const std::string& name) {
      return work.workload.compare(0, name.size(), name) == 0;
    });
  };
  works.erase(std::remove_if(works.begin(), works.end(), unwanted), works.end());
  if (works.empty())
    throw_error(ErrorCode::invalid_argument, "livegrad-bench", "No workload has such a name. See --help.");
  std::stable_sort(works.begin(), works.end(),
                   [](const Work& a, const Work& b) { return a.workload < b.workload; });
  const std::vector<Result> results = measure(works, runs);
  print_table(results, runs);
  if (!json.empty() && !(std::ofstream(json) << to_json(results)))
    throw_error(ErrorCode::invalid_argument, json, "The file cannot be written.");
  return 0;
}

}  // namespace
}  // namespace livegrad::bench

int main(int argc, char** argv) {
  try {
    return livegrad::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
