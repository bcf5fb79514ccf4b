// livegrad info: what this program is and can do here, or the layers of a network.
#include <iostream>
#include <memory>
#include <xsimd/config/xsimd_config.hpp>
#include <xtensor/xtensor_config.hpp>

#include "command.hpp"
#include "examples.hpp"
#include "livegrad/inspect.hpp"
#include "output.hpp"
#include "source.hpp"

namespace livegrad::cli {
namespace {

struct Options {
  std::string source;
  bool spectral_radius = false;
  DeviceChoice device;
  Verbosity verbosity;
};

std::string version(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string compiler() {
#ifdef __clang__
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

int describe_program(const Options& options) {
  const Device device(options.device.options);
  const std::vector<std::string> isas = Device::available_isas();
  const Json libraries = {
      {"xtensor", version(XTENSOR_VERSION_MAJOR, XTENSOR_VERSION_MINOR, XTENSOR_VERSION_PATCH)},
      {"xsimd", version(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH)},
      {"nlohmann-json",
       version(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
      {"CLI11", CLI11_VERSION}};
  const std::vector<DataPlace> places = data_places();

  if (options.verbosity.json) {
    Json data = Json::array();
    for (const DataPlace& place : places)
      data.push_back({{"name", place.name}, {"found", place.found}, {"place", place.place}});
    print({{"version", LIVEGRAD_VERSION},
           {"compiler", compiler()},
           {"isa", device.isa()},
           {"isas", isas},
           {"fused", device.fused()},
           {"threads", device.threads()},
           {"libraries", libraries},
           {"data", data}});
    return kDone;
  }
  Table table("ll");
  table.row({"livegrad", LIVEGRAD_VERSION});
  table.row({"compiler", compiler()});
  table.row({"instruction set",
             std::string(device.isa()) +
                 (device.fused() ? " (multiply-adds fused)" : " (multiply-adds rounded twice)")});
  table.row({"available", joined(isas)});
  table.row({"threads", std::to_string(device.threads())});
  std::vector<std::string> versions;
  for (const auto& [name, number] : libraries.items())
    versions.push_back(name + " " + number.get<std::string>());
  table.row({"libraries", joined(versions)});
  for (const DataPlace& place : places)
    table.row({&place == places.data() ? "data" : "",
               place.name + (place.found ? ": " : ": missing; ") + place.place});
  std::cout << table.text();
  return kDone;
}

/// Of a checkpoint's recurrent matrices, or of those that a spec's seed draws.
int describe_recurrence(const Options& options) {
  const Source source = read_source(options.source);
  Device device(options.device.options);
  const Trainer trainer =
      source.is_checkpoint() ? load_checkpoint(device, source).trainer : Trainer(device, spec_of(source));
  const std::vector<RecurrentRadius> radii = spectral_radii(trainer.params());
  if (options.verbosity.json) {
    Json list = Json::array();
    for (const RecurrentRadius& r : radii)
      list.push_back({{"layer", r.layer}, {"gate", r.gate}, {"radius", r.radius}});
    print({{"spec", source.name(trainer.spec())}, {"step", trainer.step_count()}, {"spectral_radii", list}});
    return kDone;
  }
  Table table("llr");
  table.row({"layer", "gate", "spectral radius"});
  for (const RecurrentRadius& r : radii) table.row({r.layer, r.gate, fixed(r.radius, 4)});
  std::cout << table.text();
  return kDone;
}

int describe_network(const Options& options) {
  const Source source = read_source(options.source);
  const Spec spec = spec_of(source);
  std::int64_t multiply_adds = 0;
  for (const LayerInfo& layer : spec.layers()) multiply_adds += layer.multiply_adds;

  if (options.verbosity.json) {
    const auto extents = [](const Shape& shape) {
      return std::vector<std::int64_t>(shape.extents().begin(), shape.extents().end());
    };
    Json layers = Json::array();
    for (const LayerInfo& layer : spec.layers())
      layers.push_back({{"id", layer.id},
                        {"kind", layer.kind},
                        {"pointer", layer.path},
                        {"output", extents(layer.output)},
                        {"parameters", layer.parameter_count},
                        {"multiply_adds", layer.multiply_adds}});
    print({{"spec", source.name(spec)},
           {"input", extents(spec.input())},
           {"parameters", spec.parameter_count()},
           {"multiply_adds", multiply_adds},
           {"layers", layers}});
    return kDone;
  }
  Table table("lllrr");
  table.row({"layer", "kind", "output", "parameters", "multiply-adds"});
  table.row({"input", "", spec.input().text(), "", ""});
  for (const LayerInfo& layer : spec.layers())
    table.row({layer.id, layer.kind, layer.output.text(),
               layer.parameter_count == 0 ? "" : grouped(layer.parameter_count),
               layer.multiply_adds == 0 ? "" : grouped(layer.multiply_adds)});
  table.row({"all", "", "", grouped(spec.parameter_count()), grouped(multiply_adds)});
  std::cout << table.text();
  return kDone;
}

}  // namespace

Command add_info(CLI::App& app) {
  CLI::App* parser = app.add_subcommand(
      "info", "Instruction set, threads, versions and data here; or the layers of a network");
  const auto options = std::make_shared<Options>();
  parser->add_option("source", options->source, "Spec or checkpoint: list its layers, with sizes per example")
      ->type_name("FILE");
  parser
      ->add_flag("--spectral-radius", options->spectral_radius,
                 "Of the source's recurrent weights instead, gate by gate")
      ->needs("source");
  options->device.declare(*parser);
  options->verbosity.declare_json(*parser);
  return [options] {
    if (options->source.empty()) return describe_program(*options);
    return options->spectral_radius ? describe_recurrence(*options) : describe_network(*options);
  };
}

}  // namespace livegrad::cli
