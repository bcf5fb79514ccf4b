#include "testing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include "interruption.hpp"
#include "progress.hpp"

namespace livegrad::cli {
namespace {

constexpr std::int64_t kSlice = 200;
constexpr std::uint64_t kRecentSteps = 100;

std::string class_name(const std::vector<std::string>& classes, std::int64_t i) {
  return std::size_t(i) < classes.size() ? classes[std::size_t(i)] : std::to_string(i);
}

}  // namespace

std::optional<Evaluation> evaluate(Trainer& trainer, Split split, const std::string& label, bool quiet,
                                   std::span<real> probabilities) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const std::int64_t size = trainer.size(split);
  Progress progress(quiet);
  Evaluation evaluation;
  for (std::int64_t done = 0; done < size;) {
    if (Interruption::requested()) return std::nullopt;
    const std::int64_t slice = std::min(kSlice, size - done);
    const auto shares =
        probabilities.first(probabilities.empty() ? 0 : std::size_t(slice * trainer.network().classes));
    trainer.evaluate(split, done, slice, evaluation, shares);
    probabilities = probabilities.subspan(shares.size());
    done += slice;
    if (!progress.due()) continue;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double rate = double(done) / seconds;
    progress.show({.label = label,
                   .fraction = double(done) / double(size),
                   .details = grouped(std::int64_t(rate)) + "/s",
                   .left = double(size - done) / rate});
  }
  return evaluation;
}

Recent recent_training(const History& history) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const History::Content& content = history.content();
  double loss = content.open.loss, accuracy = content.open.accuracy;
  std::int64_t examples = content.open.examples;
  std::uint64_t steps = content.open_steps;
  for (auto point = content.points.rbegin(); point != content.points.rend() && steps < kRecentSteps;
       ++point) {
    loss += point->loss * double(point->examples);
    accuracy += point->accuracy * double(point->examples);
    examples += point->examples;
    steps += content.stride;
  }
  if (examples == 0) return {kNan, kNan};
  return {loss / double(examples), accuracy / double(examples)};
}

double epochs_done(const History& history) {
  const History::Content& content = history.content();
  if (content.open_steps > 0) return content.open.epoch;
  return content.points.empty() ? 0 : content.points.back().epoch;
}

Json describe_run(const std::string& name, const Trainer& trainer, const std::string& data,
                  const std::string& origin) {
  const Device& device = trainer.device();
  return {{"spec", name},
          {"parameters", trainer.spec().parameter_count()},
          {"data", data},
          {"data_origin", origin},
          {"seed", trainer.options().seed},
          {"isa", device.isa()},
          {"fused", device.fused()},
          {"threads", device.threads()},
          {"steps", trainer.step_count()},
          {"epochs", epochs_done(trainer.history())}};
}

void describe_test(Json& object, const std::optional<Evaluation>& test) {
  const bool tested = test && test->examples > 0, classes = tested && test->correct >= 0;
  object["test_examples"] = tested ? Json(test->examples) : Json();
  object["correct"] = classes ? Json(test->correct) : Json();
  object["test_loss"] = tested ? Json(test->loss()) : Json();
  object["test_error"] = classes ? Json(test->error()) : Json();
  object["interval"] = Json();
  if (!classes) return;
  const auto [low, high] = test->interval();
  object["interval"] = {low, high};
}

std::string test_text(const Evaluation& test) {
  const std::string loss = "loss " + digits(test.loss(), 4);
  if (test.correct < 0) return loss + " over " + grouped(test.examples) + " examples";
  const auto [low, high] = test.interval();
  return "error " + fixed(test.error(), 2) + " % (" + grouped(test.examples - test.correct) + " of " +
         grouped(test.examples) + "; 95 % interval " + fixed(low, 2) + " to " + fixed(high, 2) + " %), " +
         loss;
}

std::string nats_text(const Evaluation& test) {
  const double nats = test.loss();
  return fixed(nats, 4) + " nats a character (" + fixed(nats / std::numbers::ln2, 4) + " bits, perplexity " +
         fixed(std::exp(nats), 2) + ") over " + grouped(test.examples) + " characters, " +
         fixed(100 - test.error(), 1) + " % right";
}

void describe_nats(Json& object, const std::optional<Evaluation>& held_out) {
  const bool tested = held_out && held_out->examples > 0;
  const double nats = tested ? held_out->loss() : 0;
  object["validation_characters"] = tested ? Json(held_out->examples) : Json();
  object["validation_nats"] = tested ? Json(nats) : Json();
  object["validation_bits"] = tested ? Json(nats / std::numbers::ln2) : Json();
  object["validation_perplexity"] = tested ? Json(std::exp(nats)) : Json();
}

std::string confusion_text(const Evaluation& test, const std::vector<std::string>& classes) {
  std::int64_t count = 0;
  while (count * count < std::ssize(test.confusion)) ++count;
  Table table("l" + std::string(std::size_t(count + 2), 'r'));
  std::vector<std::string> heading{"true \\ predicted"};
  for (std::int64_t j = 0; j < count; ++j) heading.push_back(class_name(classes, j));
  heading.insert(heading.end(), {"examples", "error"});
  table.row(heading);
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::string> row{class_name(classes, i)};
    std::int64_t all = 0;
    for (std::int64_t j = 0; j < count; ++j) {
      const std::int64_t n = test.confusion[std::size_t(i * count + j)];
      row.push_back(n == 0 ? "." : grouped(n));
      all += n;
    }
    const std::int64_t right = test.confusion[std::size_t(i * count + i)];
    row.push_back(grouped(all));
    row.push_back(all == 0 ? "" : fixed(100 * double(all - right) / double(all), 2) + " %");
    table.row(row);
  }
  return table.text();
}

}  // namespace livegrad::cli
