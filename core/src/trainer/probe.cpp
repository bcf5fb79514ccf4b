#include <algorithm>

#include "impl.hpp"
#include "livegrad/error.hpp"

namespace livegrad {

struct Probe::Impl {
  Impl(Trainer::Impl& trainer_, std::int64_t capacity)
      : trainer(trainer_),
        gradients(allocate_aligned(std::size_t(trainer_.params.extent()) * sizeof(real))),
        compiled(trainer_.device, trainer_.params, trainer_.spec, capacity, 0,
                 Wrt{.parameter_groups = Wrt::kAllGroups,
                     .inputs = true,
                     .parameter_gradients = reinterpret_cast<real*>(gradients.get())},
                 Keep::layers, true) {
    std::fill_n(reinterpret_cast<real*>(gradients.get()), trainer.params.extent(), real(0));
  }

  Trainer::Impl& trainer;
  AlignedBytes gradients;
  Compiled compiled;
};

namespace {

void require_below(const char* what, std::int64_t index, std::int64_t size) {
  if (index < 0 || index >= size)
    throw_error(ErrorCode::invalid_argument, "probe", "{} {} is not one of the {} there are, counted from 0.",
                what, index, size);
}

void require_symbols(const Compiled& c, bool wanted) {
  if ((c.network.symbols > 0) != wanted)
    throw Error(
        ErrorCode::unsupported, "probe",
        wanted ? "The network takes numbers, not symbols." : "The network takes symbols, not numbers.");
}

}  // namespace

Probe::Probe(Trainer& trainer, std::int64_t capacity)
    : impl_(std::make_unique<Impl>(*trainer.impl_, capacity)) {}
Probe::~Probe() = default;
Probe::Probe(Probe&&) noexcept = default;

void Probe::set_input(std::int64_t slot, std::span<const real> pixels, std::int32_t label) {
  Compiled& c = impl_->compiled;
  require_symbols(c, false);
  require_below("slot", slot, c.graph.capacity());
  if (label != -1) require_below("label", label, c.network.classes);
  const Batch place = c.batch(1, slot);
  if (pixels.size() != place.x.size())
    throw_error(ErrorCode::invalid_argument, "probe", "The network takes {} numbers, not {}.", place.x.size(),
                pixels.size());
  std::ranges::copy(pixels, place.x.begin());
  std::ranges::fill(place.labels, label);
  std::ranges::fill(place.targets, real(0));
}

void Probe::set_example(std::int64_t slot, Split split, std::int64_t index) {
  Trainer::Impl& t = impl_->trainer;
  require_symbols(impl_->compiled, false);
  require_below("slot", slot, impl_->compiled.graph.capacity());
  require_below("example", index, t.size(split));
  t.reader(split).read_centre(t.pick(split, index, 1), impl_->compiled.batch(1, slot));
  if (t.data.encodes_labels) impl_->compiled.encode_labels(1, slot);
}

void Probe::set_symbols(std::int64_t slot, std::span<const std::int32_t> symbols) {
  Compiled& c = impl_->compiled;
  require_symbols(c, true);
  require_below("slot", slot, c.graph.capacity());
  const std::int64_t steps = c.network.steps, count = std::ssize(symbols);
  require_below("the number of symbols less one,", count - 1, steps + 1);
  for (const std::int32_t symbol : symbols) require_below("symbol", symbol, c.network.symbols);
  const auto place = [&](std::span<std::int32_t> all) {
    return all.subspan(std::size_t(slot * steps), std::size_t(steps));
  };
  const auto inputs = place(c.symbols(slot + 1)), labels = place(c.symbol_labels(slot + 1));
  std::ranges::fill(inputs, 0);
  std::ranges::fill(labels, -1);
  std::copy_n(symbols.begin(), std::min(count, steps), inputs.begin());
  std::copy_n(symbols.begin() + 1, count - 1, labels.begin());
}

void Probe::run(std::int64_t examples, bool backward) noexcept {
  Compiled& c = impl_->compiled;
  c.clear_carried();
  c.run = {.examples = examples};
  c.schedule.forward(c.run);
  if (backward) c.schedule.backward(c.run);
}

const Graph& Probe::graph() const noexcept { return impl_->compiled.graph; }
const Schedule& Probe::schedule() const noexcept { return impl_->compiled.schedule; }
const Network& Probe::network() const noexcept { return impl_->compiled.network; }

}  // namespace livegrad
