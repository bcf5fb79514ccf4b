#pragma once

#include <cmath>

#include "views.hpp"

namespace livegrad::kernels::ref {

/// A heat map: values to colours.
/// Math    level = ⌊clamp((x − low) 255/(high − low), 0, 255) + ½⌋, 0 where high ≤ low;  NaN takes palette[256]
/// Shapes  x [R,C] (rows x_stride apart), palette [257] RGBA -> out [R,C] (rows out_stride apart)
template <class T>
std::uint32_t color(T x, T low, T high, const std::uint32_t* palette) {
  const T scale = high > low ? T{255} / (high - low) : T{0};
  const T level = (x - low) * scale;
  if (std::isnan(level)) return palette[256];
  return palette[int((level < T{0} ? T{0} : level > T{255} ? T{255} : level) + T(0.5))];
}

}  // namespace livegrad::kernels::ref
