#pragma once

#include "../abi.hpp"
#include "livegrad/random.hpp"
#include "views.hpp"

namespace livegrad::kernels::ref {

/// Math    out = beta out + a + b, or + a ∘ b
template <class T>
void binary(BinaryKind kind, Vec<const T> a, Vec<const T> b, Vec<T> out, T beta) {
  switch (kind) {
    case BinaryKind::add:
      assign(out, beta, a + b);
      break;
    case BinaryKind::multiply:
      assign(out, beta, a * b);
      break;
  }
}

/// Math    out = beta out + scale x + shift
template <class T>
void affine(Vec<const T> x, T scale, T shift, Vec<T> out, T beta) {
  assign(out, beta, scale * x + shift);
}

/// Rows from one matrix into another: concatenation and its backward.
/// Math    out[r,c] = beta out[r,c] + x[r,c]
template <class X, class Out, class T>
void copy(const X& x, Out&& out, T beta) {
  for (std::size_t r = 0; r < x.shape(0); ++r)
    for (std::size_t c = 0; c < x.shape(1); ++c) out(r, c) = beta == T{0} ? x(r, c) : out(r, c) + x(r, c);
}

/// What dropout multiplies by: 1/keep with probability keep, else 0.
/// Math    mask_i = [u_i < keep] / keep,  u_i uniform in [0, 1): element i of the stream (seed, layer, dropout, step)
/// Ref     Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"
template <class T>
void dropout_mask(T keep, const RandomStream& stream, Vec<T> mask) {
  for (std::size_t i = 0; i < mask.size(); ++i)
    mask(i) = stream.uniform(i) < double(keep) ? T{1} / keep : T{0};
}

}  // namespace livegrad::kernels::ref
