#pragma once

// The specification's tensors: xtensor views of the table's plain pointers. T is float or double.

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <xtensor/xadapt.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>
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

template <class E>
constexpr std::size_t kRank = std::tuple_size_v<std::decay_t<decltype(std::declval<const E&>().shape())>>;

/// f(i, j, …) for every place in a shape, the last index fastest.
template <std::size_t rank, class Shape, class F, class... I>
void each_place(const Shape& shape, const F& f, I... index) {
  if constexpr (sizeof...(I) == rank) {
    f(index...);
  } else {
    for (std::size_t i = 0; i < shape[sizeof...(I)]; ++i) each_place<rank>(shape, f, index..., i);
  }
}

/// out = beta out + value, where beta 0 does not read out. A plain loop: xtensor's own assignment compiles several for
/// every expression, and a page fetches this code.
template <class Out, class T, class E>
void assign(Out&& out, T beta, const E& value) {
  each_place<kRank<Out>>(out.shape(), [&](auto... i) {
    const T v = T(value(i...));
    out(i...) = beta == T{0} ? v : out(i...) + v;
  });
}

/// out = value
template <class Out, class E>
void assign(Out&& out, const E& value) {
  each_place<kRank<Out>>(out.shape(),
                         [&](auto... i) { out(i...) = typename std::decay_t<Out>::value_type(value(i...)); });
}

/// The numbers that an expression stands for.
template <class T, class E>
xt::xtensor<T, kRank<E>> evaluated(const E& e) {
  xt::xtensor<T, kRank<E>> values(e.shape());
  assign(values, e);
  return values;
}

/// The sum of all elements, in double.
template <class E>
double sum_of(const E& e) {
  double total = 0;
  each_place<kRank<E>>(e.shape(), [&](auto... i) { total += double(e(i...)); });
  return total;
}

/// f of every element, computed in double and rounded to T.
template <class T, class E>
auto map(double (*f)(double), const E& x) {
  return xt::cast<T>(xt::vectorize(f)(x));
}

}  // namespace livegrad::kernels::ref
