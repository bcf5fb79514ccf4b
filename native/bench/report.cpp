#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "bench.hpp"

namespace livegrad::bench {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

void print_table(const std::vector<Result>& results, int runs) {
  std::printf(
      "Medians of %d runs in turns; ratios pair by pair, at the same number of threads. One thread: a second "
      "of "
      "processor time.\n\n",
      runs);
  std::printf("| workload | library | threads | median | range | livegrad is |\n");
  std::printf("| --- | --- | --- | --- | --- | --- |\n");
  for (const Result& result : results) {
    const auto& [work, values] = result;
    std::string ratio;
    const auto ours = std::find_if(results.begin(), results.end(), [&](const Result& r) {
      return r.work.peer == "livegrad" && r.work.workload == work.workload && r.work.threads == work.threads;
    });
    if (work.peer != "livegrad" && ours != results.end()) {
      std::vector<double> ratios(values.size());
      std::transform(ours->values.begin(), ours->values.end(), values.begin(), ratios.begin(),
                     std::divides<>());
      char text[32];
      std::snprintf(text, sizeof text, "%.2f x", median(ratios));
      ratio = text;
    }
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const int decimals = median(values) < 1000 ? 1 : 0;
    std::printf("| %s, %s | %s%s%s | %d | %.*f %s | %.*f to %.*f | %s |\n", work.workload.c_str(),
                work.metric.c_str(), work.peer.c_str(), work.variant.empty() ? "" : ", ",
                work.variant.c_str(), work.threads, decimals, median(values), work.unit.c_str(), decimals,
                *low, decimals, *high, ratio.c_str());
  }
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
