#include <algorithm>
#include <string>

#include "parts.hpp"

namespace livegrad {

namespace {

std::int64_t padding(const Builder& b, const ConvOptions& o) {
  if (o.pad) return *o.pad;
  const std::int64_t reach = o.dilation * (o.kernel - 1);
  b.require(reach % 2 == 0,
            "pad \"same\" needs an odd kernel, and kernel is {}. Use kernel {} or give pad as a number.",
            o.kernel, o.kernel + 1);
  return reach / 2;
}

void check(const Builder& b, ValueId x, const ConvOptions& o) {
  const Shape& shape = b.shape(x);
  require_maps(b, x);
  for (const auto& [name, value] :
       {std::pair("filters", o.filters), std::pair("kernel", o.kernel), std::pair("stride", o.stride),
        std::pair("dilation", o.dilation), std::pair("groups", o.groups)}) {
    b.require(value >= 1, "{} must be at least 1, not {}.", name, value);
  }
  b.require(shape[1] % o.groups == 0 && o.filters % o.groups == 0,
            "{} input channels and {} filters cannot be split into {} groups. Use a number of groups that "
            "divides both.",
            shape[1], o.filters, o.groups);
  if (o.connections.empty()) return;
  b.require(o.groups == 1,
            "a connection table and {} groups exclude each other. Write the groups into the table.",
            o.groups);
  b.require(std::int64_t(o.connections.size()) == o.filters * shape[1],
            "the connection table has {} entries, but {} filters on {} channels need {}. Change the table or "
            "the number of filters.",
            o.connections.size(), o.filters, shape[1], o.filters * shape[1]);
  for (std::int64_t filter = 0; filter < o.filters; ++filter) {
    const auto row = o.connections.begin() + filter * shape[1];
    b.require(std::ranges::all_of(row, row + shape[1], [](std::uint8_t bit) { return bit <= 1; }),
              "the connection table holds numbers other than 0 and 1.");
    b.require(std::any_of(row, row + shape[1], [](std::uint8_t bit) { return bit == 1; }),
              "filter {} of the connection table sees no channel. Connect it or take it out.", filter + 1);
  }
}

}  // namespace

ValueId conv(Builder& b, ValueId x, const ConvOptions& o) {
  const auto scope = b.scope("conv", o.name);
  check(b, x, o);
  const std::int64_t channels = b.dim(x, 1), area = o.kernel * o.kernel;
  const std::int64_t pairs = o.connections.empty() ? o.filters * (channels / o.groups)
                                                   : std::ranges::count(o.connections, std::uint8_t{1});
  const double fan_in = double(pairs * area) / double(o.filters),
               fan_out = double(pairs * area) / double(channels);
  const InitOptions init = o.weights.init.value_or(default_init(b.semantics(), o.act));
  const std::int64_t pad = padding(b, o);

  ValueId weight = b.weight({o.filters, channels / o.groups, o.kernel, o.kernel},
                            resolve(init, fan_in, fan_out), o.weights, o.connections);
  if (!o.connections.empty()) {
    const ValueId table = b.state({.layer = {},
                                   .role = "connections",
                                   .shape = {o.filters, channels},
                                   .values = {o.connections.begin(), o.connections.end()}});
    weight = ops::connect(b.graph(), weight, table);
  }
  ValueId bias;
  if (o.bias.used) {
    bias = b.offset("bias", {o.filters}, o.bias.value.value_or(default_bias(b.semantics(), o.act)),
                    o.weights.rate);
  }
  const ValueId y = ops::conv2d(b.graph(), x, weight, bias,
                                {.stride = o.stride, .pad = pad, .dilation = o.dilation, .groups = o.groups});
  b.count(pairs * area * b.shape(y).size_from(2));
  return finish(b, y, o.act, o.dropout);
}

}  // namespace livegrad
