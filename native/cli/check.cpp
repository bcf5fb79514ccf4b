// livegrad check: the gradients of every layer of a network against finite differences, in double precision.
#include <iostream>
#include <memory>

#include "command.hpp"
#include "livegrad/gradient_check.hpp"
#include "output.hpp"
#include "source.hpp"

namespace livegrad::cli {
namespace {

constexpr double kTolerance = 1e-6;

struct Options {
  std::string source;
  std::uint64_t seed = 1;
  int samples = 40;
  Verbosity verbosity;
};

/// A tensor none of whose numbers could be checked fails too, unless it has no gradient to check.
bool passes(const Json& row) {
  return row["worst"].is_null() ? row["kinks"] == 0 : row["worst"].get<double>() <= kTolerance;
}

std::string table_of(const Json& rows) {
  Table table("llrrl");
  table.row({"layer", "parameter", "checked", "worst error", ""});
  for (const Json& row : rows) {
    const auto kinks = row["kinks"].get<std::int64_t>();
    const std::string left_out = kinks > 0 ? grouped(kinks) + " at kinks left out" : "";
    table.row({row["layer"], row["parameter"], grouped(row["checked"].get<std::int64_t>()),
               row["worst"].is_null() ? "-" : digits(row["worst"].get<double>(), 2),
               passes(row) ? left_out : "WRONG" + (left_out.empty() ? "" : ", " + left_out)});
  }
  return table.text();
}

int check(const Options& options) {
  const Source source = read_source(options.source);
  const Spec spec = spec_of(source);
  const Json result = Json::parse(livegrad_check::check_gradients_json(
      spec.json(), source.is_checkpoint() ? std::span<const std::uint8_t>(source.bytes) : std::span<const std::uint8_t>(),
      options.seed, options.samples));
  const Json& rows = result["rows"];
  std::int64_t wrong = 0;
  for (const Json& row : rows) wrong += !passes(row);

  if (options.verbosity.json) {
    print({{"spec", source.name(spec)},
           {"examples", result["examples"]},
           {"tolerance", kTolerance},
           {"worst", result["worst"]},
           {"passed", wrong == 0},
           {"parameters", rows}});
  } else {
    std::cout << table_of(rows) << (wrong == 0 ? "All gradients are right: " : "Gradients are wrong: ")
              << "worst relative error " << digits(result["worst"].get<double>(), 2) << ", at most "
              << digits(kTolerance, 2) << " allowed.\n";
  }
  return wrong == 0 ? kDone : kCheckFailed;
}

}  // namespace

Command add_check(CLI::App& app) {
  CLI::App* parser = app.add_subcommand(
      "check", "Compare the gradients of every layer with finite differences, in double precision, on a copy of the weights");
  const auto options = std::make_shared<Options>();
  parser->add_option("source", options->source, "Spec, whose weights are drawn from its seed, or checkpoint")
      ->required()
      ->type_name("FILE");
  parser->add_option("--samples", options->samples, "Numbers checked in each parameter")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->type_name("INT")
      ->capture_default_str();
  parser->add_option("--seed", options->seed, "Of the examples, and of the numbers chosen")
      ->type_name("INT")
      ->capture_default_str();
  options->verbosity.declare_json(*parser);
  return [options] { return check(*options); };
}

}  // namespace livegrad::cli
