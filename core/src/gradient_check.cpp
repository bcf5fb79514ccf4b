#include "livegrad/gradient_check.hpp"

#ifdef LIVEGRAD_REAL_DOUBLE

#include <nlohmann/json.hpp>

#include "gradient_checker.hpp"
#include "livegrad/error.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad {
namespace {

std::string check_json(std::string_view spec_json, std::span<const std::uint8_t> checkpoint,
                       std::uint64_t seed, int samples_per_tensor) {
  Device device({.isa = "ref", .threads = 1});
  const Spec spec = Spec::parse(spec_json);
  TrainingOptions options = spec.training();
  options.batch = 1;  // the trainer only holds the weights
  Trainer trainer(device, spec.with(options));
  if (!checkpoint.empty()) trainer.load(checkpoint);

  Graph graph(trainer.device(), trainer.params(), GradientChecker::kExamples);
  const Network network = trainer.spec().record(graph);
  const Scaling& scaling = trainer.options().scaling;
  GradientChecker checker(graph,
                          {.input = network.input,
                           .labels = network.labels,
                           .targets = network.targets,
                           .loss = network.loss,
                           .classes = network.classes,
                           .symbols = network.symbols,
                           .low = scaling.shift,
                           .high = 255 * double(scaling.scale) + double(scaling.shift)},
                          seed);
  nlohmann::json rows = nlohmann::json::array();
  double worst = 0;
  for (GradientChecker::Tensor& row : checker.tensors()) {
    checker.check(row, 0, samples_per_tensor);
    worst = std::max(worst, row.worst);
    rows.push_back({{"layer", row.layer},
                    {"parameter", row.parameter},
                    {"worst", row.checked == 0 ? nlohmann::json() : nlohmann::json(row.worst)},
                    {"checked", row.checked},
                    {"kinks", row.kinks}});
  }
  return nlohmann::json{{"examples", GradientChecker::kExamples}, {"worst", worst}, {"rows", rows}}.dump();
}

}  // namespace
}  // namespace livegrad

std::string livegrad_check::check_gradients_json(std::string_view spec_json,
                                                 std::span<const std::uint8_t> checkpoint, std::uint64_t seed,
                                                 int samples_per_tensor) {
  try {
    return livegrad::check_json(spec_json, checkpoint, seed, samples_per_tensor);
  } catch (const livegrad::Error& error) {
    throw std::runtime_error(error.what());
  }
}

#endif
