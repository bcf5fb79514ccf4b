#pragma once

// Convolution with filters of 3 x 3 or 5 x 5 by Winograd's tiles, which takes 4 or 2.8 times fewer products: pictures are cut into tiles
// of 6 x 6 cells that overlap, tiles and filters are transformed with lanes over channels, and the sums over channels are 36 matrix
// products, one for each cell. dx is the same with filters turned; for dw the sums are over tiles.
//
// Native tables that round multiply-adds once use it. Those of the other family keep the plain sums of the reference, and so does
// WebAssembly, for which it would be 10 KB to fetch.

#include "correlation.hpp"
#include "gemm.hpp"
#include "winograd_transform.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

#if defined(LIVEGRAD_ROUND_APART) || defined(__wasm__)
inline constexpr bool kUsesWinograd = false;
#else
inline constexpr bool kUsesWinograd = true;
#endif

/// Whether a correlation is done by Winograd's tiles, and how it is cut to fit the scratch memory of a thread (sizes in floats). Whether
/// follows from shapes alone, not from lanes, threads or the number of examples, so that none of these changes a bit.
struct WinogradPlan {
  static constexpr std::int64_t kFloats = kScratchBytes / 4;
  static constexpr std::int64_t kBand = 98304;  // tiles: what the second cache holds beside filters
  static constexpr std::int64_t kGrain = 16;    // channels: the most lanes of any table

  std::int64_t m = 0, tile_rows = 0, tile_columns = 0, depth = 0;
  std::int64_t filters_at_once = 0, rows_at_once = 1, examples_at_once = 1;  // rows of tiles
  bool chosen = false;

  explicit WinogradPlan(const Correlation& c) {
    if (c.kernel_h != c.kernel_w || (c.kernel_h != 3 && c.kernel_h != 5) || c.stride_h * c.stride_w != 1 ||
        c.insert_h * c.insert_w != 1 || c.dilation_h * c.dilation_w != 1)
      return;
    m = kWinogradTile - c.kernel_h + 1;
    tile_rows = (c.out_h + m - 1) / m;
    tile_columns = (c.out_w + m - 1) / m;
    depth = whole(c.in_channels);
    chosen = fits(c, kGrain, 1, 1) && is_faster(c);
  }
  /// For so many output channels.
  void cut(const Correlation& c, std::int64_t filters) {
    for (std::int64_t pieces = 1; filters_at_once == 0 || !fits(c, filters_at_once, 1, 1); ++pieces)
      filters_at_once = whole((filters + pieces - 1) / pieces);
    const auto has_room = [&](std::int64_t rows, std::int64_t examples) {
      return fits(c, filters_at_once, rows, examples) &&
             rows * examples * tile_columns * kWinogradCells * (depth + filters_at_once) <= kBand;
    };
    while (rows_at_once < tile_rows && has_room(rows_at_once + 1, 1)) ++rows_at_once;
    rows_at_once = Split(tile_rows, rows_at_once).size(0);
    if (rows_at_once == tile_rows)
      while (has_room(tile_rows, examples_at_once + 1)) ++examples_at_once;
  }

  /// From the numbers of a cell to those of the next, which would else share cache sets.
  static std::int64_t apart(std::int64_t size) { return size + kGrain; }
  std::int64_t filter_step() const { return apart(depth * filters_at_once); }

 private:
  static std::int64_t whole(std::int64_t channels) { return (channels + kGrain - 1) / kGrain * kGrain; }

  bool fits(const Correlation& c, std::int64_t filters, std::int64_t rows, std::int64_t examples) const {
    const std::int64_t tiles = rows * examples * tile_columns;
    const std::int64_t cells = apart(depth * filters) + apart(tiles * depth) + apart(tiles * filters);
    const std::int64_t pictures = (rows * m + c.kernel_h - 1) * c.in_w * depth + rows * m * c.out_w * filters;
    const std::int64_t packed = (tiles + kTileGap) * (depth + kTileGap);
    return kWinogradCells * cells + pictures + packed + depth + filters <= kFloats;
  }
  /// By counting multiply-adds, a transform's with its loads and stores among them.
  bool is_faster(const Correlation& c) const {
    const bool is_3x3 = c.kernel_h == 3;
    const double of_picture = 300, of_output = is_3x3 ? 220 : 100, of_filter = is_3x3 ? 170 : 300;
    const double shared =
        4;  // examples that filters are transformed for: a drawing is alone, batches are not
    const double margin = 1.4;
    const double channels = double(c.in_channels), filters = double(c.out_channels);
    const double plain = double(c.out_h * c.out_w * c.taps()) * c.taps_inside() * channels * filters;
    const double tile = kWinogradCells * channels * filters + of_picture * channels + of_output * filters;
    return margin * (double(tile_rows * tile_columns) * tile + of_filter / shared * channels * filters) <
           plain;
  }
};

/// The transforms and sums for filters of r x r, on one thread: of examples and output channels of a correlation, or of output channels
/// of its filters' gradient. For that d is a tile of x, g one of dy, m x m, and what is made r x r taps.
template <int r>
class Winograd {
 public:
  Winograd(const Correlation& c, const WinogradPlan& plan, float* scratch)
      : c_(c),
        p_(plan),
        zeros_(scratch),
        starts_(zeros_ + p_.depth),
        x_(starts_ + p_.filters_at_once),
        y_(x_ + (p_.rows_at_once * m + r - 1) * c.in_w * p_.depth),
        filters_(y_ + p_.rows_at_once * m * c.out_w * p_.filters_at_once),
        tiles_x_(filters_ + kWinogradCells * p_.filter_step()) {
    for (std::int64_t i = 0; i < p_.depth; ++i) zeros_[i] = 0;
  }

  void correlate(Range examples, Range channels) {
    for (const Range filters : steps(channels, p_.filters_at_once)) {
      for (std::int64_t i = 0; i < p_.filters_at_once; ++i)
        starts_[i] = c_.bias && i < filters.size() ? c_.bias[filters.begin + i] : 0.0f;
      transform_filters(filters);
      each_band(examples, [&](Range group, Range rows) {
        for (std::int64_t e = group.begin; e < group.end; ++e) transform_x(e, rows, first_tile(group, e));
        multiply(filters.size(), false);
        for (std::int64_t e = group.begin; e < group.end; ++e) make_y(e, filters, rows, first_tile(group, e));
      });
    }
  }

  /// dw of these output channels, from all examples; dy lies as y does.
  void filter_gradient(std::int64_t examples, Range channels, const float* dy, float* dw, bool add) {
    for (const Range filters : steps(channels, p_.filters_at_once)) {
      for (float* i = filters_; i < tiles_x_; i += kLanes) store(i, Batch(0.0f));
      each_band({0, examples}, [&](Range group, Range rows) {
        for (std::int64_t e = group.begin; e < group.end; ++e) {
          transform_x(e, rows, first_tile(group, e));
          transform_dy(dy, e, filters, rows, first_tile(group, e));
        }
        multiply(filters.size(), true);
      });
      make_dw(filters, dw, add);
    }
  }

 private:
  static constexpr int m = kWinogradTile - r + 1;

  /// f(examples, rows of tiles) for all of them, as many at once as there is room for.
  template <class F>
  void each_band(Range examples, F f) {
    for (const Range group : steps(examples, p_.examples_at_once))
      for (const Range rows : steps({0, p_.tile_rows}, p_.rows_at_once)) {
        tiles_each_ = rows.size() * p_.tile_columns;
        tiles_ = group.size() * tiles_each_;
        tiles_y_ = tiles_x_ + kWinogradCells * x_step();
        packed_ = tiles_y_ + kWinogradCells * y_step();
        f(group, rows);
      }
  }
  std::int64_t first_tile(Range group, std::int64_t example) const {
    return (example - group.begin) * tiles_each_;
  }

  /// From one cell's matrix to the next one's.
  std::int64_t x_step() const { return p_.apart(tiles_ * p_.depth); }
  std::int64_t y_step() const { return p_.apart(tiles_ * p_.filters_at_once); }

  /// filters[cell] = G g Gᵀ in panels, lanes over output channels.
  LIVEGRAD_NOINLINE void transform_filters(Range filters) const {
    const Split panels = panels_of(filters.size());
    float* const packed = tiles_x_;  // where there are none yet
    const std::int64_t step = p_.filter_step();
    for (std::int64_t ch = 0; ch < c_.in_channels; ++ch) {
      c_.pack_panels(filters.begin, filters.size(), {ch, ch + 1}, panels, packed);
      for (std::int64_t p = 0; p < panels.pieces; ++p) {
        const std::int64_t width = panels.size(p) * kLanes;
        const float* from = packed + packed_panel(panels, p, r * r);
        float* to = filters_ + packed_panel(panels, p, p_.depth) + ch * width;
        for (std::int64_t k = 0; k < width; k += kLanes)
          winograd_transform<kWinogradFilter<r>>(
              [&](int i, int j) { return load(from + (i * r + j) * width + k); },
              [&](int i, int j, Batch value) { store(to + (i * kWinogradTile + j) * step + k, value); });
      }
    }
  }

  /// tiles_x[cell][tile] = Bᵀ d B, lanes over input channels.
  LIVEGRAD_NOINLINE void transform_x(std::int64_t example, Range rows, std::int64_t tile) const {
    const auto inside = [](std::int64_t i, std::int64_t size) { return i < 0 ? 0 : i < size ? i : size; };
    const std::int64_t top = inside(rows.begin * m - c_.pad_top, c_.in_h);
    const std::int64_t bottom = inside((rows.end - 1) * m + kWinogradTile - c_.pad_top, c_.in_h);
    const std::int64_t width = vectors_of(c_.in_channels) * kLanes, step = x_step();
    pack_transposed(c_.x + example * c_.x_stride + top * c_.in_w, c_.in_h * c_.in_w, (bottom - top) * c_.in_w,
                    c_.in_channels, width, x_, p_.depth);
    for (std::int64_t ty = rows.begin; ty < rows.end; ++ty)
      for (std::int64_t tx = 0; tx < p_.tile_columns; ++tx, ++tile) {
        const float* cells[kWinogradTile][kWinogradTile];
        for (int i = 0; i < kWinogradTile; ++i)
          for (int j = 0; j < kWinogradTile; ++j) {
            const std::int64_t row = ty * m + i - c_.pad_top, column = tx * m + j - c_.pad_left;
            const bool is_inside = row >= 0 && row < c_.in_h && column >= 0 && column < c_.in_w;
            cells[i][j] = is_inside ? x_ + ((row - top) * c_.in_w + column) * p_.depth : zeros_;
          }
        float* const to = tiles_x_ + tile * p_.depth;
        for (std::int64_t ch = 0; ch < width; ch += kLanes)
          winograd_transform<kWinogradPicture>(
              [&](int i, int j) { return load(cells[i][j] + ch); },
              [&](int i, int j, Batch value) { store(to + (i * kWinogradTile + j) * step + ch, value); });
      }
  }

  /// Rows of y that these rows of tiles make, and where they begin for an example and an output channel.
  Range rows_of_y(Range rows) const {
    return {rows.begin * m, rows.end * m < c_.out_h ? rows.end * m : c_.out_h};
  }
  std::int64_t place_in_y(std::int64_t example, std::int64_t channel, std::int64_t row) const {
    return example * c_.y_stride + (channel * c_.out_h + row) * c_.out_w;
  }
  /// f(place, tile, rows, columns): the place of a tile's first output in y_, and how many of its m x m outputs there are.
  template <class F>
  void each_tile_of_y(Range rows, std::int64_t tile, F f) const {
    for (std::int64_t ty = rows.begin; ty < rows.end; ++ty)
      for (std::int64_t tx = 0; tx < p_.tile_columns; ++tx, ++tile)
        f(y_ + ((ty - rows.begin) * m * c_.out_w + tx * m) * p_.filters_at_once, tile, c_.out_h - ty * m,
          c_.out_w - tx * m);
  }

  /// y += Aᵀ tiles_y A, lanes over output channels.
  LIVEGRAD_NOINLINE void make_y(std::int64_t example, Range filters, Range rows, std::int64_t tile) const {
    const Range in_y = rows_of_y(rows);
    const std::int64_t pixels = in_y.size() * c_.out_w, plane = c_.out_h * c_.out_w;
    const std::int64_t width = vectors_of(filters.size()) * kLanes, stride = p_.filters_at_once,
                       step = y_step();
    float* const y = c_.y + place_in_y(example, filters.begin, in_y.begin);
    if (c_.add) pack_transposed(y, plane, pixels, filters.size(), width, y_, stride);
    each_tile_of_y(rows, tile, [&](float* to, std::int64_t t, std::int64_t high, std::int64_t wide) {
      const float* const from = tiles_y_ + t * stride;
      for (std::int64_t k = 0; k < width; k += kLanes)
        winograd_transform<kWinogradOutput<m>>(
            [&](int i, int j) { return load(from + (i * kWinogradTile + j) * step + k); },
            [&](int i, int j, Batch value) {
              if (i >= high || j >= wide) return;
              float* const sum = to + (i * c_.out_w + j) * stride + k;
              store(sum, load(c_.add ? sum : starts_ + k) + value);
            });
    });
    pack_transposed(y_, stride, filters.size(), pixels, pixels, y, plane);
    c_.finish_rows(example, filters, in_y);
  }

  /// tiles_y[cell][tile] = G dy Gᵀ, lanes over output channels.
  LIVEGRAD_NOINLINE void transform_dy(const float* dy, std::int64_t example, Range filters, Range rows,
                                      std::int64_t tile) const {
    const Range in_y = rows_of_y(rows);
    const std::int64_t width = vectors_of(filters.size()) * kLanes, stride = p_.filters_at_once,
                       step = y_step();
    pack_transposed(dy + place_in_y(example, filters.begin, in_y.begin), c_.out_h * c_.out_w,
                    in_y.size() * c_.out_w, filters.size(), width, y_, stride);
    each_tile_of_y(rows, tile, [&](const float* from, std::int64_t t, std::int64_t high, std::int64_t wide) {
      float* const to = tiles_y_ + t * stride;
      for (std::int64_t k = 0; k < width; k += kLanes)
        winograd_transform<kWinogradFilter<m>>(
            [&](int i, int j) {
              return i < high && j < wide ? load(from + (i * c_.out_w + j) * stride + k) : Batch(0.0f);
            },
            [&](int i, int j, Batch value) { store(to + (i * kWinogradTile + j) * step + k, value); });
    });
  }

  /// dw += Aᵀ filters A, lanes over output channels.
  LIVEGRAD_NOINLINE void make_dw(Range filters, float* dw, bool add) const {
    constexpr std::int64_t taps = r * r;
    const std::int64_t width = vectors_of(filters.size()) * kLanes, stride = p_.filters_at_once,
                       step = p_.filter_step();
    float* const turned = tiles_x_;  // [tap][output channel], where tiles are done with
    for (std::int64_t ch = 0; ch < c_.in_channels; ++ch) {
      const float* const from = filters_ + ch * stride;
      float* const to = dw + (filters.begin * c_.in_channels + ch) * taps;
      if (add) pack_transposed(to, c_.in_channels * taps, taps, filters.size(), width, turned, stride);
      for (std::int64_t k = 0; k < width; k += kLanes)
        winograd_transform<kWinogradOutput<r>>(
            [&](int i, int j) { return load(from + (i * kWinogradTile + j) * step + k); },
            [&](int i, int j, Batch value) {
              accumulate(Full{}, turned + (i * r + j) * stride + k, add, value);
            });
      pack_transposed(turned, stride, filters.size(), taps, taps, to, c_.in_channels * taps);
    }
  }

  /// tiles_y[cell] = tiles_x[cell] filters[cell], or of the gradient filters[cell] += tiles_x[cell]ᵀ tiles_y[cell].
  LIVEGRAD_NOINLINE void multiply(std::int64_t columns, bool gradient) const {
    const bool packed = kPacksA && !gradient;
    const std::int64_t rows = gradient ? c_.in_channels : tiles_, depth = gradient ? tiles_ : c_.in_channels;
    const std::int64_t row_step = gradient ? 1 : p_.depth;
    const Split panels = panels_of(columns), tiles(rows, TileShape::rows(static_cast<int>(panels.size(0))));
    for (int cell = 0; cell < kWinogradCells; ++cell) {
      const float* const a = tiles_x_ + cell * x_step();
      float *const filters = filters_ + cell * p_.filter_step(), *const y = tiles_y_ + cell * y_step();
      if (packed) pack_tiles(a, p_.depth, false, depth, tiles, packed_);
      for (std::int64_t p = 0; p < panels.pieces; ++p)
        for (std::int64_t t = 0; t < tiles.pieces; t += tiles.alike(t)) {
          const std::int64_t column = panels.begin(p) * kLanes, row = tiles.begin(t), count = tiles.size(t);
          multiply_tiles(
              count, panels.size(p), packed || gradient,
              {.count = tiles.alike(t),
               .depth = depth,
               .a = packed ? packed_ + packed_tile(tiles, t, depth) : a + row * row_step,
               .a_stride = packed ? count : p_.depth,
               .a_tile = packed ? packed_size(count, depth) : count * row_step,
               .b = gradient ? Panel{y + column, p_.filters_at_once}
                             : Panel{filters + packed_panel(panels, p, p_.depth), panels.size(p) * kLanes},
               .c = (gradient ? filters : y) + row * p_.filters_at_once + column,
               .ldc = p_.filters_at_once,
               .add = gradient,
               .bias = nullptr,
               .last = kLanes});
        }
    }
  }

  const Correlation& c_;
  const WinogradPlan& p_;
  float *zeros_, *starts_;               // of input channels; of output channels
  float *x_, *y_;                        // [pixel][channel]
  float* filters_;                       // [cell][input channel][output channel]; of a correlation in panels
  float *tiles_x_, *tiles_y_ = nullptr;  // [cell][tile][channel]
  float* packed_ = nullptr;
  std::int64_t tiles_each_ = 0, tiles_ = 0;
};

}  // namespace livegrad::kernels::LIVEGRAD_ISA
