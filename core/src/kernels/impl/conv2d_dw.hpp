#pragma once

// dw[o, c,u,v] = start + Σ_n Σ_i Σ_j dy[n,o,i,j] x̃[n, c, i s + u d, j s + v d], x̃ the padded picture. Lanes run over filters o,
// rows of the register tile over taps (c, u, v): dy is transposed to [pixel][filter] once per example, and a tap's value
// is broadcast straight from the padded picture. Sums stay in scratch as [tap][filter] while the examples go by. Where there are
// enough taps in a row of the kernels, tiles have taps of one row u, and leave out rows of dy that meet rows of zeros there.
// Kernels of the common widths have strips instead of tiles.

#include "filter_strip.hpp"
#include "pack.hpp"
#include "picture.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

struct FilterGradientTile {
  std::int64_t rows, columns;  // of dy
  const float* picture;
  std::int64_t row_step, column_step;  // from one output pixel to the next in the picture
  const std::int32_t* offsets;         // of the taps
  const float* dy;                     // [pixel][dy_stride]
  std::int64_t dy_stride;
  float* sums;  // [tap][dy_stride]
};

inline constexpr int kMostTaps = 8;   // of a tile: more addresses than that do not fit the general registers
inline constexpr int kFewTaps = 16;   // of a row of the kernels: they do not fill tiles of their own
inline constexpr int kFewChains = 8;  // in a strip

template <int R, int V>
struct FilterGradientKernel {
  static void run(const FilterGradientTile& t) {
    Batch acc[R][V];
    unroll<R>(
        [&](auto r) { unroll<V>([&](auto v) { acc[r][v] = load(t.sums + r * t.dy_stride + v * kLanes); }); });
    struct Taps {
      const float* pixels[R];
      std::int64_t pixel;
      LIVEGRAD_INLINE const float* at(int r) const { return pixels[r] + pixel; }
    } taps;
    unroll<R>([&](auto r) { taps.pixels[r] = t.picture + t.offsets[r]; });
    Panel dy{t.dy, t.dy_stride};
    for (std::int64_t i = 0; i < t.rows; ++i) {
      const std::int64_t end = i * t.row_step + t.columns * t.column_step;
      for (taps.pixel = i * t.row_step; taps.pixel != end; taps.pixel += t.column_step, dy.next())
        rank_one_update(taps, dy, acc);
    }
    unroll<R>(
        [&](auto r) { unroll<V>([&](auto v) { store(t.sums + r * t.dy_stride + v * kLanes, acc[r][v]); }); });
  }
};

/// One share of dw: filters of one group and taps (c, u, v) of their kernels.
class FilterGradient {
 public:
  FilterGradient(const Conv2dArgs& o, std::int64_t group, Range filters, Range taps, float* scratch)
      : o_(o),
        group_(group),
        filters_(filters),
        taps_(taps),
        picture_(scratch),
        dy_(picture_ + kPicture),
        sums_(dy_ + kDy),
        offsets_(reinterpret_cast<std::int32_t*>(sums_ + kSums)) {
    vectors_ = vectors_of(filters.size());
    stride_ = vectors_ * kLanes;
    layout_ = {o.height, o.width, 1, 1, o.pad_h, o.pad_w, 1, 1, 0, 0};
    layout_.columns = (o.out_w - 1) * o.stride_w + (o.kernel_w - 1) * o.dilation_w + 1;
    const std::int64_t right = layout_.columns - o.pad_w - o.width;
    const std::int64_t shared = o.width + (right > o.pad_w ? right : o.pad_w);
    if (shared < layout_.columns) layout_.columns = shared;
    const std::int64_t kernel = taps_of_kernel();
    channels_ = {taps.begin / kernel, (taps.end - 1) / kernel + 1};
    rows_at_once_ = o.out_h;
    while (!fits() && rows_at_once_ > 1) rows_at_once_ = (rows_at_once_ + 1) / 2;
  }

  static constexpr std::int64_t kPicture = 122880, kDy = 65536, kSums = 65536, kTaps = 8192;
  static_assert((kPicture + kDy + kSums + kTaps) * 4 <= kScratchBytes);

  /// Whether the share fits the scratch memory, some rows of y at a time.
  bool fits() {
    layout_.rows = (rows_at_once_ - 1) * o_.stride_h + (o_.kernel_h - 1) * o_.dilation_h + 2;
    return channels_.size() * layout_.channel_size() <= kPicture &&
           rows_at_once_ * o_.out_w * stride_ <= kDy && taps_.size() * stride_ <= kSums &&
           taps_.size() <= kTaps;
  }

  void run() {
    const std::int64_t all_taps = o_.channels / o_.groups * taps_of_kernel();
    float* const dw = o_.dw + (group_ * o_.filters / o_.groups + filters_.begin) * all_taps;
    each_tap([&](std::int64_t t, std::int64_t c, std::int64_t u, std::int64_t v) {
      offsets_[t] = static_cast<std::int32_t>((c - channels_.begin) * layout_.channel_size() +
                                              layout_.at(u * o_.dilation_h, v * o_.dilation_w));
      const float* from = dw + tap(c, u, v);
      for (std::int64_t f = 0; f < stride_; ++f)
        sums_[t * stride_ + f] = o_.beta != 0 && f < filters_.size() ? from[f * all_taps] : 0.0f;
    });
    for (std::int64_t n = 0; n < o_.n; ++n)
      for (const Range rows : steps({0, o_.out_h}, rows_at_once_)) add(n, rows);
    for (std::int64_t f = 0; f < filters_.size(); ++f)
      each_tap([&](std::int64_t t, std::int64_t c, std::int64_t u, std::int64_t v) {
        dw[f * all_taps + tap(c, u, v)] = sums_[t * stride_ + f];
      });
  }

 private:
  std::int64_t taps_of_kernel() const { return o_.kernel_h * o_.kernel_w; }
  std::int64_t tap(std::int64_t c, std::int64_t u, std::int64_t v) const {
    return (c * o_.kernel_h + u) * o_.kernel_w + v;
  }
  /// The taps (c, u, v) of row u that are in the share, from channel c.
  Range taps_of_row(std::int64_t c, std::int64_t u) const {
    const std::int64_t first = tap(c, u, 0);
    const std::int64_t begin = taps_.begin - first, end = taps_.end - first;
    return {begin > 0 ? begin : 0, end < o_.kernel_w ? end : o_.kernel_w};
  }
  /// f(t, c, u, v) for the share's taps in the order of their sums: by u, then c, then v.
  template <class F>
  void each_tap(F&& f) const {
    for (std::int64_t u = 0, t = 0; u < o_.kernel_h; ++u)
      for (std::int64_t c = channels_.begin; c < channels_.end; ++c) {
        const Range row = taps_of_row(c, u);
        for (std::int64_t v = row.begin; v < row.end; ++v) f(t++, c, u, v);
      }
  }
  /// The rows of dy among `rows` that meet pixels with row u of a kernel.
  Range rows_of(std::int64_t u, Range rows) const {
    const std::int64_t above = o_.pad_h - u * o_.dilation_h, below = o_.height - 1 + above;
    const std::int64_t begin = above > 0 ? (above + o_.stride_h - 1) / o_.stride_h : 0;
    const std::int64_t end = below < 0 ? 0 : below / o_.stride_h + 1;
    return {begin > rows.begin ? begin : rows.begin, end < rows.end ? end : rows.end};
  }

  /// Whether all kernels' rows are strips. Few lanes gain nothing from them, and a few chains wait for themselves.
  bool has_strips() const {
    return kLanes > 4 && (o_.kernel_w == 3 || o_.kernel_w == 5) && o_.stride_w == 1 && o_.dilation_w == 1 &&
           o_.out_w >= o_.kernel_w && taps_.size() == channels_.size() * taps_of_kernel() &&
           channels_.size() * o_.kernel_w >= kFewChains;
  }

  void add(std::int64_t n, Range rows) {
    const std::int64_t group_channels = o_.channels / o_.groups, group_filters = o_.filters / o_.groups;
    for (std::int64_t c = channels_.begin; c < channels_.end; ++c)
      copy_picture(layout_, o_.x + (n * o_.channels + group_ * group_channels + c) * o_.height * o_.width,
                   rows.begin * o_.stride_h, picture_ + (c - channels_.begin) * layout_.channel_size());
    const std::int64_t plane = o_.out_h * o_.out_w,
                       filter = n * o_.filters + group_ * group_filters + filters_.begin;
    pack_transposed(o_.dy + filter * plane + rows.begin * o_.out_w, plane, rows.size() * o_.out_w,
                    filters_.size(), stride_, dy_, stride_);
    const bool strips = has_strips(), together = !strips && channels_.size() * o_.kernel_w < kFewTaps;
    for (std::int64_t u = 0, first = 0; u < o_.kernel_h; ++u) {
      std::int64_t count = 0;
      for (std::int64_t c = channels_.begin; c < channels_.end; ++c)
        if (const Range row = taps_of_row(c, u); row.end > row.begin) count += row.size();
      if (together) count = taps_.size();
      const Range needed = together ? rows : rows_of(u, rows);
      if (count > 0 && needed.end > needed.begin) {
        const Range copied{needed.begin - rows.begin, needed.end - rows.begin};
        strips ? add_strips(first, copied) : add_taps({first, first + count}, copied);
      }
      if (together) return;
      first += count;
    }
  }

  /// Adds the products of rows of what was copied to the sums of taps.
  void add_taps(Range taps, Range rows) {
    const Split columns(vectors_, TileShape::vectors);
    for (std::int64_t v = 0; v < columns.pieces; ++v) {
      const std::int64_t most = TileShape::rows(static_cast<int>(columns.size(v)));
      const Split tiles(taps.size(), most < kMostTaps ? most : kMostTaps);
      for (std::int64_t t = 0; t < tiles.pieces; ++t) {
        const std::int64_t tap = taps.begin + tiles.begin(t), column = columns.begin(v) * kLanes;
        const FilterGradientTile tile{.rows = rows.size(),
                                      .columns = o_.out_w,
                                      .picture = picture_ + rows.begin * o_.stride_h * layout_.columns,
                                      .row_step = o_.stride_h * layout_.columns,
                                      .column_step = o_.stride_w,
                                      .offsets = offsets_ + tap,
                                      .dy = dy_ + rows.begin * o_.out_w * stride_ + column,
                                      .dy_stride = stride_,
                                      .sums = sums_ + tap * stride_ + column};
        Dispatch<FilterGradientKernel, const FilterGradientTile&>::run(tiles.size(t), columns.size(v), tile);
      }
    }
  }

  /// The same with the strips of a row of the kernels, from tap `first` on.
  void add_strips(std::int64_t first, Range rows) {
    const Split channels(channels_.size(),
                         o_.kernel_w == 3 ? FilterStrips<3>::kMost : FilterStrips<5>::kMost);
    for (std::int64_t v = 0; v < vectors_; ++v)
      for (std::int64_t c = 0; c < channels.pieces; ++c) {
        const std::int64_t tap = first + channels.begin(c) * o_.kernel_w, column = v * kLanes;
        const FilterStrip strip{.rows = rows.size(),
                                .columns = o_.out_w,
                                .left = o_.pad_w,
                                .right = o_.out_w + o_.kernel_w - 1 - o_.pad_w - o_.width,
                                .picture = picture_ + rows.begin * o_.stride_h * layout_.columns,
                                .row_step = o_.stride_h * layout_.columns,
                                .offsets = offsets_ + tap,
                                .dy = dy_ + rows.begin * o_.out_w * stride_ + column,
                                .sums = sums_ + tap * stride_ + column,
                                .stride = stride_};
        (o_.kernel_w == 3 ? FilterStrips<3>::run : FilterStrips<5>::run)(channels.size(c), strip);
      }
  }

  const Conv2dArgs& o_;
  std::int64_t group_;
  Range filters_, taps_, channels_{};
  std::int64_t vectors_ = 0, stride_ = 0, rows_at_once_ = 0;
  PictureLayout layout_{};
  float *picture_, *dy_, *sums_;
  std::int32_t* offsets_;
};

/// For pictures of which not even one row of y fits the scratch memory: the same sums, one at a time.
inline void filter_gradient_plainly(const Conv2dArgs& o, std::int64_t f) {
  const std::int64_t channels = o.channels / o.groups, group = f / (o.filters / o.groups);
  float* dw = o.dw + f * channels * o.kernel_h * o.kernel_w;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t u = 0; u < o.kernel_h; ++u)
      for (std::int64_t v = 0; v < o.kernel_w; ++v, ++dw) {
        Batch sum(o.beta != 0 ? *dw : 0.0f);
        for (std::int64_t n = 0; n < o.n; ++n) {
          const float* x = o.x + (n * o.channels + group * channels + c) * o.height * o.width;
          const float* dy = o.dy + (n * o.filters + f) * o.out_h * o.out_w;
          for (std::int64_t i = 0; i < o.out_h; ++i)
            for (std::int64_t j = 0; j < o.out_w; ++j) {
              const std::int64_t a = i * o.stride_h + u * o.dilation_h - o.pad_h;
              const std::int64_t b = j * o.stride_w + v * o.dilation_w - o.pad_w;
              const bool inside = a >= 0 && a < o.height && b >= 0 && b < o.width;
              sum = madd(Batch(dy[i * o.out_w + j]), Batch(inside ? x[a * o.width + b] : 0.0f), sum);
            }
        }
        *dw = sum.get(0);
      }
}

/// Filters and taps are shared between the threads.
inline void filter_gradient(KernelContext& context, const Conv2dArgs& o) {
  const std::int64_t group_filters = o.filters / o.groups, kernel = o.kernel_h * o.kernel_w;
  const std::int64_t all_taps = o.channels / o.groups * kernel;
  // The share halves until it fits and there is one for every thread.
  std::int64_t filters = group_filters < 64 ? group_filters : 64, taps = all_taps;
  const auto pieces = [](std::int64_t count, std::int64_t size) { return (count + size - 1) / size; };
  const auto fits = [&] {  // also where a share begins with the last tap of a kernel
    const std::int64_t first = kernel - 1 < all_taps - taps ? kernel - 1 : all_taps - taps;
    return FilterGradient(o, 0, {0, filters}, {first, first + taps}, scratch_of(context, 0)).fits();
  };
  while (!fits() && (taps > 1 || filters > 1))
    (taps > 1 ? taps : filters) = ((taps > 1 ? taps : filters) + 1) / 2;
  if (!fits()) return parallel(context, o.filters, [&](int f, int) { filter_gradient_plainly(o, f); });
  while (o.groups * pieces(group_filters, filters) * pieces(all_taps, taps) < context.threads && taps > 1)
    taps = (taps + 1) / 2;

  const Split by_filters(group_filters, filters), by_taps(all_taps, taps);
  parallel(context, o.groups * by_filters.pieces * by_taps.pieces, [&](int chunk, int thread) {
    const std::int64_t t = chunk % by_taps.pieces, f = chunk / by_taps.pieces % by_filters.pieces;
    const std::int64_t group = chunk / by_taps.pieces / by_filters.pieces;
    FilterGradient(o, group, {by_filters.begin(f), by_filters.begin(f) + by_filters.size(f)},
                   {by_taps.begin(t), by_taps.begin(t) + by_taps.size(t)}, scratch_of(context, thread))
        .run();
  });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
