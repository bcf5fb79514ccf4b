#include "livegrad/augment.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "livegrad/error.hpp"

namespace livegrad {
namespace {

template <class... Values>
[[noreturn]] void refuse(Sentence<sizeof...(Values)> sentence, const Values&... values) {
  throw_error(ErrorCode::invalid_argument, "augmentation", sentence, values...);
}

void check_range(const char* name, float value, float low, float high, const char* unit) {
  if (value >= low && value <= high) return;
  refuse("{} is {}, but must be {} to {} {}.", name, value, static_cast<int>(low), static_cast<int>(high),
         unit);
}

/// Uniform over ± 1.
float both_ways(std::uint32_t bits) { return static_cast<float>(bits * 0x1p-31 - 1.0); }

// Blocks of the sample's random stream: 0 and 1 hold one word for each choice, the noise of the field begins at 2.
enum Choice : std::uint64_t { kCropRow, kCropColumn, kShiftRow, kShiftColumn, kRotate, kScale, kFlip };
constexpr std::uint64_t kNoiseBlock = 2;

// Smoothing works on strips of columns, wide enough for any vector unit.
constexpr int kStrip = 16;
int strip_up(int columns) { return (columns + kStrip - 1) / kStrip * kStrip; }

}  // namespace

/// Where one training sample's pixels come from.
struct BatchReader::Placement {
  int top, left;  // of the crop, in the image
  bool flip;
  float cos, sin;  // of the turn, divided by the size
  float shift_row, shift_column;
};

BatchReader::BatchReader(std::shared_ptr<const Dataset> dataset, const Scaling& scaling,
                         const Augmentation& augmentation, std::uint64_t seed)
    : dataset_(std::move(dataset)), scaling_(scaling), augmentation_(augmentation), seed_(seed) {
  const Shape shape = dataset_->sample_shape();
  channels_ = static_cast<int>(shape[0]), height_ = static_cast<int>(shape[1]),
  width_ = static_cast<int>(shape[2]);
  const int crop = augmentation.crop;
  if (crop < 0 || crop > std::min(height_, width_)) {
    refuse("crop is {}, but the images are {}x{}. Use 1 to {}, or 0 for none.", crop, height_, width_,
           std::min(height_, width_));
  }
  const int most = std::max(height_, width_);
  if (augmentation.shift < 0 || augmentation.shift > most) {
    refuse("shift is {}, but must be 0 to {} pixels for images of {}x{}.", augmentation.shift, most, height_,
           width_);
  }
  check_range("rotate", augmentation.rotate, 0, 180, "degrees");
  if (!(augmentation.scale >= 0 && augmentation.scale <= 0.9f)) {
    refuse("scale is {}, but must be 0 to 0.9: 0.1 is ± 10 %.", augmentation.scale);
  }
  check_range("elastic_alpha", augmentation.elastic_alpha, 0, 1000, "pixels");
  if (!(augmentation.elastic_sigma >= 0.5f && augmentation.elastic_sigma <= 16)) {
    refuse("elastic_sigma is {}, but must be 0.5 to 16 pixels.", augmentation.elastic_sigma);
  }
  if (!std::isfinite(scaling.scale) || !std::isfinite(scaling.shift)) {
    throw_error(ErrorCode::invalid_argument, "scaling", "scale and shift must be finite numbers.");
  }
  out_height_ = crop > 0 ? crop : height_;
  out_width_ = crop > 0 ? crop : width_;

  const auto* bytes = std::get_if<xt::xtensor<std::uint8_t, 4>>(&dataset_->inputs);
  const auto* floats = std::get_if<xt::xtensor<float, 4>>(&dataset_->inputs);
  bytes_ = bytes != nullptr ? bytes->data() : nullptr;
  floats_ = floats != nullptr ? floats->data() : nullptr;

  if (augmentation.rotate == 0 && augmentation.scale == 0 && augmentation.elastic_alpha == 0) return;
  warps_ = true;
  padded_.assign(static_cast<std::size_t>(channels_) * static_cast<std::size_t>((height_ + 3) * (width_ + 3)),
                 0.0f);
  if (augmentation.elastic_alpha == 0) return;
  const double sigma = augmentation.elastic_sigma;
  const int radius = static_cast<int>(3 * sigma) + 1;
  double sum = 0;
  for (int k = 0; k <= radius; ++k) {
    const double weight = math::exp(-0.5 * k * k / (sigma * sigma));
    sum += k == 0 ? weight : 2 * weight;
    smoothing_.push_back(static_cast<float>(weight));
  }
  for (float& weight : smoothing_) weight = static_cast<float>(weight / sum);
  noise_.assign(static_cast<std::size_t>((out_height_ + 2 * radius) * strip_up(out_width_)), 0.0f);
  turned_.assign(static_cast<std::size_t>((out_width_ + 2 * radius) * strip_up(out_height_)), 0.0f);
  displace_x_.assign(static_cast<std::size_t>(out_height_ * out_width_), 0.0f);
  displace_y_ = displace_x_;
}

void BatchReader::read(std::span<const std::int32_t> samples, std::uint64_t place,
                       const Batch& out) noexcept {
  const Augmentation& a = augmentation_;
  const auto size = static_cast<std::size_t>(sample_shape().size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const RandomStream random{.seed = seed_, .purpose = Purpose::augment, .step = place + i};
    const auto within = [&](int n, Choice choice) {
      return static_cast<int>(random.below(static_cast<std::uint32_t>(n), choice));
    };
    Placement placement{.top = within(height_ - out_height_ + 1, kCropRow),
                        .left = within(width_ - out_width_ + 1, kCropColumn),
                        .flip = a.flip && random.bits(kFlip) % 2 == 1,
                        .cos = 1,
                        .sin = 0,
                        .shift_row = 0,
                        .shift_column = 0};
    const int down = a.shift == 0 ? 0 : within(2 * a.shift + 1, kShiftRow) - a.shift;
    const int right = a.shift == 0 ? 0 : within(2 * a.shift + 1, kShiftColumn) - a.shift;
    real* x = out.x.data() + i * size;
    if (!warps_) {
      copy_sample(samples[i], placement.top - down, placement.left - right, placement.flip, x);
      continue;
    }
    constexpr double kRadiansPerDegree = 0x1.1df46a2529d39p-6;
    const double angle = kRadiansPerDegree * a.rotate * both_ways(random.bits(kRotate));
    const double factor = 1.0 + double{a.scale} * both_ways(random.bits(kScale));
    placement.cos = static_cast<float>(math::cos(angle) / factor);
    placement.sin = static_cast<float>(math::sin(angle) / factor);
    placement.shift_row = static_cast<float>(down);
    placement.shift_column = static_cast<float>(right);
    if (a.elastic_alpha != 0) make_displacement(random);
    warp_sample(samples[i], placement, x);
  }
  copy_answers(samples, out);
}

void BatchReader::read_centre(std::span<const std::int32_t> samples, const Batch& out) noexcept {
  const auto size = static_cast<std::size_t>(sample_shape().size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    copy_sample(samples[i], (height_ - out_height_) / 2, (width_ - out_width_) / 2, false,
                out.x.data() + i * size);
  }
  copy_answers(samples, out);
}

void BatchReader::read_crop(int crop, std::span<const std::int32_t> samples, const Batch& out) noexcept {
  const auto size = static_cast<std::size_t>(sample_shape().size());
  const auto offset = [](int margin, bool far) { return far ? margin - margin / 4 : margin / 4; };
  const int top = offset(height_ - out_height_, crop / 2 == 1),
            left = offset(width_ - out_width_, crop % 2 == 1);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    copy_sample(samples[i], top, left, false, out.x.data() + i * size);
  }
  copy_answers(samples, out);
}

void BatchReader::copy_answers(std::span<const std::int32_t> samples, const Batch& out) const noexcept {
  if (!out.labels.empty() && dataset_->labels.size() != 0) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      out.labels[i] = dataset_->labels.data()[static_cast<std::size_t>(samples[i])];
    }
  }
  const std::size_t width = dataset_->targets.shape(1);
  if (!out.targets.empty() && dataset_->targets.size() != 0) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const float* target = dataset_->targets.data() + static_cast<std::size_t>(samples[i]) * width;
      std::copy_n(target, width, out.targets.data() + i * width);
    }
  }
}

void BatchReader::copy_values(std::ptrdiff_t first, std::ptrdiff_t count, real* out) const noexcept {
  if (bytes_ == nullptr) {
    std::copy_n(floats_ + first, count, out);
    return;
  }
  std::transform(bytes_ + first, bytes_ + first + count, out,
                 [scale = scaling_.scale, shift = scaling_.shift](std::uint8_t byte) {
                   return static_cast<float>(byte) * scale + shift;
                 });
}

void BatchReader::copy_sample(std::int32_t sample, int top, int left, bool flip, real* out) const noexcept {
  const int first = std::clamp(-left, 0, out_width_), last = std::clamp(width_ - left, first, out_width_);
  const int first_row = std::clamp(-top, 0, out_height_);
  const int last_row = std::clamp(height_ - top, first_row, out_height_);
  const real outside = scaled(0);
  real* row = out;
  for (int c = 0; c < channels_; ++c) {
    const std::ptrdiff_t channel = (std::ptrdiff_t{sample} * channels_ + c) * height_;
    row = std::fill_n(row, first_row * out_width_, outside);
    if (last - first == width_) {  // whole rows lie one behind the other
      const int count = (last_row - first_row) * width_;
      copy_values((channel + top + first_row) * width_, count, row);
      row += count;
    } else {
      for (int i = first_row; i < last_row; ++i, row += out_width_) {
        std::fill_n(row, first, outside);
        copy_values((channel + top + i) * width_ + left + first, last - first, row + first);
        std::fill_n(row + last, out_width_ - last, outside);
      }
    }
    row = std::fill_n(row, (out_height_ - last_row) * out_width_, outside);
  }
  if (!flip) return;
  for (; out != row; out += out_width_) std::reverse(out, out + out_width_);
}

void BatchReader::warp_sample(std::int32_t sample, const Placement& placement, real* out) noexcept {
  const int stride = width_ + 3, plane = stride * (height_ + 3);
  const std::ptrdiff_t area = std::ptrdiff_t{height_} * width_;
  for (int c = 0; c < channels_; ++c) {
    const std::ptrdiff_t at = (std::ptrdiff_t{sample} * channels_ + c) * area;
    for (int i = 0; i < height_; ++i) {
      float* row = padded_.data() + std::ptrdiff_t{c} * plane + (i + 1) * stride + 1;
      if (bytes_ != nullptr) {
        std::copy_n(bytes_ + at + i * width_, width_, row);
      } else {
        std::copy_n(floats_ + at + i * width_, width_, row);
      }
    }
  }
  // Destination (row, column) comes from centre + turn⁻¹ (destination - centre - shift) + displacement.
  const float centre_row = 0.5f * static_cast<float>(height_ - 1);
  const float centre_column = 0.5f * static_cast<float>(width_ - 1);
  const float first_column = static_cast<float>(placement.left) - centre_column - placement.shift_column;
  const float bottom = static_cast<float>(height_), right = static_cast<float>(width_);
  const float scale = bytes_ != nullptr ? scaling_.scale : 1, shift = bytes_ != nullptr ? scaling_.shift : 0;
  const float *dx = displace_x_.data(), *dy = displace_y_.data(), *padded = padded_.data();
  const bool elastic = augmentation_.elastic_alpha != 0;
  const int columns = out_width_, channels = channels_;
  const std::ptrdiff_t out_area = std::ptrdiff_t{out_height_} * out_width_;
  for (int i = 0; i < out_height_; ++i, out += columns) {
    const float row = static_cast<float>(placement.top + i) - centre_row - placement.shift_row;
    const float row_y = centre_row + placement.cos * row, row_x = centre_column + placement.sin * row;
    for (int j = 0; j < columns; ++j) {
      const float column = first_column + static_cast<float>(placement.flip ? columns - 1 - j : j);
      float y = row_y - placement.sin * column;
      float x = row_x + placement.cos * column;
      if (elastic) y += *dy++, x += *dx++;
      y = std::min(std::max(y, -1.0f), bottom) + 1;  // from here on in the padded sample
      x = std::min(std::max(x, -1.0f), right) + 1;
      const int iy = static_cast<int>(y), ix = static_cast<int>(x);
      const float fy = y - static_cast<float>(iy), fx = x - static_cast<float>(ix);
      const float* source = padded + iy * stride + ix;
      for (int c = 0; c < channels; ++c, source += plane) {
        const float above = source[0] + fx * (source[1] - source[0]);
        const float below = source[stride] + fx * (source[stride + 1] - source[stride]);
        out[c * out_area + j] = (above + fy * (below - above)) * scale + shift;
      }
    }
  }
}

void BatchReader::make_displacement(const RandomStream& random) noexcept {
  // One word serves both fields: its halves are independent, and 16 bits are plenty for noise.
  for (std::size_t i = 0; i < displace_x_.size(); i += 4) {
    const auto words = random.block(kNoiseBlock + i / 4);
    for (std::size_t k = 0; k < 4 && i + k < displace_x_.size(); ++k) {
      displace_x_[i + k] = both_ways(words[k] << 16 | 0x8000);
      displace_y_[i + k] = both_ways((words[k] & 0xffff0000) | 0x8000);
    }
  }
  smooth(displace_x_);
  smooth(displace_y_);
}

namespace {

/// Weighted sums down the columns of in [rows + 2 radius, columns], written transposed: out [columns, rows].
/// Rows of `in` lie strip_up(columns) apart, those of `out` out_stride.
void smooth_and_turn(const float* in, const std::vector<float>& weights, int rows, int columns, float factor,
                     float* out, int out_stride) {
  const std::ptrdiff_t stride = strip_up(columns);
  const int radius = static_cast<int>(weights.size()) - 1;
  for (int start = 0; start < columns; start += kStrip) {
    for (int i = 0; i < rows; ++i) {
      const float* centre = in + (i + radius) * stride + start;
      const float *above = centre, *below = centre;
      float sum[kStrip];
      for (int j = 0; j < kStrip; ++j) sum[j] = weights[0] * centre[j];
      for (int k = 1; k <= radius; ++k) {
        const float weight = weights[static_cast<std::size_t>(k)];
        above -= stride, below += stride;
        for (int j = 0; j < kStrip; ++j) sum[j] += weight * (above[j] + below[j]);
      }
      const int count = std::min(kStrip, columns - start);
      for (int j = 0; j < count; ++j) out[std::ptrdiff_t{start + j} * out_stride + i] = factor * sum[j];
    }
  }
}

}  // namespace

void BatchReader::smooth(std::vector<float>& displacement) noexcept {
  const int radius = static_cast<int>(smoothing_.size()) - 1;
  const int stride = strip_up(out_width_), turned_stride = strip_up(out_height_);
  for (int i = 0; i < out_height_; ++i) {
    std::copy_n(displacement.data() + i * out_width_, out_width_, noise_.data() + (i + radius) * stride);
  }
  smooth_and_turn(noise_.data(), smoothing_, out_height_, out_width_, 1.0f,
                  turned_.data() + radius * turned_stride, turned_stride);
  smooth_and_turn(turned_.data(), smoothing_, out_width_, out_height_, augmentation_.elastic_alpha,
                  displacement.data(), out_width_);
}

}  // namespace livegrad
