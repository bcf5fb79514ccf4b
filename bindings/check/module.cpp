// What JavaScript calls of the reference: a network, as the other module recorded it, is made again with double values,
// and its gradients are checked, some numbers a call. Plain functions, since their glue is smaller than Embind's.
#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../recording.hpp"
#include "gradient_checker.hpp"
#include "livegrad/ops.hpp"

namespace livegrad::bindings {
namespace {

class Reader {
 public:
  explicit Reader(const std::uint8_t* at) : at_(at) {}

  template <class T>
  T take() {
    T value;
    std::memcpy(&value, raw(sizeof(T)), sizeof(T));
    return value;
  }
  std::int32_t number() { return take<std::int32_t>(); }
  std::string_view text() {
    const auto size = std::size_t(number());
    return {reinterpret_cast<const char*>(raw(size)), size};
  }
  Shape shape() {
    std::int64_t extents[kMaxRank];
    const std::int32_t rank = number();
    for (std::int32_t i = 0; i < rank; ++i) extents[i] = number();
    return Shape(std::span<const std::int64_t>(extents, std::size_t(rank)));
  }
  const std::uint8_t* raw(std::size_t bytes) { return std::exchange(at_, at_ + (bytes + 3) / 4 * 4); }

 private:
  const std::uint8_t* at_;
};

/// A network and the check of it.
struct Check {
  Device device{{.isa = "ref", .threads = 1}};
  ParamStore params;
  Graph graph{device, params, GradientChecker::kExamples};
  std::unique_ptr<GradientChecker> checker;

  Check(Reader in, std::uint64_t seed) {
    // Shapes first, then the numbers, since the store allocates all at once.
    const auto tensors = [&](Reader& from, auto&& use) {
      for (std::int32_t i = 0, count = from.number(); i < count; ++i) {
        const std::string layer(from.text()), role(from.text());
        const Shape shape = from.shape();
        use(i, layer, role, shape, from.raw(std::size_t(shape.size()) * sizeof(float)));
      }
    };
    const auto copy = [](const TensorView& to, const std::uint8_t* numbers) {
      for (std::int64_t i = 0; i < to.size(); ++i) {
        float number;
        std::memcpy(&number, numbers + std::size_t(i) * sizeof(float), sizeof(number));
        to.data[i] = number;
      }
    };
    Reader ahead = in;
    tensors(ahead, [&](int, const auto& layer, const auto& role, const Shape& shape, auto) {
      params.add({.layer = layer, .role = role, .shape = shape, .init = {}});
    });
    tensors(ahead, [&](int, const auto& layer, const auto& role, const Shape& shape, auto) {
      params.add_state({.layer = layer, .role = role, .shape = shape});
    });
    params.allocate(0);
    tensors(in, [&](int i, const auto&, const auto&, const Shape&, auto numbers) {
      copy(params.value(ParamId{i}), numbers);
    });
    tensors(in, [&](int i, const auto&, const auto&, const Shape&, auto numbers) {
      copy(params.state(StateId{i}), numbers);
    });

    for (const auto count = std::size_t(in.number()); graph.values().size() < count;) {
      switch (Tag(in.number())) {
        case Tag::input: {
          const bool integers = in.number() != 0;
          const Shape example = in.shape();
          integers ? graph.index_input(example) : graph.input(example);
          break;
        }
        case Tag::parameter:
          graph.use(ParamId{in.number()});
          break;
        case Tag::state:
          graph.use(StateId{in.number()});
          break;
        case Tag::operation: {
          const OpDef& op = *ops::all()[std::size_t(in.number())];
          graph.enter_scope(in.text());
          std::vector<ValueId> inputs(std::size_t(in.number()));
          for (ValueId& id : inputs) id = {in.number()};
          graph.record(op, inputs, in.take<Attributes>());
          break;
        }
      }
    }
    CheckedNetwork network;
    for (ValueId* id : {&network.input, &network.labels, &network.targets, &network.loss})
      *id = {in.number()};
    network.classes = in.number();
    network.symbols = in.number();
    network.low = in.take<float>();
    network.high = in.take<float>();
    checker = std::make_unique<GradientChecker>(graph, network, seed);
  }
};

std::unique_ptr<Check> check;
std::string failure;

/// One tensor's row, as JavaScript reads it.
struct Row {
  double worst;
  std::int32_t checked, kinks, size;
  const char *layer, *parameter;
} row;

}  // namespace
}  // namespace livegrad::bindings

using namespace livegrad::bindings;
using livegrad::GradientChecker;

extern "C" {

/// Room for a recording.
EMSCRIPTEN_KEEPALIVE void* check_allocate(std::size_t bytes) { return std::malloc(bytes); }

/// Reads the recording and lets go of it; the number of tensors to check, or -1: check_failure says why.
EMSCRIPTEN_KEEPALIVE int check_open(std::uint8_t* recording, std::uint32_t seed) {
  try {
    check = std::make_unique<Check>(Reader(recording), seed);
    std::free(recording);
    return int(check->checker->tensors().size());
  } catch (const std::exception& error) {
    failure = error.what();
    return -1;
  }
}

EMSCRIPTEN_KEEPALIVE const char* check_failure() { return failure.c_str(); }

/// Checks numbers [first, first + count) of a tensor, if any, and says how it stands.
EMSCRIPTEN_KEEPALIVE const Row* check_numbers(int index, int first, int count) {
  GradientChecker::Tensor& tensor = check->checker->tensors()[std::size_t(index)];
  check->checker->check(tensor, first, count);
  row = {.worst = tensor.worst,
         .checked = tensor.checked,
         .kinks = tensor.kinks,
         .size = std::int32_t(tensor.value.size()),
         .layer = tensor.layer.c_str(),
         .parameter = tensor.parameter.c_str()};
  return &row;
}

}  // extern "C"
