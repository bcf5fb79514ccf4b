// livegrad: trains, tests, checks and describes networks from the command line.
#include <algorithm>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

#include "command.hpp"
#include "output.hpp"

namespace livegrad::cli {
namespace {

constexpr const char* kDescription =
    "livegrad trains neural networks that JSON specs describe.\n"
    "Start with: livegrad train web/models/mlp.json";

int run(int argc, char** argv) {
  const bool json =
      std::any_of(argv, argv + argc, [](const char* a) { return std::string_view(a) == "--json"; });
  try {
    CLI::App app{kDescription, "livegrad"};
    app.set_version_flag("--version", "livegrad " LIVEGRAD_VERSION);
    app.require_subcommand(1);
    const std::vector<Command> commands{add_train(app), add_eval(app), add_sample(app),
                                        add_check(app), add_info(app), add_data(app)};
    const std::vector<CLI::App*> parsers = app.get_subcommands([](const CLI::App*) { return true; });
    app.footer(kExitCodes);
    for (CLI::App* parser : parsers) parser->footer(kExitCodes);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app.exit(error);
      const std::vector<CLI::App*> chosen = app.get_subcommands();
      return report_usage(std::string(error.what()) + ". See livegrad " +
                              (chosen.empty() ? "" : chosen[0]->get_name() + " ") + "--help.",
                          json);
    }
    for (std::size_t i = 0; i < commands.size(); ++i)
      if (parsers[i]->parsed()) return commands[i]();
    return kBadInput;
  } catch (const std::exception& error) {
    return report(error, json);
  }
}

}  // namespace
}  // namespace livegrad::cli

int main(int argc, char** argv) { return livegrad::cli::run(argc, argv); }
