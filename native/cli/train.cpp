// livegrad train: trains the network of a spec, or goes on with a checkpoint; tests it at the end.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "command.hpp"
#include "examples.hpp"
#include "files.hpp"
#include "interruption.hpp"
#include "livegrad/sampler.hpp"
#include "output.hpp"
#include "settings.hpp"
#include "source.hpp"
#include "testing.hpp"
#include "training.hpp"

namespace livegrad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kSampleCharacters = 200;

struct Options {
  explicit Options(CLI::App& app) : settings(app) {}
  std::string source, out;
  std::int64_t steps = 0, examples = 0, sample_every = 0;
  bool no_save = false, no_test = false, fresh = false;
  DataChoice data;
  TextChoice text;
  DeviceChoice device;
  Verbosity verbosity;
  Settings settings;
};

/// A trainer with its data, ready to go on, and where it came from.
struct Start {
  Trainer trainer;
  Examples examples;
  std::string name;
  std::optional<fs::path> out;
  std::optional<std::uint64_t> resumed_at = std::nullopt;  ///< step
};

[[noreturn]] void refuse(const std::string& where, const std::string& message) {
  throw Error(ErrorCode::invalid_argument, where, message);
}

/// Passes that so many steps or examples are, so that the end of a run is said in one way only.
double passes(std::int64_t steps, std::int64_t examples, std::int64_t batch, std::int64_t size) {
  const std::int64_t steps_per_pass = (size + batch - 1) / batch;
  const std::int64_t whole = steps > 0 ? steps / steps_per_pass : examples / size;
  const std::int64_t rest = steps > 0 ? std::min(size, steps % steps_per_pass * batch) : examples % size;
  return double(whole) + double(rest) / double(size);
}

/// The settings that the arguments ask for, over those of `base`.
TrainingOptions wanted_options(const Options& options, const TrainingOptions& base, std::int64_t hold_out,
                               const Dataset& data) {
  TrainingOptions wanted = options.settings.apply(base);
  const std::int64_t size = data.size() - hold_out;
  if ((options.steps > 0 || options.examples > 0) && size > 0)
    wanted.epochs = passes(options.steps, options.examples, wanted.batch, size);
  return wanted;
}

/// Where two runs differ, as "/training/seed is 1 there and 2 here"; empty when one can go on where the other stopped.
/// The number of passes may differ unless the schedule depends on it.
std::string difference(const Spec& there, const Spec& here) {
  json a = json::parse(there.json()), b = json::parse(here.json());
  if (here.training().schedule.type != ScheduleType::cosine)
    for (json* spec : {&a, &b}) (*spec)["training"].erase("epochs");
  const json changes = json::diff(a, b);
  if (changes.empty()) return "";
  const json::json_pointer pointer(changes[0]["path"].get<std::string>());
  const auto text = [&](const json& spec) {
    if (!spec.contains(pointer)) return std::string("missing");
    const std::string value = spec[pointer].dump();
    return value.size() > 60 ? std::string("another") : value;
  };
  return pointer.to_string() + " is " + text(a) + " there and " + text(b) + " here";
}

/// For a text: its settings depend on the characters of a pass, which the trainer knows.
TrainingOptions wanted_for_text(const Options& options, const Trainer& trainer) {
  TrainingOptions wanted = options.settings.apply(trainer.options());
  const double pass = double(trainer.pass_size());
  if (options.examples > 0) wanted.epochs = double(options.examples) / pass;
  if (options.steps > 0) wanted.epochs = double(options.steps * wanted.batch * trainer.spec().steps()) / pass;
  return wanted;
}

/// What to learn from, for a network of that kind.
Examples load(const Options& options, const Spec& spec, const std::string& otherwise, TextSplit split,
              const Vocabulary& vocabulary = {}) {
  if (spec.takes_symbols()) {
    if (!options.data.data.empty())
      refuse("--data", "The network learns from a text. Give one with --text or --language.");
    return options.text.load(otherwise, split, vocabulary);
  }
  if (options.text.given())
    refuse("--text",
           "The network takes numbers, not symbols. Use a network over symbols, such as "
           "web/models/char-lstm.json.");
  return options.data.load(otherwise.empty() ? kDefaultData : otherwise, &spec);
}

/// Goes on with the run in `out` when it is the same one and has not ended.
void resume(Start& start, const Options& options) {
  const std::string file = start.out->string();
  const std::string way_out = ". Give another file with --out, or --fresh to replace it.";
  const Source there = read_source(*start.out);
  if (!there.is_checkpoint()) refuse(file, "It holds something else than a checkpoint" + way_out);
  const TrainingOptions wanted = start.trainer.options();
  const Spec spec = load_checkpoint(start.trainer.device(), there).trainer.spec();
  if (const std::string what = difference(spec, start.trainer.spec()); !what.empty())
    refuse(file, "It holds another run: " + what + way_out);
  const LoadResult loaded = start.trainer.load(there.bytes);
  if (loaded.data != LoadResult::Data::same)
    refuse(file, "It holds a run on other data: " + (loaded.data_name.empty() ? "none" : loaded.data_name) +
                     way_out);
  start.trainer.set_options(wanted);
  const double beyond = start.trainer.epoch() - wanted.epochs;
  if (beyond * double(start.trainer.pass_size()) >=
      double(wanted.batch * std::max<std::int64_t>(1, spec.steps())))
    refuse(file, "It holds this run after " + digits(start.trainer.epoch(), 6) + " passes, more than the " +
                     digits(wanted.epochs, 6) + " that are asked for" + way_out);
  if (start.trainer.finished()) {
    say(options.verbosity.quiet, file + " holds this run, finished; training it anew.");
    start.trainer.start_over(wanted.seed);
    return;
  }
  start.resumed_at = start.trainer.step_count();
}

Start start_spec(Device& device, const Source& source, const Options& options) {
  const Examples examples = load(options, *source.spec, "", kDefaultSplit);
  const TrainingOptions base = options.settings.apply(source.spec->training());
  Spec spec = examples.text
                  ? source.spec->with_symbols(examples.text->vocabulary.size()).with(base)
                  : source.spec->with(wanted_options(options, base, base.hold_out, *examples.train));
  Start start{Trainer(device, spec), examples, source.name(spec), std::nullopt};
  examples.give(start.trainer);
  if (examples.text) start.trainer.set_options(wanted_for_text(options, start.trainer));
  if (options.no_save) return start;
  start.out = options.out;
  if (options.out.empty())
    start.out = source.path.stem().string() + "-seed" + std::to_string(spec.training().seed) + ".safetensors";
  require_writable(*start.out);
  if (!options.fresh && fs::exists(*start.out)) resume(start, options);
  return start;
}

Start start_checkpoint(Device& device, const Source& source, const Options& options) {
  for (const char* fixed : {"/seed", "/hold_out"})
    if (options.settings.has(fixed) && !options.fresh)
      refuse(source.path.string(), std::string(fixed + 1) +
                                       " cannot change in the middle of a run. Add --fresh to start "
                                       "it over, or leave the option out.");
  Loaded there = load_checkpoint(device, source);
  const std::string& learned_from = there.result.data_name;
  if (options.data.data.empty() && learned_from.empty() && !there.trainer.spec().takes_symbols())
    refuse("--data", "The checkpoint has seen no data. Say what to learn from with --data.");
  const Examples examples = load(options, there.trainer.spec(), learned_from, there.trainer.text_split(),
                                 there.trainer.vocabulary());
  Start start{Trainer(device, there.trainer.spec()), examples, source.name(there.trainer.spec()),
              std::nullopt};
  Trainer& trainer = start.trainer;
  examples.give(trainer);
  const LoadResult loaded = trainer.load(source.bytes);
  if (loaded.data == LoadResult::Data::different)
    say(options.verbosity.quiet, "goes on with other data than before: " + examples.name() + " instead of " +
                                     (learned_from.empty() ? "none" : learned_from));
  if (examples.text) trainer.set_options(wanted_for_text(options, trainer));
  const std::int64_t hold_out =
      options.fresh ? options.settings.apply(trainer.options()).hold_out : trainer.size(Split::validation);
  if (examples.train)
    trainer.set_options(wanted_options(options, trainer.options(), hold_out, *examples.train));
  if (options.fresh)
    trainer.start_over(trainer.options().seed);
  else
    start.resumed_at = trainer.step_count();
  if (options.no_save) return start;
  start.out = options.out.empty() ? source.path : fs::path(options.out);
  require_writable(*start.out);
  std::error_code none;
  if (!options.fresh && fs::exists(*start.out) && !fs::equivalent(*start.out, source.path, none))
    refuse(start.out->string(),
           "There is such a file already. Give another with --out, or train that one to go on.");
  return start;
}

void say_start(const Start& start, bool quiet) {
  const Trainer& trainer = start.trainer;
  say(quiet,
      "training " + start.name + " (" + grouped(trainer.spec().parameter_count()) + " parameters) on " +
          start.examples.name() + " (" + start.examples.origin() + "; " +
          grouped(trainer.size(Split::training)) +
          (start.examples.text ? " characters, split " + std::string(to_string(start.examples.split)) + "), "
                               : " examples), ") +
          std::string(trainer.device().isa()) + ", " + std::to_string(trainer.device().threads()) +
          (trainer.device().threads() == 1 ? " thread" : " threads"));
  if (start.resumed_at)
    say(quiet, "resumed at step " + grouped(std::int64_t(*start.resumed_at)) + ", epoch " +
                   digits(trainer.epoch(), 4));
}

std::string trained_text(const Start& start, const TrainingReport& report) {
  const Trainer& trainer = start.trainer;
  const Recent recent = recent_training(trainer.history());
  std::string text = "trained " + start.name + " on " + start.examples.name() + ": " +
                     digits(trainer.epoch(), 6) + (trainer.epoch() == 1 ? " epoch, " : " epochs, ") +
                     grouped(std::int64_t(trainer.step_count())) + " steps, training loss " +
                     digits(recent.loss, 4) + "\n";
  if (report.examples > 0)
    text += "time    " + duration(report.seconds) + " for " + grouped(report.examples) +
            (start.examples.text ? " characters (" : " examples (") +
            grouped(std::int64_t(double(report.examples) / report.seconds)) + "/s)\n";
  return text;
}

/// The checkpoint with the smallest validation loss; empty where there is none.
std::string best_file(const Start& start) {
  if (!start.out || start.trainer.history().validation().empty()) return "";
  return best_of(*start.out).string();
}

Json result_json(const Start& start, const TrainingReport& report, const std::optional<Evaluation>& test) {
  Json object = describe_run(start.name, start.trainer, start.examples.name(), start.examples.origin());
  const Recent recent = recent_training(start.trainer.history());
  object["examples"] = report.examples;
  object["seconds"] = report.seconds;
  object["loss"] = recent.loss;
  object["accuracy"] = recent.accuracy;
  if (start.examples.text) {
    const ClipCount clipped = start.trainer.clipped();
    const auto share = [&](std::uint64_t steps) {
      return clipped.steps > 0 ? double(steps) / double(clipped.steps) : 0;
    };
    object["characters"] = start.trainer.examples_seen();
    object["split"] = to_string(start.examples.split);
    object["symbols"] = start.trainer.vocabulary().size();
    object["train_nats"] = recent.loss;
    describe_nats(object, test);
    object["clipped_by_norm"] = share(clipped.by_norm);
    object["clipped_by_value"] = share(clipped.by_value);
  } else {
    describe_test(object, test);
  }
  object["checkpoint"] = start.out ? Json(start.out->string()) : Json();
  const std::string best = best_file(start);
  object["best_checkpoint"] = best.empty() ? Json() : Json(best);
  object["resumed_at"] = start.resumed_at ? Json(*start.resumed_at) : Json();
  object["interrupted"] = report.interrupted;
  return object;
}

/// Writes what the model writes by now, every so many steps.
AfterStep sample_on_the_way(Trainer& trainer, const Options& options) {
  if (options.sample_every == 0) return {};
  const auto sampler = std::make_shared<Sampler>(trainer);
  return [&trainer, &options, sampler](const StepResult& result, const std::function<void()>& clear) {
    if (result.step % std::uint64_t(options.sample_every) != 0) return;
    sampler->start({}, result.step);
    std::string text;
    for (std::int64_t i = 0; i < kSampleCharacters; ++i)
      append_utf8(trainer.vocabulary().character(sampler->next({})), text);
    clear();
    say(false, "\nstep " + grouped(std::int64_t(result.step)) + ", " +
                   grouped(std::int64_t(trainer.examples_seen())) + " characters:\n" + text + "\n");
  };
}

int train(const Options& options) {
  const auto [json_wanted, quiet] = options.verbosity;
  const Source source = read_source(options.source);
  Device device(options.device.options);
  Start start = source.spec ? start_spec(device, source, options) : start_checkpoint(device, source, options);
  say_start(start, quiet);

  const Interruption interruption;
  TrainingReport report =
      run_training(start.trainer, start.out, quiet, sample_on_the_way(start.trainer, options));
  const std::string saved = start.out ? start.out->string() : "";
  if (report.interrupted)
    say(false, "livegrad: interrupted at step " + grouped(std::int64_t(start.trainer.step_count())) +
                   (saved.empty() ? "; nothing is saved (--no-save)."
                                  : "; saved " + saved + ". The same command goes on from there."));
  if (!json_wanted) std::cout << trained_text(start, report) << std::flush;

  std::optional<Evaluation> test;
  if (!report.interrupted && !options.no_test && start.trainer.size(Split::test) > 0) {
    test = evaluate(start.trainer, Split::test, "testing", quiet);
    report.interrupted = !test;
    if (!test)
      say(false, "livegrad: interrupted while testing" +
                     (saved.empty() ? "." : "; saved " + saved + ", which livegrad eval tests."));
  }
  if (json_wanted) {
    print(result_json(start, report, test));
  } else {
    if (test)
      std::cout << (start.examples.text ? "held out (" + std::string(to_string(start.examples.split)) + ") "
                                        : "test    ")
                << (start.examples.text ? nats_text(*test) : test_text(*test)) << "\n";
    if (!saved.empty()) std::cout << "saved   " << saved << "\n";
    if (const std::string best = best_file(start); !best.empty())
      std::cout << "best    " << best << " (smallest validation loss)\n";
  }
  return report.interrupted ? kInterrupted : kDone;
}

}  // namespace

Command add_train(CLI::App& app) {
  CLI::App* parser = app.add_subcommand("train", "Train the network of a spec, or go on with a checkpoint");
  const auto options = std::make_shared<Options>(*parser);
  parser->add_option("source", options->source, "Spec (JSON) or checkpoint (safetensors)")
      ->required()
      ->type_name("FILE");
  options->data.declare(*parser, "By default mnist, or what a checkpoint learned from");
  CLI::Option* steps = add_count(*parser, "--steps", options->steps,
                                 "Train until so many steps are done, instead of --epochs");
  CLI::Option* examples = add_count(*parser, "--examples", options->examples,
                                    "Train until so many examples were seen, in whole batches");
  CLI::Option* characters = add_count(*parser, "--chars", options->examples,
                                      "The same for a text: until so many characters were seen");
  characters->excludes(examples)->excludes(steps);
  add_count(*parser, "--sample-every", options->sample_every,
            "Write a sample of the text after every so many steps");
  CLI::Option* epochs = parser->get_option("--epochs");
  epochs->excludes(steps)->excludes(examples)->excludes(characters);
  steps->excludes(examples);
  parser
      ->add_option(
          "--out", options->out,
          "Checkpoint: saved twice a minute and at the end; an unfinished one of the same run is resumed. "
          "By default SPEC-seedN.safetensors in this folder, or the checkpoint that is trained")
      ->type_name("FILE");
  parser->add_flag("--no-save", options->no_save, "Save nothing")->excludes("--out");
  parser->add_flag("--fresh", options->fresh, "Start anew, whatever --out holds");
  parser->add_flag("!--test,--no-test", options->no_test, "Do not test at the end");
  options->text.declare(*parser);
  options->device.declare(*parser);
  options->verbosity.declare(*parser);
  return [options] { return train(*options); };
}

}  // namespace livegrad::cli
