#include "kernel_cases.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace livegrad::testing {

using namespace kernels;

KernelRun::Buffer* KernelRun::buffer(std::int64_t size, float guard) {
  buffers_.push_back({std::vector<float>(static_cast<std::size_t>(size + 2 * kBorder), guard), guard});
  return &buffers_.back();
}

float* KernelRun::fill(Buffer* buffer, std::int64_t size, double low, double high) {
  const RandomStream stream{.seed = 7, .layer = layer_, .purpose = Purpose::check, .step = count_++};
  float* values = buffer->values.data() + kBorder;
  for (std::int64_t i = 0; i < size; ++i)
    values[i] = static_cast<float>(low + (high - low) * stream.uniform(static_cast<std::uint64_t>(i)));
  return values;
}

const std::int32_t* KernelRun::labels(std::int64_t size, std::uint32_t classes) {
  const RandomStream stream{.seed = 8, .layer = layer_, .purpose = Purpose::check, .step = count_++};
  words_.push_back({std::vector<std::uint32_t>(static_cast<std::size_t>(size))});
  auto* values = reinterpret_cast<std::int32_t*>(words_.back().values.data());
  for (std::int64_t i = 0; i < size; ++i)  // now and then one that is no class
    values[i] =
        i % 7 == 6 ? -1 : static_cast<std::int32_t>(stream.below(classes, static_cast<std::uint64_t>(i)));
  return values;
}

float* KernelRun::output(std::int64_t size, float beta) {
  Buffer* made = buffer(size, kGuard);
  made->is_output = true;
  float* values = made->values.data() + kBorder;
  if (beta != 0) return fill(made, size, -1, 1);
  for (std::int64_t i = 0; i < size; ++i) values[i] = kNaN;
  return values;
}

float* KernelRun::state(std::int64_t size, double low, double high) {
  Buffer* made = buffer(size, kGuard);
  made->is_output = true;
  return fill(made, size, low, high);
}

std::int32_t* KernelRun::switches(std::int64_t size) { return reinterpret_cast<std::int32_t*>(pixels(size)); }
std::uint32_t* KernelRun::pixels(std::int64_t size) {
  words_.push_back({std::vector<std::uint32_t>(static_cast<std::size_t>(size), 0xdeadbeef)});
  return words_.back().values.data();
}
double* KernelRun::number() { return &numbers_.emplace_back(); }
bool* KernelRun::flag() { return &flags_.emplace_back(); }

std::vector<KernelRun::Output> KernelRun::outputs() const {
  std::vector<Output> outputs;
  for (const Buffer& buffer : buffers_)
    if (buffer.is_output)
      outputs.push_back({.values{buffer.values.begin() + kBorder, buffer.values.end() - kBorder}, .words{}});
  for (const Words& words : words_) outputs.push_back({.values{}, .words = words.values});
  for (const double number : numbers_) outputs.push_back({.values{static_cast<float>(number)}, .words{}});
  for (const bool flag : flags_) outputs.push_back({.values{}, .words{flag}});
  return outputs;
}

void KernelRun::finished(const kernels::Epilogue& epilogue, float* result, std::int64_t size,
                         const std::function<void(const kernels::Epilogue*)>& kernel) {
  kernel(apart_ ? nullptr : &epilogue);
  if (!apart_) return;
  (epilogue.y ? k().activation_backward : k().activation_forward)(
      context(), kernels::in_place(epilogue, result, 0, size));
}

bool KernelRun::borders_intact() const {
  for (const Buffer& buffer : buffers_)
    for (std::size_t i = 0; i < kBorder; ++i)
      for (const float value : {buffer.values[i], buffer.values[buffer.values.size() - 1 - i]})
        if (std::memcmp(&value, &buffer.guard, sizeof value) != 0) return false;
  return true;
}

namespace {

constexpr double kChain = 4e-6;  // sums of products in one order, products rounded or not
constexpr double kTiles =
    8e-6;  // sums by Winograd's tiles, in which functions follow the error of what they are given
constexpr double kSum = 4e-6;       // sums in another order
constexpr double kFunction = 1e-6;  // elementary functions and short formulas

using Cases = std::vector<KernelCase>;

void gemm_case(KernelRun& r, std::int64_t m, std::int64_t n, std::int64_t k, bool ta, bool tb, float beta,
               bool bias, std::int64_t gap = 0) {
  const std::int64_t lda = (ta ? m : k) + gap, ldb = (tb ? k : n) + gap, ldc = n + gap;
  float* c = r.output(m * ldc, beta);
  r.k().gemm(r.context(), {.m = m,
                           .n = n,
                           .k = k,
                           .a = r.input((ta ? k : m) * lda),
                           .lda = lda,
                           .transpose_a = ta,
                           .b = r.input((tb ? n : k) * ldb),
                           .ldb = ldb,
                           .transpose_b = tb,
                           .c = c,
                           .ldc = ldc,
                           .beta = beta,
                           .bias = bias ? r.input(n) : nullptr});
}

void add_gemm(Cases& cases) {
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) {
      const std::string name = std::string("gemm ") + (ta ? "T" : "N") + (tb ? "T" : "N");
      cases.push_back(
          {name + " edges", kChain, 0, [=](KernelRun& r) {
             for (const std::int64_t m : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17})
               for (const std::int64_t n : {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 33, 48, 49})
                 gemm_case(r, m, n, (m + n) % 11 + 1, ta, tb, 0, (m + n) % 2 == 0);
           }});
      cases.push_back({name + " accumulate", kChain, 0, [=](KernelRun& r) {
                         for (const std::int64_t m : {1, 5, 12, 23})
                           for (const std::int64_t n : {1, 10, 24, 51})
                             gemm_case(r, m, n, 19, ta, tb, 1, false);
                       }});
      cases.push_back({name + " strided", kChain, 0, [=](KernelRun& r) {
                         gemm_case(r, 7, 11, 13, ta, tb, 1, false, 3);
                         gemm_case(r, 25, 70, 30, ta, tb, 1, false, 16);
                       }});
      cases.push_back({name + " large", kChain, 0, [=](KernelRun& r) {
                         gemm_case(r, 100, 200, 784, ta, tb, 0, true);
                         gemm_case(r, 20, 10, 256, ta, tb, 0, true);
                         gemm_case(r, 10, 256, 20, ta, tb, 1, false);
                         gemm_case(r, 131, 800, 301, ta, tb, 0, false);
                         gemm_case(r, 1, 300, 520, ta, tb, 0, true);
                         gemm_case(r, 300, 1, 520, ta, tb, 0, true);
                       }});
      // Several blocks of rows, of columns and of k, none of them a multiple of a tile.
      cases.push_back({name + " blocks", kChain, 0,
                       [=](KernelRun& r) { gemm_case(r, 205, 500, 401, ta, tb, 1, false); }});
    }
}

struct Conv {
  const char* name;
  std::int64_t n, c, h, w, f, r, s, stride = 1, pad = 0, dilation = 1, groups = 1, pad_w = -1, stride_w = -1;
};

// Small and odd, the workloads' own, and such as have to be cut to fit the scratch memory.
const Conv kConvs[] = {
    {"1x1", 2, 3, 5, 4, 2, 1, 1},
    {"3x3", 1, 1, 3, 3, 1, 3, 3},
    {"3x3 same", 2, 3, 9, 8, 4, 3, 3, 1, 1},
    {"5x5 same", 2, 2, 7, 11, 9, 5, 5, 1, 2},
    {"5x5 valid", 3, 1, 28, 28, 6, 5, 5},
    {"convnetjs conv1", 3, 1, 24, 24, 8, 5, 5, 1, 2},
    {"convnetjs conv2", 3, 8, 12, 12, 16, 5, 5, 1, 2},
    {"lenet c3", 2, 6, 14, 14, 16, 5, 5},
    {"lenet c5", 5, 16, 5, 5, 30, 5, 5},
    {"whole row out", 2, 3, 6, 18, 5, 3, 3},
    {"out 16 wide", 1, 2, 4, 16, 3, 3, 3, 1, 1},
    {"out 32 wide", 1, 3, 32, 32, 7, 3, 3, 1, 1},
    {"out 1 wide", 2, 2, 6, 3, 3, 2, 3},
    {"even kernel", 1, 2, 6, 6, 3, 4, 2, 1, 1},
    {"stride 2", 2, 3, 9, 8, 4, 3, 3, 2, 1},
    {"stride 2 leaves cells", 1, 2, 8, 7, 3, 3, 2, 2},
    {"stride 3", 1, 2, 11, 13, 3, 2, 2, 3},
    {"stride over kernel", 1, 1, 9, 9, 2, 2, 2, 4, 1},
    {"stride apart", 1, 2, 9, 9, 3, 3, 3, 2, 1, 1, 1, 2, 1},
    {"dilation 2", 1, 2, 9, 10, 3, 3, 3, 1, 2, 2},
    {"dilation stride", 2, 2, 12, 11, 3, 3, 2, 2, 1, 3},
    {"groups", 2, 6, 7, 6, 4, 3, 3, 1, 1, 1, 2},
    {"depthwise", 2, 5, 8, 8, 5, 3, 3, 1, 1, 1, 5},
    {"groups stride", 1, 4, 9, 9, 6, 3, 3, 2, 0, 1, 2},
    {"wide pad", 1, 2, 3, 4, 2, 2, 2, 1, 3},
    {"pad beyond kernel", 1, 1, 3, 3, 2, 1, 1, 1, 2},
    {"height 1", 2, 3, 1, 40, 4, 1, 7, 1, 0, 1, 1, 3},
    {"64 channels", 1, 64, 8, 8, 20, 3, 3, 1, 1},
    {"many channels", 1, 70, 50, 49, 3, 3, 3, 1, 1},
    {"large picture", 1, 2, 300, 310, 2, 3, 3, 1, 1},
    {"large filters", 1, 3, 40, 40, 2, 39, 38},
    {"many filters", 1, 30, 6, 6, 300, 3, 3, 1, 1},
    {"tiles", 5, 24, 10, 10, 48, 3, 3},
    {"tiles 14 wide", 2, 32, 14, 14, 64, 5, 5, 1, 2},
    {"tiles 3x3 odd", 2, 17, 13, 11, 35, 3, 3, 1, 1},
    {"tiles 5x5 odd", 2, 20, 11, 9, 35, 5, 5, 1, 2},
    {"tiles cut off", 2, 20, 12, 11, 24, 3, 3, 1, 3},
    {"tiles groups", 2, 40, 12, 12, 40, 3, 3, 1, 1, 1, 2},
    {"tiles of many channels", 1, 130, 12, 12, 150, 3, 3, 1, 1},
    {"tiles of a large picture", 1, 33, 50, 62, 40, 3, 3, 1, 1},
    {"lanes 7 wide", 3, 20, 7, 7, 40, 2, 3, 1, 1},
    {"lanes 14 wide", 2, 32, 14, 14, 64, 4, 5, 1, 2},
    {"lanes 17 wide", 2, 5, 9, 17, 64, 3, 3, 1, 1},
    {"lanes stride", 2, 5, 40, 37, 64, 3, 3, 2, 1},
    {"lanes dilation", 1, 4, 15, 25, 67, 3, 3, 1, 2, 2},
    {"lanes groups", 2, 8, 11, 19, 128, 3, 3, 1, 1, 1, 2},
    {"lanes deep", 1, 128, 6, 5, 20, 5, 5, 1, 2},
    {"lanes tall", 1, 16, 262, 8, 32, 2, 3, 1, 1},
    {"lanes kernel over picture", 2, 8, 3, 6, 32, 7, 3, 1, 3, 1, 1, 1},
    {"strips stride", 2, 64, 13, 15, 40, 3, 3, 2, 1},
    {"strips wide padding", 2, 20, 9, 12, 32, 4, 5, 1, 4},
    {"strips 33 wide", 1, 20, 6, 33, 32, 4, 5, 1, 2},
    {"strips no padding", 2, 24, 11, 18, 48, 3, 5, 1, 0},
    {"strips padding on two sides", 2, 17, 8, 13, 33, 3, 5, 1, 1},
    {"strips 10 wide", 1, 20, 6, 10, 32, 4, 5, 1, 2},
    {"strips 23 wide", 1, 20, 6, 23, 32, 2, 3, 1, 1},
    {"lanes pad, stride and dilation", 2, 9, 10, 7, 24, 3, 3, 2, 3, 2},
    {"pixels in one run", 2, 1, 28, 28, 7, 5, 5, 1, 2},
    {"pixels by rows, last vector in part", 2, 2, 9, 22, 10, 3, 3, 1, 1},
    {"pixels by rows, 24 wide", 1, 5, 12, 24, 5, 3, 3, 1, 1},
    {"long signal, many filters", 1, 1, 1, 140000, 16, 1, 3},
    {"long signal", 1, 1, 1, 140000, 1, 1, 3},
};

Conv2dArgs conv_args(const Conv& g) {
  const std::int64_t pad_w = g.pad_w < 0 ? g.pad : g.pad_w, stride_w = g.stride_w < 0 ? g.stride : g.stride_w;
  return {.n = g.n,
          .channels = g.c,
          .height = g.h,
          .width = g.w,
          .filters = g.f,
          .kernel_h = g.r,
          .kernel_w = g.s,
          .stride_h = g.stride,
          .stride_w = stride_w,
          .pad_h = g.pad,
          .pad_w = pad_w,
          .dilation_h = g.dilation,
          .dilation_w = g.dilation,
          .groups = g.groups,
          .out_h = (g.h + 2 * g.pad - g.dilation * (g.r - 1) - 1) / g.stride + 1,
          .out_w = (g.w + 2 * pad_w - g.dilation * (g.s - 1) - 1) / stride_w + 1,
          .x = nullptr,
          .w = nullptr,
          .bias = nullptr,
          .y = nullptr,
          .dy = nullptr,
          .dx = nullptr,
          .dw = nullptr,
          .beta = 0};
}

void add_conv2d(Cases& cases) {
  for (const Conv& g : kConvs) {
    const Conv2dArgs o = conv_args(g);
    const std::int64_t x = o.n * o.channels * o.height * o.width, y = o.n * o.filters * o.out_h * o.out_w;
    const std::int64_t w = o.filters * o.channels / o.groups * o.kernel_h * o.kernel_w;
    const std::string name = std::string("conv2d ") + g.name;
    cases.push_back({name + " forward", kChain, 0, [=](KernelRun& r) {
                       for (const bool bias : {true, false}) {
                         Conv2dArgs a = o;
                         a.x = r.input(x);
                         a.w = r.input(w);
                         a.bias = bias ? r.input(a.filters) : nullptr;
                         a.y = r.output(y);
                         r.k().conv2d_forward(r.context(), a);
                       }
                     }});
    cases.push_back({name + " dx", kChain, 0, [=](KernelRun& r) {
                       for (const float beta : {0.0f, 1.0f}) {
                         Conv2dArgs a = o;
                         a.w = r.input(w);
                         a.dy = r.input(y);
                         a.dx = r.output(x, beta);
                         a.beta = beta;
                         r.k().conv2d_dx(r.context(), a);
                       }
                     }});
    cases.push_back({name + " dw", kChain, 0, [=](KernelRun& r) {
                       for (const float beta : {0.0f, 1.0f}) {
                         Conv2dArgs a = o;
                         a.x = r.input(x);
                         a.dy = r.input(y);
                         a.dw = r.output(w, beta);
                         a.beta = beta;
                         r.k().conv2d_dw(r.context(), a);
                       }
                     }});
  }
}

void add_pool2d(Cases& cases) {
  struct Pool {
    std::int64_t planes, h, w, r, s, stride, pad;
  };
  const Pool pools[] = {{6, 24, 24, 2, 2, 2, 0}, {5, 12, 12, 3, 3, 3, 0}, {3, 7, 9, 2, 2, 2, 0},
                        {2, 66, 70, 2, 2, 2, 0}, {4, 13, 11, 3, 3, 2, 0}, {2, 8, 8, 3, 3, 2, 1},
                        {3, 5, 6, 2, 3, 1, 1},   {40, 4, 4, 4, 4, 4, 0},  {1, 2, 3, 2, 3, 1, 0},
                        {2, 10, 10, 2, 2, 3, 0}, {1, 5, 5, 3, 3, 1, 1}};
  const char* names[] = {"max", "average", "l2"};
  for (const PoolKind kind : {PoolKind::max, PoolKind::average, PoolKind::l2})
    cases.push_back({std::string("pool2d ") + names[static_cast<int>(kind)], kFunction,
                     kind == PoolKind::max ? 0 : kFunction, [=](KernelRun& r) {
                       for (const Pool& p : pools)
                         for (const float beta : {0.0f, 1.0f}) {
                           const std::int64_t out_h = (p.h + 2 * p.pad - p.r) / p.stride + 1;
                           const std::int64_t out_w = (p.w + 2 * p.pad - p.s) / p.stride + 1;
                           const std::int64_t x = p.planes * p.h * p.w, y = p.planes * out_h * out_w;
                           const Pool2dArgs a{.kind = kind,
                                              .planes = p.planes,
                                              .height = p.h,
                                              .width = p.w,
                                              .kernel_h = p.r,
                                              .kernel_w = p.s,
                                              .stride_h = p.stride,
                                              .stride_w = p.stride,
                                              .pad_h = p.pad,
                                              .pad_w = p.pad,
                                              .out_h = out_h,
                                              .out_w = out_w,
                                              .x = r.input(x),
                                              .y = r.output(y),
                                              .switches = kind == PoolKind::max ? r.switches(y) : nullptr,
                                              .dy = r.input(y),
                                              .dx = r.output(x, beta),
                                              .beta = beta};
                           r.k().pool2d_forward(r.context(), a);
                           r.k().pool2d_backward(r.context(), a);
                         }
                     }});
  cases.push_back({"pool2d max equals", 0, 0, [](KernelRun& r) {  // the first of equals wins
                     float* x = r.state(3 * 8 * 8);
                     for (int i = 0; i < 3 * 8 * 8; ++i) x[i] = std::floor(2 * x[i]);
                     for (const std::int64_t size : {2, 3}) {
                       const std::int64_t out = size == 2 ? 4 : 2;
                       r.k().pool2d_forward(r.context(), {.kind = PoolKind::max,
                                                          .planes = 3,
                                                          .height = 8,
                                                          .width = 8,
                                                          .kernel_h = size,
                                                          .kernel_w = size,
                                                          .stride_h = size,
                                                          .stride_w = size,
                                                          .pad_h = 0,
                                                          .pad_w = 0,
                                                          .out_h = out,
                                                          .out_w = out,
                                                          .x = x,
                                                          .y = r.output(3 * out * out),
                                                          .switches = r.switches(3 * out * out),
                                                          .dy = nullptr,
                                                          .dx = nullptr,
                                                          .beta = 0});
                     }
                   }});
  cases.push_back({"maxout", 0, 0, [](KernelRun& r) {
                     for (const std::int64_t inner : {1, 3, 16, 35})
                       for (const std::int64_t group : {1, 2, 5})
                         for (const float beta : {0.0f, 1.0f}) {
                           const std::int64_t rows = 3, channels = 4 * group;
                           const MaxoutArgs a{.rows = rows,
                                              .channels = channels,
                                              .group = group,
                                              .inner = inner,
                                              .x = r.input(rows * channels * inner),
                                              .y = r.output(rows * 4 * inner),
                                              .switches = r.switches(rows * 4 * inner),
                                              .dy = r.input(rows * 4 * inner),
                                              .dx = r.output(rows * channels * inner, beta),
                                              .beta = beta};
                           r.k().maxout_forward(r.context(), a);
                           r.k().maxout_backward(r.context(), a);
                         }
                   }});
}

const std::int64_t kSizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 20000};

/// Results that go through an activation, and gradients that go back through one.
void add_epilogues(Cases& cases) {
  constexpr std::int64_t kLarge = 40000;  // such numbers go through one function alone, for the sake of time
  const auto each_kind = [](KernelRun& r, std::int64_t size, auto&& f, bool one = false) {
    for (const ActivationKind kind : {ActivationKind::relu, ActivationKind::leaky_relu,
                                      ActivationKind::sigmoid, ActivationKind::tanh, ActivationKind::elu}) {
      if (one && kind != ActivationKind::relu) continue;
      for (const bool back : {false, true})
        f(Epilogue{kind, 0.25f, back ? r.input(size, kind == ActivationKind::sigmoid ? 0 : -0.2) : nullptr});
    }
  };
  cases.push_back(
      {"epilogue gemm", kChain, kFunction, [=](KernelRun& r) {
         struct Product {
           std::int64_t m, n, k;
           float beta;
         };
         for (const Product& p :
              {Product{1, 70, 9, 0}, {1, 5, 600, 1}, {7, 33, 300, 0}, {40, 3, 5, 1}, {64, 100, 64, 0}})
           each_kind(r, p.m * p.n, [&](const Epilogue& epilogue) {
             GemmArgs a{.m = p.m,
                        .n = p.n,
                        .k = p.k,
                        .a = r.input(p.m * p.k),
                        .lda = p.k,
                        .transpose_a = false,
                        .b = r.input(p.k * p.n),
                        .ldb = p.k,
                        .transpose_b = true,
                        .c = r.output(p.m * p.n, p.beta),
                        .ldc = p.n,
                        .beta = p.beta,
                        .bias = p.beta == 0 ? r.input(p.n) : nullptr};
             r.finished(epilogue, a.c, p.m * p.n, [&](const Epilogue* e) {
               a.epilogue = e;
               r.k().gemm(r.context(), a);
             });
           });
         // What lies between the rows of C stays as it is.
         const Epilogue relu{ActivationKind::relu, 0, nullptr};
         r.k().gemm(r.context(), {.m = 9,
                                  .n = 20,
                                  .k = 8,
                                  .a = r.input(9 * 8),
                                  .lda = 8,
                                  .transpose_a = false,
                                  .b = r.input(8 * 20),
                                  .ldb = 20,
                                  .transpose_b = false,
                                  .c = r.output(9 * 23, 1),
                                  .ldc = 23,
                                  .beta = 0,
                                  .bias = nullptr,
                                  .epilogue = &relu});
       }});
  for (const Conv& g : kConvs) {
    const Conv2dArgs o = conv_args(g);
    const std::int64_t x = o.n * o.channels * o.height * o.width, y = o.n * o.filters * o.out_h * o.out_w;
    const std::int64_t w = o.filters * o.channels / o.groups * o.kernel_h * o.kernel_w;
    const bool large = x + y > kLarge;
    // Sums near 1, where functions are not flat.
    const double scale = 2 / std::sqrt(double(o.channels / o.groups * o.kernel_h * o.kernel_w));
    const bool tiles = g.r == g.s && g.stride == 1 && std::min(g.c, g.f) / g.groups >= 16;
    cases.push_back(
        {std::string("epilogue conv2d ") + g.name, tiles ? kTiles : kChain, kFunction, [=](KernelRun& r) {
           each_kind(
               r, y,
               [&](const Epilogue& epilogue) {
                 Conv2dArgs a = o;
                 a.x = r.input(x);
                 a.w = r.input(w, -scale, scale);
                 a.bias = r.input(a.filters);
                 a.y = r.output(y);
                 r.finished(epilogue, a.y, y, [&](const Epilogue* e) {
                   a.epilogue = e;
                   r.k().conv2d_forward(r.context(), a);
                 });
               },
               large);
           for (const float beta : {0.0f, 1.0f})
             each_kind(
                 r, x,
                 [&](const Epilogue& epilogue) {
                   Conv2dArgs a = o;
                   a.w = r.input(w, -scale, scale);
                   a.dy = r.input(y);
                   a.dx = r.output(x, beta);
                   a.beta = beta;
                   r.finished(epilogue, a.dx, x, [&](const Epilogue* e) {
                     a.epilogue = e;
                     r.k().conv2d_dx(r.context(), a);
                   });
                 },
                 large);
         }});
  }
  cases.push_back({"epilogue pool2d", kFunction, kFunction, [=](KernelRun& r) {
                     for (const PoolKind kind : {PoolKind::max, PoolKind::average})
                       for (const float beta : {0.0f, 1.0f})
                         for (const std::int64_t size : {8, 9}) {
                           const std::int64_t x = 5 * size * size;
                           each_kind(r, x, [&](const Epilogue& epilogue) {
                             Pool2dArgs a{.kind = kind,
                                          .planes = 5,
                                          .height = size,
                                          .width = size,
                                          .kernel_h = 2,
                                          .kernel_w = 2,
                                          .stride_h = 2,
                                          .stride_w = 2,
                                          .pad_h = 0,
                                          .pad_w = 0,
                                          .out_h = 4,
                                          .out_w = 4,
                                          .x = epilogue.y ? epilogue.y : r.input(x),
                                          .y = r.output(5 * 16),
                                          .switches = kind == PoolKind::max ? r.switches(5 * 16) : nullptr,
                                          .dy = r.input(5 * 16),
                                          .dx = r.output(x, beta),
                                          .beta = beta};
                             r.k().pool2d_forward(r.context(), a);
                             r.finished(epilogue, a.dx, x, [&](const Epilogue* e) {
                               a.epilogue = e;
                               r.k().pool2d_backward(r.context(), a);
                             });
                           });
                         }
                   }});
}

void add_elementwise(Cases& cases) {
  const char* names[] = {"relu", "leaky_relu", "sigmoid", "tanh", "elu", "softplus"};
  for (int i = 0; i < 6; ++i) {
    const auto kind = static_cast<ActivationKind>(i);
    const bool exact = kind == ActivationKind::relu || kind == ActivationKind::leaky_relu;
    cases.push_back({std::string("activation ") + names[i], exact ? 0 : kFunction, exact ? 0 : kFunction,
                     [=](KernelRun& r) {
                       for (const std::int64_t size : kSizes)
                         for (const float beta : {0.0f, 1.0f}) {
                           const float *x = r.input(size, -6, 6), *y = r.input(size, 0, 1),
                                       *dy = r.input(size);
                           r.k().activation_forward(r.context(), {.kind = kind,
                                                                  .size = size,
                                                                  .alpha = 0.2f,
                                                                  .x = x,
                                                                  .y = nullptr,
                                                                  .out = r.output(size),
                                                                  .dy = nullptr,
                                                                  .dx = nullptr,
                                                                  .beta = 0});
                           r.k().activation_backward(r.context(), {.kind = kind,
                                                                   .size = size,
                                                                   .alpha = 0.2f,
                                                                   .x = x,
                                                                   .y = y,
                                                                   .out = nullptr,
                                                                   .dy = dy,
                                                                   .dx = r.output(size, beta),
                                                                   .beta = beta});
                         }
                     }});
  }
  for (const BinaryKind kind : {BinaryKind::add, BinaryKind::multiply})
    cases.push_back({kind == BinaryKind::add ? "binary add" : "binary multiply", 0, 0, [=](KernelRun& r) {
                       for (const std::int64_t size : kSizes)
                         for (const float beta : {0.0f, 1.0f})
                           r.k().binary(r.context(), {.kind = kind,
                                                      .size = size,
                                                      .a = r.input(size),
                                                      .b = r.input(size),
                                                      .out = r.output(size, beta),
                                                      .beta = beta});
                     }});
  cases.push_back({"affine", 0, 0, [](KernelRun& r) {
                     for (const std::int64_t size : kSizes)
                       for (const float beta : {0.0f, 1.0f})
                         r.k().affine(r.context(), {.size = size,
                                                    .scale = 1.7f,
                                                    .shift = -0.3f,
                                                    .x = r.input(size),
                                                    .out = r.output(size, beta),
                                                    .beta = beta});
                   }});
  cases.push_back({"copy", 0, 0, [](KernelRun& r) {
                     for (const std::int64_t columns : {1, 3, 16, 21, 6000})
                       for (const float beta : {0.0f, 1.0f})
                         r.k().copy(r.context(), {.rows = 5,
                                                  .columns = columns,
                                                  .x = r.input(5 * (columns + 2)),
                                                  .x_stride = columns + 2,
                                                  .out = r.state(5 * (columns + 3)),
                                                  .out_stride = columns + 3,
                                                  .beta = beta});
                   }});
  cases.push_back(
      {"dropout_mask", 0, 0, [](KernelRun& r) {
         for (const std::int64_t size : kSizes)
           r.k().dropout_mask(
               r.context(),
               {.size = size, .keep = 0.7f, .seed = 5, .layer = 6, .step = 1234567, .mask = r.output(size)});
       }});
  cases.push_back({"raster", 0, 0, [](KernelRun& r) {
                     std::uint32_t* palette = r.pixels(257);
                     for (std::uint32_t i = 0; i < 257; ++i) palette[i] = i * 0x01010101u;
                     for (const float high : {1.0f, -1.0f, -2.0f}) {
                       float* x = r.state(6 * 40, -1.5, 1.5);
                       x[0] = std::numeric_limits<float>::quiet_NaN();
                       x[1] = std::numeric_limits<float>::infinity();
                       x[2] = -x[1];
                       std::uint32_t* out = r.pixels(6 * 50);
                       r.k().raster(r.context(), {.rows = 6,
                                                  .columns = 37,
                                                  .x = x,
                                                  .x_stride = 40,
                                                  .low = -1,
                                                  .high = high,
                                                  .palette = palette,
                                                  .out = out,
                                                  .out_stride = 50});
                       x[0] = 0;  // NaN has many bits
                     }
                   }});
}

const std::int64_t kColumns[] = {1, 2, 3, 4, 7, 8, 9, 10, 15, 16, 17, 33, 65, 100, 5000};

void add_losses(Cases& cases) {
  cases.push_back({"softmax", kSum, kSum, [](KernelRun& r) {
                     for (const std::int64_t columns : kColumns)
                       for (const float beta : {0.0f, 1.0f}) {
                         float* y = r.output(5 * columns);
                         r.k().softmax_forward(r.context(), {.rows = 5,
                                                             .columns = columns,
                                                             .x = r.input(5 * columns, -4, 4),
                                                             .y = y,
                                                             .dy = nullptr,
                                                             .dx = nullptr,
                                                             .beta = 0});
                         y = r.state(5 * columns, 0, 1.0 / static_cast<double>(columns));
                         r.k().softmax_backward(r.context(), {.rows = 5,
                                                              .columns = columns,
                                                              .x = nullptr,
                                                              .y = y,
                                                              .dy = r.input(5 * columns),
                                                              .dx = r.output(5 * columns, beta),
                                                              .beta = beta});
                       }
                   }});
  for (const float smoothing : {0.0f, 0.1f})
    cases.push_back({smoothing == 0 ? "softmax_cross_entropy" : "softmax_cross_entropy smoothed", kSum, kSum,
                     [=](KernelRun& r) {
                       for (const std::int64_t classes : kColumns)
                         for (const float beta : {0.0f, 1.0f}) {
                           const std::int64_t rows = 9;
                           SoftmaxCrossEntropyArgs a{
                               .rows = rows,
                               .classes = classes,
                               .steps = 1,
                               .smoothing = smoothing,
                               .logits = r.input(rows * classes, -5, 5),
                               .labels = r.labels(rows, static_cast<std::uint32_t>(classes)),
                               .probabilities = r.output(rows * classes),
                               .step_loss = nullptr,
                               .loss = r.output(rows),
                               .dloss = r.input(rows),
                               .dx = r.output(rows * classes, beta),
                               .beta = beta};
                           a.step_loss = a.loss;
                           r.k().softmax_cross_entropy_forward(r.context(), a);
                           r.k().softmax_cross_entropy_backward(r.context(), a);
                         }
                     }});
  cases.push_back({"hinge", kSum, kSum, [](KernelRun& r) {
                     for (const std::int64_t classes : kColumns)
                       for (const float beta : {0.0f, 1.0f}) {
                         const std::int64_t rows = 9;
                         const HingeArgs a{.rows = rows,
                                           .classes = classes,
                                           .margin = 0.7f,
                                           .x = r.input(rows * classes),
                                           .labels = r.labels(rows, static_cast<std::uint32_t>(classes)),
                                           .loss = r.output(rows),
                                           .dloss = r.input(rows),
                                           .dx = r.output(rows * classes, beta),
                                           .beta = beta};
                         r.k().hinge_forward(r.context(), a);
                         r.k().hinge_backward(r.context(), a);
                       }
                   }});
  const char* names[] = {"squared", "absolute", "binary_cross_entropy", "poisson"};
  for (int i = 0; i < 4; ++i)
    cases.push_back({std::string("target_loss ") + names[i], kSum, kSum, [=](KernelRun& r) {
                       for (const std::int64_t columns : kColumns)
                         for (const float beta : {0.0f, 1.0f}) {
                           const std::int64_t rows = 4;
                           const TargetLossArgs a{.kind = static_cast<TargetLossKind>(i),
                                                  .rows = rows,
                                                  .columns = columns,
                                                  .x = r.input(rows * columns, -3, 3),
                                                  .target = r.input(rows * columns, 0, 1),
                                                  .loss = r.output(rows),
                                                  .dloss = r.input(rows),
                                                  .dx = r.output(rows * columns, beta),
                                                  .beta = beta};
                           r.k().target_loss_forward(r.context(), a);
                           r.k().target_loss_backward(r.context(), a);
                         }
                     }});
}

void add_norms(Cases& cases) {
  for (const bool training : {true, false})
    cases.push_back(
        {training ? "batch_norm training" : "batch_norm evaluation", 1e-5, 1e-5, [=](KernelRun& r) {
           for (const std::int64_t inner : {1, 4, 9, 16, 49, 600})
             for (const std::int64_t channels : {1, 3, 17})
               for (const float beta : {0.0f, 1.0f})
                 for (const bool wanted : {true, false}) {
                   const std::int64_t n = 5, size = n * channels * inner;
                   BatchNormArgs a{.n = n,
                                   .channels = channels,
                                   .inner = inner,
                                   .training = training,
                                   .momentum = 0.1f,
                                   .epsilon = 1e-3f,
                                   .x = r.input(size),
                                   .gamma = r.input(channels, 0.5, 1.5),
                                   .shift = r.input(channels),
                                   .running_mean = r.state(channels),
                                   .running_variance = r.state(channels, 0.5, 1.5),
                                   .mean = r.output(channels),
                                   .rstd = r.output(channels),
                                   .y = r.output(size),
                                   .dy = r.input(size),
                                   .dx = wanted ? r.output(size, beta) : nullptr,
                                   .beta = beta,
                                   .dgamma = wanted || inner == 4 ? r.output(channels, 1 - beta) : nullptr,
                                   .beta_gamma = 1 - beta,
                                   .dshift = wanted || inner == 9 ? r.output(channels, beta) : nullptr,
                                   .beta_shift = beta};
                   r.k().batch_norm_forward(r.context(), a);
                   r.k().batch_norm_backward(r.context(), a);
                 }
         }});
  cases.push_back({"layer_norm", 1e-5, 1e-5, [](KernelRun& r) {
                     for (const std::int64_t columns : {2, 3, 10, 16, 17, 100, 600})
                       for (const float beta : {0.0f, 1.0f})
                         for (const bool wanted : {true, false}) {
                           const std::int64_t rows = 6, size = rows * columns;
                           LayerNormArgs a{
                               .rows = rows,
                               .columns = columns,
                               .epsilon = 1e-3f,
                               .x = r.input(size),
                               .gamma = r.input(columns, 0.5, 1.5),
                               .shift = r.input(columns),
                               .mean = r.output(rows),
                               .rstd = r.output(rows),
                               .y = r.output(size),
                               .dy = r.input(size),
                               .dx = wanted ? r.output(size, beta) : nullptr,
                               .beta = beta,
                               .dgamma = wanted || columns == 10 ? r.output(columns, 1 - beta) : nullptr,
                               .beta_gamma = 1 - beta,
                               .dshift = wanted || columns == 16 ? r.output(columns, beta) : nullptr,
                               .beta_shift = beta};
                           r.k().layer_norm_forward(r.context(), a);
                           r.k().layer_norm_backward(r.context(), a);
                         }
                   }});
  cases.push_back({"local_response_norm", 2e-6, 2e-6, [](KernelRun& r) {
                     for (const std::int64_t window : {1, 2, 3, 5, 9})
                       for (const std::int64_t inner : {1, 16, 19})
                         for (const float beta : {0.0f, 1.0f}) {
                           const std::int64_t n = 2, channels = 6, size = n * channels * inner;
                           LocalResponseNormArgs a{.n = n,
                                                   .channels = channels,
                                                   .inner = inner,
                                                   .window = window,
                                                   .k = 2,
                                                   .alpha = 0.5f,
                                                   .power = 0.75f,
                                                   .x = r.input(size, -2, 2),
                                                   .scale = r.output(size),
                                                   .y = r.output(size),
                                                   .dy = r.input(size),
                                                   .dx = r.output(size, beta),
                                                   .beta = beta};
                           r.k().local_response_norm_forward(r.context(), a);
                           r.k().local_response_norm_backward(r.context(), a);
                         }
                   }});
  cases.push_back({"local_contrast_norm", 1e-5, 1e-5, [](KernelRun& r) {
                     for (const std::int64_t window : {1, 3, 4, 9})
                       for (const float beta : {0.0f, 1.0f}) {
                         const std::int64_t n = 2, channels = 3, height = 7, width = 18,
                                            cells = height * width;
                         float* weights = r.state(window * window, 0.1, 1);
                         double sum = 0;
                         for (int i = 0; i < window * window; ++i) sum += weights[i];
                         for (int i = 0; i < window * window; ++i)
                           weights[i] = static_cast<float>(weights[i] / sum);
                         LocalContrastNormArgs a{.n = n,
                                                 .channels = channels,
                                                 .height = height,
                                                 .width = width,
                                                 .window = window,
                                                 .weights = weights,
                                                 .epsilon = 1e-3f,
                                                 .x = r.input(n * channels * cells),
                                                 .v = r.output(n * channels * cells),
                                                 .sigma = r.output(n * cells),
                                                 .y = r.output(n * channels * cells),
                                                 .workspace = r.workspace(n * 3 * cells),
                                                 .dy = r.input(n * channels * cells),
                                                 .dx = r.output(n * channels * cells, beta),
                                                 .beta = beta};
                         r.k().local_contrast_norm_forward(r.context(), a);
                         r.k().local_contrast_norm_backward(r.context(), a);
                       }
                   }});
}

void add_reductions(Cases& cases) {
  cases.push_back({"channel_sum", kSum, kSum, [](KernelRun& r) {
                     for (const std::int64_t inner : {1, 2, 4, 15, 16, 17, 49, 576})
                       for (const std::int64_t channels : {1, 3, 10, 50})
                         for (const float beta : {0.0f, 1.0f})
                           r.k().channel_sum(r.context(), {.n = 7,
                                                           .channels = channels,
                                                           .inner = inner,
                                                           .x = r.input(7 * channels * inner),
                                                           .sums = r.output(channels, beta),
                                                           .beta = beta});
                   }});
  cases.push_back({"norm", 1e-7, 1e-7, [](KernelRun& r) {
                     for (const std::int64_t size : kSizes)
                       for (const int kind : {0, 1, 2}) {
                         float* x = r.state(size);
                         const float kept = x[size - 1];
                         if (kind == 1) x[size - 1] = std::numeric_limits<float>::infinity();
                         if (kind == 2) x[size - 1] = std::numeric_limits<float>::quiet_NaN();
                         double* sum = r.number();
                         r.k().norm(r.context(),
                                    {.size = size, .x = x, .sum_of_squares = sum, .nonfinite = r.flag()});
                         if (kind != 0) *sum = 0;
                         x[size - 1] = kept;
                       }
                   }});
}

void add_updates(Cases& cases) {
  const char* names[] = {"sgd",        "momentum", "nesterov", "adagrad", "rmsprop",
                         "windowgrad", "adadelta", "adam",     "adamw"};
  for (int i = 0; i < 9; ++i)
    cases.push_back({std::string("update ") + names[i], 0, 0, [=](KernelRun& r) {
                       const auto kind = static_cast<OptimizerKind>(i);
                       for (const std::int64_t size : kSizes)
                         for (const bool plain : {true, false}) {
                           const bool two = kind == OptimizerKind::adadelta || kind == OptimizerKind::adam ||
                                            kind == OptimizerKind::adamw;
                           const UpdateArgs a{
                               .kind = kind,
                               .size = size,
                               .w = r.state(size),
                               .g = r.input(size),
                               .slot0 = kind == OptimizerKind::sgd ? nullptr : r.state(size, 0, 1),
                               .slot1 = two ? r.state(size, 0, 1) : nullptr,
                               .rate = 0.05f,
                               .momentum = 0.9f,
                               .rho = 0.95f,
                               .beta1 = 0.9f,
                               .beta2 = 0.99f,
                               .epsilon = 1e-6f,
                               .l1 = plain ? 0 : 0.01f,
                               .l2 = plain ? 0 : 0.001f,
                               .correction1 = 3.7f,
                               .correction2 = 33.7f,
                               .gradient_scale = plain ? 1 : 0.3f,
                               .clip_value = plain ? 0 : 0.2f};
                           r.k().update(r.context(), a);
                           r.k().update(r.context(), a);
                         }
                     }});
  cases.push_back({"update momentum, about the smallest normal number", 0, 0, [](KernelRun& r) {
                     constexpr double kLeast = std::numeric_limits<float>::min();
                     r.k().update(r.context(), {.kind = OptimizerKind::momentum,
                                                .size = 67,
                                                .w = r.state(67, -kLeast, kLeast),
                                                .g = r.input(67, -kLeast, kLeast),
                                                .slot0 = r.state(67, -2 * kLeast, 2 * kLeast),
                                                .slot1 = nullptr,
                                                .rate = 0.5f,
                                                .momentum = 0.9f,
                                                .rho = 0,
                                                .beta1 = 0,
                                                .beta2 = 0,
                                                .epsilon = 0,
                                                .l1 = 0,
                                                .l2 = 0,
                                                .correction1 = 1,
                                                .correction2 = 1,
                                                .gradient_scale = 1,
                                                .clip_value = 0});
                   }});
}

}  // namespace

const std::vector<KernelCase>& kernel_cases() {
  static const Cases cases = [] {
    Cases made;
    add_gemm(made);
    add_conv2d(made);
    add_pool2d(made);
    add_epilogues(made);
    add_elementwise(made);
    add_losses(made);
    add_norms(made);
    add_reductions(made);
    add_updates(made);
    return made;
  }();
  return cases;
}

}  // namespace livegrad::testing
