#include "livegrad/sampler.hpp"

#include <algorithm>

#include "../trainer/impl.hpp"
#include "livegrad/error.hpp"
#include "livegrad/random.hpp"

namespace livegrad {

struct Sampler::Impl {
  explicit Impl(Trainer::Impl& trainer_)
      : trainer(trainer_),
        graph(trainer.device, trainer.evaluator.average ? *trainer.evaluator.average : trainer.params, 1),
        network(trainer.spec.record(graph, 1)),
        schedule(graph, std::vector<Target>{{network.output, 0}}, Wrt{}),
        chooser(network.symbols) {}

  /// Reads a symbol: the scores are then those of the next.
  void read(std::int32_t symbol) noexcept {
    const Progress& now = trainer.progress;
    const bool same = packed && packed_seed == now.seed && packed_steps == now.steps;
    *graph.index_view(network.input, 1).data = symbol;
    schedule.forward({.examples = 1, .same_parameters = same});
    packed = true;
    packed_seed = now.seed;
    packed_steps = now.steps;
  }

  Trainer::Impl& trainer;
  Graph graph;
  Network network;
  Schedule schedule;
  SymbolChooser chooser;
  bool packed = false;                              // the recurrent weights, as they were …
  std::uint64_t packed_seed = 0, packed_steps = 0;  // … then
  std::int32_t pending = 0;                         // chosen or given, and not read yet
  std::uint64_t seed = 0, chosen = 0;
};

Sampler::Sampler(Trainer& trainer) {
  const Network& n = trainer.network();
  if (n.symbols == 0 || n.classes != n.symbols || n.carried.empty())
    throw Error(
        ErrorCode::unsupported, "sample",
        n.symbols == 0 ? "The network takes no symbols, so that it cannot write."
        : n.classes != n.symbols
            ? "The network does not predict symbols. End it with {\"dense\": \"symbols\"} and a softmax loss."
            : "The network forgets between two symbols. Give its recurrent layers \"carry\": true.");
  impl_ = std::make_unique<Impl>(*trainer.impl_);
  start({}, 0);
}
Sampler::~Sampler() = default;
Sampler::Sampler(Sampler&&) noexcept = default;

void Sampler::start(std::u32string_view prime, std::uint64_t seed) {
  Impl& s = *impl_;
  const Vocabulary& vocabulary = s.trainer.data.identity.vocabulary;
  std::vector<std::int32_t> symbols = vocabulary.encode(prime, "prime");
  if (symbols.empty()) symbols.push_back(vocabulary.find(U'\n').value_or(0));
  for (const ValueId id : s.network.carried) {
    const TensorView state = s.graph.view(id, 1);
    std::fill_n(state.data, state.size(), real(0));
  }
  s.pending = symbols.back();
  s.seed = seed;
  s.chosen = 0;
  symbols.pop_back();
  for (const std::int32_t symbol : symbols) s.read(symbol);
}

std::int32_t Sampler::next(const SamplingOptions& options) noexcept {
  Impl& s = *impl_;
  s.read(s.pending);
  const RandomStream random{
      .seed = s.seed, .layer = stable_id("text"), .purpose = Purpose::sample, .step = 0};
  // The middle of each of the 2^32 parts, so that no symbol is chosen for lying at the very edge.
  const double uniform = (random.bits(s.chosen++) + 0.5) * 0x1p-32;
  const std::span scores(s.graph.view(s.network.output, 1).data, std::size_t(s.network.symbols));
  return s.pending = s.chooser.choose(scores, options, uniform);
}

void Sampler::replace_last(std::int32_t symbol) noexcept { impl_->pending = symbol; }

std::span<const Candidate> Sampler::top(std::int64_t count) noexcept { return impl_->chooser.top(count); }
const Graph& Sampler::graph() const noexcept { return impl_->graph; }
const Network& Sampler::network() const noexcept { return impl_->network; }

}  // namespace livegrad
