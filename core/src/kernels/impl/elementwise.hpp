#pragma once

#include "../simd.hpp"
#include "livegrad/random.hpp"
#include "math.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// out = beta out + f(part, i), over all elements.
template <class F>
void map(KernelContext& context, std::int64_t size, float* out, float beta, F f) {
  const bool add = beta != 0;
  each_parallel(context, size,
                [=](std::int64_t i, auto part) { accumulate(part, out + i, add, f(part, i)); });
}

/// out = f(x) for elements [begin, end), on one thread.
LIVEGRAD_NOINLINE inline void activate(const ActivationArgs& o, std::int64_t begin, std::int64_t end) {
  const float* x = o.x;
  float* out = o.out;
  const Batch alpha(o.alpha), zero(0.0f);
  const auto element = [=](auto f) {
    return [=](std::int64_t i, auto part) { part.store(out + i, f(part.load(x + i))); };
  };
  switch (o.kind) {
    case ActivationKind::relu:
      return each(begin, end, element([=](Batch v) { return select(v < zero, zero, v); }));
    case ActivationKind::leaky_relu:
      return each_long(begin, end, element([=](Batch v) { return select(v < zero, alpha * v, v); }));
    case ActivationKind::sigmoid:
      return each_long(begin, end, element([](Batch v) { return math::sigmoid(v); }));
    case ActivationKind::tanh:
      return each_long(begin, end, element([](Batch v) { return math::tanh(v); }));
    case ActivationKind::elu:
      return each_long(
          begin, end, element([=](Batch v) { return select(v < zero, alpha * math::expm1_negative(v), v); }));
    case ActivationKind::softplus:
      return each_long(begin, end, element([](Batch v) { return math::softplus(v); }));
  }
}

/// dx = beta dx + f'(x) dy for elements [begin, end), on one thread.
LIVEGRAD_NOINLINE inline void activate_back(const ActivationArgs& o, std::int64_t begin, std::int64_t end) {
  const float *x = o.x, *y = o.y, *dy = o.dy;
  float* dx = o.dx;
  const bool add = o.beta != 0;
  const Batch alpha(o.alpha), zero(0.0f), one(1.0f);
  const auto element = [=](const float* from, auto f) {
    return [=](std::int64_t i, auto part) {
      accumulate(part, dx + i, add, f(part.load(from + i), part.load(dy + i)));
    };
  };
  switch (o.kind) {
    case ActivationKind::relu:
      return each(begin, end, element(x, [=](Batch v, Batch d) { return select(v <= zero, zero, d); }));
    case ActivationKind::leaky_relu:
      return each_long(begin, end,
                       element(x, [=](Batch v, Batch d) { return select(v <= zero, alpha * d, d); }));
    case ActivationKind::sigmoid:
      return each_long(begin, end, element(y, [=](Batch v, Batch d) { return v * (one - v) * d; }));
    case ActivationKind::tanh:
      return each_long(begin, end, element(y, [=](Batch v, Batch d) { return (one - v * v) * d; }));
    case ActivationKind::elu:
      return each_long(begin, end, [=](std::int64_t i, auto part) {
        const Batch d = part.load(dy + i);
        accumulate(part, dx + i, add, select(part.load(x + i) <= zero, (part.load(y + i) + alpha) * d, d));
      });
    case ActivationKind::softplus:
      return each_long(begin, end, element(x, [](Batch v, Batch d) { return math::sigmoid(v) * d; }));
  }
}

inline void activation_forward(KernelContext& context, const ActivationArgs& o) noexcept {
  ranges_parallel(context, o.size, kElementsAtOnce,
                  [&](std::int64_t begin, std::int64_t end) { activate(o, begin, end); });
}
inline void activation_backward(KernelContext& context, const ActivationArgs& o) noexcept {
  ranges_parallel(context, o.size, kElementsAtOnce,
                  [&](std::int64_t begin, std::int64_t end) { activate_back(o, begin, end); });
}

/// `size` numbers of a result, `first` from its beginning, go through an epilogue.
LIVEGRAD_NOINLINE inline void finish(const Epilogue* e, float* result, std::int64_t first,
                                     std::int64_t size) {
  if (e) (e->y ? activate_back : activate)(in_place(*e, result, first, size), 0, size);
}

inline void binary(KernelContext& context, const BinaryArgs& o) noexcept {
  const float *a = o.a, *b = o.b;
  if (o.kind == BinaryKind::add) {
    map(context, o.size, o.out, o.beta,
        [=](auto part, std::int64_t i) { return part.load(a + i) + part.load(b + i); });
  } else {
    map(context, o.size, o.out, o.beta,
        [=](auto part, std::int64_t i) { return part.load(a + i) * part.load(b + i); });
  }
}

inline void affine(KernelContext& context, const AffineArgs& o) noexcept {
  const float* x = o.x;
  const Batch scale(o.scale), shift(o.shift);
  map(context, o.size, o.out, o.beta,
      [=](auto part, std::int64_t i) { return scale * part.load(x + i) + shift; });
}

inline void copy(KernelContext& context, const CopyArgs& o) noexcept {
  rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
    const float* x = o.x + r * o.x_stride;
    float* out = o.out + r * o.out_stride;
    each(0, o.columns,
         [&](std::int64_t i, auto part) { accumulate(part, out + i, o.beta != 0, part.load(x + i)); });
  });
}

inline void dropout_mask(KernelContext& context, const DropoutMaskArgs& o) noexcept {
  const RandomStream stream{o.seed, o.layer, Purpose::dropout, o.step};
  const float kept = 1.0f / o.keep;
  const double keep = o.keep;
  rows_parallel(context, (o.size + 3) / 4, 16, [&](std::int64_t block) {
    const auto words = stream.block(static_cast<std::uint64_t>(block));
    for (int i = 0; i < 4 && 4 * block + i < o.size; ++i)
      o.mask[4 * block + i] = words[static_cast<std::size_t>(i)] * 0x1p-32 < keep ? kept : 0.0f;
  });
}

inline void raster(KernelContext& context, const RasterArgs& o) noexcept {
  const Batch low(o.low), scale(o.high > o.low ? 255.0f / (o.high - o.low) : 0.0f);
  rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
    const float* x = o.x + r * o.x_stride;
    std::uint32_t* out = o.out + r * o.out_stride;
    each_long(0, o.columns, [&](std::int64_t c, auto part) {
      Batch level = (part.load(x + c) - low) * scale;
      level = select(level < Batch(0.0f), Batch(0.0f), select(level > Batch(255.0f), Batch(255.0f), level));
      level = select(level == level, level + Batch(0.5f), Batch(256.0f));  // NaN has its own colour
      alignas(64) float levels[kLanes];
      store(levels, level);
      const auto count = o.columns - c < kLanes ? o.columns - c : kLanes;
      for (std::int64_t i = 0; i < count; ++i) out[c + i] = o.palette[static_cast<int>(levels[i])];
    });
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
