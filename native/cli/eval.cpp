// livegrad eval: tests checkpoints on all test examples, several together as an ensemble.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "command.hpp"
#include "ensemble.hpp"
#include "examples.hpp"
#include "output.hpp"
#include "source.hpp"
#include "testing.hpp"

namespace livegrad::cli {
namespace {

struct Options {
  std::vector<std::string> checkpoints;
  DataChoice data;
  TextChoice text;
  DeviceChoice device;
  Verbosity verbosity;
};

/// Every held-out character of a text.
int eval_text(const Options& options, const Source& source, Loaded& loaded) {
  Trainer& trainer = loaded.trainer;
  const Examples examples =
      options.text.load(loaded.result.data_name, trainer.text_split(), trainer.vocabulary());
  examples.give(trainer);
  if (trainer.size(Split::test) == 0)
    throw Error(ErrorCode::invalid_argument, "--split",
                "The split " + std::string(to_string(examples.split)) +
                    " holds nothing out. Give streams-5 or tail-10.");
  const auto start = std::chrono::steady_clock::now();
  const std::optional<Evaluation> test = evaluate(trainer, Split::test, "testing", options.verbosity.quiet);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!options.verbosity.json) {
    std::cout << "held out (" << to_string(examples.split) << ") " << nats_text(*test) << "\n";
    return kDone;
  }
  Json object = describe_run(source.name(trainer.spec()), trainer, examples.name(), examples.origin());
  object["seconds"] = seconds;
  object["split"] = to_string(examples.split);
  object["symbols"] = trainer.vocabulary().size();
  describe_nats(object, test);
  object["checkpoint"] = options.checkpoints.front();
  print(object);
  return kDone;
}

/// The data to test on: those with a name, or what the checkpoints learned from.
Examples test_data(const Options& options, const std::string& learned_from, const Spec& spec) {
  if (options.text.given())
    throw Error(ErrorCode::invalid_argument, "--text",
                "The checkpoint's network takes numbers, not symbols. Use --data.");
  if (options.data.data.empty() && learned_from.empty())
    throw Error(ErrorCode::invalid_argument, "--data",
                "The checkpoint has seen no data. Say what to test on with --data.");
  return options.data.load(learned_from, &spec);
}

Json confusion_json(const Evaluation& test, std::int64_t classes) {
  Json rows = Json::array();
  for (auto row = test.confusion.begin(); row != test.confusion.end(); row += std::ptrdiff_t(classes))
    rows.push_back(std::vector<std::int64_t>(row, row + std::ptrdiff_t(classes)));
  return rows;
}

/// Several networks, whose probabilities are averaged.
int eval_together(const Options& options) {
  Device device(options.device.options);
  std::vector<Member> members = load_members(device, options.checkpoints);
  const Trainer& first = members.front().loaded.trainer;
  const Examples examples =
      test_data(options, options.data.data.empty() ? learned_from(members) : "", first.spec());
  const auto& tested = examples.test ? examples.test : examples.train;

  const auto start = std::chrono::steady_clock::now();
  const std::optional<Evaluation> test = evaluate_together(members, examples, options.verbosity.quiet);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!options.verbosity.json) {
    std::cout << "test    " << test_text(*test) << "\n\n"
              << members_text(members) << "\n"
              << confusion_text(*test, tested->classes);
    return kDone;
  }
  std::int64_t parameters = 0;
  for (const Member& member : members) parameters += member.loaded.trainer.spec().parameter_count();
  Json object = {{"parameters", parameters},   {"data", tested->name},    {"data_origin", tested->origin},
                 {"isa", device.isa()},        {"fused", device.fused()}, {"threads", device.threads()},
                 {"examples", test->examples}, {"seconds", seconds},      {"loss", test->loss()}};
  describe_test(object, test);
  object["confusion"] = confusion_json(*test, first.network().classes);
  object["members"] = describe_members(members);
  print(object);
  return kDone;
}

int eval(const Options& options) {
  if (options.checkpoints.size() > 1) return eval_together(options);
  const Source source = read_checkpoint(options.checkpoints.front());
  Device device(options.device.options);
  Loaded loaded = load_checkpoint(device, source);
  Trainer& trainer = loaded.trainer;
  if (trainer.spec().takes_symbols()) return eval_text(options, source, loaded);
  const Examples examples = test_data(options, loaded.result.data_name, trainer.spec());
  const auto& tested = examples.test ? examples.test : examples.train;
  trainer.set_data(examples.train, tested);

  const auto start = std::chrono::steady_clock::now();
  const std::optional<Evaluation> test = evaluate(trainer, Split::test, "testing", options.verbosity.quiet);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!options.verbosity.json) {
    std::cout << "test    " << test_text(*test) << "\n";
    if (test->correct >= 0) std::cout << "\n" << confusion_text(*test, tested->classes);
    return kDone;
  }
  Json object = describe_run(source.name(trainer.spec()), trainer, tested->name, tested->origin);
  object["examples"] = test->examples;
  object["seconds"] = seconds;
  object["loss"] = test->loss();
  describe_test(object, test);
  object["confusion"] = confusion_json(*test, trainer.network().classes);
  object["checkpoint"] = options.checkpoints.front();
  print(object);
  return kDone;
}

}  // namespace

Command add_eval(CLI::App& app) {
  CLI::App* parser = app.add_subcommand("eval",
                                        "Test a checkpoint: error with its 95 % interval, confusion matrix; "
                                        "nats a character of a text. Several are tested "
                                        "each and together, by the mean of their probabilities");
  const auto options = std::make_shared<Options>();
  parser->add_option("checkpoints", options->checkpoints, "What livegrad train or the page saved")
      ->required()
      ->type_name("FILE");
  options->data.declare(
      *parser, "Data without a test part are tested on as they are. By default what it learned from");
  options->text.declare(*parser);
  options->device.declare(*parser);
  options->verbosity.declare(*parser);
  return [options] { return eval(*options); };
}

}  // namespace livegrad::cli
