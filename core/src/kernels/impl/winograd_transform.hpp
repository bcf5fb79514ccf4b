#pragma once

// The transforms of Winograd's minimal filtering: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A makes m x m outputs of a tile d of 6 x 6 cells and a
// filter g of r x r taps, m = 7 - r, with 36 products instead of m² r²: Toom and Cook's way to multiply polynomials, by their values at
// points. Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015). Points as close to 1 as these, in pairs, have
// rounding errors about twice those of plain sums, half of what 0, ±1, ±2 have (Barabasz et al., "Error analysis and improving the
// accuracy of Winograd convolution for deep neural networks", 2018; tests/core/test_kernels.cpp measures it).

#include "../simd.hpp"

namespace livegrad::kernels::LIVEGRAD_ISA {

inline constexpr int kWinogradTile = 6, kWinogradCells = kWinogradTile * kWinogradTile;

/// The matrices of the three transforms, by the points at which polynomials are evaluated; the last one is infinity.
template <int rows_, int columns_>
struct WinogradMatrix {
  static constexpr int rows = rows_, columns = columns_;
  double at[rows][columns] = {};
};

class WinogradPoints {
 public:
  /// G: the polynomial of r taps at each point, divided by what the other points make of it.
  template <int r>
  static constexpr WinogradMatrix<kWinogradTile, r> filter() {
    WinogradMatrix<kWinogradTile, r> g;
    for (int p = 0; p < kFinite; ++p) {
      double others = 1;
      for (int q = 0; q < kFinite; ++q)
        if (q != p) others *= kPoints[p] - kPoints[q];
      for (int i = 0; i < r; ++i) g.at[p][i] = power(kPoints[p], i) / others;
    }
    g.at[kFinite][r - 1] = 1;
    return g;
  }
  /// Bᵀ: the coefficients of Π (x - q) over the other points.
  static constexpr WinogradMatrix<kWinogradTile, kWinogradTile> picture() {
    WinogradMatrix<kWinogradTile, kWinogradTile> b;
    for (int p = 0; p <= kFinite; ++p) {
      b.at[p][0] = 1;
      for (int q = 0, degree = 0; q < kFinite; ++q) {
        if (q == p) continue;
        ++degree;
        for (int i = degree; i >= 0; --i)
          b.at[p][i] = (i > 0 ? b.at[p][i - 1] : 0) - kPoints[q] * (i < degree ? b.at[p][i] : 0);
      }
    }
    return b;
  }
  /// Aᵀ: the powers of the points.
  template <int m>
  static constexpr WinogradMatrix<m, kWinogradTile> output() {
    WinogradMatrix<m, kWinogradTile> a;
    for (int i = 0; i < m; ++i)
      for (int p = 0; p < kFinite; ++p) a.at[i][p] = power(kPoints[p], i);
    a.at[m - 1][kFinite] = 1;
    return a;
  }

 private:
  static constexpr int kFinite = kWinogradTile - 1;
  static constexpr double kPoints[kFinite] = {0, 0.625, -0.625, 1.5, -1.5};
  static constexpr double power(double x, int n) { return n == 0 ? 1 : x * power(x, n - 1); }
};

template <int r>
inline constexpr auto kWinogradFilter = WinogradPoints::filter<r>();
inline constexpr auto kWinogradPicture = WinogradPoints::picture();
template <int m>
inline constexpr auto kWinogradOutput = WinogradPoints::output<m>();

/// out(i, Σ_j M[i][j] in(j)) for every row i.
template <const auto& M, class In, class Out>
LIVEGRAD_INLINE void winograd_apply(In in, Out out) {
  using Matrix = std::remove_cvref_t<decltype(M)>;
  Batch x[Matrix::columns];
  unroll<Matrix::columns>([&](auto j) { x[j] = in(j); });
  unroll<Matrix::rows>([&](auto i) {
    Batch sum(0.0f);
    bool begun = false;
    unroll<Matrix::columns>([&](auto back) {  // from the last: that of a polynomial is 1
      constexpr int j = Matrix::columns - 1 - back;
      constexpr auto factor = static_cast<float>(M.at[i][j]);
      if constexpr (factor == 1) {
        sum = begun ? sum + x[j] : x[j];
      } else if constexpr (factor != 0) {
        sum = begun ? madd(Batch(factor), x[j], sum) : Batch(factor) * x[j];
      }
      begun = begun || factor != 0;
    });
    out(i, sum);
  });
}

/// M d Mᵀ, where d(i, j) is a vector; each of the result goes to put(i, j, vector).
template <const auto& M, class D, class Put>
LIVEGRAD_INLINE void winograd_transform(D d, Put put) {
  using Matrix = std::remove_cvref_t<decltype(M)>;
  Batch half[Matrix::rows][Matrix::columns];
  for (int j = 0; j < Matrix::columns; ++j)
    winograd_apply<M>([&](int i) { return d(i, j); }, [&](int i, Batch value) { half[i][j] = value; });
  for (int i = 0; i < Matrix::rows; ++i)
    winograd_apply<M>([&](int j) { return half[i][j]; }, [&](int j, Batch value) { put(i, j, value); });
}

}  // namespace livegrad::kernels::LIVEGRAD_ISA
