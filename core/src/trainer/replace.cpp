#include <algorithm>

#include "impl.hpp"

namespace livegrad {
namespace {

void copy(const TensorView& from, const TensorView& to) { std::copy_n(from.data, from.size(), to.data); }

/// Every pair of tensors that are the same in both stores.
template <class Body>
void for_each_shared(const ParamStore& from, const ParamStore& to, Body&& body) {
  for (int i = 0; i < to.size(); ++i) {
    const ParamId id{i};
    const auto found = from.find(to.info(id).name());
    if (found && from.info(*found).shape == to.info(id).shape) body(*found, id);
  }
}

void copy_states(const ParamStore& from, const ParamStore& to) {
  for (int i = 0; i < to.state_count(); ++i) {
    const StateId id{i};
    const auto found = from.find_state(to.info(id).name());
    if (found && from.info(*found).shape == to.info(id).shape) copy(from.state(*found), to.state(id));
  }
}

}  // namespace

std::vector<std::string> Trainer::Impl::inherit(const Impl& from) {
  const int slots = shared_slots(from.options().optimizer.type, options().optimizer.type);
  std::vector<std::string> kept;
  for_each_shared(from.params, params, [&](ParamId old, ParamId id) {
    copy(from.params.value(old), params.value(id));
    for (int k = 0; k < slots; ++k) copy(from.params.slot(k, old), params.slot(k, id));
    if (slots > 0) params.set_updates(id, from.params.updates(old));
    kept.push_back(params.info(id).name());
  });
  copy_states(from.params, params);
  reset_average();
  if (evaluator.average && from.evaluator.average) {
    const ParamStore &theirs = *from.evaluator.average, &ours = *evaluator.average;
    for_each_shared(theirs, ours, [&](ParamId old, ParamId id) { copy(theirs.value(old), ours.value(id)); });
    copy_states(theirs, ours);
    progress.average_steps = from.progress.average_steps;
  }
  return kept;
}

std::vector<std::string> Trainer::replace(Spec spec) {
  const Impl& old = *impl_;
  if (!spec.has_training()) spec = spec.with(old.options());
  if (spec.takes_symbols() && spec.symbols() == 0 && old.data.identity.is_text())
    spec = spec.with_symbols(old.data.identity.vocabulary.size());
  auto made = std::make_unique<Impl>(old.device, std::move(spec), old.progress.seed);
  made->progress = old.progress;
  std::vector<std::string> kept = made->inherit(old);
  if (old.data.training) made->data = made->open(old.data.training, old.data.test, made->options());
  made->data.identity = old.data.identity;
  if (old.data.text) {
    made->take_text(made->open_text(old.data.text, old.data.identity.split, made->options().hold_out));
    made->streams.seek(old.streams.epoch(), 0);
  }
  made->order = old.order;
  made->history = old.history;
  impl_ = std::move(made);
  return kept;
}

}  // namespace livegrad
