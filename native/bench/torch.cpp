// libtorch, as its C++ tutorials write these nets.
#include <dlfcn.h>

#include <torch/torch.h>
#include <torch/version.h>

#include "bench.hpp"

namespace livegrad::bench {
namespace {

constexpr std::int64_t kBatches = 8;

struct NetImpl : torch::nn::Module {
  std::vector<torch::nn::Conv2d> convs;
  std::vector<std::int64_t> pools;
  std::vector<torch::nn::Linear> dense;

  explicit NetImpl(const ConvNet& net) {
    std::int64_t channels = 1, side = net.side;
    for (const auto& [filters, pool] : net.convs) {
      convs.push_back(register_module(
          "conv" + std::to_string(convs.size()),
          torch::nn::Conv2d(torch::nn::Conv2dOptions(channels, filters, kKernel).padding(2))));
      pools.push_back(pool);
      channels = filters;
      side /= pool;
    }
    std::int64_t inputs = channels * side * side;
    for (const std::int64_t units : net.dense) {
      dense.push_back(
          register_module("dense" + std::to_string(dense.size()), torch::nn::Linear(inputs, units)));
      inputs = units;
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    for (std::size_t i = 0; i < convs.size(); ++i)
      x = torch::max_pool2d(torch::relu(convs[i]->forward(x)), pools[i], pools[i]);
    x = x.flatten(1);
    for (std::size_t i = 0; i < dense.size(); ++i) {
      x = dense[i]->forward(x);
      if (i + 1 < dense.size()) x = torch::relu(x);
    }
    return x;
  }
};
TORCH_MODULE(Net);

struct CharacterNetImpl : torch::nn::Module {
  torch::nn::LSTM lstm;
  torch::nn::Linear output;
  CharacterNetImpl()
      : lstm(register_module("lstm", torch::nn::LSTM(kSymbols, kUnits))),
        output(register_module("output", torch::nn::Linear(kUnits, kSymbols))) {}
};
TORCH_MODULE(CharacterNet);

struct Batch {
  torch::Tensor x, y;
};

std::vector<Batch> image_batches(const ConvNet& net) {
  const std::int64_t count = kBatches * net.batch;
  std::vector<std::uint8_t> pixels = pictures(net.side, count);
  std::vector<std::int32_t> classes = labels(count);
  const auto x =
      torch::from_blob(pixels.data(), {count, 1, net.side, net.side}, torch::kUInt8).to(torch::kFloat32) /
      255;
  const auto y = torch::from_blob(classes.data(), {count}, torch::kInt32).to(torch::kInt64);
  std::vector<Batch> batches;
  for (std::int64_t i = 0; i < kBatches; ++i)
    batches.push_back(
        {x.narrow(0, i * net.batch, net.batch).clone(), y.narrow(0, i * net.batch, net.batch).clone()});
  return batches;
}

/// [T,N,symbols] ones at the symbols, and [T,N] what follows.
std::vector<Batch> text_batches() {
  std::vector<std::int32_t> text = symbols(std::size_t(kBatches * kBatch * kSequence + 1));
  const std::int64_t count = kBatches * kBatch * kSequence;
  const auto all = torch::from_blob(text.data(), {count + 1}, torch::kInt32).to(torch::kInt64);
  const auto cut = [](const torch::Tensor& t) {
    return t.view({kBatch, kBatches, kSequence}).permute({1, 2, 0});
  };
  const auto x = cut(all.narrow(0, 0, count)), y = cut(all.narrow(0, 1, count));
  std::vector<Batch> batches;
  for (std::int64_t i = 0; i < kBatches; ++i)
    batches.push_back({torch::one_hot(x[i], kSymbols).to(torch::kFloat32).contiguous(), y[i].contiguous()});
  return batches;
}

/// libtorch multiplies with the system's BLAS, which does not heed libtorch's number of threads.
void use_threads(int threads) {
  torch::set_num_threads(threads);
  static const auto use_blas_threads =
      reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (use_blas_threads) use_blas_threads(threads);
}

template <class Model, class Loss>
std::function<void(int)> trainer(Model model, std::shared_ptr<torch::optim::Optimizer> optimizer,
                                 std::vector<Batch> batches, int threads, Loss loss) {
  auto at = std::make_shared<std::size_t>(0);
  return [=](int steps) mutable {
    use_threads(threads);
    for (int i = 0; i < steps; ++i) {
      const Batch& batch = batches[(*at)++ % batches.size()];
      optimizer->zero_grad();
      loss(model, batch).backward();
      optimizer->step();
    }
  };
}

std::function<void(int)> image_trainer(const ConvNet& net, int threads) {
  Net model(net);
  std::shared_ptr<torch::optim::Optimizer> optimizer;
  if (net.convs.empty())
    optimizer = std::make_shared<torch::optim::SGD>(model->parameters(),
                                                    torch::optim::SGDOptions(0.01).momentum(0.9));
  else  // libtorch has no Adadelta in C++: W1 takes Adam, too
    optimizer = std::make_shared<torch::optim::Adam>(model->parameters(), torch::optim::AdamOptions(0.001));
  return trainer(model, optimizer, image_batches(net), threads, [](Net& m, const Batch& batch) {
    return torch::nn::functional::cross_entropy(m->forward(batch.x), batch.y);
  });
}

std::function<void(int)> text_trainer(int threads) {
  CharacterNet model;
  auto optimizer =
      std::make_shared<torch::optim::Adam>(model->parameters(), torch::optim::AdamOptions(0.001));
  return trainer(model, optimizer, text_batches(), threads, [](CharacterNet& m, const Batch& batch) {
    const auto states = std::get<0>(m->lstm->forward(batch.x));
    return torch::nn::functional::cross_entropy(m->output->forward(states).flatten(0, 1), batch.y.flatten());
  });
}

std::function<void(int)> sampler() {
  CharacterNet model;
  const auto rows = torch::eye(kSymbols).view({kSymbols, 1, kSymbols});
  struct Place {
    torch::Tensor h = torch::zeros({1, kUnits}), c = torch::zeros({1, kUnits});
    std::int64_t symbol = 0;
  };
  auto place = std::make_shared<Place>();
  const std::vector<torch::Tensor> w = model->lstm->all_weights();
  return [=](int characters) mutable {
    torch::NoGradGuard guard;
    use_threads(1);
    for (int i = 0; i < characters; ++i) {
      // Half the time of torch::nn::LSTM for one step.
      std::tie(place->h, place->c) =
          torch::lstm_cell(rows[place->symbol], {place->h, place->c}, w[0], w[1], w[2], w[3]);
      const auto p = torch::softmax(model->output->forward(place->h).view({kSymbols}), 0);
      place->symbol = torch::multinomial(p, 1).item<std::int64_t>();
    }
  };
}

std::function<void(int)> inference(const ConvNet& net) {
  Net model(net);
  const auto x = image_batches(net)[0].x.narrow(0, 0, 1).clone();
  return [=](int times) mutable {
    torch::NoGradGuard guard;
    use_threads(1);
    for (int i = 0; i < times; ++i) torch::softmax(model->forward(x), 1);
  };
}

}  // namespace

void add_torch(Works& works, int threads) {
  const auto add = [&](const char* workload, const char* metric, const char* unit, double amount,
                       auto prepare) {
    works.push_back({workload, metric, "libtorch", TORCH_VERSION, threads, unit, amount, prepare});
  };
  for (const ConvNet* net : {&kW1, &kW2, &kW3})
    add(net->name, "training", "examples/s", double(net->batch),
        [=] { return image_trainer(*net, threads); });
  add("W4", "training", "characters/s", double(kBatch * kSequence), [=] { return text_trainer(threads); });
  if (threads > 1) return;
  add("W6", "sampling", "characters/s", 1, [] { return sampler(); });
  add("inference W1", "inference", "examples/s", 1, [] { return inference(kW1); });
  add("inference W2", "inference", "examples/s", 1, [] { return inference(kW2); });
}

}  // namespace livegrad::bench
