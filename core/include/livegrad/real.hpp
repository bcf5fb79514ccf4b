#pragma once

namespace livegrad {

/// The type of every value, parameter and gradient: float. The library core_f64 compiles the same sources with
/// double, so that gradients can be checked against finite differences to 1e-6.
#ifdef LIVEGRAD_REAL_DOUBLE
using real = double;
#else
using real = float;
#endif

}  // namespace livegrad
