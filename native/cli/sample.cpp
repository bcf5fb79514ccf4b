// livegrad sample: writes text with a checkpoint.
#include <chrono>
#include <iostream>
#include <memory>

#include "command.hpp"
#include "interruption.hpp"
#include "livegrad/languages.hpp"
#include "livegrad/sampler.hpp"
#include "output.hpp"
#include "source.hpp"
#include "testing.hpp"

namespace livegrad::cli {
namespace {

struct Options {
  std::string checkpoint, prime;
  std::int64_t characters = 500;
  std::uint64_t seed = 1;
  SamplingOptions sampling;
  DeviceChoice device;
  Verbosity verbosity;
};

int sample(const Options& options) {
  const Source source = read_checkpoint(options.checkpoint);
  try {
    check(options.sampling);
  } catch (const Error& error) {
    std::string option = "--" + error.where();
    for (char& c : option)
      if (c == '_') c = '-';
    throw Error(error.code(), option, error.message());
  }
  const std::u32string prime = decode_utf8(
      {reinterpret_cast<const std::uint8_t*>(options.prime.data()), options.prime.size()}, "--prime");
  Device device(options.device.options);
  Loaded loaded = load_checkpoint(device, source);
  Trainer& trainer = loaded.trainer;
  if (trainer.spec().takes_symbols() && trainer.vocabulary().size() == 0)
    throw Error(
        ErrorCode::invalid_checkpoint, options.checkpoint,
        "The checkpoint has seen no text, so that its symbols stand for no characters. Train it first.");
  Sampler sampler(trainer);
  try {
    sampler.start(prime, options.seed);
  } catch (const Error& error) {
    throw Error(error.code(), "--prime", error.message());
  }

  const Interruption interruption;
  const bool json = options.verbosity.json;
  const auto start = std::chrono::steady_clock::now();
  std::string text = options.prime;
  if (!json) std::cout << options.prime;
  std::int64_t done = 0;
  for (std::string character; done < options.characters && !Interruption::requested(); ++done) {
    character.clear();
    append_utf8(trainer.vocabulary().character(sampler.next(options.sampling)), character);
    text += character;
    if (!json) std::cout << character << std::flush;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!json) {
    std::cout << "\n";
    return Interruption::requested() ? kInterrupted : kDone;
  }
  Json object = describe_run(source.name(trainer.spec()), trainer, loaded.result.data_name, "");
  object.erase("data_origin");
  object["seed"] = options.seed;
  object["text"] = text;
  object["characters"] = done;
  object["seconds"] = seconds;
  object["interrupted"] = Interruption::requested();
  if (const auto language = parse_language(loaded.result.data_name)) {
    const LineCount count = count_right_lines(*language, text, options.prime.empty());
    object["lines"] = count.lines;
    object["right_lines"] = count.right;
  }
  print(object);
  return Interruption::requested() ? kInterrupted : kDone;
}

}  // namespace

Command add_sample(CLI::App& app) {
  CLI::App* parser = app.add_subcommand("sample", "Write text with a checkpoint that learned from one");
  const auto options = std::make_shared<Options>();
  parser->add_option("checkpoint", options->checkpoint, "What livegrad train or the page saved")
      ->required()
      ->type_name("FILE");
  add_count(*parser, "--chars", options->characters, "So many characters; 500 by default");
  parser
      ->add_option("--temperature", options->sampling.temperature,
                   "Below 1 more certain, above 1 more daring; 0.01 to 100, 1 by default")
      ->type_name("NUMBER");
  parser
      ->add_option("--top-k", options->sampling.top_k,
                   "Only the so many most likely characters; 0, the default: all")
      ->type_name("INT");
  parser
      ->add_option(
          "--top-p", options->sampling.top_p,
          "Only the most likely characters that have this share together (nucleus); 1, the default: all")
      ->type_name("NUMBER");
  parser->add_flag("--greedy", options->sampling.greedy, "Always the most likely character");
  parser->add_option("--prime", options->prime, "Text to begin with")->type_name("TEXT");
  parser->add_option("--seed", options->seed, "The same seed writes the same text; 1 by default")
      ->type_name("INT");
  options->device.declare(*parser);
  options->verbosity.declare_json(*parser);
  return [options] { return sample(*options); };
}

}  // namespace livegrad::cli
