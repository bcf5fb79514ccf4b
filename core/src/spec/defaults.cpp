#include "defaults.hpp"

#include <algorithm>

namespace livegrad::spec {

namespace {

template <class... Ts>
bool is_one_of(const LayerSpec& layer) {
  return (std::holds_alternative<Ts>(layer.options) || ...);
}

/// The activation that the weights of layer `i` work for: its own, or that of the next layer, past what keeps the
/// numbers' size.
Activation next_activation(const std::vector<LayerSpec>& layers, std::size_t i) {
  for (std::size_t next = i + 1; next < layers.size(); ++next) {
    const LayerSpec& layer = layers[next];
    if (!layer.from.empty()) break;
    if (const auto* act = std::get_if<ActivationOptions>(&layer.options)) return act->type;
    // Maxout keeps large values as ReLU does, but wants no bias.
    if (is_one_of<MaxoutOptions>(layer)) return Activation::leaky_relu;
    if (!is_one_of<PoolOptions, DropoutOptions, BatchNormOptions, LayerNormOptions, LocalResponseNormOptions,
                   LocalContrastNormOptions, FlattenOptions, ReshapeOptions>(layer)) {
      break;
    }
  }
  return Activation::none;
}

void resolve_weights(WeightOptions& weights, Semantics semantics, Activation next) {
  if (!weights.init) weights.init = default_init(semantics, next);
  if (!weights.l1) weights.l1 = semantics == Semantics::convnetjs ? 0 : 1;
}

template <class Options>
void resolve_product(Options& o, Semantics semantics, Activation next) {
  if (o.act != Activation::none) next = o.act;
  resolve_weights(o.weights, semantics, next);
  if (o.bias.used && !o.bias.value) o.bias.value = default_bias(semantics, next);
}

const LossLayer* loss_of(const LayerSpec& layer) { return std::get_if<LossLayer>(&layer.options); }

template <class... Values>
[[noreturn]] void refuse_layer(const LayerSpec& layer, Sentence<sizeof...(Values)> sentence,
                               const Values&... values) {
  refuse(layer.path, "{} \"{}\": {}", layer.kind(), layer.name, text(sentence, values...));
}

void refuse_losses(const std::vector<LayerSpec>& layers) {
  for (const LayerSpec& layer : layers) {
    if (loss_of(layer) != nullptr) {
      refuse_layer(
          layer,
          "a loss is the network's last layer, and there is one only. Move it to the end or take it out.");
    }
    refuse_losses(layer.layers);
  }
}

/// Layers with repetitions, at most one more than are allowed.
std::int64_t count(const std::vector<LayerSpec>& layers) {
  std::int64_t sum = 0;
  for (const LayerSpec& layer : layers) {
    const auto* block = std::get_if<BlockOptions>(&layer.options);
    const std::int64_t inside = count(layer.layers);
    sum = std::min(sum + (block != nullptr ? block->repeat * inside : inside + 1), kMaxLayers + 1);
  }
  return sum;
}

/// The activation at the end of the layer that the loss looks at.
Activation last_activation(const std::vector<LayerSpec>& layers) {
  const LayerSpec& loss = layers.back();
  for (std::size_t i = layers.size() - 1; i-- > 0;) {
    const LayerSpec& layer = layers[i];
    if (!loss.from.empty() && loss.from[0] != layer.name) continue;
    if (const auto* o = std::get_if<ActivationOptions>(&layer.options)) return o->type;
    if (const auto* o = std::get_if<ConvOptions>(&layer.options)) return o->act;
    if (const auto* o = std::get_if<DenseOptions>(&layer.options)) return o->act;
    if (const auto* o = std::get_if<Conv1dOptions>(&layer.options)) return o->act;
    return Activation::none;
  }
  return Activation::none;
}

void check_loss(const std::vector<LayerSpec>& layers) {
  const LayerSpec& last = layers.back();
  const LossLayer* loss = loss_of(last);
  if (loss == nullptr) {
    refuse(
        "/layers",
        "the network does not end with a loss. Add {{\"loss\": \"softmax\"}} or another as the last layer.");
  }
  refuse_losses({layers.begin(), layers.end() - 1});
  const Activation before = last_activation(layers);
  if ((loss->type == LossType::softmax && before == Activation::softmax) ||
      (loss->type == LossType::binary_cross_entropy && before == Activation::sigmoid)) {
    refuse_layer(
        last, "{} applies the {} itself, and the layer before does so too. Take \"act\": \"{}\" out there.",
        to_string(loss->type), to_string(before), to_string(before));
  }
}

}  // namespace

void resolve(std::vector<LayerSpec>& layers, Semantics semantics) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    LayerSpec& layer = layers[i];
    if (auto* conv = std::get_if<ConvOptions>(&layer.options)) {
      resolve_product(*conv, semantics, next_activation(layers, i));
    } else if (auto* dense = std::get_if<DenseOptions>(&layer.options)) {
      resolve_product(*dense, semantics, next_activation(layers, i));
    } else if (auto* conv1d = std::get_if<Conv1dOptions>(&layer.options)) {
      resolve_product(*conv1d, semantics, next_activation(layers, i));
    } else if (auto* highway = std::get_if<HighwayOptions>(&layer.options)) {
      resolve_weights(highway->weights, semantics, Activation::sigmoid);
    } else if (auto* residual = std::get_if<ResidualOptions>(&layer.options)) {
      resolve_weights(residual->weights, semantics, Activation::none);
    } else if (auto* embedding = std::get_if<EmbeddingOptions>(&layer.options)) {
      if (!embedding->weights.init)
        embedding->weights.init = InitOptions{.type = InitType::normal, .value = 1};
      resolve_weights(embedding->weights, semantics, Activation::none);
    } else if (auto* pool = std::get_if<PoolOptions>(&layer.options)) {
      if (!pool->stride) pool->stride = std::max<std::int64_t>(1, pool->kernel);
    }
    std::visit(
        [&](auto& o) {
          if constexpr (std::is_base_of_v<RecurrentOptions, std::decay_t<decltype(o)>>) {
            resolve_weights(o.weights, Semantics::livegrad, Activation::none);
            if (!o.recurrent_init) o.recurrent_init = InitOptions{.type = InitType::orthogonal};
          }
        },
        layer.options);
    resolve(layer.layers, semantics);
  }
}

void check(const Content& content) {
  if (count(content.layers) > kMaxLayers) {
    refuse(
        "/layers",
        "the network has more than {} layers when every block is repeated. Use smaller numbers for repeat.",
        kMaxLayers);
  }
  check_loss(content.layers);
  check(content.training, "/training");
  const std::int64_t crop = content.training.augmentation.crop;
  const Shape& input = content.input.shape;
  if (crop > 0 && (input.rank() != 3 || input[1] != crop || input[2] != crop)) {
    refuse("/training/augmentation/crop",
           "crop is {}, but the network's input is {}. Use an input of height and width {}, or no crop.",
           crop, input, crop);
  }
}

void check(const TrainingOptions& options, const std::string& path) {
  if (options.test_crops > 1 && options.augmentation.crop == 0) {
    refuse(text("{}/test_crops", path),
           "test_crops is {}, but images are not cropped. Set crop in augmentation, or test_crops to 1.",
           options.test_crops);
  }
  if (options.hold_out > 0) return;
  if (options.patience > 0) {
    refuse(text("{}/patience", path),
           "patience is {}, but no examples are held out to judge by. Set hold_out, for example to 5000.",
           options.patience);
  }
  if (options.schedule.type == ScheduleType::halve_on_plateau) {
    refuse(text("{}/schedule/type", path),
           "the schedule is halve_on_plateau, but no examples are held out to judge by. Set "
           "hold_out, for example to 5000.");
  }
}

}  // namespace livegrad::spec
