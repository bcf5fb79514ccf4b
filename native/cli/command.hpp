#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "livegrad/device.hpp"

namespace livegrad::cli {

/// What a subcommand does once its arguments are read. Returns the exit status; throws what report() understands.
using Command = std::function<int()>;

// Each declares a subcommand with its options.
Command add_train(CLI::App& app);
Command add_eval(CLI::App& app);
Command add_sample(CLI::App& app);
Command add_check(CLI::App& app);
Command add_info(CLI::App& app);
Command add_data(CLI::App& app);

/// An option that counts something: a whole number from 1.
inline CLI::Option* add_count(CLI::App& app, const std::string& name, std::int64_t& count,
                              const std::string& help) {
  return app.add_option(name, count, help)
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40).description(""))
      ->type_name("INT");
}

/// Options that several commands have.
struct DeviceChoice {
  Device::Options options{.isa = "", .threads = 0};
  void declare(CLI::App& app) {
    app.add_option("--isa", options.isa,
                   "Instruction set: ref, portable, avx2, avx512 or neon; the best by default")
        ->type_name("NAME");
    app.add_option("--threads", options.threads,
                   "Threads; 0, the default: one per core. Results do not depend on it")
        ->type_name("INT");
  }
};

struct Verbosity {
  bool json = false, quiet = false;
  void declare(CLI::App& app) {
    declare_json(app);
    app.add_flag("--quiet", quiet, "No progress bar and no remarks");
  }
  void declare_json(CLI::App& app) {
    app.add_flag("--json", json, "The result as one JSON object, the last line of standard output");
  }
};

}  // namespace livegrad::cli
