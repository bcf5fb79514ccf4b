#pragma once

// The specification's tensors: xtensor views of the table's plain pointers. T is float or double.

#include <array>
#include <cstddef>
#include <cstdint>
#include <xtensor/xadapt.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xvectorize.hpp>
#include <xtensor/xview.hpp>

namespace livegrad::kernels::ref {

template <class T, std::size_t N>
using View =
    decltype(xt::adapt(std::declval<T*>(), std::size_t{}, xt::no_ownership(), std::array<std::size_t, N>{}));
template <class T>
using Vec = View<T, 1>;
template <class T>
using Mat = View<T, 2>;
template <class T>
using Cube = View<T, 3>;
template <class T>
using Maps = View<T, 4>;  // [N,C,H,W]

/// view(data, 2, 3): a row-major matrix of 2 rows.
template <class T, class... I>
View<T, sizeof...(I)> view(T* data, I... extents) {
  const std::array<std::size_t, sizeof...(I)> shape{static_cast<std::size_t>(extents)...};
  return xt::adapt(static_cast<T*>(data), (std::size_t{1} * ... * static_cast<std::size_t>(extents)),
                   xt::no_ownership(), shape);
}

/// out = beta out + value, where beta 0 does not read out.
template <class Out, class T, class E>
void assign(Out&& out, T beta, const E& value) {
  if (beta == T{0}) {
    xt::noalias(out) = value;
  } else {
    xt::noalias(out) += value;
  }
}

/// f of every element, computed in double and rounded to T.
template <class T, class E>
auto map(double (*f)(double), const E& x) {
  return xt::cast<T>(xt::vectorize(f)(x));
}

}  // namespace livegrad::kernels::ref
