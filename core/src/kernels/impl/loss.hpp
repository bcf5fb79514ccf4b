#pragma once

#include "math.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// y = e^(x - top), and the sum.
inline float exponentials(const float* x, std::int64_t n, float top, float* y) {
  return sum16(n, [&](std::int64_t i, auto part) {
    const Batch e = math::exp(part.load(x + i) - Batch(top));
    part.store(y + i, e);
    return e;
  });
}

struct Softmax {
  float top, sum;  // the largest number, and Σ exp(x - top)
};

/// y = exp(x - top)/sum.
LIVEGRAD_NOINLINE inline Softmax softmax_row(const float* x, std::int64_t n, float* y) {
  const float top = largest(x, n), sum = exponentials(x, n, top, y);
  each_long(0, n, [&](std::int64_t i, auto part) { part.store(y + i, part.load(y + i) / Batch(sum)); });
  return {top, sum};
}

inline void softmax_forward(KernelContext& context, const SoftmaxArgs& o) noexcept {
  rows_parallel(context, o.rows, o.columns,
                [&](std::int64_t r) { softmax_row(o.x + r * o.columns, o.columns, o.y + r * o.columns); });
}

inline void softmax_backward(KernelContext& context, const SoftmaxArgs& o) noexcept {
  rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
    const float *y = o.y + r * o.columns, *dy = o.dy + r * o.columns;
    const Batch along(
        sum16(o.columns, [&](std::int64_t i, auto part) { return part.load(dy + i) * part.load(y + i); }));
    float* dx = o.dx + r * o.columns;
    each_long(0, o.columns, [&](std::int64_t i, auto part) {
      accumulate(part, dx + i, o.beta != 0, part.load(y + i) * (part.load(dy + i) - along));
    });
  });
}

inline bool is_class(std::int32_t label, std::int64_t classes) { return label >= 0 && label < classes; }

/// Rows of an example that have a label.
inline float labelled_steps(const SoftmaxCrossEntropyArgs& o, std::int64_t example) {
  std::int32_t count = 0;
  for (std::int64_t t = 0; t < o.steps; ++t) count += is_class(o.labels[example * o.steps + t], o.classes);
  return static_cast<float>(count);
}

inline void softmax_cross_entropy_row(const SoftmaxCrossEntropyArgs& o, std::int64_t r) {
  const float* x = o.logits + r * o.classes;
  const auto [top, sum] = softmax_row(x, o.classes, o.probabilities + r * o.classes);
  const std::int32_t label = o.labels[r];
  if (!is_class(label, o.classes)) {
    o.step_loss[r] = 0;
    return;
  }
  const float log_sum = math::log(sum);
  const auto nats = [&](auto value) { return decltype(value)(log_sum) - (value - decltype(value)(top)); };
  float loss = nats(x[label]);
  if (o.smoothing != 0) {
    const float all = sum16(o.classes, [&](std::int64_t i, auto part) { return nats(part.load(x + i)); });
    loss = (1.0f - o.smoothing) * loss + o.smoothing / static_cast<float>(o.classes) * all;
  }
  o.step_loss[r] = loss;
}

inline void softmax_cross_entropy_forward(KernelContext& context, const SoftmaxCrossEntropyArgs& o) noexcept {
  rows_parallel(context, o.rows / o.steps, o.steps * o.classes, [&](std::int64_t e) {
    for (std::int64_t r = e * o.steps; r < (e + 1) * o.steps; ++r) softmax_cross_entropy_row(o, r);
    if (o.steps == 1) return;
    const float* loss = o.step_loss + e * o.steps;
    const float sum = sum16(o.steps, [&](std::int64_t i, auto part) { return part.load(loss + i); });
    const float count = labelled_steps(o, e);
    o.loss[e] = count > 0 ? sum / count : 0.0f;
  });
}

inline void softmax_cross_entropy_backward(KernelContext& context,
                                           const SoftmaxCrossEntropyArgs& o) noexcept {
  const Batch elsewhere(o.smoothing / static_cast<float>(o.classes));
  rows_parallel(context, o.rows / o.steps, o.steps * o.classes, [&](std::int64_t e) {
    const float count = labelled_steps(o, e);
    const Batch d(count > 0 ? o.dloss[e] / count : 0.0f);
    for (std::int64_t r = e * o.steps; r < (e + 1) * o.steps; ++r) {
      const std::int32_t label = o.labels[r];
      const bool labelled = is_class(label, o.classes);
      const float* p = o.probabilities + r * o.classes;
      float* dx = o.dx + r * o.classes;
      each_long(0, o.classes, [&](std::int64_t i, auto part) {
        const Mask here = ramp() == Batch(static_cast<float>(label - i));
        const Batch target = select(here, elsewhere + Batch(1.0f - o.smoothing), elsewhere);
        accumulate(part, dx + i, o.beta != 0, labelled ? (part.load(p + i) - target) * d : Batch(0.0f));
      });
    }
  });
}

/// x_j - x_label + margin, 0 at the label.
struct HingeRow {
  const float* x;
  float at_label, margin;
  std::int32_t label;
  bool labelled;

  HingeRow(const HingeArgs& o, std::int64_t r)
      : x(o.x + r * o.classes),
        margin(o.margin),
        label(o.labels[r]),
        labelled(label >= 0 && label < o.classes) {
    at_label = labelled ? x[label] : 0.0f;
  }
  Mask at(std::int64_t i) const { return ramp() == Batch(static_cast<float>(label - i)); }
  template <class P>
  Batch excess(std::int64_t i, P part) const {
    return select(at(i), Batch(0.0f), (part.load(x + i) - Batch(at_label)) + Batch(margin));
  }
};

inline void hinge_forward(KernelContext& context, const HingeArgs& o) noexcept {
  const Batch zero(0.0f);
  rows_parallel(context, o.rows, o.classes, [&](std::int64_t r) {
    const HingeRow row(o, r);
    const auto term = [&](std::int64_t i, auto part) {
      const Batch excess = row.excess(i, part);
      return select(excess < zero, zero, excess);
    };
    o.loss[r] = row.labelled ? sum16(o.classes, term) : 0.0f;
  });
}

inline void hinge_backward(KernelContext& context, const HingeArgs& o) noexcept {
  const Batch zero(0.0f), one(1.0f);
  rows_parallel(context, o.rows, o.classes, [&](std::int64_t r) {
    const HingeRow row(o, r);
    const auto violated = [&](std::int64_t i, auto part) {
      return select(row.excess(i, part) > zero, one, zero);
    };
    const Batch count(sum16(o.classes, violated)), d(o.dloss[r]);
    float* dx = o.dx + r * o.classes;
    each_long(0, o.classes, [&](std::int64_t i, auto part) {
      const Batch slope = select(row.at(i), negate(count), violated(i, part));
      accumulate(part, dx + i, o.beta != 0, row.labelled ? slope * d : zero);
    });
  });
}

namespace target_loss {
struct Squared {
  static Batch value(Batch x, Batch t) { return Batch(0.5f) * (x - t) * (x - t); }
  static Batch slope(Batch x, Batch t) { return x - t; }
};
struct Absolute {
  static Batch value(Batch x, Batch t) { return abs(x - t); }
  static Batch slope(Batch x, Batch t) {
    const Batch d = x - t, zero(0.0f);
    return select(d > zero, Batch(1.0f), select(d < zero, Batch(-1.0f), d));  // 0 and NaN stay
  }
};
struct BinaryCrossEntropy {
  static Batch value(Batch x, Batch t) {
    return (select(x < Batch(0.0f), Batch(0.0f), x) - x * t) + math::log1p_unit(math::exp(negate(abs(x))));
  }
  static Batch slope(Batch x, Batch t) { return math::sigmoid(x) - t; }
};
struct Poisson {
  static Batch value(Batch x, Batch t) { return math::exp(x) - t * x; }
  static Batch slope(Batch x, Batch t) { return math::exp(x) - t; }
};

template <class F>
void choose(TargetLossKind kind, F&& f) {
  switch (kind) {
    case TargetLossKind::squared:
      return f(Squared{});
    case TargetLossKind::absolute:
      return f(Absolute{});
    case TargetLossKind::binary_cross_entropy:
      return f(BinaryCrossEntropy{});
    case TargetLossKind::poisson:
      return f(Poisson{});
  }
}
}  // namespace target_loss

inline void target_loss_forward(KernelContext& context, const TargetLossArgs& o) noexcept {
  target_loss::choose(o.kind, [&](auto loss) {
    rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
      const float *x = o.x + r * o.columns, *t = o.target + r * o.columns;
      o.loss[r] = sum16(o.columns, [&](std::int64_t i, auto part) {
        return decltype(loss)::value(part.load(x + i), part.load(t + i));
      });
    });
  });
}

inline void target_loss_backward(KernelContext& context, const TargetLossArgs& o) noexcept {
  target_loss::choose(o.kind, [&](auto loss) {
    rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
      const float *x = o.x + r * o.columns, *t = o.target + r * o.columns;
      float* dx = o.dx + r * o.columns;
      const Batch d(o.dloss[r]);
      each_long(0, o.columns, [&](std::int64_t i, auto part) {
        accumulate(part, dx + i, o.beta != 0, decltype(loss)::slope(part.load(x + i), part.load(t + i)) * d);
      });
    });
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
