#pragma once

#include "views.hpp"

namespace livegrad::kernels::ref {

/// A strided matrix, so that op(A) is A with its strides exchanged.
template <class T>
auto matrix(T* data, std::int64_t rows, std::int64_t columns, std::int64_t row_stride,
            std::int64_t column_stride) {
  const std::array<std::size_t, 2> shape{std::size_t(rows), std::size_t(columns)};
  const std::array<std::ptrdiff_t, 2> strides{std::ptrdiff_t(row_stride), std::ptrdiff_t(column_stride)};
  // xtensor insists on the size that the shape has, not on the memory that the strides span.
  return xt::adapt(static_cast<T*>(data), std::size_t(rows * columns), xt::no_ownership(), shape, strides);
}

/// The product of two matrices; every element is summed in the order of k.
/// Math    C = start + op(A) op(B);  start = beta C, or the bias in every row when beta is 0 and there is one
/// Shapes  op(A) [m,k], op(B) [k,n], bias [n] or null -> C [m,n]
/// Ref     Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication" (the fast kernels)
template <class A, class B, class C, class T>
void gemm(const A& a, const B& b, C&& c, T beta, const T* bias) {
  for (std::size_t i = 0; i < c.shape(0); ++i) {
    for (std::size_t j = 0; j < c.shape(1); ++j) {
      T sum = beta != T{0} ? c(i, j) : bias ? bias[j] : T{0};
      for (std::size_t k = 0; k < a.shape(1); ++k) sum += a(i, k) * b(k, j);
      c(i, j) = sum;
    }
  }
}

}  // namespace livegrad::kernels::ref
