#include "livegrad/init.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "livegrad/math.hpp"

namespace livegrad {

std::string_view to_string(InitType type) noexcept {
  switch (type) {
    case InitType::he_normal:
      return "he_normal";
    case InitType::he_uniform:
      return "he_uniform";
    case InitType::glorot_normal:
      return "glorot_normal";
    case InitType::glorot_uniform:
      return "glorot_uniform";
    case InitType::lecun_normal:
      return "lecun_normal";
    case InitType::lecun_uniform:
      return "lecun_uniform";
    case InitType::orthogonal:
      return "orthogonal";
    case InitType::normal:
      return "normal";
    case InitType::uniform:
      return "uniform";
    case InitType::constant:
      return "constant";
  }
  return "";
}

Init resolve(const InitOptions& options, double fan_in, double fan_out) noexcept {
  const double he = 2 / fan_in, glorot = 2 / (fan_in + fan_out), lecun = 1 / fan_in;
  switch (options.type) {
    case InitType::he_normal:
      return Init::normal(std::sqrt(he));
    case InitType::he_uniform:
      return Init::uniform(std::sqrt(3 * he));
    case InitType::glorot_normal:
      return Init::normal(std::sqrt(glorot));
    case InitType::glorot_uniform:
      return Init::uniform(std::sqrt(3 * glorot));
    case InitType::lecun_normal:
      return Init::normal(std::sqrt(lecun));
    case InitType::lecun_uniform:
      return Init::uniform(std::sqrt(3 * lecun));
    case InitType::orthogonal:
      return Init::orthogonal();
    case InitType::normal:
      return Init::normal(options.value);
    case InitType::uniform:
      return Init::uniform(options.value);
    case InitType::constant:
      return Init::constant(options.value);
  }
  return {};
}

double spectral_radius(std::span<const real> matrix, std::int64_t n) {
  // Gelfand: |A^m|^(1/m), or from m to 2m |A^2m| / |A^m|, tends to the radius; A is squared and scaled to norm 1.
  constexpr int kSquarings = 20;
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> power(matrix.begin(), matrix.end()), square(power.size());
  double radius = 0;
  double log_norm = 0;  // of A^m, before scaling
  for (int k = 0; k <= kSquarings; ++k) {
    if (k > 0) {
      std::ranges::fill(square, 0.0);
      for (std::size_t i = 0; i < size; ++i)
        for (std::size_t l = 0; l < size; ++l)
          for (std::size_t j = 0; j < size; ++j)
            square[i * size + l] += power[i * size + j] * power[j * size + l];
      std::swap(power, square);
    }
    double sum = 0;
    for (const double x : power) sum += x * x;
    const double norm = std::sqrt(sum);
    if (!(norm > 0)) return 0;
    for (double& x : power) x /= norm;
    // log |A^2m| = 2 log |A^m| + log of this norm.
    const double before = log_norm;
    log_norm = 2 * before + math::log(norm);
    const double m = double(std::int64_t{1} << k);
    radius = math::exp((log_norm - before) / (k == 0 ? 1 : m / 2));
  }
  return radius;
}

std::vector<real> gaussian_window(std::int64_t window) {
  const double deviation = double(window) / 4, middle = double(window - 1) / 2;
  std::vector<double> line(static_cast<std::size_t>(window));
  double sum = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const double z = (double(i) - middle) / deviation;
    sum += line[i] = math::exp(-0.5 * z * z);
  }
  std::vector<real> weights;
  weights.reserve(line.size() * line.size());
  for (const double row : line)
    for (const double column : line) weights.push_back(static_cast<real>(row * column / (sum * sum)));
  return weights;
}

const std::vector<std::uint8_t>& lenet5_connections() {
  static const std::vector<std::uint8_t> table = [] {
    // The maps that each filter of C3 sees: three neighbours, four neighbours, four with a gap, all.
    constexpr const char* kMaps[16] = {"012",  "123",  "234",  "345",  "450",  "501",  "0123", "1234",
                                       "2345", "3450", "4501", "5012", "0134", "1245", "0235", "012345"};
    std::vector<std::uint8_t> connections(16 * 6);
    for (std::size_t filter = 0; filter < 16; ++filter)
      for (const char* map = kMaps[filter]; *map; ++map)
        connections[filter * 6 + std::size_t(*map - '0')] = 1;
    return connections;
  }();
  return table;
}

}  // namespace livegrad
