// Learning from a text: what differs from learning from examples.
#include <algorithm>

#include "impl.hpp"
#include "livegrad/error.hpp"

namespace livegrad {

std::int64_t Trainer::Impl::read_batch() noexcept {
  Compiled& t = *training;
  if (data.text) {
    if (streams.at_start()) t.clear_carried();
    const std::int64_t capacity = t.graph.capacity();
    return streams.read(t.symbols(capacity), t.symbol_labels(capacity));
  }
  const auto samples = order.peek(options().batch);
  const auto examples = std::ssize(samples);
  if (examples == 0) return 0;
  data.training_reader->read(samples, progress.consumed, t.batch(examples));
  if (data.encodes_labels) t.encode_labels(examples);
  return examples;
}

void Trainer::Impl::advance(std::int64_t rows) noexcept {
  if (data.text)
    streams.advance(rows);
  else
    order.advance(rows);
}

Data Trainer::Impl::open_text(std::shared_ptr<const Text> text, TextSplit split,
                              std::int64_t hold_out) const {
  const Network& n = training->network;
  if (n.symbols == 0)
    throw_error(
        ErrorCode::shape_mismatch, "data",
        "The network's input is not symbols, and \"{}\" is a text. Use a network with an input such as "
        "{{\"sequence\": 50}}.",
        text->name);
  if (n.labels.index < 0 || training->graph.shape(n.labels, 1) != Shape{1, n.steps})
    throw_error(
        ErrorCode::shape_mismatch, "data",
        "The network does not predict a symbol at each of its {} steps, as learning from a text needs. "
        "End it with {{\"dense\": \"symbols\"}} and a softmax loss.",
        n.steps);
  if (n.symbols != text->vocabulary.size() || n.classes != text->vocabulary.size())
    throw_error(
        ErrorCode::shape_mismatch, "data",
        "The network takes {} symbols and gives scores to {}, and \"{}\" has {} different characters. "
        "Make the network for that vocabulary.",
        n.symbols, n.classes, text->name, text->vocabulary.size());
  Data opened;
  opened.parts = split_text(text->size(), split, hold_out);
  if (const std::int64_t size = TextParts::size(opened.parts.training); size < n.steps)
    throw_error(ErrorCode::invalid_data, "data",
                "\"{}\" has {} characters to learn from, and a sequence takes {}. Give more text, or the "
                "network a shorter sequence.",
                text->name, size, n.steps);
  opened.identity = {.name = text->name,
                     .origin = text->origin,
                     .training = text->size(),
                     .test = TextParts::size(opened.parts.held_out),
                     .shape = {},
                     .split = split,
                     .vocabulary = text->vocabulary};
  opened.text = std::move(text);
  return opened;
}

void Trainer::Impl::take_text(Data taken) {
  const bool same = taken.identity == data.identity;
  const std::int64_t hold_out = same ? progress.hold_out : options().hold_out;
  if (hold_out != options().hold_out) taken = open_text(taken.text, taken.identity.split, hold_out);
  const std::uint64_t epoch = streams.epoch();
  const std::int64_t position = same ? streams.position() : 0;
  streams.assign(taken.text, taken.parts.training, options().batch, training->network.steps,
                 !training->network.carried.empty(), progress.seed);
  if (!streams.seek(epoch, position)) streams.seek(epoch, 0);
  if (streams.position() == 0) training->clear_carried();
  progress.hold_out = hold_out;
  data = std::move(taken);
}

void Trainer::set_text(std::shared_ptr<const Text> text, TextSplit split) {
  impl_->take_text(impl_->open_text(std::move(text), split, impl_->options().hold_out));
}

const Vocabulary& Trainer::vocabulary() const noexcept { return impl_->data.identity.vocabulary; }
TextSplit Trainer::text_split() const noexcept { return impl_->data.identity.split; }

ClipCount Trainer::clipped() const noexcept {
  const Progress& p = impl_->progress;
  return {.steps = p.steps, .by_norm = p.clipped_by_norm, .by_value = p.clipped_by_value};
}

const std::vector<Stretch>& Trainer::Impl::part(Split split) const noexcept {
  return split == Split::training     ? data.parts.training
         : split == Split::validation ? data.parts.validation
                                      : data.parts.held_out;
}

void Trainer::Impl::evaluate_window(const std::vector<Stretch>& rows, std::int64_t window,
                                    Evaluation& into) noexcept {
  Compiled& c = *evaluator.compiled;
  const std::int64_t count = std::ssize(rows), steps = c.network.steps, classes = c.network.classes;
  const auto inputs = c.symbols(count), labels = c.symbol_labels(count);
  std::ranges::fill(inputs, 0);
  std::ranges::fill(labels, -1);
  for (std::int64_t row = 0; row < count; ++row) {
    const Stretch& stretch = rows[std::size_t(row)];
    const std::int64_t live = std::clamp<std::int64_t>(stretch.size - window * steps, 0, steps);
    const auto from = data.text->symbols.begin() + stretch.first + window * steps;
    std::copy_n(from, live, inputs.begin() + row * steps);
    std::copy_n(from + 1, live, labels.begin() + row * steps);
  }
  c.run = {.examples = count};
  c.schedule.forward(c.run);
  const real* loss = c.graph.view(c.network.loss, count).data;
  const real* scores = c.graph.view(c.network.output, count).data;
  for (std::int64_t row = 0; row < count; ++row) {
    const auto own = labels.subspan(std::size_t(row * steps), std::size_t(steps));
    const auto live = steps - std::ranges::count(own, -1);
    into.loss_sum += double(loss[row]) * double(live);  // the loss is the mean over the row's labels
    into.examples += live;
    for (std::int64_t t = 0; t < live; ++t) {
      const std::int64_t label = own[std::size_t(t)];
      const std::int64_t predicted = Compiled::predicted(scores + (row * steps + t) * classes, classes);
      into.correct += predicted == label;
    }
  }
}

void Trainer::Impl::evaluate_text(Split split, std::int64_t first, std::int64_t count,
                                  Evaluation& into) noexcept {
  const auto& rows = part(split);
  if (rows.empty()) return;
  const std::int64_t steps = training->network.steps, window_size = std::ssize(rows) * steps;
  std::int64_t longest = 0;
  for (const Stretch& stretch : rows) longest = std::max(longest, stretch.size);
  const auto next = [&](std::int64_t place) {
    return (std::max<std::int64_t>(place, 0) + window_size - 1) / window_size;
  };
  const std::int64_t end = std::min((longest + steps - 1) / steps, next(first + count));
  if (first <= 0) evaluator.compiled->clear_carried();
  for (std::int64_t window = next(first); window < end; ++window) evaluate_window(rows, window, into);
}

}  // namespace livegrad
