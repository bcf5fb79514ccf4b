#include "livegrad/digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "digit_skeletons.hpp"
#include "livegrad/error.hpp"

namespace livegrad {
namespace {

using data::Knot;
using data::Skeleton;

constexpr int kSide = 28, kBox = 20;  // MNIST's picture and the box that a digit fills

struct Point {
  float x, y;
};

Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
Point operator*(float s, Point a) { return {s * a.x, s * a.y}; }

/// Numbers one after the other from a stream.
class Draws {
 public:
  explicit Draws(const RandomStream& random) : random_(random) {}

  float uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(random_.bits(next_++) >> 8) * 0x1p-24f;
  }
  /// Near 0 with the given deviation, bell-shaped, never beyond 3.5 of it: the sum of four uniform numbers.
  float bell(float deviation) {
    const auto words = random_.block(next_ / 4 + 1);
    next_ = (next_ / 4 + 2) * 4;
    float sum = 0;
    for (const std::uint32_t word : words) sum += static_cast<float>(word >> 8) * 0x1p-24f - 0.5f;
    return sum * deviation * 1.7320508f;
  }

 private:
  RandomStream random_;
  std::uint64_t next_ = 0;
};

/// A smooth random displacement: a coarse grid of arrows with smooth steps between them.
class Distortion {
 public:
  Distortion(Draws& draws, float amplitude) {
    for (Point& arrow : arrows_) arrow = {draws.bell(amplitude), draws.bell(amplitude)};
  }

  Point at(Point p) const {
    const auto [column, u] = cell(p.x);
    const auto [row, v] = cell(p.y);
    const Point* corner = &arrows_[row * kGrid + column];
    const Point above = corner[0] + u * (corner[1] - corner[0]);
    const Point below = corner[kGrid] + u * (corner[kGrid + 1] - corner[kGrid]);
    return above + v * (below - above);
  }

 private:
  static constexpr std::size_t kGrid = 4;
  struct Cell {
    std::size_t index;
    float fraction;
  };

  static Cell cell(float position) {
    const float scaled = std::min(std::max(position, 0.0f), 0.9999f) * (kGrid - 1);
    const auto index = static_cast<std::size_t>(scaled);
    const float f = scaled - static_cast<float>(index);
    return {index, f * f * (3 - 2 * f)};
  }

  std::array<Point, kGrid * kGrid> arrows_;
};

/// What the pen traced, in short straight pieces.
struct Trace {
  static constexpr std::size_t kCapacity = 256;
  std::array<Point, kCapacity> points;
  std::array<bool, kCapacity> pen_down;  // a piece leads here from the point before
  std::size_t size = 0;

  void add(Point p, bool down) {
    if (size == kCapacity) return;
    points[size] = p;
    pen_down[size++] = down;
  }
};

/// The smooth curve through a stroke's knots: cubic pieces whose direction at a knot is that from the knot before to
/// the knot after, free at ends and corners.
void trace_stroke(std::span<const Knot> stroke, Draws& draws, float jitter, Trace& trace) {
  constexpr std::size_t kMostKnots = 16;
  constexpr int kPieces = 5;
  std::array<Point, kMostKnots> p;
  const std::size_t n = std::min(stroke.size(), kMostKnots);
  for (std::size_t i = 0; i < n; ++i) {
    p[i] = Point{stroke[i].x, stroke[i].y} + Point{draws.bell(jitter), draws.bell(jitter)};
  }
  const auto smooth = [&](std::size_t i) { return i > 0 && i + 1 < n && !stroke[i].corner; };
  trace.add(p[0], false);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const Point chord = p[i + 1] - p[i];
    Point from = smooth(i) ? 0.5f * (p[i + 1] - p[i - 1]) : chord;
    Point to = smooth(i + 1) ? 0.5f * (p[i + 2] - p[i]) : chord;
    if (!smooth(i)) from = 1.5f * chord - 0.5f * to;
    if (!smooth(i + 1)) to = 1.5f * chord - 0.5f * from;
    for (int k = 1; k <= kPieces; ++k) {
      const float t = static_cast<float>(k) / kPieces, s = 1 - t;
      const float ease = t * t * (3 - 2 * t);
      trace.add(p[i] + ease * chord + (t * s * s) * from - (t * t * s) * to, true);
    }
  }
}

const Skeleton& choose_skeleton(int digit, Draws& draws) {
  const auto skeletons = data::digit_skeletons(digit);
  float total = 0;
  for (const Skeleton& skeleton : skeletons) total += skeleton.weight;
  float left = draws.uniform(0, total);
  for (const Skeleton& skeleton : skeletons) {
    left -= skeleton.weight;
    if (left < 0) return skeleton;
  }
  return skeletons.back();
}

/// How one digit is written, beyond its skeleton.
struct Hand {
  float jitter, distortion;  // deviations in units of the digit's box
  float cos, sin, slant, width;
  float radius, taper;  // of the pen, in pixels, and its change along the stroke
  float softness;       // pixels from ink to paper
  float ink;            // the darkest value
};

Hand choose_hand(int digit, Draws& draws) {
  Hand hand;
  hand.jitter = draws.uniform(0.01f, 0.05f);
  hand.distortion = draws.uniform(0.01f, 0.09f);
  const float angle = draws.bell(0.12f);
  hand.cos = static_cast<float>(math::cos(angle));
  hand.sin = static_cast<float>(math::sin(angle));
  hand.slant = digit == 1 ? 0.2f + draws.bell(0.35f) : 0.2f + draws.bell(0.25f);
  hand.width = draws.uniform(0.5f, digit == 0 ? 1.5f : 1.15f);
  const float thick = draws.uniform(0, 1);
  hand.radius = 0.7f + 1.6f * thick * thick + draws.uniform(0, 0.5f);
  hand.taper = draws.bell(0.12f);
  hand.softness = draws.uniform(0.8f, 1.6f);
  hand.ink = draws.uniform(225, 290);
  return hand;
}

/// Turns, slants and distorts the trace, then fits it into the 20x20 box, ink included, at the picture's centre.
void shape_trace(const Hand& hand, const Distortion& distortion, Trace& trace) {
  Point low{1e9f, 1e9f}, high{-1e9f, -1e9f};
  for (std::size_t i = 0; i < trace.size; ++i) {
    Point p = trace.points[i] + distortion.at(trace.points[i]) - Point{0.5f, 0.5f};
    p.x *= hand.width;
    p.x -= hand.slant * p.y;
    p = {hand.cos * p.x - hand.sin * p.y, hand.sin * p.x + hand.cos * p.y};
    trace.points[i] = p;
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  const float extent = std::max({high.x - low.x, high.y - low.y, 0.1f});
  const float scale = (kBox - 2 * hand.radius) / extent;
  const Point middle = 0.5f * (low + high), centre{0.5f * kSide, 0.5f * kSide};
  for (std::size_t i = 0; i < trace.size; ++i) trace.points[i] = centre + scale * (trace.points[i] - middle);
}

using Canvas = std::array<float, kSide * kSide>;

/// Marks, for every pixel near the piece from a to b, how deep in the ink it lies: radius minus distance.
void ink_piece(Point a, Point b, float radius_a, float radius_b, Canvas& depth) {
  const float reach = std::max(radius_a, radius_b) + 1;
  const auto pixel = [](float v) { return std::clamp(static_cast<int>(v), 0, kSide - 1); };
  const int top = pixel(std::min(a.y, b.y) - reach), bottom = pixel(std::max(a.y, b.y) + reach);
  const int left = pixel(std::min(a.x, b.x) - reach), right = pixel(std::max(a.x, b.x) + reach);
  const Point along = b - a;
  const float length2 = along.x * along.x + along.y * along.y;
  const float inverse = length2 > 1e-12f ? 1 / length2 : 0;
  for (int i = top; i <= bottom; ++i) {
    for (int j = left; j <= right; ++j) {
      const Point q = Point{static_cast<float>(j) + 0.5f, static_cast<float>(i) + 0.5f} - a;
      const float t = std::clamp((q.x * along.x + q.y * along.y) * inverse, 0.0f, 1.0f);
      const Point away = q - t * along;
      const float distance2 = away.x * away.x + away.y * away.y;
      if (distance2 > reach * reach) continue;
      float& best = depth[static_cast<std::size_t>(i * kSide + j)];
      best = std::max(best, radius_a + t * (radius_b - radius_a) - std::sqrt(distance2));
    }
  }
}

}  // namespace

void draw_digit(int digit, const RandomStream& random, DigitPixels out) {
  Draws draws(random);
  const Hand hand = choose_hand(digit, draws);
  const Skeleton& skeleton = choose_skeleton(digit, draws);
  Trace trace;
  for (const auto stroke : skeleton.strokes) trace_stroke(stroke, draws, hand.jitter, trace);
  shape_trace(hand, Distortion(draws, hand.distortion), trace);

  Canvas depth;
  depth.fill(-100);
  const auto radius = [&](std::size_t i) {
    const float along = static_cast<float>(i) / static_cast<float>(trace.size) - 0.5f;
    return std::max(0.5f, hand.radius * (1 + 2 * hand.taper * along));
  };
  for (std::size_t i = 1; i < trace.size; ++i) {
    if (trace.pen_down[i]) ink_piece(trace.points[i - 1], trace.points[i], radius(i - 1), radius(i), depth);
  }
  std::array<std::uint8_t, kSide * kSide> inked;
  for (std::size_t i = 0; i < depth.size(); ++i) {
    const float cover = std::clamp(0.5f + depth[i] / hand.softness, 0.0f, 1.0f);
    inked[i] = static_cast<std::uint8_t>(std::min(cover * hand.ink + 0.5f, 255.0f));
  }
  data::centre_by_mass(inked, out);
}

Dataset drawn_digits(std::int64_t count, std::uint64_t seed) {
  if (count < 1 || count > 10'000'000) {
    throw_error(ErrorCode::invalid_argument, "drawn digits", "The count is {}, but must be 1 to 10000000.",
                count);
  }
  const auto n = static_cast<std::size_t>(count);
  xt::xtensor<std::uint8_t, 4> inputs(std::array<std::size_t, 4>{n, 1, kSide, kSide});
  xt::xtensor<std::int32_t, 1> labels(std::array<std::size_t, 1>{n});
  for (std::size_t i = 0; i < n; ++i) {
    // Each ten in a row hold every digit once, in an order of their own.
    std::array<std::int32_t, 10> order;
    RandomStream{.seed = seed, .layer = 1, .purpose = Purpose::digits, .step = i / 10}.permutation(order);
    labels(i) = order[i % 10];
    draw_digit(labels(i), {.seed = seed, .purpose = Purpose::digits, .step = i},
               DigitPixels(inputs.data() + i * kSide * kSide, kSide * kSide));
  }
  return {"drawn-digits",
          "drawn by the program",
          std::move(inputs),
          std::move(labels),
          {},
          {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
}

}  // namespace livegrad
