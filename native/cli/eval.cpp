// livegrad eval: tests a checkpoint on all test examples.
#include <chrono>
#include <iostream>
#include <memory>

#include "command.hpp"
#include "examples.hpp"
#include "output.hpp"
#include "source.hpp"
#include "testing.hpp"

namespace livegrad::cli {
namespace {

struct Options {
  std::string checkpoint;
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
  object["checkpoint"] = options.checkpoint;
  print(object);
  return kDone;
}

int eval(const Options& options) {
  const Source source = read_checkpoint(options.checkpoint);
  Device device(options.device.options);
  Loaded loaded = load_checkpoint(device, source);
  Trainer& trainer = loaded.trainer;
  if (trainer.spec().takes_symbols()) return eval_text(options, source, loaded);
  if (options.text.given())
    throw Error(ErrorCode::invalid_argument, "--text",
                "The checkpoint's network takes numbers, not symbols. Use --data.");
  const std::string& learned_from = loaded.result.data_name;
  if (options.data.data.empty() && learned_from.empty())
    throw Error(ErrorCode::invalid_argument, "--data",
                "The checkpoint has seen no data. Say what to test on with --data.");
  const Examples examples = options.data.load(learned_from, &trainer.spec());
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
  Json rows = Json::array();
  const auto classes = static_cast<std::ptrdiff_t>(trainer.network().classes);
  for (auto row = test->confusion.begin(); row != test->confusion.end(); row += classes)
    rows.push_back(std::vector<std::int64_t>(row, row + classes));
  object["confusion"] = rows;
  object["checkpoint"] = options.checkpoint;
  print(object);
  return kDone;
}

}  // namespace

Command add_eval(CLI::App& app) {
  CLI::App* parser = app.add_subcommand(
      "eval",
      "Test a checkpoint: error with its 95 % interval, confusion matrix; nats a character of a text");
  const auto options = std::make_shared<Options>();
  parser->add_option("checkpoint", options->checkpoint, "What livegrad train or the page saved")
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
