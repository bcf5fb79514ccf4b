#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "livegrad/trainer.hpp"

/// Small data and networks for the tests of training.
namespace livegrad::test {

/// Noisy pictures of 8x8 in four classes: a bright row or column whose place is the class.
inline std::shared_ptr<const Dataset> striped(std::size_t size, std::uint64_t seed,
                                              std::string name = "stripes") {
  auto data = std::make_shared<Dataset>();
  data->name = std::move(name);
  data->origin = "drawn by the program";
  data->classes = {"a", "b", "c", "d"};
  xt::xtensor<std::uint8_t, 4> inputs(std::array<std::size_t, 4>{size, 1, 8, 8});
  data->labels = xt::xtensor<std::int32_t, 1>(std::array<std::size_t, 1>{size});
  const RandomStream random{.seed = seed, .layer = 0, .purpose = Purpose::sample, .step = 0};
  for (std::size_t n = 0; n < size; ++n) {
    const auto label = static_cast<std::int32_t>(n % 4);
    data->labels(n) = label;
    for (std::size_t i = 0; i < 64; ++i) {
      const std::size_t place = label < 2 ? i / 8 : i % 8;
      const bool bright = place == (label % 2 == 0 ? 2U : 5U);
      inputs.data()[n * 64 + i] =
          static_cast<std::uint8_t>((bright ? 120 : 0) + random.below(130, n * 64 + i));
    }
  }
  data->inputs = std::move(inputs);
  return data;
}

/// Everything that has state: dropout, batch normalisation, Adam, a schedule, augmentation, averages, a hold-out.
inline constexpr const char* kRichSpec = R"({
  "input": [1, 6, 6],
  "layers": [
    { "conv": 4, "kernel": 3, "pad": 1, "name": "conv" }, { "batch_norm": true, "name": "norm" }, { "act": "relu" },
    { "pool": 2 }, { "dense": 12, "act": "tanh", "dropout": 0.3, "name": "hidden" }, { "dense": 4, "name": "scores" },
    { "loss": "softmax" } ],
  "training": {
    "optimizer": { "type": "adam", "rate": 0.01, "l2": 0.001, "clip_norm": 5 },
    "schedule": { "type": "cosine", "warmup": 0.5 }, "batch": 12, "epochs": 6, "hold_out": 20, "seed": 5,
    "augmentation": { "crop": 6, "shift": 1, "rotate": 10, "flip": true }, "average_decay": 0.9, "test_crops": 4 } })";

/// A perceptron without randomness but its initial weights.
inline constexpr const char* kPlainSpec = R"({
  "input": [1, 8, 8],
  "layers": [ { "dense": 10, "act": "relu", "name": "hidden" }, { "dense": 4, "name": "scores" }, { "loss": "softmax" } ],
  "training": { "optimizer": { "type": "momentum", "rate": 0.1 }, "batch": 16, "epochs": 4, "seed": 3 } })";

inline Trainer make_trainer(Device& device, const std::string& spec, std::size_t examples = 110) {
  Trainer trainer(device, Spec::parse(spec));
  trainer.set_data(striped(examples, 1), striped(44, 2));
  return trainer;
}

/// Of every bit of some numbers, and what was added before.
inline std::uint64_t digest(std::span<const real> numbers, std::uint64_t hash = 14695981039346656037u) {
  for (const real number : numbers) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof number);
    hash = (hash ^ bits) * 1099511628211u;
  }
  return hash;
}

/// Of all that training changes.
inline std::uint64_t digest(const ParamStore& params) {
  std::uint64_t hash = digest({params.values(), std::size_t(params.extent())});
  for (int k = 0; k < params.slots(); ++k)
    hash = digest({params.slot(k, ParamId{0}).data, std::size_t(params.extent())}, hash);
  return digest({params.states(), std::size_t(params.state_extent())}, hash);
}

/// The losses of the next steps.
inline std::vector<double> losses(Trainer& trainer, int steps) {
  std::vector<double> all;
  for (int i = 0; i < steps; ++i) all.push_back(trainer.step().loss);
  return all;
}

}  // namespace livegrad::test
