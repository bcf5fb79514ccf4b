#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "livegrad/real.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad {

/// How the next symbol is chosen. What is left out by top_k and top_p gets the probability 0, and the rest is scaled to 1.
struct SamplingOptions {
  double temperature = 1;  ///< scores are divided by it: below 1 more certain, above 1 more daring
  std::int64_t top_k = 0;  ///< only the so many most likely; 0: all
  double top_p = 1;        ///< only the most likely that have this share together (nucleus)
  bool greedy = false;     ///< always the most likely
};
/// Errors  invalid_argument, naming the setting: temperature is 0.01 to 100, top_k from 0, top_p above 0 and up to 1
void check(const SamplingOptions& options);

/// A symbol and how likely it is.
struct Candidate {
  std::int32_t symbol = 0;
  double probability = 0;
};

/// Chooses symbols by their scores. Everything it needs is allocated by the constructor; of equal probabilities the
/// first symbol counts as more likely. The same bits on every target.
/// Math    p = softmax(scores / temperature); the most likely n symbols stay, n the least of top_k and the smallest number
///         with Σ p ≥ top_p; the choice is the first of them, in the order of symbols, where the sum passes uniform · Σ p
/// Ref     Holtzman et al. 2020, "The curious case of neural text degeneration" (nucleus)
class SymbolChooser {
 public:
  explicit SymbolChooser(std::int64_t symbols);

  /// The symbol for these scores and a number from [0, 1). Scores that are NaN are never chosen unless all are.
  std::int32_t choose(std::span<const real> scores, const SamplingOptions& options, double uniform) noexcept;
  /// The most likely symbols of the last choice, most likely first; probabilities are softmax(scores / temperature),
  /// those left out included.
  /// Valid until the next call.
  std::span<const Candidate> top(std::int64_t count) noexcept;

 private:
  void rank(std::size_t count) noexcept;

  std::vector<double> probabilities_;
  std::vector<Candidate> ranked_;  // all symbols, the first ranked_count_ in order
  std::size_t ranked_count_ = 0;
};

/// Writes text with a trainer's weights (their average, where there is one), a symbol at a time, while training goes on.
/// Looking changes nothing: it has a graph of one step and a carried state of its own. Allocates in the constructor and
/// start() only.
class Sampler {
 public:
  /// Valid until the trainer is replaced or loaded, or other options come in.
  /// Errors  unsupported when the network is none that predicts symbols one by one with a state that it carries
  explicit Sampler(Trainer& trainer);
  ~Sampler();
  Sampler(Sampler&&) noexcept;

  /// Begins a text: reads `prime` from a state of zero, a line break (or the first symbol) when it is empty. The n-th
  /// choice depends on the weights, prime, seed and n alone.
  /// Errors  invalid_data, naming a character of prime that is not in the trainer's vocabulary
  void start(std::u32string_view prime, std::uint64_t seed);
  /// The next symbol.
  std::int32_t next(const SamplingOptions& options) noexcept;
  /// What next() gave is not what comes, but `symbol`: to read a given text.
  /// Errors  none; symbol must be one of the network's
  void replace_last(std::int32_t symbol) noexcept;
  /// Most likely candidates for what next() gave last; see SymbolChooser::top.
  std::span<const Candidate> top(std::int64_t count) noexcept;
  /// Gates, cells and states of the symbol read last.
  const Graph& graph() const noexcept;
  const Network& network() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace livegrad
