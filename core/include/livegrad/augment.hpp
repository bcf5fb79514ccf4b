#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "livegrad/data.hpp"
#include "livegrad/random.hpp"
#include "livegrad/real.hpp"

namespace livegrad {

/// How a byte becomes a number: byte * scale + shift, rounded after each step in float. Float inputs are left alone.
struct Scaling {
  float scale = 1.0f / 255;
  float shift = 0;
};

/// Random changes of training images that leave their meaning alone. Zero or false switches each off. What moves in
/// from outside is 0 (before scaling). Off or crop, shift and flip alone copy pixels; the rest resample bilinearly.
struct Augmentation {
  int crop = 0;      ///< side of the square cut out, pixels; offsets uniform over 0 … input - crop
  int shift = 0;     ///< whole pixels, uniform over -shift … +shift, each way on its own
  float rotate = 0;  ///< degrees, uniform over ± rotate, about the centre
  float scale = 0;   ///< fraction, size uniform over 1 ± scale
  /// Pixels: factor on uniform noise of ±1 smoothed by a Gaussian of sum 1; 34 with sigma 4 moves a pixel by 1.4 or so.
  float elastic_alpha = 0;
  float elastic_sigma = 4;  ///< pixels: deviation of the Gaussian that smooths it, above 0 and at most 16
  bool flip = false;        ///< left and right exchanged for half the samples
};

/// Where read() writes: one sample after the other, for as many as were asked for.
struct Batch {
  std::span<real> x;                 ///< [N,C,H,W]
  std::span<std::int32_t> labels{};  ///< [N]; may be empty when nobody asks
  std::span<real> targets{};         ///< [N,D]; may be empty when nobody asks
};

/// Fills batches from a data set. Everything it needs is allocated by the constructor.
///
/// Augmentation is drawn from RandomStream{seed, 0, Purpose::augment, step = the sample's place in the sequence of all
/// samples read for training}, so that it does not depend on how that sequence is cut into batches.
/// Ref     elastic: Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural networks"
class BatchReader {
 public:
  /// Errors  invalid_argument when a setting is out of its range or the crop exceeds the image
  BatchReader(std::shared_ptr<const Dataset> dataset, const Scaling& scaling,
              const Augmentation& augmentation, std::uint64_t seed);

  /// Draws augmentation from another seed from now on.
  void reseed(std::uint64_t seed) noexcept { seed_ = seed; }

  /// [C,H,W] of what it fills: the data set's, cropped.
  Shape sample_shape() const { return {channels_, out_height_, out_width_}; }

  /// Samples for training, augmented. `place` is the first one's place in the sequence of training samples.
  /// The samples must be indices into the data set, and the spans of `out` large enough.
  void read(std::span<const std::int32_t> samples, std::uint64_t place, const Batch& out) noexcept;

  /// Samples as they are for evaluation, cut at the centre when there is a crop.
  void read_centre(std::span<const std::int32_t> samples, const Batch& out) noexcept;

  /// Samples cut at one of four fixed places, 0 … 3: with m = input - crop the offsets (row, column) are (a,a), (a,b),
  /// (b,a), (b,b), a = ⌊m/4⌋, b = m - a; (1,1), (1,3), (3,1), (3,3) for 24 of 28. A test's error is the mean over them.
  void read_crop(int crop, std::span<const std::int32_t> samples, const Batch& out) noexcept;

 private:
  struct Placement;

  void copy_values(std::ptrdiff_t first, std::ptrdiff_t count, real* out) const noexcept;
  void copy_sample(std::int32_t sample, int top, int left, bool flip, real* out) const noexcept;
  void warp_sample(std::int32_t sample, const Placement& placement, real* out) noexcept;
  void make_displacement(const RandomStream& random) noexcept;
  void smooth(std::vector<float>& displacement) noexcept;
  void copy_answers(std::span<const std::int32_t> samples, const Batch& out) const noexcept;
  float scaled(float v) const { return bytes_ != nullptr ? v * scaling_.scale + scaling_.shift : v; }

  std::shared_ptr<const Dataset> dataset_;
  Scaling scaling_;
  Augmentation augmentation_;
  std::uint64_t seed_;
  int channels_, height_, width_, out_height_, out_width_;
  bool warps_ = false;         // resamples instead of copying
  const std::uint8_t* bytes_;  // one of these two is null
  const float* floats_;
  std::vector<float> smoothing_;       // one half of the Gaussian, from the centre
  std::vector<float> noise_, turned_;  // displacement before smoothing, and half smoothed and transposed
  std::vector<float> displace_x_, displace_y_;
  std::vector<float> padded_;  // the sample with a margin of zeros
};

}  // namespace livegrad
