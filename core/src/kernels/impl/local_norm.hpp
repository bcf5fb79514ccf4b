#pragma once

#include "math.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// f(n, c, i, part) over all cells, one channel of one example after another.
template <class F>
void each_cell(KernelContext& context, const LocalResponseNormArgs& o, F&& f) {
  rows_parallel(context, o.n * o.channels, o.inner * o.window, [&](std::int64_t row) {
    each_long(0, o.inner, [&](std::int64_t i, auto part) { f(row / o.channels, row % o.channels, i, part); });
  });
}

/// The sum of f(channel) for channels in [first, last] that there are.
template <class F>
LIVEGRAD_INLINE Batch sum_channels(std::int64_t first, std::int64_t last, std::int64_t channels, F&& f) {
  Batch sum(0.0f);
  for (std::int64_t c = first < 0 ? 0 : first; c <= last && c < channels; ++c) sum = sum + f(c);
  return sum;
}

inline void local_response_norm_forward(KernelContext& context, const LocalResponseNormArgs& o) noexcept {
  const Batch k(o.k), share(o.alpha / static_cast<float>(o.window)), power(-o.power);
  each_cell(context, o, [&](std::int64_t n, std::int64_t c, std::int64_t i, auto part) {
    const auto at = [&](std::int64_t channel) { return (n * o.channels + channel) * o.inner + i; };
    const Batch squares =
        sum_channels(c - o.window / 2, c + (o.window - 1) / 2, o.channels, [&](std::int64_t j) {
          const Batch x = part.load(o.x + at(j));
          return x * x;
        });
    const Batch scale = k + share * squares;
    part.store(o.scale + at(c), scale);
    part.store(o.y + at(c), part.load(o.x + at(c)) * math::pow(scale, power));
  });
}

inline void local_response_norm_backward(KernelContext& context, const LocalResponseNormArgs& o) noexcept {
  const Batch factor(2.0f * o.alpha * o.power / static_cast<float>(o.window)), power(-o.power);
  each_cell(context, o, [&](std::int64_t n, std::int64_t c, std::int64_t i, auto part) {
    const auto at = [&](std::int64_t channel) { return (n * o.channels + channel) * o.inner + i; };
    const Batch sum = sum_channels(c - (o.window - 1) / 2, c + o.window / 2, o.channels, [&](std::int64_t j) {
      return part.load(o.dy + at(j)) * part.load(o.y + at(j)) / part.load(o.scale + at(j));
    });
    const Batch direct = part.load(o.dy + at(c)) * math::pow(part.load(o.scale + at(c)), power);
    accumulate(part, o.dx + at(c), o.beta != 0, direct - factor * (part.load(o.x + at(c)) * sum));
  });
}

/// The window of local contrast normalisation on maps of one example.
class ContrastWindow {
 public:
  explicit ContrastWindow(const LocalContrastNormArgs& o) : o_(o), half_(o.window / 2) {
    full_ = sum_inside(half_, half_, o.window, o.window);
  }

  /// out_ij = Σ w_pq m_{i+p-half, j+q-half} (sign 1), or the transposed map (sign -1).
  void correlate(const float* m, std::int64_t sign, float* out) const {
    each_long(0, o_.height * o_.width, [&](std::int64_t i, auto part) { part.store(out + i, Batch(0.0f)); });
    for (std::int64_t p = 0; p < o_.window; ++p)
      for (std::int64_t q = 0; q < o_.window; ++q) {
        const std::int64_t down = sign * (p - half_), right = sign * (q - half_);
        const Batch w(o_.weights[p * o_.window + q]);
        const std::int64_t left = right < 0 ? -right : 0, end = right > 0 ? o_.width - right : o_.width;
        for (std::int64_t i = down < 0 ? -down : 0; i < (down > 0 ? o_.height - down : o_.height); ++i)
          each_long(left, end, [&](std::int64_t j, auto part) {
            float* cell = out + i * o_.width + j;
            part.store(cell, madd(w, part.load(m + (i + down) * o_.width + j + right), part.load(cell)));
          });
      }
  }

  /// The sum of the weights inside the picture, around one place.
  float inside(std::int64_t i, std::int64_t j) const {
    const bool interior =
        i >= half_ && j >= half_ && i + o_.window - half_ <= o_.height && j + o_.window - half_ <= o_.width;
    return interior ? full_ : sum_inside(i, j, o_.height, o_.width);
  }

 private:
  float sum_inside(std::int64_t i, std::int64_t j, std::int64_t height, std::int64_t width) const {
    float sum = 0;
    for (std::int64_t p = 0; p < o_.window; ++p)
      for (std::int64_t q = 0; q < o_.window; ++q) {
        const std::int64_t a = i + p - half_, b = j + q - half_;
        if (a >= 0 && a < height && b >= 0 && b < width) sum += o_.weights[p * o_.window + q];
      }
    return sum;
  }

  const LocalContrastNormArgs& o_;
  std::int64_t half_;
  float full_ = 0;
};

/// map = Σ_c f(c, cell, part) over the channels.
template <class F>
void sum_over_channels(const LocalContrastNormArgs& o, float* map, F&& f) {
  each_long(0, o.height * o.width, [&](std::int64_t i, auto part) {
    Batch sum(0.0f);
    for (std::int64_t c = 0; c < o.channels; ++c) sum = sum + f(c * o.height * o.width + i, i, part);
    part.store(map + i, sum);
  });
}

inline void local_contrast_norm_forward(KernelContext& context, const LocalContrastNormArgs& o) noexcept {
  const ContrastWindow window(o);
  const std::int64_t cells = o.height * o.width;
  const float channels = static_cast<float>(o.channels);
  parallel(context, o.n, [&](int n, int) {
    const float* x = o.x + n * o.channels * cells;
    float *v = o.v + n * o.channels * cells, *y = o.y + n * o.channels * cells, *sigma = o.sigma + n * cells;
    const auto divide_by_weight = [&] {
      for (std::int64_t i = 0; i < cells; ++i) sigma[i] /= channels * window.inside(i / o.width, i % o.width);
    };
    // y and sigma hold what is between: sums over channels, local means.
    sum_over_channels(o, y, [&](std::int64_t at, std::int64_t, auto part) { return part.load(x + at); });
    window.correlate(y, 1, sigma);
    divide_by_weight();
    for (std::int64_t c = 0; c < o.channels; ++c)
      each_long(0, cells, [&](std::int64_t i, auto part) {
        part.store(v + c * cells + i, part.load(x + c * cells + i) - part.load(sigma + i));
      });
    sum_over_channels(o, y, [&](std::int64_t at, std::int64_t, auto part) {
      return part.load(v + at) * part.load(v + at);
    });
    window.correlate(y, 1, sigma);
    divide_by_weight();
    each_long(0, cells, [&](std::int64_t i, auto part) {
      part.store(sigma + i, sqrt(Batch(o.epsilon) + part.load(sigma + i)));
    });
    const Batch average(sum16(cells, [&](std::int64_t i, auto part) { return part.load(sigma + i); }) /
                        static_cast<float>(cells));
    for (std::int64_t c = 0; c < o.channels; ++c)
      each_long(0, cells, [&](std::int64_t i, auto part) {
        part.store(y + c * cells + i, part.load(v + c * cells + i) / larger(part.load(sigma + i), average));
      });
  });
}

inline void local_contrast_norm_backward(KernelContext& context, const LocalContrastNormArgs& o) noexcept {
  const ContrastWindow window(o);
  const std::int64_t cells = o.height * o.width;
  const float count = static_cast<float>(cells);
  const Batch channels(static_cast<float>(o.channels)), zero(0.0f);
  parallel(context, o.n, [&](int n, int) {
    const float *v = o.v + n * o.channels * cells, *dy = o.dy + n * o.channels * cells,
                *sigma = o.sigma + n * cells;
    float *map0 = o.workspace + n * 3 * cells, *map1 = map0 + cells, *map2 = map1 + cells;
    const Batch average(sum16(cells, [&](std::int64_t i, auto part) { return part.load(sigma + i); }) /
                        count);
    const auto divisor = [&](std::int64_t i, auto part) { return larger(part.load(sigma + i), average); };
    const auto over_average = [&](std::int64_t i, auto part) { return part.load(sigma + i) > average; };
    const auto divide_by_weight = [&](float* map) {
      for (std::int64_t i = 0; i < cells; ++i) map[i] /= window.inside(i / o.width, i % o.width);
    };

    // map0 = t = -Σ dy v / d², then dsigma / sigma / W
    sum_over_channels(o, map0, [&](std::int64_t at, std::int64_t, auto part) {
      return part.load(dy + at) * part.load(v + at);
    });
    each_long(0, cells, [&](std::int64_t i, auto part) {
      const Batch d = divisor(i, part);
      part.store(map0 + i, negate(part.load(map0 + i)) / (d * d));
    });
    const Batch daverage(
        sum16(cells, [&](std::int64_t i,
                         auto part) { return select(over_average(i, part), zero, part.load(map0 + i)); }) /
        count);
    each_long(0, cells, [&](std::int64_t i, auto part) {
      const Batch dsigma = select(over_average(i, part), part.load(map0 + i), zero) + daverage;
      part.store(map0 + i, dsigma / part.load(sigma + i));
    });
    divide_by_weight(map0);
    window.correlate(map0, -1, map1);
    const auto dv = [&](std::int64_t at, std::int64_t i, auto part) {
      return part.load(dy + at) / divisor(i, part) + part.load(v + at) * part.load(map1 + i) / channels;
    };
    sum_over_channels(o, map2, dv);
    divide_by_weight(map2);
    window.correlate(map2, -1, map0);
    for (std::int64_t c = 0; c < o.channels; ++c)
      each_long(0, cells, [&](std::int64_t i, auto part) {
        const std::int64_t at = c * cells + i;
        accumulate(part, o.dx + n * o.channels * cells + at, o.beta != 0,
                   dv(at, i, part) - part.load(map0 + i) / channels);
      });
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
