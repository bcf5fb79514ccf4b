#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "bench.hpp"

namespace livegrad::bench {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double ratio(const Result& a, const Result& b) {
  std::vector<double> ratios(a.values.size());
  std::transform(a.values.begin(), a.values.end(), b.values.begin(), ratios.begin(), std::divides<>());
  return median(ratios);
}

std::string rounded(double value, int decimals, const char* unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f%s", decimals, value, unit);
  return text;
}

/// A percentage of the peak that was measured in the same turns, if one was.
std::string share(const Result& result, const Result* peak) {
  return peak && peak != &result ? rounded(100 * ratio(result, *peak), 0, " %") : "";
}

/// Who takes part in one workload on one number of threads.
struct Group {
  const Result *ours = nullptr, *peak = nullptr, *best = nullptr;  ///< best: of the other libraries
};
using Groups = std::map<std::pair<std::string, int>, Group>;

void print_best(const Groups& groups) {
  std::printf("\n| workload | threads | livegrad | best other | livegrad is | of the peak | best other |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  std::map<int, std::vector<double>> products;
  for (const auto& [key, group] : groups) {
    const auto& [ours, peak, best] = group;
    if (!ours || !best) continue;
    const auto speed = [](const Result& r) {
      const double value = median(r.values);
      return rounded(value, value < 1000 ? 1 : 0, "");
    };
    const double faster = ratio(*ours, *best);
    std::printf("| %s, %s | %d | %s | %s, %s | %.2f x | %s | %s |\n", key.first.c_str(),
                ours->work.unit.c_str(), key.second, speed(*ours).c_str(), best->work.peer.c_str(),
                speed(*best).c_str(), faster, share(*ours, peak).c_str(), share(*best, peak).c_str());
    if (peak) products[key.second].push_back(std::log(faster));
  }
  for (const auto& [threads, logs] : products)
    std::printf("\nGeometric mean of the %zu products, threads %d: %.2f x\n", logs.size(), threads,
                std::exp(std::accumulate(logs.begin(), logs.end(), 0.0) / double(logs.size())));
}

}  // namespace

void print_table(const std::vector<Result>& results, int runs) {
  std::printf(
      "Medians of %d runs in turns; ratios pair by pair, at the same number of threads. One thread: a second "
      "of processor time.\n\n",
      runs);
  Groups groups;
  for (const Result& result : results) {
    Group& group = groups[{result.work.workload, result.work.threads}];
    if (result.work.peer == "livegrad")
      group.ours = &result;
    else if (result.work.peer == kPeak)
      group.peak = &result;
    else if (!group.best || median(group.best->values) < median(result.values))
      group.best = &result;
  }
  std::printf("| workload | library | threads | median | range | livegrad is | of the peak |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  for (const Result& result : results) {
    const auto& [work, values] = result;
    const Group& group = groups[{work.workload, work.threads}];
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const int decimals = median(values) < 1000 ? 1 : 0;
    std::printf(
        "| %s, %s | %s%s%s | %d | %.*f %s | %.*f to %.*f | %s | %s |\n", work.workload.c_str(),
        work.metric.c_str(), work.peer.c_str(), work.variant.empty() ? "" : ", ", work.variant.c_str(),
        work.threads, decimals, median(values), work.unit.c_str(), decimals, *low, decimals, *high,
        group.ours && group.ours != &result ? rounded(ratio(*group.ours, result), 2, " x").c_str() : "",
        share(result, group.peak).c_str());
  }
  print_best(groups);
}

std::string to_json(const std::vector<Result>& results) {
  nlohmann::json array = nlohmann::json::array();
  for (const auto& [work, values] : results)
    array.push_back({{"workload", work.workload},
                     {"metric", work.metric},
                     {"peer", work.peer},
                     {"variant", work.variant},
                     {"threads", work.threads},
                     {"value", median(values)},
                     {"unit", work.unit},
                     {"runs", values}});
  return array.dump(1) + "\n";
}

}  // namespace livegrad::bench
