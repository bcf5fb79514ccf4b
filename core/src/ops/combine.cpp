#include <array>
#include <cmath>

#include "common.hpp"
#include "defs.hpp"

namespace livegrad::ops {

namespace {

using kernels::BinaryKind;

void infer_binary(Infer& i) {
  require_batch(i, 0, 1, "[N,...]");
  i.require(i.shape(0) == i.shape(1), "shapes {} and {} differ. Both inputs must be alike.", i.shape(0),
            i.shape(1));
  i.output(i.shape(0));
}

template <BinaryKind kind>
void forward_binary(Exec& e) noexcept {
  const TensorView y = e.out();
  e.k().binary(
      e.context(),
      {.kind = kind, .size = y.size(), .a = e.in(0).data, .b = e.in(1).data, .out = y.data, .beta = 0});
}

void add_scaled(Exec& e, const TensorView& x, const TensorView& out, real scale, real beta) noexcept {
  e.k().affine(e.context(),
               {.size = x.size(), .scale = scale, .shift = 0, .x = x.data, .out = out.data, .beta = beta});
}

void backward_add(Exec& e) noexcept {
  for (int i = 0; i < 2; ++i) {
    if (const TensorView dx = e.din(i)) add_scaled(e, e.dout(), dx, 1, e.beta(i));
  }
}

void backward_multiply(Exec& e) noexcept {
  const TensorView dy = e.dout();
  for (int i = 0; i < 2; ++i) {
    if (const TensorView dx = e.din(i)) {
      e.k().binary(e.context(), {.kind = BinaryKind::multiply,
                                 .size = dy.size(),
                                 .a = dy.data,
                                 .b = e.in(1 - i).data,
                                 .out = dx.data,
                                 .beta = e.beta(i)});
    }
  }
}

struct Affine {
  double scale, shift;
};

void infer_affine(Infer& i) {
  const auto& a = i.attributes<Affine>();
  require_batch(i, 0, 1, "[N,...]");
  if (!std::isfinite(a.scale) || !std::isfinite(a.shift)) {
    i.fail(ErrorCode::invalid_argument, "scale and shift must be finite.");
  }
  i.output(i.shape(0));
}

/// Features come last in a sequence [N,T,C].
int channel_axis(const Shape& shape) { return shape.rank() == 3 ? 2 : 1; }

void infer_concat(Infer& i) {
  require_batch(i, 0, 2, "[N,C,...]");
  const Shape& first = i.shape(0);
  const int axis = channel_axis(first);
  std::int64_t channels = 0;
  for (int k = 0; k < i.inputs(); ++k) {
    const Shape& x = i.shape(k);
    i.require(x.rank() == first.rank() && x.with(axis, 0) == first.with(axis, 0),
              "shapes {} and {} differ in more than their channels.", first, x);
    channels += x[axis];
  }
  i.output(first.with(axis, channels));
}

/// Between the concatenation, `whole`, and its parts: row by row, one part's channels after another's.
void forward_concat(Exec& e) noexcept {
  const TensorView y = e.out();
  const int axis = channel_axis(y.shape);
  const std::int64_t stride = y.shape.size_from(axis);
  std::int64_t offset = 0;
  for (int i = 0; i < e.inputs(); ++i) {
    const TensorView x = e.in(i);
    const std::int64_t columns = x.shape.size_from(axis);
    e.k().copy(e.context(), {.rows = x.size() / columns,
                             .columns = columns,
                             .x = x.data,
                             .x_stride = columns,
                             .out = y.data + offset,
                             .out_stride = stride,
                             .beta = 0});
    offset += columns;
  }
}

void backward_concat(Exec& e) noexcept {
  const TensorView dy = e.dout();
  const int axis = channel_axis(dy.shape);
  const std::int64_t stride = dy.shape.size_from(axis);
  std::int64_t offset = 0;
  for (int i = 0; i < e.inputs(); ++i) {
    const std::int64_t columns = e.in(i).shape.size_from(axis);
    if (const TensorView dx = e.din(i)) {
      e.k().copy(e.context(), {.rows = dx.size() / columns,
                               .columns = columns,
                               .x = dy.data + offset,
                               .x_stride = stride,
                               .out = dx.data,
                               .out_stride = columns,
                               .beta = e.beta(i)});
    }
    offset += columns;
  }
}

struct Reshape {
  std::array<std::int64_t, kMaxRank - 1> extents;
  std::int64_t rank;
};

void infer_reshape(Infer& i) {
  const auto& r = i.attributes<Reshape>();
  require_batch(i, 0, 1, "[N,...]");
  std::array<std::int64_t, kMaxRank> extents{i.shape(0)[0]};
  for (std::int64_t k = 0; k < r.rank; ++k) extents[std::size_t(k + 1)] = r.extents[std::size_t(k)];
  const Shape y(std::span<const std::int64_t>(extents.data(), std::size_t(r.rank + 1)));
  i.require(y.size_from(1) == i.shape(0).size_from(1),
            "an example of {} numbers (input {}) cannot become {}.", i.shape(0).size_from(1), i.shape(0), y);
  i.output(y);
}

}  // namespace

constinit const OpDef add_def{
    .name = "add",
    .equation = "y = a + b",
    .reference = "He et al. 2016, \"Deep residual learning\"",
    .infer = infer_binary,
    .forward = forward_binary<BinaryKind::add>,
    .backward = backward_add,
};

constinit const OpDef multiply_def{
    .name = "multiply",
    .equation = "y = a ∘ b",
    .reference = "Srivastava, Greff and Schmidhuber 2015, \"Highway networks\"",
    .infer = infer_binary,
    .forward = forward_binary<BinaryKind::multiply>,
    .backward = backward_multiply,
};

constinit const OpDef affine_def{
    .name = "affine",
    .equation = "y = scale·x + shift",
    .reference = "",
    .infer = infer_affine,
    .forward =
        [](Exec& e) noexcept {
          const auto& a = e.attributes<Affine>();
          const TensorView x = e.in(0);
          e.k().affine(e.context(), {.size = x.size(),
                                     .scale = real(a.scale),
                                     .shift = real(a.shift),
                                     .x = x.data,
                                     .out = e.out().data,
                                     .beta = 0});
        },
    .backward =
        [](Exec& e) noexcept {
          add_scaled(e, e.dout(), e.din(0), real(e.attributes<Affine>().scale), e.beta(0));
        },
};

constinit const OpDef concat_def{
    .name = "concat",
    .equation = "y = [x₁; x₂; …] along the channels",
    .reference = "Huang et al. 2017, \"Densely connected convolutional networks\"",
    .infer = infer_concat,
    .forward = forward_concat,
    .backward = backward_concat,
};

constinit const OpDef reshape_def{
    .name = "reshape",
    .equation = "y = x in another shape, row-major",
    .reference = "",
    .infer = infer_reshape,
    .forward = [](Exec& e) noexcept { add_scaled(e, e.in(0), e.out(), 1, 0); },
    .backward = [](Exec& e) noexcept { add_scaled(e, e.dout(), e.din(0), 1, e.beta(0)); },
};

ValueId add(Graph& g, ValueId a, ValueId b) { return record(g, add_def, {a, b}); }
ValueId multiply(Graph& g, ValueId a, ValueId b) { return record(g, multiply_def, {a, b}); }
ValueId affine(Graph& g, ValueId x, real scale, real shift) {
  return record(g, affine_def, {x}, Affine{scale, shift});
}
ValueId concat(Graph& g, std::span<const ValueId> xs) { return g.record(concat_def, xs); }

ValueId reshape(Graph& g, ValueId x, const Shape& example) {
  Reshape r{{}, example.rank()};
  if (example.rank() >= kMaxRank) {
    throw_error(ErrorCode::shape_mismatch, "reshape", "An example has at most {} axes, not {}.", kMaxRank - 1,
                example.rank());
  }
  for (int i = 0; i < example.rank(); ++i) r.extents[std::size_t(i)] = example[i];
  return record(g, reshape_def, {x}, r);
}

ValueId flatten(Graph& g, ValueId x) { return reshape(g, x, {g.value(x).shape.size_from(1)}); }

}  // namespace livegrad::ops
