#pragma once

#include <optional>
#include <span>
#include <string>

#include "livegrad/data.hpp"
#include "livegrad/trainer.hpp"
#include "output.hpp"

namespace livegrad::cli {

/// Evaluates a split with a progress bar; nothing when interrupted. `probabilities` [N,classes] as in Trainer::evaluate.
std::optional<Evaluation> evaluate(Trainer& trainer, Split split, const std::string& label, bool quiet,
                                   std::span<real> probabilities = {});

/// Loss and accuracy in percent (NaN without classes) over the last hundred steps or a few more: a figure of the curves, so
/// that it does not depend on where a run was interrupted.
struct Recent {
  double loss, accuracy;
};
Recent recent_training(const History& history);
/// Passes over the training examples, whatever data are loaded now.
double epochs_done(const History& history);

/// What train and eval say of a run, as far as both know it.
Json describe_run(const std::string& name, const Trainer& trainer, const std::string& data,
                  const std::string& origin);
/// Adds test_examples, correct, test_loss, test_error and interval; null without a test.
void describe_test(Json& object, const std::optional<Evaluation>& test);

/// "1.8234 nats a character (2.6306 bits, perplexity 6.19) over 57,500 characters, 45.2 % right"
std::string nats_text(const Evaluation& test);
/// What was held out and how many nats a character it took: held_out and validation_nats, bits, perplexity; null without.
void describe_nats(Json& object, const std::optional<Evaluation>& held_out);

/// "error 1.42 % (142 of 10,000; 95 % interval 1.21 to 1.67 %), loss 0.0456"
std::string test_text(const Evaluation& test);
/// How often each class was taken for each.
std::string confusion_text(const Evaluation& test, const std::vector<std::string>& classes);

}  // namespace livegrad::cli
