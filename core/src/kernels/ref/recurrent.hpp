#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "../abi.hpp"
#include "livegrad/math.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// Rows of a table by index; an index outside the table is a row of zeros.
/// Math    out[r] = bias + table[index_r], the product of one-hot rows with the table
/// Shapes  table [S,C], index [R], bias [C] or null -> out [R,C]
/// Ref     Bengio et al. 2003, "A neural probabilistic language model", section 2
template <class T, class Table, class Out>
void lookup_forward(const Table& table, Vec<const std::int32_t> index, const T* bias, Out&& out) {
  for (std::size_t r = 0; r < index.size(); ++r)
    for (std::size_t c = 0; c < out.shape(1); ++c) {
      const bool known = index(r) >= 0 && std::size_t(index(r)) < table.shape(0);
      out(r, c) = (bias ? bias[c] : T{0}) + (known ? table(std::size_t(index(r)), c) : T{0});
    }
}

/// Math    dtable[s] = beta dtable[s] + Σ_{r: index_r = s} dout[r]
template <class T, class Out, class Table>
void lookup_backward(const Out& dout, Vec<const std::int32_t> index, Table&& dtable, T beta) {
  if (beta == T{0}) dtable.fill(T{0});
  for (std::size_t r = 0; r < index.size(); ++r) {
    if (index(r) < 0 || std::size_t(index(r)) >= dtable.shape(0)) continue;
    for (std::size_t c = 0; c < dout.shape(1); ++c) dtable(std::size_t(index(r)), c) += dout(r, c);
  }
}

inline double sigmoid(double x) { return 1 / (1 + math::exp(-x)); }

/// A recurrent cell over a sequence, one row of the batch after another.
/// Math    z = W x_t + b + U h_{t-1}
///         tanh, relu: h_t = (1 − leak) h_{t-1} + leak f(z)
///         gru:  r, u = σ(z_r), σ(z_u);  n = tanh(W_n x_t + b_n + r ∘ (U_n h_{t-1} + b'_n));  h_t = (1 − u) n + u h_{t-1}
///         lstm: i, f = σ(z_i + p_i c_{t-1}), σ(z_f + p_f c_{t-1});  g = tanh(z_g);  c_t = f c_{t-1} + i g;
///               o = σ(z_o + p_o c_t);  h_t = o tanh(c_t)
///         with layer norm: z = W x_t + b + γ_u ∘ x̂(U h_{t-1}), and h_t = o tanh(γ_c ∘ x̂(c_t) + β_c), where
///         x̂(a) = (a − mean) rstd over all places of a, rstd = 1/√(variance + epsilon); W x_t + b comes normalised
/// Shapes  gates [N,T,slots,H]: W x + b in, activations out; h, cell [N,T,H]
/// Ref     Elman 1990, "Finding structure in time"; Jaeger et al. 2007, "Optimization and applications of echo state
///         networks with leaky-integrator neurons", eq. (1); Cho et al. 2014 with the reset gate after the product, as
///         in cuDNN; Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate), 2002 (peepholes); Ba et al. 2016,
///         "Layer normalization", eq. (20) to (22)
template <class T>
class Recurrence {
 public:
  explicit Recurrence(const RecurrentArgs& o)
      : o_(o), h_(o.hidden), slots_(slots(o.kind) * o.hidden), rows_(gates(o.kind) * o.hidden) {}

  void forward() const {
    each_step(false, [&](const Step& s) {
      T *a = o_.gates + s.at * slots_, *h = o_.h + s.at * h_, *c = o_.cell ? o_.cell + s.at * h_ : nullptr;
      if (!s.live) {
        std::fill_n(a, slots_, T{0});
        std::copy_n(s.h, h_, h);
        if (c) std::copy_n(s.c, h_, c);
        if (norm_.gamma) norm_.mean[s.at] = norm_.rstd[s.at] = T{0};
        if (norm_.cell_gamma) norm_.cell_mean[s.at] = norm_.cell_rstd[s.at] = T{0};
        return;
      }
      if (norm_.gamma) {
        for (std::int64_t j = 0; j < rows_; ++j) norm_.product[s.at * rows_ + j] = dot(s, j, T{0});
        statistics(norm_.product + s.at * rows_, rows_, norm_.mean[s.at], norm_.rstd[s.at]);
      }
      for (std::int64_t i = 0; i < h_; ++i) forward(s, i, a, c, h);
      if (norm_.cell_gamma) {
        statistics(c, h_, norm_.cell_mean[s.at], norm_.cell_rstd[s.at]);
        for (std::int64_t i = 0; i < h_; ++i) h[i] = a[3 * h_ + i] * squashed(s, i);
      }
    });
  }

  void backward() const {
    std::fill_n(o_.dh0, o_.n * h_, T{0});
    if (o_.dc0) std::fill_n(o_.dc0, o_.n * h_, T{0});
    std::vector<T> dh_before(std::size_t(h_), T{0}), through(std::size_t(h_), T{0}),
        dq(std::size_t(rows_), T{0});
    each_step(true, [&](const Step& s) {
      T *dz = o_.dgates + s.at * slots_, *dh = o_.dh0 + s.row * h_;
      if (o_.dy)
        for (std::int64_t i = 0; i < h_; ++i) dh[i] += o_.dy[s.at * h_ + i];
      if (o_.dcell)
        for (std::int64_t i = 0; i < h_; ++i) o_.dc0[s.row * h_ + i] += o_.dcell[s.at * h_ + i];
      if (!s.live) {
        std::fill_n(dz, slots_, T{0});
        if (norm_.gamma) std::fill_n(norm_.dproduct + s.at * rows_, rows_, T{0});
        if (norm_.cell_gamma) std::fill_n(norm_.dnormal + s.at * h_, h_, T{0});
        return;
      }
      if (o_.kind == CellKind::lstm) through_tanh(s, dh, through);
      for (std::int64_t i = 0; i < h_; ++i)
        dh_before[std::size_t(i)] = backward(s, i, dz, dh[i], through[std::size_t(i)]);
      std::ranges::copy(dh_before, dh);
      for (std::int64_t j = 0; j < rows_; ++j)
        dq[std::size_t(j)] = (norm_.gamma ? norm_.gamma[j] : T{1}) * dz[slot_of(j)];
      if (norm_.gamma) {
        normalize_backward(norm_.product + s.at * rows_, norm_.mean[s.at], norm_.rstd[s.at], dq);
        std::ranges::copy(dq, norm_.dproduct + s.at * rows_);
      }
      for (std::int64_t j = 0; j < rows_; ++j)
        for (std::int64_t k = 0; k < h_; ++k) dh[k] += dq[std::size_t(j)] * o_.u[j * h_ + k];
    });
  }

 private:
  struct Step {
    std::int64_t row, at;  ///< of the batch; of [N,T]
    const T *h, *c;        ///< of the step before
    bool live;
  };

  template <class F>
  void each_step(bool backwards, const F& f) const {
    for (std::int64_t row = 0; row < o_.n; ++row)
      for (std::int64_t k = 0; k < o_.steps; ++k) {
        const std::int64_t s = backwards ? o_.steps - 1 - k : k, t = o_.reverse ? o_.steps - 1 - s : s;
        const std::int64_t at = row * o_.steps + t, before = o_.reverse ? at + 1 : at - 1;
        f({row, at, s == 0 ? o_.h0 + row * h_ : o_.h + before * h_,
           o_.kind != CellKind::lstm ? nullptr
           : s == 0                  ? o_.c0 + row * h_
                                     : o_.cell + before * h_,
           o_.live == nullptr || o_.live[at] >= 0});
      }
  }

  /// Where the product of row j of u goes: a gru's candidate has a slot of its own for it.
  std::int64_t slot_of(std::int64_t j) const { return o_.kind == CellKind::gru && j >= 2 * h_ ? j + h_ : j; }

  T dot(const Step& s, std::int64_t j, T sum) const {
    for (std::int64_t k = 0; k < h_; ++k) sum += s.h[k] * o_.u[j * h_ + k];
    return sum;
  }
  /// start and row j of the product, normalised or not.
  T product(const Step& s, std::int64_t j, T start) const {
    if (!norm_.gamma) return dot(s, j, start);
    return start + norm_.gamma[j] * ((norm_.product[s.at * rows_ + j] - norm_.mean[s.at]) * norm_.rstd[s.at]);
  }

  void statistics(const T* x, std::int64_t size, T& mean, T& rstd) const {
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < size; ++i) sum += x[i];
    mean = T(sum / double(size));
    for (std::int64_t i = 0; i < size; ++i) squares += (x[i] - mean) * (x[i] - mean);
    rstd = T{1} / std::sqrt(T(squares / double(size)) + norm_.epsilon);
  }
  /// e = the gradient of the normalised x becomes that of x: rstd (e − mean(e) − x̂ mean(e x̂)).
  static void normalize_backward(const T* x, T mean, T rstd, std::vector<T>& e) {
    double sum = 0, sum_normal = 0;
    for (std::size_t i = 0; i < e.size(); ++i) {
      sum += e[i];
      sum_normal += e[i] * ((x[i] - mean) * rstd);
    }
    const T mean_e = T(sum / double(e.size())), mean_normal = T(sum_normal / double(e.size()));
    for (std::size_t i = 0; i < e.size(); ++i)
      e[i] = rstd * ((e[i] - mean_e) - (x[i] - mean) * rstd * mean_normal);
  }

  /// lstm: what the output gate lets through.
  T squashed(const Step& s, std::int64_t i) const {
    T c = o_.cell[s.at * h_ + i];
    if (norm_.cell_gamma)
      c = norm_.cell_gamma[i] * ((c - norm_.cell_mean[s.at]) * norm_.cell_rstd[s.at]) + norm_.cell_shift[i];
    return T(math::tanh(c));
  }
  /// lstm: the part of dc_t that comes from h_t.
  void through_tanh(const Step& s, const T* dh, std::vector<T>& dc) const {
    const T *out = o_.gates + s.at * slots_ + 3 * h_, *c = o_.cell + s.at * h_;
    for (std::int64_t i = 0; i < h_; ++i) {
      const T y = squashed(s, i), d = dh[i] * out[i] * (T{1} - y * y);
      dc[std::size_t(i)] = norm_.cell_gamma ? norm_.cell_gamma[i] * d : d;
      if (norm_.cell_gamma) norm_.dnormal[s.at * h_ + i] = d;
    }
    if (norm_.cell_gamma) normalize_backward(c, norm_.cell_mean[s.at], norm_.cell_rstd[s.at], dc);
  }
  T peephole(std::int64_t gate, std::int64_t i) const {
    return o_.peephole ? o_.peephole[gate * h_ + i] : T{0};
  }

  void forward(const Step& s, std::int64_t i, T* a, T* c, T* h) const {
    switch (o_.kind) {
      case CellKind::tanh:
      case CellKind::relu: {
        const T z = product(s, i, a[i]);
        a[i] = o_.kind == CellKind::tanh ? T(math::tanh(z)) : z > T{0} ? z : T{0};
        h[i] = (T{1} - o_.leak) * s.h[i] + o_.leak * a[i];
        break;
      }
      case CellKind::gru: {
        T &r = a[i], &u = a[h_ + i], &n = a[2 * h_ + i], &q = a[3 * h_ + i];
        r = T(sigmoid(product(s, i, r)));
        u = T(sigmoid(product(s, h_ + i, u)));
        q = product(s, 2 * h_ + i, o_.recurrent_bias ? o_.recurrent_bias[i] : T{0});
        n = T(math::tanh(n + r * q));
        h[i] = (T{1} - u) * n + u * s.h[i];
        break;
      }
      case CellKind::lstm: {
        T &in = a[i], &f = a[h_ + i], &g = a[2 * h_ + i], &out = a[3 * h_ + i];
        in = T(sigmoid(product(s, i, in) + peephole(0, i) * s.c[i]));
        f = T(sigmoid(product(s, h_ + i, f) + peephole(1, i) * s.c[i]));
        g = T(math::tanh(product(s, 2 * h_ + i, g)));
        c[i] = f * s.c[i] + in * g;
        out = T(sigmoid(product(s, 3 * h_ + i, out) + peephole(2, i) * c[i]));
        h[i] = out * T(math::tanh(c[i]));  // with layer norm, when the whole of c is known
      }
    }
  }

  /// Writes the gradients before the activations; what goes to h_{t-1} but for the product with u.
  T backward(const Step& s, std::int64_t i, T* dz, T dh, T dc_through) const {
    const T* a = o_.gates + s.at * slots_;
    const T one{1};
    switch (o_.kind) {
      case CellKind::tanh:
      case CellKind::relu:
        dz[i] = o_.leak * dh * (o_.kind == CellKind::tanh ? one - a[i] * a[i] : a[i] > T{0} ? one : T{0});
        return (one - o_.leak) * dh;
      case CellKind::gru: {
        const T r = a[i], u = a[h_ + i], n = a[2 * h_ + i], q = a[3 * h_ + i];
        const T dn = dh * (one - u) * (one - n * n);
        dz[i] = dn * q * r * (one - r);
        dz[h_ + i] = dh * (s.h[i] - n) * u * (one - u);
        dz[2 * h_ + i] = dn;
        dz[3 * h_ + i] = dn * r;
        return dh * u;
      }
      case CellKind::lstm: {
        const T in = a[i], f = a[h_ + i], g = a[2 * h_ + i], out = a[3 * h_ + i];
        T& dc = o_.dc0[s.row * h_ + i];
        dz[3 * h_ + i] = dh * squashed(s, i) * out * (one - out);
        dc += dc_through + dz[3 * h_ + i] * peephole(2, i);
        dz[i] = dc * g * in * (one - in);
        dz[h_ + i] = dc * s.c[i] * f * (one - f);
        dz[2 * h_ + i] = dc * in * (one - g * g);
        dc = dc * f + dz[i] * peephole(0, i) + dz[h_ + i] * peephole(1, i);
      }
    }
    return T{0};
  }

  const RecurrentArgs& o_;
  const RecurrentNorm& norm_ = o_.norm;
  std::int64_t h_, slots_, rows_;
};

}  // namespace livegrad::kernels::ref
