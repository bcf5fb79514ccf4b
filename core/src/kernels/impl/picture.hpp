#pragma once

// A picture with its border of zeros, copied once per example so that convolution's inner loops need no bounds checks.

#include "../simd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

/// Where the padded picture's cells come from, and how they lie in memory.
/// With stride s the picture is dealt out into s_h s_w phases (cells with the same row mod s_h and column mod s_w), so that
/// neighbouring outputs read neighbouring cells. With stride 1 the gap on the right of one row is the gap on the left of
/// the next.
struct PictureLayout {
  std::int64_t height, width;  // of the source
  std::int64_t insert_h,
      insert_w;            // source cells lie this far apart, zeros between (dx of a strided convolution)
  std::int64_t top, left;  // rows and columns of zeros before the source; may be negative: cut off
  std::int64_t stride_h, stride_w;  // phases
  std::int64_t rows, columns;       // of one phase that are read; columns is also the distance of rows

  std::int64_t phase_size() const { return rows * columns; }
  std::int64_t channel_size() const { return phase_size() * stride_h * stride_w; }
  /// The place of the padded picture's cell (row, column) in a channel.
  std::int64_t at(std::int64_t row, std::int64_t column) const {
    return (row % stride_h * stride_w + column % stride_w) * phase_size() + row / stride_h * columns +
           column / stride_w;
  }
};

/// Fills one channel; out_row0 is the padded picture's row that comes first.
LIVEGRAD_NOINLINE inline void copy_picture(const PictureLayout& l, const float* source,
                                           std::int64_t first_row, float* out) {
  for (std::int64_t ph = 0; ph < l.stride_h; ++ph)
    for (std::int64_t pw = 0; pw < l.stride_w; ++pw)
      for (std::int64_t i = 0; i < l.rows; ++i, out += l.columns) {
        const std::int64_t a =
            first_row + i * l.stride_h + ph - l.top;  // the source's row, with inserted zeros
        if (a < 0 || a % l.insert_h != 0 || a / l.insert_h >= l.height) {
          each(0, l.columns, [&](std::int64_t j, auto part) { part.store(out + j, Batch(0.0f)); });
          continue;
        }
        const float* row = source + a / l.insert_h * l.width;
        if (l.stride_w == 1 && l.insert_w == 1) {
          const std::int64_t skipped = l.left < 0 ? -l.left : 0, zeros = l.left > 0 ? l.left : 0;
          const std::int64_t room = l.columns - zeros, have = l.width - skipped;
          const std::int64_t cells = have < room ? (have > 0 ? have : 0) : room;
          for (std::int64_t j = 0; j < zeros; ++j) out[j] = 0;
          each(0, cells,
               [&](std::int64_t j, auto part) { part.store(out + zeros + j, part.load(row + skipped + j)); });
          for (std::int64_t j = zeros + cells; j < l.columns; ++j) out[j] = 0;
        } else {
          for (std::int64_t j = 0; j < l.columns; ++j) {
            const std::int64_t b = j * l.stride_w + pw - l.left;
            out[j] = b < 0 || b % l.insert_w != 0 || b / l.insert_w >= l.width ? 0.0f : row[b / l.insert_w];
          }
        }
      }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
