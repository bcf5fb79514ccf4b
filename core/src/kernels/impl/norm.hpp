#pragma once

#include "../simd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

LIVEGRAD_INLINE float one_over_root(float x) { return (Batch(1.0f) / sqrt(Batch(x))).get(0); }

/// One channel's values: over pictures of `inner` cells each, summed in the 16-lane tree.
struct Channel {
  std::int64_t n, stride, offset, inner;

  template <class F>
  float sum(F&& f) const {
    Sum16 total;
    for (std::int64_t e = 0; e < n; ++e)
      total.add(inner, [&](std::int64_t i, auto part) { return f(e * stride + offset + i, part); });
    return total.total();
  }
  template <class F>
  void each_cell(F&& f) const {
    for (std::int64_t e = 0; e < n; ++e)
      each(0, inner, [&](std::int64_t i, auto part) { f(e * stride + offset + i, part); });
  }
};

/// As many neighbouring columns as there are lanes, each summed in a chain over the rows.
template <class P>
struct Columns {
  std::int64_t n, stride, offset;
  P part;

  template <class F>
  Batch sum(F&& f) const {
    Batch total(0.0f);
    for (std::int64_t e = 0; e < n; ++e) total = total + f(e * stride + offset, part);
    return total;
  }
  template <class F>
  void each_cell(F&& f) const {
    for (std::int64_t e = 0; e < n; ++e) f(e * stride + offset, part);
  }
};

/// A channel's numbers in every lane; only the first is stored.
struct Broadcast {
  Batch load(const float* p) const { return Batch(*p); }
  void store(float* p, Batch x) const { *p = x.get(0); }
};

/// `values` walks the channels from c on; `lanes` loads and stores what there is one of per channel.
template <class Values, class P>
void batch_norm_channels(const BatchNormArgs& o, std::int64_t c, const Values& values, P lanes) {
  const Batch one(1.0f), count(static_cast<float>(o.n * o.inner)), momentum(o.momentum);
  Batch mean, variance;
  if (o.training) {
    mean = Batch(values.sum([&](std::int64_t i, auto part) { return part.load(o.x + i); })) / count;
    const Batch squares(values.sum([&](std::int64_t i, auto part) {
      const Batch d = part.load(o.x + i) - mean;
      return d * d;
    }));
    variance = squares / count;
    const Batch unbiased = o.n * o.inner > 1 ? squares / (count - one) : variance;
    const auto move = [&](float* running, Batch to) {
      lanes.store(running + c, (one - momentum) * lanes.load(running + c) + momentum * to);
    };
    move(o.running_mean, mean);
    move(o.running_variance, unbiased);
  } else {
    mean = lanes.load(o.running_mean + c);
    variance = lanes.load(o.running_variance + c);
  }
  const Batch rstd = one / sqrt(variance + Batch(o.epsilon));
  lanes.store(o.mean + c, mean);
  lanes.store(o.rstd + c, rstd);
  const Batch gamma = lanes.load(o.gamma + c), shift = lanes.load(o.shift + c);
  values.each_cell([&](std::int64_t i, auto part) {
    part.store(o.y + i, gamma * ((part.load(o.x + i) - mean) * rstd) + shift);
  });
}

template <class Values, class P>
void batch_norm_channels_backward(const BatchNormArgs& o, std::int64_t c, const Values& values, P lanes) {
  const Batch mean = lanes.load(o.mean + c), rstd = lanes.load(o.rstd + c);
  const auto normal = [&](std::int64_t i, auto part) { return (part.load(o.x + i) - mean) * rstd; };
  const Batch sum_dy(values.sum([&](std::int64_t i, auto part) { return part.load(o.dy + i); }));
  const Batch sum_dy_normal(
      values.sum([&](std::int64_t i, auto part) { return part.load(o.dy + i) * normal(i, part); }));
  const auto give = [&](float* out, float beta, Batch value) {
    if (out) lanes.store(out + c, beta != 0 ? lanes.load(out + c) + value : value);
  };
  give(o.dgamma, o.beta_gamma, sum_dy_normal);
  give(o.dshift, o.beta_shift, sum_dy);
  if (!o.dx) return;
  const Batch count(static_cast<float>(o.n * o.inner)), scale = lanes.load(o.gamma + c) * rstd;
  const Batch mean_dy = sum_dy / count, mean_dy_normal = sum_dy_normal / count;
  values.each_cell([&](std::int64_t i, auto part) {
    Batch d = part.load(o.dy + i);
    if (o.training) d = (d - mean_dy) - normal(i, part) * mean_dy_normal;
    accumulate(part, o.dx + i, o.beta != 0, scale * d);
  });
}

/// f(c, values, lanes) for all channels: one at a time over pictures, a vector of them over plain columns.
template <class F>
void each_channel(KernelContext& context, const BatchNormArgs& o, F&& f) {
  if (o.inner == 1) {
    columns_parallel(context, o.channels, o.n, [&](std::int64_t c, auto part) {
      f(c, Columns<decltype(part)>{o.n, o.channels, c, part}, part);
    });
  } else {
    rows_parallel(context, o.channels, o.n * o.inner, [&](std::int64_t c) {
      f(c, Channel{o.n, o.channels * o.inner, c * o.inner, o.inner}, Broadcast{});
    });
  }
}

inline void batch_norm_forward(KernelContext& context, const BatchNormArgs& o) noexcept {
  each_channel(context, o, [&](std::int64_t c, const auto& values, auto lanes) {
    batch_norm_channels(o, c, values, lanes);
  });
}

inline void batch_norm_backward(KernelContext& context, const BatchNormArgs& o) noexcept {
  each_channel(context, o, [&](std::int64_t c, const auto& values, auto lanes) {
    batch_norm_channels_backward(o, c, values, lanes);
  });
}

/// The mean of a row and 1 / its deviation.
LIVEGRAD_NOINLINE inline void row_statistics(const float* x, std::int64_t columns, float epsilon, float& mean,
                                             float& rstd) {
  const float count = static_cast<float>(columns);
  mean = sum16(columns, [&](std::int64_t i, auto part) { return part.load(x + i); }) / count;
  const Batch middle(mean);
  const float squares = sum16(columns, [&](std::int64_t i, auto part) {
    const Batch d = part.load(x + i) - middle;
    return d * d;
  });
  rstd = one_over_root(squares / count + epsilon);
}

inline void layer_norm_forward(KernelContext& context, const LayerNormArgs& o) noexcept {
  rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
    const float* x = o.x + r * o.columns;
    float* y = o.y + r * o.columns;
    row_statistics(x, o.columns, o.epsilon, o.mean[r], o.rstd[r]);
    const Batch mean(o.mean[r]), rstd(o.rstd[r]);
    each(0, o.columns, [&](std::int64_t i, auto part) {
      part.store(y + i, part.load(o.gamma + i) * ((part.load(x + i) - mean) * rstd) + part.load(o.shift + i));
    });
  });
}

inline void layer_norm_backward(KernelContext& context, const LayerNormArgs& o) noexcept {
  const float count = static_cast<float>(o.columns);
  const auto normal = [&](std::int64_t r, std::int64_t i, auto part) {
    return (part.load(o.x + r * o.columns + i) - Batch(o.mean[r])) * Batch(o.rstd[r]);
  };
  if (o.dgamma || o.dshift) {
    columns_parallel(context, o.columns, o.rows, [&](std::int64_t i, auto part) {
      Batch dgamma = o.dgamma && o.beta_gamma != 0 ? part.load(o.dgamma + i) : Batch(0.0f);
      Batch dshift = o.dshift && o.beta_shift != 0 ? part.load(o.dshift + i) : Batch(0.0f);
      for (std::int64_t r = 0; r < o.rows; ++r) {
        const Batch d = part.load(o.dy + r * o.columns + i);
        dgamma = dgamma + d * normal(r, i, part);
        dshift = dshift + d;
      }
      if (o.dgamma) part.store(o.dgamma + i, dgamma);
      if (o.dshift) part.store(o.dshift + i, dshift);
    });
  }
  if (!o.dx) return;
  rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
    const float* dy = o.dy + r * o.columns;
    float* dx = o.dx + r * o.columns;
    const auto e = [&](std::int64_t i, auto part) { return part.load(o.gamma + i) * part.load(dy + i); };
    const Batch mean(sum16(o.columns, e) / count);
    const Batch mean_normal(
        sum16(o.columns, [&](std::int64_t i, auto part) { return e(i, part) * normal(r, i, part); }) / count);
    const Batch rstd(o.rstd[r]);
    each(0, o.columns, [&](std::int64_t i, auto part) {
      accumulate(part, dx + i, o.beta != 0, rstd * ((e(i, part) - mean) - normal(r, i, part) * mean_normal));
    });
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
