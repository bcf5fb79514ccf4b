#include "parts.hpp"

namespace livegrad {

std::string_view ops::to_string(PoolType type) noexcept {
  return type == PoolType::max ? "max" : type == PoolType::average ? "average" : "l2";
}

ValueId pool(Builder& b, ValueId x, const PoolOptions& o) {
  const auto scope = b.scope("pool", o.name);
  require_maps(b, x);
  ops::Pool2dOptions options{.type = o.type,
                             .kernel_h = o.kernel,
                             .kernel_w = o.kernel,
                             .stride = o.stride.value_or(o.kernel),
                             .pad = o.pad};
  if (o.kernel == 0) {
    options.kernel_h = b.dim(x, 2);
    options.kernel_w = b.dim(x, 3);
    options.stride = 1;
  }
  return ops::pool2d(b.graph(), x, options);
}

}  // namespace livegrad
