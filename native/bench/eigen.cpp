#include <Eigen/Core>

#include "bench.hpp"

namespace livegrad::bench {

void add_eigen(Works& works, int threads) {
  if (threads > 1) return;  // its products are parallel with OpenMP only
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const std::string version = std::to_string(EIGEN_WORLD_VERSION) + "." +
                              std::to_string(EIGEN_MAJOR_VERSION) + "." + std::to_string(EIGEN_MINOR_VERSION);
  for (const Product& product : kProducts)
    works.push_back(product_work(
        product, "Eigen", version, threads, [](float* c, const float* a, const float* b, const Product& p) {
          Eigen::Map<Matrix>(c, p.m, p.n).noalias() =
              Eigen::Map<const Matrix>(a, p.m, p.k) * Eigen::Map<const Matrix>(b, p.k, p.n);
        }));
}

}  // namespace livegrad::bench
