#pragma once

#include "../abi.hpp"
#include "conv2d.hpp"
#include "elementwise.hpp"
#include "gemm.hpp"
#include "local_norm.hpp"
#include "loss.hpp"
#include "norm.hpp"
#include "pool.hpp"
#include "recurrent.hpp"
#include "reduce.hpp"
#include "update.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

constexpr KernelTable make_table(const char* name) {
  return {
      .name = name,
      .gemm = gemm,
      .conv2d_forward = conv2d_forward,
      .conv2d_dx = conv2d_dx,
      .conv2d_dw = conv2d_dw,
      .pool2d_forward = pool2d_forward,
      .pool2d_backward = pool2d_backward,
      .activation_forward = activation_forward,
      .activation_backward = activation_backward,
      .maxout_forward = maxout_forward,
      .maxout_backward = maxout_backward,
      .softmax_cross_entropy_forward = softmax_cross_entropy_forward,
      .softmax_cross_entropy_backward = softmax_cross_entropy_backward,
      .lookup_forward = lookup_forward,
      .lookup_backward = lookup_backward,
      .recurrent_forward = recurrent_forward,
      .recurrent_backward = recurrent_backward,
      .hinge_forward = hinge_forward,
      .hinge_backward = hinge_backward,
      .target_loss_forward = target_loss_forward,
      .target_loss_backward = target_loss_backward,
      .softmax_forward = softmax_forward,
      .softmax_backward = softmax_backward,
      .batch_norm_forward = batch_norm_forward,
      .batch_norm_backward = batch_norm_backward,
      .layer_norm_forward = layer_norm_forward,
      .layer_norm_backward = layer_norm_backward,
      .local_response_norm_forward = local_response_norm_forward,
      .local_response_norm_backward = local_response_norm_backward,
      .local_contrast_norm_forward = local_contrast_norm_forward,
      .local_contrast_norm_backward = local_contrast_norm_backward,
      .binary = binary,
      .affine = affine,
      .copy = copy,
      .channel_sum = channel_sum,
      .dropout_mask = dropout_mask,
      .norm = norm,
      .update = update,
      .raster = raster,
  };
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
