#include <algorithm>
#include <cmath>
#include <string>

#include "livegrad/error.hpp"
#include "livegrad/math.hpp"
#include "livegrad/sampler.hpp"

namespace livegrad {

void check(const SamplingOptions& o) {
  if (!(o.temperature >= 0.01 && o.temperature <= 100))
    throw_error(ErrorCode::invalid_argument, "temperature",
                "The temperature is {}, but must be 0.01 to 100. To take always the most likely character, "
                "sample greedily.",
                o.temperature);
  if (o.top_k < 0)
    throw_error(ErrorCode::invalid_argument, "top_k", "top_k is {}, but must be 0 (all) or more.", o.top_k);
  if (!(o.top_p > 0 && o.top_p <= 1))
    throw_error(ErrorCode::invalid_argument, "top_p", "top_p is {}, but must be above 0 and up to 1 (all).",
                o.top_p);
}

SymbolChooser::SymbolChooser(std::int64_t symbols)
    : probabilities_(std::size_t(symbols)), ranked_(std::size_t(symbols)) {}

void SymbolChooser::rank(std::size_t count) noexcept {
  if (count <= ranked_count_) return;
  for (std::size_t i = 0; i < ranked_.size(); ++i) ranked_[i] = {std::int32_t(i), probabilities_[i]};
  std::partial_sort(ranked_.begin(), ranked_.begin() + std::ptrdiff_t(count), ranked_.end(),
                    [](const Candidate& a, const Candidate& b) {
                      return a.probability != b.probability ? a.probability > b.probability
                                                            : a.symbol < b.symbol;
                    });
  ranked_count_ = count;
}

std::int32_t SymbolChooser::choose(std::span<const real> scores, const SamplingOptions& o,
                                   double uniform) noexcept {
  const std::size_t symbols = probabilities_.size();
  ranked_count_ = 0;
  std::size_t best = 0;
  for (std::size_t i = 1; i < symbols; ++i)
    if (scores[i] > scores[best] || std::isnan(scores[best])) best = i;
  double sum = 0;
  for (std::size_t i = 0; i < symbols; ++i) {
    const double away = (double(scores[i]) - double(scores[best])) / o.temperature;
    probabilities_[i] = i == best ? 1 : std::isnan(away) ? 0 : math::exp(away);
    sum += probabilities_[i];
  }
  for (double& p : probabilities_) p /= sum;
  if (o.greedy) return std::int32_t(best);

  // Symbols rank from `last` on, in the order of likelihood, are left out.
  std::size_t last = o.top_k > 0 ? std::min(std::size_t(o.top_k), symbols) : symbols;
  double kept = 1;
  if (o.top_p < 1 || last < symbols) {
    rank(o.top_p < 1 ? symbols : last);
    kept = 0;
    for (std::size_t i = 0; i < last; ++i) {
      kept += ranked_[i].probability;
      if (kept >= o.top_p) last = i + 1;
    }
  }
  const auto stays = [&](std::size_t i) {
    if (last == symbols) return true;
    const Candidate& least = ranked_[last - 1];
    return probabilities_[i] > least.probability ||
           (probabilities_[i] == least.probability && std::int32_t(i) <= least.symbol);
  };
  double passed = 0;
  std::size_t chosen = best;
  for (std::size_t i = 0; i < symbols && passed <= uniform * kept; ++i) {
    if (probabilities_[i] == 0 || !stays(i)) continue;
    chosen = i;
    passed += probabilities_[i];
  }
  return std::int32_t(chosen);
}

std::span<const Candidate> SymbolChooser::top(std::int64_t count) noexcept {
  const std::size_t most = std::min(std::size_t(std::max<std::int64_t>(count, 0)), ranked_.size());
  rank(most);
  return std::span(ranked_).first(most);
}

}  // namespace livegrad
