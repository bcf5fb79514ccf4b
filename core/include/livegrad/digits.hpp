#pragma once

#include <cstdint>
#include <span>

#include "livegrad/data.hpp"
#include "livegrad/random.hpp"

namespace livegrad {

/// A digit's picture as MNIST has them: 28x28 bytes, 0 background, 255 ink, row by row.
using DigitPixels = std::span<std::uint8_t, 784>;

/// Draws a digit in one of several handwritings: a skeleton of strokes, varied in pen, proportions, slant, turn, every
/// point and a smooth distortion of the whole, then brought to MNIST's size and place. Only the stream decides how.
/// Errors  none: `digit` must be 0 to 9
void draw_digit(int digit, const RandomStream& random, DigitPixels out);

/// Digits drawn by the program, each as often as the others, in random order. The first of a longer set are those of
/// a shorter one with the same seed.
/// Shapes  inputs [count,1,28,28], bytes; ten classes
/// Errors  invalid_argument when count is below 1 or above 10,000,000
Dataset drawn_digits(std::int64_t count, std::uint64_t seed);

/// Brings a hand-drawn digit (255 ink, 0 background) to MNIST's form: its bounding box scaled to 20 pixels with the
/// aspect kept and edges smoothed, its centre of mass moved to the centre of 28x28. No ink gives an empty picture.
/// Errors  invalid_argument when width or height is not 1 to 4096 or does not match the pixels
/// Ref     LeCun, Cortes, Burges, "The MNIST database of handwritten digits"
void normalise_digit(std::span<const std::uint8_t> pixels, int width, int height, DigitPixels out);

}  // namespace livegrad
