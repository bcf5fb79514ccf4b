// oneDNN by hand: every primitive made once, in the layouts that it chooses itself; what it does not have (the loss,
// the optimisers) in plain loops.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <dnnl.hpp>
#include <memory>
#include <utility>

#include "bench.hpp"

namespace livegrad::bench {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Dims = memory::dims;
using Desc = memory::desc;
using Tag = memory::format_tag;

constexpr std::int64_t kBatches = 8;

Desc described(const Dims& dims, Tag tag) { return {dims, memory::data_type::f32, tag}; }
std::int64_t count(const Dims& dims) {
  std::int64_t product = 1;
  for (const std::int64_t extent : dims) product *= extent;
  return product;
}
float* values(const memory& m) { return static_cast<float*>(m.get_data_handle()); }

struct Convolution {
  static Desc input(const Desc& x) { return described(x.dims(), Tag::any); }
  using Forward = dnnl::convolution_forward;
  using Data = dnnl::convolution_backward_data;
  using Weights = dnnl::convolution_backward_weights;
  static constexpr auto kDirect = algorithm::convolution_direct;
  inline static const Dims kStrides{1, 1}, kPads{kKernel / 2, kKernel / 2};
  static Forward::desc forward(prop_kind kind, Desc x, Desc w, Desc b, Desc y) {
    return {kind, kDirect, x, w, b, y, kStrides, kPads, kPads};
  }
  static Data::desc data(Desc dx, Desc w, Desc dy) { return {kDirect, dx, w, dy, kStrides, kPads, kPads}; }
  static Weights::desc weights(Desc x, Desc dw, Desc db, Desc dy) {
    return {kDirect, x, dw, db, dy, kStrides, kPads, kPads};
  }
};

struct Dense {
  static Desc input(const Desc& x) { return x; }  // of pictures, too: weights in another order cost nothing
  using Forward = dnnl::inner_product_forward;
  using Data = dnnl::inner_product_backward_data;
  using Weights = dnnl::inner_product_backward_weights;
  static Forward::desc forward(prop_kind kind, Desc x, Desc w, Desc b, Desc y) { return {kind, x, w, b, y}; }
  static Data::desc data(Desc dx, Desc w, Desc dy) { return {dx, w, dy}; }
  static Weights::desc weights(Desc x, Desc dw, Desc db, Desc dy) { return {x, dw, db, dy}; }
};

/// Through the C interface, because the C++ one copies the arguments at every call.
struct Step {
  dnnl::primitive primitive;
  std::vector<memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
  Step(dnnl::primitive p, std::initializer_list<std::pair<int, memory>> args) : primitive(std::move(p)) {
    for (const auto& [place, m] : args) {
      memories.push_back(m);
      arguments.push_back({place, m.get()});
    }
  }
};

struct Parameter {
  memory value, gradient;  ///< of one layout, whose padding stays 0
  std::vector<float> first, second;
  template <class Update>
  void update(Update rule) {
    float *w = values(value), *g = values(gradient), *a = first.data(), *b = second.data();
    const std::int64_t size = std::int64_t(first.size());
#pragma omp parallel for simd if (size > 1 << 14)
    for (std::int64_t i = 0; i < size; ++i) rule(w[i], g[i], a[i], b[i]);
  }
};

class Net {
 public:
  Net(const ConvNet& net, std::int64_t batch, bool training) : net_(net), training_(training) {
    std::int64_t channels = 1, side = net.side;
    const bool flat = net.convs.empty();
    input_ = flat ? make(described({batch, side * side}, Tag::nc))
                  : make(described({batch, 1, side, side}, Tag::nchw));
    memory x = input_;
    for (const auto& [filters, window] : net.convs) {
      x = linear<Convolution>(x, {filters, channels, kKernel, kKernel},
                              described({batch, filters, side, side}, Tag::any), true);
      channels = filters;
      side /= window;
      x = pool(x, {batch, channels, side, side}, window);
      mask(x);
    }
    for (const std::int64_t units : net.dense) {
      Dims weights = x.get_desc().dims();  // of pictures, too, in whatever layout they have
      weights[0] = units;
      const bool last = units == net.dense.back();
      x = linear<Dense>(x, weights, described({batch, units}, Tag::nc), !last);
      if (!last) mask(x);
    }
    output_ = make(x.get_desc());
    step<dnnl::softmax_forward>({{kind(), x.get_desc(), 1}, engine_},
                                {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, output_}});
    forward_ = std::exchange(steps_, {});
    if (!training) return;
    memory gradient = output_;
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) gradient = (*layer)(gradient);
  }

  float* input() { return values(input_); }
  void predict() { run(forward_); }
  /// One step of training; returns the loss before it.
  double learn(const std::int32_t* labels) {
    run(forward_);
    const std::int64_t batch = output_.get_desc().dims()[0];
    double loss = 0;
    float* p = values(output_);
    for (std::int64_t n = 0; n < batch; ++n) {
      loss -= std::log(p[n * kClasses + labels[n]]);
      p[n * kClasses + labels[n]] -= 1;
    }
    for (std::int64_t i = 0; i < batch * kClasses; ++i) p[i] /= float(batch);
    run(steps_);
    update();
    return loss / double(batch);
  }

  std::vector<Parameter> parameters;

 private:
  prop_kind kind() const { return training_ ? prop_kind::forward_training : prop_kind::forward_inference; }
  memory make(const Desc& desc) const {
    memory made(desc, engine_);
    std::fill_n(values(made), desc.get_size() / sizeof(float), 0.f);
    return made;
  }
  template <class Primitive>
  void step(const typename Primitive::primitive_desc& desc,
            std::initializer_list<std::pair<int, memory>> arguments) {
    steps_.emplace_back(Primitive(desc), arguments);
  }
  void run(const std::vector<Step>& steps) {
    for (const Step& each : steps)
      dnnl_primitive_execute(each.primitive.get(), stream_.get(), int(each.arguments.size()),
                             each.arguments.data());
  }
  /// In another layout, where that is wanted.
  memory as(const Desc& wanted, const memory& m) {
    if (m.get_desc() == wanted) return m;
    const memory there = make(wanted);
    step<dnnl::reorder>({m, there}, {{DNNL_ARG_FROM, m}, {DNNL_ARG_TO, there}});
    return there;
  }

  /// Weights and bias as libtorch begins: between -1 and 1 over the square root of the inputs of a unit.
  memory parameter(const Desc& layout, Tag plain, float bound) {
    memory begin = make(described(layout.dims(), plain)), value = make(layout);
    for (std::int64_t i = 0; i < count(layout.dims()); ++i) {
      state_ = state_ * 1664525 + 1013904223;
      values(begin)[i] = bound * (float(state_ >> 8) * 0x1p-23f - 1);
    }
    dnnl::reorder(begin, value).execute(stream_, begin, value);
    return value;
  }
  void learned(const memory& value, const memory& gradient) {
    const std::vector<float> zeros(value.get_desc().get_size() / sizeof(float));
    parameters.push_back({value, as(value.get_desc(), gradient), zeros, zeros});
  }

  template <class Layer>
  memory linear(const memory& input, const Dims& weights, const Desc& output, bool relu) {
    const auto any = [](const Dims& dims) { return described(dims, Tag::any); };
    const Desc inputs = Layer::input(input.get_desc());
    const Desc bias = described({weights[0]}, Tag::x);
    dnnl::primitive_attr attributes;
    if (relu) {
      dnnl::post_ops then;
      then.append_eltwise(1, algorithm::eltwise_relu, 0, 0);
      attributes.set_post_ops(then);
    }
    const typename Layer::Forward::primitive_desc forward(
        Layer::forward(kind(), inputs, any(weights), bias, output), attributes, engine_);
    const float bound = 1 / std::sqrt(float(count(weights) / weights[0]));
    const memory w = parameter(forward.weights_desc(), weights.size() == 4 ? Tag::oihw : Tag::oi, bound);
    const memory b = parameter(bias, Tag::x, bound);
    const memory x = as(forward.src_desc(), input), y = make(forward.dst_desc());
    step<typename Layer::Forward>(
        forward, {{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, w}, {DNNL_ARG_BIAS, b}, {DNNL_ARG_DST, y}});
    if (!training_) return y;
    const bool first = input.get() == input_.get();
    layers_.push_back([=, this](const memory& dy) {
      const typename Layer::Weights::primitive_desc to_weights(
          Layer::weights(inputs, any(weights), bias, any(y.get_desc().dims())), engine_, forward);
      const memory dw = make(to_weights.diff_weights_desc()), db = make(bias);
      step<typename Layer::Weights>(to_weights, {{DNNL_ARG_SRC, as(to_weights.src_desc(), x)},
                                                 {DNNL_ARG_DIFF_DST, as(to_weights.diff_dst_desc(), dy)},
                                                 {DNNL_ARG_DIFF_WEIGHTS, dw},
                                                 {DNNL_ARG_DIFF_BIAS, db}});
      memory dx;
      if (!first) {
        const typename Layer::Data::primitive_desc to_data(
            Layer::data(inputs, any(weights), any(y.get_desc().dims())), engine_, forward);
        dx = make(to_data.diff_src_desc());
        step<typename Layer::Data>(to_data, {{DNNL_ARG_WEIGHTS, as(to_data.weights_desc(), w)},
                                             {DNNL_ARG_DIFF_DST, as(to_data.diff_dst_desc(), dy)},
                                             {DNNL_ARG_DIFF_SRC, dx}});
      }
      learned(w, dw);
      learned(b, db);
      return dx;
    });
    return y;
  }

  memory pool(const memory& x, const Dims& outputs, std::int64_t window) {
    const Dims size{window, window}, none{0, 0};
    const Desc any = described(outputs, Tag::any);
    const dnnl::pooling_forward::primitive_desc forward(
        {kind(), algorithm::pooling_max, x.get_desc(), any, size, size, none, none}, engine_);
    const memory y = make(forward.dst_desc()), winners(forward.workspace_desc(), engine_);
    step<dnnl::pooling_forward>(forward,
                                {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}, {DNNL_ARG_WORKSPACE, winners}});
    if (!training_) return y;
    layers_.push_back([=, this](const memory& dy) {
      const dnnl::pooling_backward::primitive_desc backward(
          {algorithm::pooling_max, x.get_desc(), y.get_desc(), size, size, none, none}, engine_, forward);
      const memory dx = make(backward.diff_src_desc());
      step<dnnl::pooling_backward>(backward, {{DNNL_ARG_DIFF_DST, as(backward.diff_dst_desc(), dy)},
                                              {DNNL_ARG_WORKSPACE, winners},
                                              {DNNL_ARG_DIFF_SRC, dx}});
      return dx;
    });
    return y;
  }

  /// The gradient of a relu that the layer below has computed; after a pool of maxima, too, where there is less of it.
  void mask(const memory& y) {
    layers_.push_back([=, this](const memory& dy) {
      const auto relu = algorithm::eltwise_relu_use_dst_for_bwd;
      const Desc layout = y.get_desc();
      const dnnl::eltwise_forward::primitive_desc forward({prop_kind::forward_training, relu, layout, 0, 0},
                                                          engine_);
      const memory there = as(layout, dy);
      step<dnnl::eltwise_backward>(
          {{relu, layout, layout, 0, 0}, engine_, forward},
          {{DNNL_ARG_DST, y}, {DNNL_ARG_DIFF_DST, there}, {DNNL_ARG_DIFF_SRC, there}});
      return there;
    });
  }

  void update() {
    ++step_number_;
    const float grown1 = float(1 - std::pow(0.9, step_number_)),
                grown2 = float(1 - std::pow(0.999, step_number_));
    for (Parameter& each : parameters)
      if (net_.convs.empty())
        each.update([](float& w, float g, float& v, float&) { w -= 0.01f * (v = 0.9f * v + g); });
      else if (net_.adam)
        each.update(
            [rate = 0.001f / grown1, scale = 1 / std::sqrt(grown2)](float& w, float g, float& m, float& v) {
              m = 0.9f * m + 0.1f * g;
              v = 0.999f * v + 0.001f * g * g;
              w -= rate * m / (std::sqrt(v) * scale + 1e-8f);
            });
      else  // Adadelta
        each.update([](float& w, float g, float& squares, float& steps) {
          squares = 0.95f * squares + 0.05f * g * g;
          const float change = std::sqrt((steps + 1e-6f) / (squares + 1e-6f)) * g;
          steps = 0.95f * steps + 0.05f * change * change;
          w -= change;
        });
  }

  const ConvNet& net_;
  const bool training_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  memory input_, output_;
  std::vector<Step> forward_, steps_;                         ///< steps_: backward, once everything is made
  std::vector<std::function<memory(const memory&)>> layers_;  ///< what makes their backward steps
  std::uint32_t state_ = 1;
  int step_number_ = 0;
};

std::function<void(int)> trainer(const ConvNet& net, int threads) {
  omp_set_num_threads(threads);  // primitives are made for as many
  auto model = std::make_shared<Net>(net, net.batch, true);
  const std::vector<std::uint8_t> bytes = pictures(net.side, kBatches * net.batch);
  std::vector<float> pixels(bytes.size());
  std::transform(bytes.begin(), bytes.end(), pixels.begin(), [](std::uint8_t b) { return float(b) / 255; });
  return [=, classes = labels(kBatches * net.batch), at = std::int64_t(0)](int steps) mutable {
    omp_set_num_threads(threads);
    for (int i = 0; i < steps; ++i) {
      const std::int64_t first = (at++ % kBatches) * net.batch, size = net.side * net.side;
      std::copy_n(pixels.data() + first * size, net.batch * size, model->input());
      model->learn(classes.data() + first);
    }
  };
}

std::function<void(int)> inference(const ConvNet& net) {
  omp_set_num_threads(1);
  auto model = std::make_shared<Net>(net, 1, false);
  const std::vector<std::uint8_t> bytes = pictures(net.side, 1);
  std::transform(bytes.begin(), bytes.end(), model->input(), [](std::uint8_t b) { return float(b) / 255; });
  return [model](int times) {
    omp_set_num_threads(1);
    for (int i = 0; i < times; ++i) model->predict();
  };
}

}  // namespace

void add_onednn(Works& works, int threads) {
  const dnnl_version_t& version = *dnnl_version();
  const std::string name = std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
                           std::to_string(version.patch) +
                           (dnnl_get_effective_cpu_isa() == dnnl_cpu_isa_avx2 ? ", avx2" : "");
  const auto add = [&](const char* workload, const char* metric, double amount, auto prepare) {
    works.push_back({workload, metric, "oneDNN", name, threads, "examples/s", amount, prepare});
  };
  for (const ConvNet* net : {&kW1, &kW2, &kW3})
    add(net->name, "training", double(net->batch), [=] { return trainer(*net, threads); });
  if (threads == 1) {
    add("inference W1", "inference", 1, [] { return inference(kW1); });
    add("inference W2", "inference", 1, [] { return inference(kW2); });
  }
  for (const Product& product : kProducts)
    works.push_back(product_work(product, "oneDNN", name, threads,
                                 [=](float* c, const float* a, const float* b, const Product& p) {
                                   omp_set_num_threads(threads);
                                   dnnl_sgemm('N', 'N', p.m, p.n, p.k, 1, a, p.k, b, p.n, 0, c, p.n);
                                 }));
}

}  // namespace livegrad::bench
