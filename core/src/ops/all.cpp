#include <algorithm>
#include <array>

#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {
constexpr std::array kAll{
    &dense_def,
    &conv2d_def,
    &connect_def,
    &pool2d_def,
    &relu_def,
    &leaky_relu_def,
    &sigmoid_def,
    &tanh_def,
    &elu_def,
    &softplus_def,
    &maxout_def,
    &softmax_def,
    &softmax_cross_entropy_def,
    &hinge_def,
    &squared_error_def,
    &absolute_error_def,
    &binary_cross_entropy_def,
    &poisson_def,
    &dropout_def,
    &batch_norm_def,
    &layer_norm_def,
    &local_response_norm_def,
    &embedding_def,
    &rnn_def,
    &gru_def,
    &lstm_def,
    &last_step_def,
    &mean_over_steps_def,
    &repeat_steps_def,
    &windows_def,
    &local_contrast_norm_def,
    &add_def,
    &multiply_def,
    &affine_def,
    &concat_def,
    &reshape_def,
};
}  // namespace

std::span<const OpDef* const> all() noexcept { return kAll; }

const OpDef* find(std::string_view name) noexcept {
  const auto it = std::ranges::find(kAll, name, &OpDef::name);
  return it == kAll.end() ? nullptr : *it;
}

}  // namespace livegrad::ops
