#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "livegrad/math.hpp"

namespace livegrad {

/// What random numbers are for, so that no two uses ever share them.
enum class Purpose : std::uint32_t { init, shuffle, dropout, augment, digits, sample, noise, check };

/// A 32-bit number for a layer's id, the same in every build and every run.
/// Ref     Fowler, Noll and Vo, FNV-1a
[[gnu::always_inline]] inline std::uint32_t stable_id(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

/// The ten-round Philox generator: a bijection of 128-bit counters for each 64-bit key.
/// Ref     Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3
[[gnu::always_inline]] inline std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                                      std::array<std::uint32_t, 2> key) {
  std::uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  std::uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xd2511f53} * c0;
    const std::uint64_t p1 = std::uint64_t{0xcd9e8d57} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  return {c0, c1, c2, c3};
}

/// Random numbers addressed by (seed, layer, purpose, step, element) instead of drawn in sequence: the
/// element-th number does not depend on which others were asked for, by how many threads, or where.
/// Members are always inlined so that kernels for different instruction sets can use them.
/// Units   step and element / 4 count to 2^44; `layer` is stable_id of the layer's id, 0 for none
struct RandomStream {
  std::uint64_t seed = 0;
  std::uint32_t layer = 0;
  Purpose purpose = Purpose::init;
  std::uint64_t step = 0;

  /// The index-th block of four: 128 independent bits.
  [[gnu::always_inline]] std::array<std::uint32_t, 4> block(std::uint64_t index) const {
    const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32) & 0xfff; };
    return philox4x32({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(step), layer,
                       static_cast<std::uint32_t>(purpose) | high(step) << 8 | high(index) << 20},
                      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  }

  /// 32 random bits.
  [[gnu::always_inline]] std::uint32_t bits(std::uint64_t element) const {
    return block(element / 4)[element % 4];
  }

  /// Uniform in [0, 1), a multiple of 2^-32.
  [[gnu::always_inline]] double uniform(std::uint64_t element) const { return bits(element) * 0x1p-32; }

  /// Normal with mean 0 and deviation 1; never beyond 6.8. Two elements share two words of a block.
  /// Ref     Box and Muller 1958, "A note on the generation of random normal deviates"
  [[gnu::always_inline]] double normal(std::uint64_t element) const {
    const auto words = block(element / 4);
    const std::uint64_t pair = element % 4 / 2 * 2;
    const double radius = std::sqrt(-2.0 * math::log((words[pair] + 0.5) * 0x1p-32));
    const double angle = 0x1.921fb54442d18p+2 * (words[pair + 1] * 0x1p-32);  // 2 pi u
    return radius * (element % 2 == 0 ? math::cos(angle) : math::sin(angle));
  }

  /// Uniform over 0 … n - 1; no value is favoured by more than n / 2^32.
  [[gnu::always_inline]] std::uint32_t below(std::uint32_t n, std::uint64_t element) const {
    return static_cast<std::uint32_t>((std::uint64_t{bits(element)} * n) >> 32);
  }

  /// Fills `out` with 0 … size - 1 in random order (Fisher and Yates, from the last place down).
  void permutation(std::span<std::int32_t> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::int32_t>(i);
    for (std::size_t i = out.size(); i-- > 1;)
      std::swap(out[i], out[below(static_cast<std::uint32_t>(i + 1), i)]);
  }
};

}  // namespace livegrad
