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
  /// The row of the source that is row `row` of the padded picture, or -1: of zeros.
  std::int64_t source_row(std::int64_t row) const {
    row -= top;
    if (insert_h > 1)
      row = row % insert_h == 0 ? row / insert_h : -1;  // a division costs as much as a short row
    return row < height ? row : -1;
  }
};

/// Fills one channel; first_row is the padded picture's row that comes first.
LIVEGRAD_NOINLINE inline void copy_picture(const PictureLayout& layout, const float* source,
                                           std::int64_t first_row, float* out) {
  const PictureLayout l = layout;  // a copy, which stores to out cannot change
  each(0, l.channel_size(), [&](std::int64_t i, auto part) { part.store(out + i, Batch(0.0f)); });
  const std::int64_t skipped = l.left < 0 ? -l.left : 0, zeros = l.left > 0 ? l.left : 0;
  const std::int64_t room = l.columns - zeros, have = l.width - skipped;
  const std::int64_t cells = have < room ? have : room;
  for (std::int64_t ph = 0; ph < l.stride_h; ++ph)
    for (std::int64_t pw = 0; pw < l.stride_w; ++pw)
      for (std::int64_t i = 0; i < l.rows; ++i, out += l.columns) {
        const std::int64_t from = l.source_row(first_row + i * l.stride_h + ph);
        if (from < 0) continue;
        const float* row = source + from * l.width;
        if (l.stride_w == 1 && l.insert_w == 1) {
          each(0, cells,
               [&](std::int64_t j, auto part) { part.store(out + zeros + j, part.load(row + skipped + j)); });
        } else {
          for (std::int64_t j = 0; j < l.columns; ++j) {
            const std::int64_t b = j * l.stride_w + pw - l.left;
            if (b >= 0 && b % l.insert_w == 0 && b / l.insert_w < l.width) out[j] = row[b / l.insert_w];
          }
        }
      }
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
