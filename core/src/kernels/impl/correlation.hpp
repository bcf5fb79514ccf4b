#pragma once

// y[o,i,j] = start + Σ_c Σ_u Σ_v w[o,c,u,v] x̃[c, i s + u d, j s + v d], x̃ the padded picture: convolution forward, and dx with
// filters transposed and turned.

#include "elementwise.hpp"
#include "pack.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

struct Correlation {
  std::int64_t in_channels, in_h, in_w, insert_h, insert_w, pad_top, pad_left;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  std::int64_t out_channels, out_h, out_w;
  const float* x;  // of example 0; the next one is x_stride further
  const float* w;
  bool turned;  // filters have input and output channels exchanged, and are turned by half a turn
  float* y;
  std::int64_t x_stride, y_stride;
  bool add;           // start from y
  const float* bias;  // else from these, or 0 where null
  const Epilogue* epilogue;
  float* result;  // the whole tensor that y is in

  std::int64_t taps() const { return kernel_h * kernel_w; }
  /// Tap t of the filter from input channel ch to output channel o.
  float tap(std::int64_t o, std::int64_t ch, std::int64_t t) const {
    return turned ? w[(ch * out_channels + o + 1) * taps() - 1 - t] : w[(o * in_channels + ch) * taps() + t];
  }
  /// The taps that row i of y needs, of so many input channels: the others meet rows of zeros.
  Runs runs(std::int64_t i, std::int64_t channels) const {
    const std::int64_t above = pad_top - i * stride_h, below = (in_h - 1) * insert_h + above;
    std::int64_t begin = above > 0 ? (above + dilation_h - 1) / dilation_h : 0;
    std::int64_t end = below < 0 ? 0 : below / dilation_h + 1;
    if (end > kernel_h) end = kernel_h;
    if (begin > end) begin = end;
    const std::int64_t length = (end - begin) * kernel_w;
    if (length == taps()) return {0, 1, channels * length, 0};
    return {begin * kernel_w, channels, length, taps() - length};
  }
  /// About which part of all taps runs() keeps, over all rows.
  double taps_inside() const {
    const std::int64_t span = (kernel_h - 1) * dilation_h, places = out_h * stride_h;
    const auto missed = [=](std::int64_t pad) {  // pad + (pad - 1) + …, as many as there are places
      if (pad > span) pad = span;
      if (pad < 0) pad = 0;
      const std::int64_t rows = pad < places ? pad : places;
      return double(rows * (2 * pad - rows + 1) / 2);
    };
    const std::int64_t pad_bottom = (out_h - 1) * stride_h + span - pad_top - (in_h - 1) * insert_h;
    return 1 - (missed(pad_top) + missed(pad_bottom)) / double(places * (span + dilation_h));
  }
  /// These rows of output channels, of an example, are sums over all input channels.
  LIVEGRAD_NOINLINE void finish_rows(std::int64_t example, Range channels, Range rows) const {
    const std::int64_t plane = out_h * out_w;
    const std::int64_t first = y - result + example * y_stride + rows.begin * out_w;
    for (std::int64_t o = channels.begin; o < channels.end; ++o)
      finish(epilogue, result, first + o * plane, rows.size() * out_w);
  }
  /// Packs output channels [o, o + count) by (input channel in ch, u, v), side by side: as gemm packs the rows of a tile,
  void pack_filters(std::int64_t o, std::int64_t count, Range ch, float* packed) const {
    if (!turned)
      return pack_tile(w + (o * in_channels + ch.begin) * taps(), in_channels * taps(), ch.size() * taps(),
                       count, packed);
    for (std::int64_t c = ch.begin; c < ch.end; ++c)
      for (std::int64_t t = 0; t < taps(); ++t)
        for (std::int64_t i = 0; i < count; ++i) *packed++ = tap(o + i, c, t);
  }
  /// and as it packs panels of columns.
  void pack_panels(std::int64_t o, std::int64_t count, Range ch, const Split& panels, float* packed) const {
    if (!turned)
      return pack_panels_transposed(w + (o * in_channels + ch.begin) * taps(), in_channels * taps(),
                                    ch.size() * taps(), count, panels, packed);
    for (std::int64_t p = 0; p < panels.pieces; ++p) {
      const std::int64_t first = panels.begin(p) * kLanes, width = panels.size(p) * kLanes;
      const std::int64_t present = count - first < width ? count - first : width;
      float* const panel = packed + packed_panel(panels, p, ch.size() * taps());
      for (std::int64_t c = ch.begin; c < ch.end; ++c)
        pack_transposed(w + (c * out_channels + o + first) * taps(), taps(), taps(), present, width,
                        panel + ((c - ch.begin + 1) * taps() - 1) * width, -width);
    }
  }
};

/// For pictures of which not even one row of y fits the scratch memory: the same sums, one at a time.
inline void correlate_plainly(const Correlation& c, std::int64_t n, std::int64_t o) {
  const float* x = c.x + n * c.x_stride;
  float* y = c.y + n * c.y_stride + o * c.out_h * c.out_w;
  const auto cell = [&](std::int64_t ch, std::int64_t a, std::int64_t b) {
    const bool inside = a >= 0 && a % c.insert_h == 0 && a / c.insert_h < c.in_h &&  //
                        b >= 0 && b % c.insert_w == 0 && b / c.insert_w < c.in_w;
    return inside ? x[(ch * c.in_h + a / c.insert_h) * c.in_w + b / c.insert_w] : 0.0f;
  };
  for (std::int64_t i = 0; i < c.out_h; ++i)
    for (std::int64_t j = 0; j < c.out_w; ++j) {
      Batch sum(c.add ? y[i * c.out_w + j] : c.bias ? c.bias[o] : 0.0f);
      for (std::int64_t ch = 0; ch < c.in_channels; ++ch)
        for (std::int64_t u = 0; u < c.kernel_h; ++u)
          for (std::int64_t v = 0; v < c.kernel_w; ++v)
            sum = madd(Batch(c.tap(o, ch, u * c.kernel_w + v)),
                       Batch(cell(ch, i * c.stride_h + u * c.dilation_h - c.pad_top,
                                  j * c.stride_w + v * c.dilation_w - c.pad_left)),
                       sum);
      y[i * c.out_w + j] = sum.get(0);
    }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
