#pragma once

// Recurrent cells. The rows of a batch do not meet, so each thread takes some of them through the whole sequence. The
// recurrent weights are packed once for a sequence, into panels as wide as a register tile of gemm.

#include "gemm.hpp"
#include "math.hpp"
#include "norm.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

inline bool is_symbol(const LookupArgs& o, std::int64_t r) {
  return o.indices[r] >= 0 && o.indices[r] < o.symbols;
}

/// A transposed table is turned first where it is used often enough.
inline void lookup_forward(KernelContext& context, const LookupArgs& o) noexcept {
  const bool turn = o.transposed && o.rows >= o.symbols;
  if (turn) {
    columns_parallel(context, o.columns, o.symbols, [&](std::int64_t c, auto) {
      const std::int64_t end = c + kLanes < o.columns ? c + kLanes : o.columns;
      for (std::int64_t s = 0; s < o.symbols; ++s)
        for (std::int64_t i = c; i < end; ++i) o.workspace[s * o.columns + i] = o.table[i * o.symbols + s];
    });
  }
  const float* table = turn ? o.workspace : o.table;
  rows_parallel(context, o.rows, o.columns, [&](std::int64_t r) {
    float* out = o.out + r * o.out_stride;
    if (!is_symbol(o, r)) {
      each(0, o.columns, [&](std::int64_t i, auto part) {
        part.store(out + i, o.bias ? part.load(o.bias + i) : Batch(0.0f));
      });
    } else if (o.transposed && !turn) {
      for (std::int64_t i = 0; i < o.columns; ++i)
        out[i] = (o.bias ? o.bias[i] : 0.0f) + o.table[i * o.symbols + o.indices[r]];
    } else {
      const float* row = table + o.indices[r] * o.columns;
      each(0, o.columns, [&](std::int64_t i, auto part) {
        part.store(out + i, (o.bias ? part.load(o.bias + i) : Batch(0.0f)) + part.load(row + i));
      });
    }
  });
}

inline void lookup_backward(KernelContext& context, const LookupArgs& o) noexcept {
  float* sums = o.transposed ? o.workspace : o.dtable;
  constexpr std::int64_t kColumns = 256;
  parallel(context, (o.columns + kColumns - 1) / kColumns, [&](int chunk, int) {
    const std::int64_t begin = chunk * kColumns,
                       end = begin + kColumns < o.columns ? begin + kColumns : o.columns;
    if (o.transposed || o.beta == 0) {
      for (std::int64_t s = 0; s < o.symbols; ++s)
        each(begin, end,
             [&](std::int64_t i, auto part) { part.store(sums + s * o.columns + i, Batch(0.0f)); });
    }
    for (std::int64_t r = 0; r < o.rows; ++r) {
      if (!is_symbol(o, r)) continue;
      const float* dout = o.dout + r * o.out_stride;
      float* sum = sums + o.indices[r] * o.columns;
      each(begin, end,
           [&](std::int64_t i, auto part) { part.store(sum + i, part.load(sum + i) + part.load(dout + i)); });
    }
    if (!o.transposed) return;
    for (std::int64_t i = begin; i < end; ++i) {
      float* row = o.dtable + i * o.symbols;
      for (std::int64_t s = 0; s < o.symbols; ++s)
        row[s] = (o.beta != 0 ? row[s] : 0.0f) + sums[s * o.columns + i];
    }
  });
}

/// Rows [first, first + rows) of the recurrent weights, and the slot of the gates that their product belongs to.
struct RecurrentPart {
  std::int64_t first, rows, slot;
  const float* bias;  // to start from, instead of what the gates hold
};
struct RecurrentParts {
  int count;
  RecurrentPart parts[2];
  explicit RecurrentParts(const RecurrentArgs& o) : count(1), parts{} {
    const std::int64_t h = o.hidden;
    parts[0] = {0, kernels::gates(o.kind) * h, 0, nullptr};
    if (o.kind == CellKind::gru) {
      count = 2;
      parts[0].rows = 2 * h;
      parts[1] = {2 * h, h, 3 * h, o.recurrent_bias};
    }
  }
};

/// Rows [begin, end) of a batch, on one thread. The rows of a step lie whole sequences apart in memory, often in the same
/// cache sets: each step's factor is packed tile by tile while it is at hand, and its product kept apart from the gates.
class Recurrence {
 public:
  Recurrence(const RecurrentArgs& o, std::int64_t begin, std::int64_t end, float* scratch)
      : o_(o),
        parts_(o),
        begin_(begin),
        end_(end),
        hidden_(o.hidden),
        slots_(slots(o.kind) * o.hidden),
        rows_(kernels::gates(o.kind) * o.hidden),
        tiles_(end - begin, kTileRows),
        factor_(scratch),
        product_(scratch + packed_tile(tiles_, tiles_.pieces, rows_)) {}

  /// Rows of a batch whose step one thread's scratch memory holds.
  static std::int64_t most_rows(const RecurrentArgs& o) {
    const std::int64_t most = kScratchBytes / 4 / (2 * (kernels::gates(o.kind) * o.hidden + kTileGap));
    return most > 0 ? most : 1;
  }

  /// uᵀ in panels for the products of the forward pass.
  static void pack_forward(const RecurrentArgs& o) {
    const std::int64_t rows = kernels::gates(o.kind) * o.hidden;
    pack_panels_transposed(o.u, o.hidden, o.hidden, rows, panels_of(rows), o.packed);
  }

  /// u in panels for those of the backward pass.
  static void pack_backward(const RecurrentArgs& o) {
    pack_panels(o.u, o.hidden, kernels::gates(o.kind) * o.hidden, o.hidden, panels_of(o.hidden), 0, o.packed);
  }

  void forward() const {
    const std::int64_t row = rows_ + kTileGap;
    pack_tiles(o_.h0 + begin_ * hidden_, hidden_, false, hidden_, tiles_, factor_);
    for (std::int64_t s = 0; s < o_.steps; ++s) {
      const std::int64_t t = o_.reverse ? o_.steps - 1 - s : s;
      multiply_step(rows_, hidden_, product_, row, false);
      each_tile([&](std::int64_t tile, std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
          cell_forward(r, t, State(*this, r, s, t), product_ + (r - begin_) * row);
        if (s + 1 < o_.steps) {
          pack_tile(o_.h + place(begin, t) * hidden_, o_.steps * hidden_, hidden_, end - begin,
                    factor_ + packed_tile(tiles_, tile, hidden_));
        }
      });
    }
  }

  void backward() const {
    each(begin_ * hidden_, end_ * hidden_, [&](std::int64_t i, auto part) {
      part.store(o_.dh0 + i, Batch(0.0f));
      if (o_.dc0) part.store(o_.dc0 + i, Batch(0.0f));
    });
    for (std::int64_t s = o_.steps; s-- > 0;) {
      const std::int64_t t = o_.reverse ? o_.steps - 1 - s : s;
      each_tile([&](std::int64_t tile, std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) cell_backward(r, t, State(*this, r, s, t));
        float* to = factor_ + packed_tile(tiles_, tile, rows_);
        if (o_.norm.gamma) {
          pack_tile(o_.norm.dproduct + place(begin, t) * rows_, o_.steps * rows_, rows_, end - begin, to);
          return;
        }
        for (int p = 0; p < parts_.count; ++p) {
          const RecurrentPart& part = parts_.parts[p];
          pack_tile(gates_at(o_.dgates, begin, t) + part.slot, o_.steps * slots_, part.rows, end - begin,
                    to + part.first * (end - begin));
        }
      });
      multiply_step(hidden_, rows_, o_.dh0 + begin_ * hidden_, hidden_, true);
    }
  }

 private:
  std::int64_t place(std::int64_t r, std::int64_t t) const { return r * o_.steps + t; }
  float* gates_at(float* gates, std::int64_t r, std::int64_t t) const { return gates + place(r, t) * slots_; }

  /// h and c of the step before, and whether the step changes them.
  struct State {
    const float *h, *c;
    bool live;
    State(const Recurrence& o, std::int64_t r, std::int64_t s, std::int64_t t) {
      const std::int64_t row = s == 0 ? r : o.place(r, o.o_.reverse ? t + 1 : t - 1);
      h = (s == 0 ? o.o_.h0 : o.o_.h) + row * o.hidden_;
      c = o.o_.kind == CellKind::lstm ? (s == 0 ? o.o_.c0 : o.o_.cell) + row * o.hidden_ : nullptr;
      live = o.o_.live == nullptr || o.o_.live[o.place(r, t)] >= 0;
    }
  };

  /// f(tile, begin, end) for the rows of every tile.
  template <class F>
  void each_tile(F&& f) const {
    for (std::int64_t i = 0; i < tiles_.pieces; ++i) {
      const std::int64_t begin = begin_ + tiles_.begin(i);
      f(i, begin, begin + tiles_.size(i));
    }
  }

  /// C = A B, or C += A B: A the packed factor of a step, `depth` columns wide, B the packed weights.
  void multiply_step(std::int64_t columns, std::int64_t depth, float* c, std::int64_t ldc, bool add) const {
    const Split panels = panels_of(columns);
    for (std::int64_t p = 0; p < panels.pieces; ++p) {
      const std::int64_t vectors = panels.size(p), column = panels.begin(p) * kLanes;
      for (std::int64_t i = 0; i < tiles_.pieces; i += tiles_.alike(i)) {
        const GemmTiles alike{.count = tiles_.alike(i),
                              .depth = depth,
                              .a = factor_ + packed_tile(tiles_, i, depth),
                              .a_stride = tiles_.size(i),
                              .a_tile = packed_size(tiles_.size(i), depth),
                              .b = {o_.packed + packed_panel(panels, p, depth), vectors * kLanes},
                              .c = c + tiles_.begin(i) * ldc + column,
                              .ldc = ldc,
                              .add = add,
                              .bias = nullptr,
                              .last = last_lanes(panels, p, columns)};
        Dispatch<GemmColumnMajor, const GemmTiles&>::run(tiles_.size(i), vectors, alike);
      }
    }
  }

  /// f(part, j, lanes) for every place j of the product, in the part it belongs to.
  template <class F>
  void each_product(F&& f) const {
    for (int p = 0; p < parts_.count; ++p) {
      const RecurrentPart& part = parts_.parts[p];
      each(part.first, part.first + part.rows, [&](std::int64_t j, auto lanes) { f(part, j, lanes); });
    }
  }

  /// Adds the product q, or its norm, to the gates z.
  void add_product(std::int64_t at, const float* q, float* z) const {
    const RecurrentNorm& norm = o_.norm;
    if (norm.gamma) row_statistics(q, rows_, norm.epsilon, norm.mean[at], norm.rstd[at]);
    const Batch mean(norm.gamma ? norm.mean[at] : 0.0f), rstd(norm.gamma ? norm.rstd[at] : 1.0f);
    each_product([&](const RecurrentPart& part, std::int64_t j, auto lanes) {
      float* to = z + part.slot + j - part.first;
      Batch value = lanes.load(q + j);
      if (norm.gamma) {
        lanes.store(norm.product + at * rows_ + j, value);
        value = lanes.load(norm.gamma + j) * ((value - mean) * rstd);
      }
      const Batch start = part.slot == part.first ? lanes.load(to)
                          : part.bias             ? lanes.load(part.bias + j - part.first)
                                                  : Batch(0.0f);
      lanes.store(to, start + value);
    });
  }

  /// From the gradients before the activations to that of the product.
  void normalize_product_backward(std::int64_t at, const float* dz) const {
    const RecurrentNorm& norm = o_.norm;
    const float* q = norm.product + at * rows_;
    float* dq = norm.dproduct + at * rows_;
    each_product([&](const RecurrentPart& part, std::int64_t j, auto lanes) {
      lanes.store(dq + j, lanes.load(norm.gamma + j) * lanes.load(dz + part.slot + j - part.first));
    });
    norm_backward(rows_, q, Batch(norm.mean[at]), Batch(norm.rstd[at]), dq, dq);
  }

  /// dx = rstd (e - mean(e) - x̂ mean(e x̂)), the gradient of a normalised row x̂ whose own gradient is e.
  static void norm_backward(std::int64_t columns, const float* x, Batch mean, Batch rstd, const float* e,
                            float* dx) {
    const auto normal = [&](std::int64_t i, auto part) { return (part.load(x + i) - mean) * rstd; };
    const float count = static_cast<float>(columns);
    const Batch mean_e(sum16(columns, [&](std::int64_t i, auto part) { return part.load(e + i); }) / count);
    const Batch mean_normal(
        sum16(columns, [&](std::int64_t i, auto part) { return part.load(e + i) * normal(i, part); }) /
        count);
    each_long(0, columns, [&](std::int64_t i, auto part) {
      part.store(dx + i, rstd * ((part.load(e + i) - mean_e) - normal(i, part) * mean_normal));
    });
  }

  /// What an lstm's output gate lets through: tanh of c, or of c normalised.
  template <class P>
  Batch squashed(std::int64_t at, std::int64_t i, P part) const {
    const RecurrentNorm& norm = o_.norm;
    Batch c = part.load(o_.cell + at * hidden_ + i);
    if (norm.gamma) {
      c = part.load(norm.cell_gamma + i) * ((c - Batch(norm.cell_mean[at])) * Batch(norm.cell_rstd[at])) +
          part.load(norm.cell_shift + i);
    }
    return math::tanh(c);
  }

  void cell_forward(std::int64_t r, std::int64_t t, const State& before, const float* product) const {
    float *z = gates_at(o_.gates, r, t), *h = o_.h + place(r, t) * hidden_;
    float* c = o_.kind == CellKind::lstm ? o_.cell + place(r, t) * hidden_ : nullptr;
    const RecurrentNorm& norm = o_.norm;
    const std::int64_t at = place(r, t);
    if (!before.live) {
      if (norm.gamma) norm.mean[at] = norm.rstd[at] = 0;
      if (norm.cell_gamma) norm.cell_mean[at] = norm.cell_rstd[at] = 0;
      each(0, slots_, [&](std::int64_t i, auto part) { part.store(z + i, Batch(0.0f)); });
      if (norm.gamma)
        each(0, rows_,
             [&](std::int64_t i, auto part) { part.store(norm.product + at * rows_ + i, Batch(0.0f)); });
      each_long(0, hidden_, [&](std::int64_t i, auto part) {
        part.store(h + i, part.load(before.h + i));
        if (c) part.store(c + i, part.load(before.c + i));
      });
      return;
    }
    add_product(at, product, z);
    const Batch one(1.0f);
    const std::int64_t n = hidden_;
    if (o_.kind == CellKind::lstm) {
      const float* peephole = o_.peephole;
      each_long(0, n, [&](std::int64_t i, auto part) {
        const Batch old = part.load(before.c + i);
        Batch zi = part.load(z + i), zf = part.load(z + n + i), zo = part.load(z + 3 * n + i);
        if (peephole) {
          zi = madd(part.load(peephole + i), old, zi);
          zf = madd(part.load(peephole + n + i), old, zf);
        }
        const Batch in = math::sigmoid(zi), forget = math::sigmoid(zf),
                    g = math::tanh(part.load(z + 2 * n + i));
        const Batch cell = madd(in, g, forget * old);
        if (peephole) zo = madd(part.load(peephole + 2 * n + i), cell, zo);
        const Batch out = math::sigmoid(zo);
        part.store(z + i, in);
        part.store(z + n + i, forget);
        part.store(z + 2 * n + i, g);
        part.store(z + 3 * n + i, out);
        part.store(c + i, cell);
        if (!norm.gamma) part.store(h + i, out * math::tanh(cell));
      });
      if (!norm.gamma) return;
      row_statistics(c, n, norm.epsilon, norm.cell_mean[at], norm.cell_rstd[at]);
      each_long(0, n, [&](std::int64_t i, auto part) {
        part.store(h + i, part.load(z + 3 * n + i) * squashed(at, i, part));
      });
    } else if (o_.kind == CellKind::gru) {
      each_long(0, n, [&](std::int64_t i, auto part) {
        const Batch reset = math::sigmoid(part.load(z + i)), update = math::sigmoid(part.load(z + n + i));
        const Batch candidate = math::tanh(madd(reset, part.load(z + 3 * n + i), part.load(z + 2 * n + i)));
        part.store(z + i, reset);
        part.store(z + n + i, update);
        part.store(z + 2 * n + i, candidate);
        part.store(h + i, madd(update, part.load(before.h + i) - candidate, candidate));
      });
    } else {
      const Batch leak(o_.leak);
      each_long(0, n, [&](std::int64_t i, auto part) {
        const Batch x = part.load(z + i), zero(0.0f);
        const Batch a = o_.kind == CellKind::relu ? select(x > zero, x, zero) : math::tanh(x);
        part.store(z + i, a);
        part.store(h + i, o_.leak == 1 ? a : madd(leak, a, (one - leak) * part.load(before.h + i)));
      });
    }
  }

  /// dh0 and dc0 hold what comes from the steps after; then what goes to the step before, but for the product with u.
  void cell_backward(std::int64_t r, std::int64_t t, const State& before) const {
    const RecurrentNorm& norm = o_.norm;
    const std::int64_t n = hidden_, step = place(r, t), at = step * n;
    const float *a = gates_at(o_.gates, r, t), *dy = o_.dy ? o_.dy + at : nullptr;
    const float* dcell = o_.dcell ? o_.dcell + at : nullptr;
    float *dz = gates_at(o_.dgates, r, t), *dh = o_.dh0 + r * n, *dc = o_.dc0 ? o_.dc0 + r * n : nullptr;
    const auto total = [&](std::int64_t i, auto part) {
      return dy ? part.load(dh + i) + part.load(dy + i) : part.load(dh + i);
    };
    if (!before.live) {
      each(0, slots_, [&](std::int64_t i, auto part) { part.store(dz + i, Batch(0.0f)); });
      if (norm.gamma) {
        each(0, rows_,
             [&](std::int64_t i, auto part) { part.store(norm.dproduct + step * rows_ + i, Batch(0.0f)); });
      }
      each_long(0, n, [&](std::int64_t i, auto part) {
        if (norm.cell_gamma) part.store(norm.dnormal + at + i, Batch(0.0f));
        part.store(dh + i, total(i, part));
        if (dcell) part.store(dc + i, part.load(dc + i) + part.load(dcell + i));
      });
      return;
    }
    const Batch one(1.0f), zero(0.0f);
    if (o_.kind == CellKind::lstm) {
      const float* peephole = o_.peephole;
      float* through = dz + 3 * n;  // the part of dc that comes through the norm, until dz is known
      if (norm.gamma) {
        each_long(0, n, [&](std::int64_t i, auto part) {
          const Batch y = squashed(step, i, part);
          const Batch d = total(i, part) * part.load(a + 3 * n + i) * (one - y * y);
          part.store(norm.dnormal + at + i, d);
          part.store(through + i, part.load(norm.cell_gamma + i) * d);
        });
        norm_backward(n, o_.cell + at, Batch(norm.cell_mean[step]), Batch(norm.cell_rstd[step]), through,
                      through);
      }
      each_long(0, n, [&](std::int64_t i, auto part) {
        const Batch in = part.load(a + i), forget = part.load(a + n + i), g = part.load(a + 2 * n + i),
                    out = part.load(a + 3 * n + i);
        const Batch d = total(i, part), y = squashed(step, i, part);
        const Batch dout = d * y * out * (one - out);
        Batch dc_here = part.load(dc + i) + (norm.gamma ? part.load(through + i) : d * out * (one - y * y));
        if (dcell) dc_here += part.load(dcell + i);
        if (peephole) dc_here += dout * part.load(peephole + 2 * n + i);
        const Batch din = dc_here * g * in * (one - in);
        const Batch dforget = dc_here * part.load(before.c + i) * forget * (one - forget);
        Batch dc_before = dc_here * forget;
        if (peephole) dc_before += din * part.load(peephole + i) + dforget * part.load(peephole + n + i);
        part.store(dz + i, din);
        part.store(dz + n + i, dforget);
        part.store(dz + 2 * n + i, dc_here * in * (one - g * g));
        part.store(dz + 3 * n + i, dout);
        part.store(dc + i, dc_before);
        part.store(dh + i, zero);
      });
    } else if (o_.kind == CellKind::gru) {
      each_long(0, n, [&](std::int64_t i, auto part) {
        const Batch reset = part.load(a + i), update = part.load(a + n + i),
                    candidate = part.load(a + 2 * n + i);
        const Batch d = total(i, part);
        const Batch dcandidate = d * (one - update) * (one - candidate * candidate);
        part.store(dz + i, dcandidate * part.load(a + 3 * n + i) * reset * (one - reset));
        part.store(dz + n + i, d * (part.load(before.h + i) - candidate) * update * (one - update));
        part.store(dz + 2 * n + i, dcandidate);
        part.store(dz + 3 * n + i, dcandidate * reset);
        part.store(dh + i, d * update);
      });
    } else {
      const Batch leak(o_.leak);
      each_long(0, n, [&](std::int64_t i, auto part) {
        const Batch y = part.load(a + i), d = total(i, part);
        const Batch slope = o_.kind == CellKind::relu ? select(y > zero, one, zero) : one - y * y;
        part.store(dz + i, leak * d * slope);
        part.store(dh + i, (one - leak) * d);
      });
    }
    if (norm.gamma) normalize_product_backward(step, dz);
  }

  const RecurrentArgs& o_;
  RecurrentParts parts_;
  std::int64_t begin_, end_, hidden_, slots_, rows_;
  Split tiles_;
  float *factor_, *product_;
};

/// f(recurrence) of some rows of the batch, on each thread.
template <class F>
inline void batch_parallel(KernelContext& context, const RecurrentArgs& o, F&& f) {
  constexpr std::int64_t kSmall = 1 << 15;  // multiply-adds that are not worth waking another thread for
  const std::int64_t work = o.steps * kernels::gates(o.kind) * o.hidden * o.hidden;
  const std::int64_t shares = o.n * work <= kSmall ? 1 : context.threads < o.n ? context.threads : o.n;
  const Split split(o.n, (o.n + shares - 1) / shares);
  parallel(context, split.pieces, [&](int share, int thread) {
    const Range rows{split.begin(share), split.begin(share) + split.size(share)};
    for (const Range part : steps(rows, Recurrence::most_rows(o))) {
      f(Recurrence(o, part.begin, part.end, scratch_of(context, thread)));
    }
  });
}

inline void recurrent_forward(KernelContext& context, const RecurrentArgs& o) noexcept {
  if (o.pack) Recurrence::pack_forward(o);
  batch_parallel(context, o, [](const Recurrence& recurrence) { recurrence.forward(); });
}

inline void recurrent_backward(KernelContext& context, const RecurrentArgs& o) noexcept {
  Recurrence::pack_backward(o);
  batch_parallel(context, o, [](const Recurrence& recurrence) { recurrence.backward(); });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
