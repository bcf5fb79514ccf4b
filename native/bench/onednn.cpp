#include <dnnl.h>
#include <omp.h>

#include "bench.hpp"

namespace livegrad::bench {

void add_onednn(Works& works, int threads) {
  const dnnl_version_t& version = *dnnl_version();
  const std::string name = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                           std::to_string(version.patch);
  for (const Product& product : kProducts)
    works.push_back(product_work(product, "oneDNN", name, threads,
                                 [=](float* c, const float* a, const float* b, const Product& p) {
                                   omp_set_num_threads(threads);

                                   dnnl_sgemm('N', 'N', p.m, p.n, p.k, 1, a, p.k, b, p.n, 0, c, p.n);
                                 }));
}

}  // namespace livegrad::bench
