#pragma once

#include "elementwise.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// The first of equals so far, and its place; NaN wins over numbers.
struct Winner {
  Batch best, place;  // place: the bits of Ints

  LIVEGRAD_INLINE void meet(Batch x, Ints at) {
    const Mask better = (!(x <= best)) & (best == best);
    best = select(better, x, best);
    place = select(better, from_bits(at), place);
  }
};

/// Places go where they go as the bits that they are.
template <class P>
LIVEGRAD_INLINE void store_places(P part, std::int32_t* p, Batch places) {
  part.store(reinterpret_cast<float*>(p), places);
}
LIVEGRAD_INLINE Ints count_from(std::int32_t first, std::int32_t step) {
  alignas(4 * kLanes) std::int32_t values[kLanes];
  for (int i = 0; i < kLanes; ++i) values[i] = first + i * step;
  return Ints::load_aligned(values);
}

/// 2x2 windows two apart: neighbours are dealt out by shuffles. Goes down the rows, which are alike.
inline void max_pool_pairs(const Pool2dArgs& o, std::int64_t plane) {
  each_covering(o.out_w, [&](std::int64_t j, auto part) {
    const std::int64_t left = 2 * (o.out_w - j);
    const int n = left < kLanes ? static_cast<int>(left) : kLanes;
    const int more = left < 2 * kLanes ? static_cast<int>(left) - n : kLanes;
    const auto pair = [n, more](const float* p, Batch& first, Batch& second) {
      const Batch a = load_first(p, n), b = more > 0 ? load_first(p + kLanes, more) : a;
      first = evens(a, b);
      second = odds(a, b);
    };
    const Ints right(1), below(static_cast<std::int32_t>(o.width));
    const float* x = o.x + plane * o.height * o.width + 2 * j;
    Ints place = count_from(static_cast<std::int32_t>(2 * j), 2);
    float* y = o.y + plane * o.out_h * o.out_w + j;
    std::int32_t* switches = o.switches + (y - o.y);
    for (std::int64_t i = 0; i < o.out_h; ++i) {
      Batch upper[2], lower[2];
      pair(x, upper[0], upper[1]);
      pair(x + o.width, lower[0], lower[1]);
      Winner winner{upper[0], from_bits(place)};
      winner.meet(upper[1], place + right);
      place = place + below;
      winner.meet(lower[0], place);
      winner.meet(lower[1], place + right);
      place = place + below;
      part.store(y, winner.best);
      store_places(part, switches, winner.place);
      x += 2 * o.width;
      y += o.out_w;
      switches += o.out_w;
    }
  });
}

/// One output after another's window, as many at a time as there are lanes; windows inside the picture.
inline void pool_inside(const Pool2dArgs& o, std::int64_t plane) {
  const float* x = o.x + plane * o.height * o.width;
  const std::int64_t outputs = o.out_h * o.out_w;
  const float cells = static_cast<float>(o.kernel_h * o.kernel_w);
  std::int64_t row = 0, column = 0;  // of the next output
  each_long(0, outputs, [&](std::int64_t first, auto part) {
    alignas(4 * kLanes) std::int32_t corners[kLanes] = {};
    for (int lane = 0; lane < kLanes && row < o.out_h; ++lane) {
      corners[lane] = static_cast<std::int32_t>(row * o.stride_h * o.width + column * o.stride_w);
      if (++column == o.out_w) ++row, column = 0;
    }
    const Ints corner = Ints::load_aligned(corners);
    Winner winner{Batch::gather(x, corner), from_bits(corner)};
    Batch sum(0.0f);
    for (std::int64_t u = 0; u < o.kernel_h; ++u)
      for (std::int64_t v = 0; v < o.kernel_w; ++v) {
        const Ints place = corner + Ints(static_cast<std::int32_t>(u * o.width + v));
        const Batch value = Batch::gather(x, place);
        if (o.kind == PoolKind::max) winner.meet(value, place);
        if (o.kind == PoolKind::average) sum = sum + value;
        if (o.kind == PoolKind::l2) sum = madd(value, value, sum);
      }
    float* y = o.y + plane * outputs + first;
    if (o.kind == PoolKind::max) {
      part.store(y, winner.best);
      store_places(part, o.switches + plane * outputs + first, winner.place);
    } else {
      part.store(y, o.kind == PoolKind::average ? sum / Batch(cells) : sqrt(sum));
    }
  });
}

/// The part of a window that lies in the picture.
struct PoolWindow {
  std::int64_t top, bottom, left, right;
  PoolWindow(const Pool2dArgs& o, std::int64_t i, std::int64_t j)
      : top(i * o.stride_h - o.pad_h),
        bottom(top + o.kernel_h),
        left(j * o.stride_w - o.pad_w),
        right(left + o.kernel_w) {
    if (top < 0) top = 0;
    if (left < 0) left = 0;
    if (bottom > o.height) bottom = o.height;
    if (right > o.width) right = o.width;
  }
  float cells() const { return static_cast<float>((bottom - top) * (right - left)); }
};

inline void pool_plainly(const Pool2dArgs& o, std::int64_t plane) {
  const float* x = o.x + plane * o.height * o.width;
  for (std::int64_t i = 0; i < o.out_h; ++i)
    for (std::int64_t j = 0; j < o.out_w; ++j) {
      const PoolWindow window(o, i, j);
      std::int64_t winner = window.top * o.width + window.left;
      float best = x[winner];
      Batch sum(0.0f);
      for (std::int64_t a = window.top; a < window.bottom; ++a)
        for (std::int64_t b = window.left; b < window.right; ++b) {
          const float value = x[a * o.width + b];
          if (o.kind == PoolKind::average) sum = sum + Batch(value);
          if (o.kind == PoolKind::l2) sum = madd(Batch(value), Batch(value), sum);
          if (o.kind == PoolKind::max && !(value <= best) && best == best) {
            best = value;
            winner = a * o.width + b;
          }
        }
      const std::int64_t out = (plane * o.out_h + i) * o.out_w + j;
      if (o.kind == PoolKind::max) {
        o.y[out] = best;
        o.switches[out] = static_cast<std::int32_t>(winner);
      } else {
        o.y[out] = (o.kind == PoolKind::average ? sum / Batch(window.cells()) : sqrt(sum)).get(0);
      }
    }
}

/// Whether dx is to go through relu's derivative and nothing else reaches it: that of a winner is the output's, which is a
/// fraction of the picture.
inline bool masks_outputs(const Pool2dArgs& o) {
  return o.kind == PoolKind::max && o.beta == 0 && o.epilogue && o.epilogue->y &&
         o.epilogue->kind == ActivationKind::relu;
}

/// 0 where y <= 0, else d. Without a branch, for nobody foresees which.
LIVEGRAD_INLINE float masked(float d, float y) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &d, sizeof d);
  bits &= -static_cast<std::uint32_t>(!(y <= 0));
  __builtin_memcpy(&d, &bits, sizeof d);
  return d;
}

/// Adds to dx of a plane.
inline void add_gradient(const Pool2dArgs& o, std::int64_t plane) {
  const std::int64_t cells = o.height * o.width, outputs = o.out_h * o.out_w;
  float* dx = o.dx + plane * cells;
  const float *dy = o.dy + plane * outputs, *y = o.y + plane * outputs;
  if (o.kind == PoolKind::max) {
    const std::int32_t* switches = o.switches + plane * outputs;
    if (masks_outputs(o)) {
      for (std::int64_t p = 0; p < outputs; ++p) dx[switches[p]] += masked(dy[p], y[p]);
    } else {
      for (std::int64_t p = 0; p < outputs; ++p) dx[switches[p]] += dy[p];
    }
    return;
  }
  const float* x = o.x + plane * cells;
  for (std::int64_t i = 0; i < o.out_h; ++i)
    for (std::int64_t j = 0; j < o.out_w; ++j) {
      const std::int64_t p = i * o.out_w + j;
      const PoolWindow window(o, i, j);
      if (o.kind == PoolKind::l2 && y[p] == 0) continue;
      const float d = o.kind == PoolKind::average ? dy[p] / window.cells() : dy[p] / y[p];
      for (std::int64_t a = window.top; a < window.bottom; ++a)
        each(window.left, window.right, [&](std::int64_t b, auto part) {
          const Batch share =
              o.kind == PoolKind::average ? Batch(d) : part.load(x + a * o.width + b) * Batch(d);
          accumulate(part, dx + a * o.width + b, true, share);
        });
    }
}

inline void pool2d_forward(KernelContext& context, const Pool2dArgs& o) noexcept {
  const bool inside = o.pad_h == 0 && o.pad_w == 0 && (o.out_h - 1) * o.stride_h + o.kernel_h <= o.height &&
                      (o.out_w - 1) * o.stride_w + o.kernel_w <= o.width;
  const bool pairs =
      o.kind == PoolKind::max && o.kernel_h == 2 && o.kernel_w == 2 && o.stride_h == 2 && o.stride_w == 2;
  rows_parallel(context, o.planes, o.height * o.width, [&](std::int64_t plane) {
    if (inside && pairs) {
      max_pool_pairs(o, plane);
    } else if (inside) {
      pool_inside(o, plane);
    } else {
      pool_plainly(o, plane);
    }
  });
}

inline void pool2d_backward(KernelContext& context, const Pool2dArgs& o) noexcept {
  const std::int64_t cells = o.height * o.width;
  ranges_parallel(context, o.planes, rows_at_once(cells), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * cells, last = end * cells;
    if (o.beta == 0) each(first, last, [&](std::int64_t i, auto part) { part.store(o.dx + i, Batch(0.0f)); });
    for (std::int64_t plane = begin; plane < end; ++plane) add_gradient(o, plane);
    if (!masks_outputs(o)) finish(o.epilogue, o.dx, first, last - first);
  });
}

inline void maxout_forward(KernelContext& context, const MaxoutArgs& o) noexcept {
  const std::int64_t outputs = o.channels / o.group;
  rows_parallel(context, o.rows * outputs, o.group * o.inner, [&](std::int64_t row) {
    const float* x = o.x + row * o.group * o.inner;  // channels of a group are neighbours
    each_long(0, o.inner, [&](std::int64_t s, auto part) {
      Winner winner{part.load(x + s), from_bits(Ints(0))};
      for (std::int64_t g = 1; g < o.group; ++g)
        winner.meet(part.load(x + g * o.inner + s), Ints(static_cast<std::int32_t>(g)));
      part.store(o.y + row * o.inner + s, winner.best);
      store_places(part, o.switches + row * o.inner + s, winner.place);
    });
  });
}

inline void maxout_backward(KernelContext& context, const MaxoutArgs& o) noexcept {
  const std::int64_t outputs = o.channels / o.group;
  rows_parallel(context, o.rows * outputs, o.group * o.inner, [&](std::int64_t row) {
    for (std::int64_t g = 0; g < o.group; ++g)
      for (std::int64_t s = 0; s < o.inner; ++s) {
        const std::int64_t p = row * o.inner + s;
        const float d = o.switches[p] == g ? o.dy[p] : 0.0f;
        float& dx = o.dx[(row * o.group + g) * o.inner + s];
        dx = o.beta != 0 ? dx + d : d;
      }
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
