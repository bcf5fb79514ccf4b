#pragma once

#include "livegrad/graph.hpp"

/// The definitions of all operations, each in the file of its family.
namespace livegrad::ops {

extern const OpDef dense_def, conv2d_def, connect_def, pool2d_def;
extern const OpDef relu_def, leaky_relu_def, sigmoid_def, tanh_def, elu_def, softplus_def, maxout_def,
    softmax_def;
extern const OpDef softmax_cross_entropy_def, hinge_def;
extern const OpDef squared_error_def, absolute_error_def, binary_cross_entropy_def, poisson_def;
extern const OpDef dropout_def, batch_norm_def, layer_norm_def, local_response_norm_def,
    local_contrast_norm_def;
extern const OpDef embedding_def, rnn_def, gru_def, lstm_def;
extern const OpDef last_step_def, mean_over_steps_def, repeat_steps_def, windows_def;
extern const OpDef add_def, multiply_def, affine_def, concat_def, reshape_def;

}  // namespace livegrad::ops
