#include <nlohmann/json.hpp>

#include "bench.hpp"
#include "kernels/abi.hpp"
#include "livegrad/device.hpp"
#include "livegrad/sampler.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad::bench {
namespace {

constexpr std::int64_t kPictures = 2000;

using Json = nlohmann::json;

Json training_part(const char* optimizer, std::int64_t batch) {
  Json options{{"type", optimizer}};
  if (options["type"] == "adam") options["rate"] = 0.001;
  if (options["type"] == "momentum") options.update({{"rate", 0.01}, {"momentum", 0.9}});
  return {{"optimizer", options}, {"batch", batch}, {"seed", 1}};
}

std::string spec_of(const ConvNet& net) {
  Json layers = Json::array();
  for (const auto& [filters, pool] : net.convs) {
    layers.push_back({{"conv", filters}, {"kernel", kKernel}, {"pad", kKernel / 2}, {"act", "relu"}});
    layers.push_back({{"pool", pool}, {"stride", pool}});
  }
  for (const std::int64_t units : net.dense) {
    layers.push_back({{"dense", units}});
    if (units != net.dense.back()) layers.back()["act"] = "relu";
  }
  layers.push_back({{"loss", "softmax"}});
  const char* optimizer = net.adam ? "adam" : net.convs.empty() ? "momentum" : "adadelta";
  return Json{{"input", {1, net.side, net.side}},
              {"layers", layers},
              {"training", training_part(optimizer, net.batch)}}
      .dump();
}

/// A network with everything that it needs, shared by what repeats its work.
struct Learner {
  Device device;
  Trainer trainer;
  Learner(int threads, Spec spec)
      : device({.isa = "", .threads = threads}), trainer(device, std::move(spec)) {}
};

std::shared_ptr<Learner> image_learner(const ConvNet& net, int threads) {
  auto learner = std::make_shared<Learner>(threads, Spec::parse(spec_of(net)));
  auto data = std::make_shared<Dataset>();
  const auto side = std::size_t(net.side);
  xt::xtensor<std::uint8_t, 4> inputs({std::size_t(kPictures), 1, side, side});
  const auto pixels = pictures(net.side, kPictures);
  std::copy(pixels.begin(), pixels.end(), inputs.begin());
  data->inputs = std::move(inputs);
  const auto classes = labels(kPictures);
  data->labels = xt::xtensor<std::int32_t, 1>::from_shape({std::size_t(kPictures)});
  std::copy(classes.begin(), classes.end(), data->labels.begin());
  for (std::int64_t i = 0; i < kClasses; ++i) data->classes.push_back(std::to_string(i));
  learner->trainer.set_data(data, nullptr);
  return learner;
}

std::shared_ptr<Learner> text_learner(int threads) {
  const Json layers{{{"lstm", kUnits}, {"carry", true}}, {{"dense", "symbols"}}, {{"loss", "softmax"}}};
  const Spec spec = Spec::parse(Json{
      {"input", {{"sequence", kSequence}}}, {"layers", layers}, {"training", training_part("adam", kBatch)}}
                                    .dump());
  auto learner = std::make_shared<Learner>(threads, spec.with_symbols(kSymbols));
  std::u32string alphabet;
  for (std::int64_t i = 0; i < kSymbols; ++i) alphabet += char32_t(U'0' + i);
  auto data = std::make_shared<Text>();
  data->vocabulary = Vocabulary(alphabet);
  data->symbols = symbols(std::size_t(40 * kBatch * kSequence + 1));
  learner->trainer.set_text(data, TextSplit::none);
  return learner;
}

auto training(std::shared_ptr<Learner> learner) {
  return [learner](int steps) {
    for (int i = 0; i < steps; ++i) learner->trainer.step();
  };
}

}  // namespace

void add_livegrad(Works& works, int threads) {
  const std::string isa(Device().isa());
  const auto add = [&](const char* workload, const char* metric, const char* unit, double amount,
                       auto prepare) {
    works.push_back({workload, metric, "livegrad", isa, threads, unit, amount, prepare});
  };
  for (const ConvNet* net : {&kW1, &kW2, &kW3}) {
    add(net->name, "training", "examples/s", double(net->batch),
        [=] { return training(image_learner(*net, threads)); });
    if (threads > 1 || net->convs.empty()) continue;
    add(net == &kW1 ? "inference W1" : "inference W2", "inference", "examples/s", 1, [=] {
      auto learner = image_learner(*net, threads);
      auto probe = std::make_shared<Probe>(learner->trainer);
      return [learner, probe](int times) {
        probe->set_example(0, Split::training, 0);
        for (int i = 0; i < times; ++i) probe->run(1, false);
      };
    });
  }
  add("W4", "training", "characters/s", double(kBatch * kSequence),
      [=] { return training(text_learner(threads)); });
  if (threads == 1)
    add("W6", "sampling", "characters/s", 1, [=] {
      auto learner = text_learner(threads);
      auto sampler = std::make_shared<Sampler>(learner->trainer);
      sampler->start(U"A", 1);
      return [learner, sampler](int characters) {
        for (int i = 0; i < characters; ++i) sampler->next({});
      };
    });
  for (const Product& product : kProducts) {
    auto device = std::make_shared<Device>(Device::Options{.isa = "", .threads = threads});
    works.push_back(product_work(product, "livegrad", isa, threads,
                                 [device](float* c, const float* a, const float* b, const Product& p) {
                                   device->kernels().gemm(
                                       device->context(),
                                       {p.m, p.n, p.k, a, p.k, false, b, p.n, false, c, p.n, 0, nullptr});
                                 }));
  }
}

}  // namespace livegrad::bench
