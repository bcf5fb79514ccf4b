#include "support/op_cases.hpp"

#include <algorithm>

namespace livegrad::testing {

namespace {

using ops::PoolType;

OpCase unary(std::string op, ValueId (*f)(Graph&, ValueId), Shape shape, double low = -2, double high = 2) {
  return {
      std::move(op), shape.text(), {x(shape, low, high)}, [f](Graph& g, Operands in) { return f(g, in[0]); }};
}

OpCase conv(std::string variant, Shape input, Shape weight, ops::Conv2dOptions o, bool bias = true) {
  std::vector<Operand> operands{x(input), w(weight)};
  if (bias) operands.push_back(w({weight[0]}));
  return {"conv2d", std::move(variant), std::move(operands), [o](Graph& g, Operands in) {
            return ops::conv2d(g, in[0], in[1], in.size() == 3 ? in[2] : ValueId{}, o);
          }};
}

OpCase pool(std::string variant, Shape input, ops::Pool2dOptions o) {
  return {"pool2d", std::move(variant), {x(input)}, [o](Graph& g, Operands in) {
            return ops::pool2d(g, in[0], o);
          }};
}

OpCase dense(std::int64_t n, std::int64_t inputs, std::int64_t outputs) {
  return {"dense",
          std::to_string(n) + "x" + std::to_string(inputs) + "->" + std::to_string(outputs),
          {x({n, inputs}), w({outputs, inputs}), w({outputs})},
          [](Graph& g, Operands in) { return ops::dense(g, in[0], in[1], in[2]); }};
}

OpCase batch_norm(std::string variant, Shape input, bool training) {
  const Shape c{input[1]};
  return {"batch_norm",
          std::move(variant),
          {x(input), w(c, 0.5, 1.5), w(c), fixed(c, -0.5, 0.5), fixed(c, 0.5, 1.5)},
          [](Graph& g, Operands in) { return ops::batch_norm(g, in[0], in[1], in[2], in[3], in[4]); },
          training};
}

template <class F>
OpCase target_loss(std::string op, F f, double low, double high) {
  return {std::move(op), "5x7", {x({5, 7}), x({5, 7}, low, high)}, [f](Graph& g, Operands in) {
            return f(g, in[0], in[1]);
          }};
}

enum class Cell { rnn, gru, lstm };

struct CellCase {
  std::int64_t n, steps, inputs, hidden;
  bool symbols = false, bias = true, peephole = false, initial = true, norm = false, padding = false;
  ops::RecurrentOptions options = {};
};

/// Operands in the order of ops::RecurrentOperands, after the input.
OpCase recurrent(Cell cell, std::string variant, CellCase c) {
  static constexpr const char* kNames[] = {"rnn", "gru", "lstm"};
  const std::int64_t gates = cell == Cell::rnn ? 1 : cell == Cell::gru ? 3 : 4, rows = gates * c.hidden;
  std::vector<Operand> operands{c.symbols ? symbols({c.n, c.steps}, c.inputs) : x({c.n, c.steps, c.inputs}),
                                w({rows, c.inputs}), w({rows, c.hidden}, -0.5, 0.5)};
  if (c.bias) operands.push_back(w({rows}));
  if (c.bias && cell == Cell::gru) operands.push_back(w({c.hidden}));
  if (c.peephole) operands.push_back(w({3, c.hidden}));
  if (c.norm) operands.insert(operands.end(), {w({rows}, 0.5, 1.5), w({rows}, 0.5, 1.5)});
  if (c.norm && cell == Cell::lstm) operands.insert(operands.end(), {w({c.hidden}, 0.5, 1.5), w({c.hidden})});
  if (c.initial) operands.push_back(x({c.n, c.hidden}));
  if (c.initial && cell == Cell::lstm) operands.push_back(x({c.n, c.hidden}));
  if (c.padding) operands.push_back(symbols({c.n, c.steps}, 3));
  return {kNames[int(cell)], std::move(variant), std::move(operands), [=](Graph& g, Operands in) {
            std::size_t next = 3;
            ops::RecurrentOperands o{.weight = in[1], .recurrent = in[2]};
            if (c.bias) o.bias = in[next++];
            if (c.bias && cell == Cell::gru) o.recurrent_bias = in[next++];
            if (c.peephole) o.peephole = in[next++];
            if (c.norm) o.gamma = in[next++], o.recurrent_gamma = in[next++];
            if (c.norm && cell == Cell::lstm) o.cell_gamma = in[next++], o.cell_shift = in[next++];
            if (c.initial) o.h = in[next++];
            if (c.initial && cell == Cell::lstm) o.c = in[next++];
            if (c.padding) o.live = in[next++];
            const auto record = cell == Cell::rnn ? ops::rnn : cell == Cell::gru ? ops::gru : ops::lstm;
            return record(g, in[0], o, c.options);
          }};
}

std::vector<OpCase> make() {
  std::vector<OpCase> cases;
  const auto add = [&](OpCase c) { cases.push_back(std::move(c)); };

  add(dense(1, 1, 1));
  add(dense(7, 5, 3));
  add(dense(20, 400, 10));
  add(dense(33, 17, 49));
  add({"dense", "of pictures, no bias", {x({3, 2, 4, 5}), w({6, 40})}, [](Graph& g, Operands in) {
         return ops::dense(g, in[0], in[1]);
       }});

  add(conv("3x3 pad 1", {2, 3, 9, 8}, {4, 3, 3, 3}, {.pad = 1}));
  add(conv("stride 2 pad 1", {2, 3, 9, 8}, {4, 3, 3, 3}, {.stride = 2, .pad = 1}));
  add(conv("1x1", {3, 5, 7, 6}, {8, 5, 1, 1}, {}));
  add(conv("dilation 2", {2, 2, 11, 10}, {3, 2, 3, 3}, {.pad = 2, .dilation = 2}));
  add(conv("groups 2", {2, 4, 6, 7}, {6, 2, 3, 3}, {.pad = 1, .groups = 2}));
  add(conv("depthwise", {2, 5, 6, 7}, {5, 1, 3, 3}, {.pad = 1, .groups = 5}));
  add(conv("2x4 kernel, no bias", {2, 2, 6, 9}, {3, 2, 2, 4}, {.stride = 3}, false));
  add(conv("whole picture", {3, 4, 5, 5}, {7, 4, 5, 5}, {}));
  add(conv("ConvNetJS first layer", {4, 1, 24, 24}, {8, 1, 5, 5}, {.pad = 2}));
  add(conv("ConvNetJS second layer", {3, 8, 12, 12}, {16, 8, 5, 5}, {.pad = 2}));
  add(conv("17 channels, 33 filters", {2, 17, 6, 5}, {33, 17, 3, 3}, {.pad = 1}));
  add({"connect", "", {w({6, 4, 3, 3}), fixed({6, 4})}, [](Graph& g, Operands in) {
         return ops::connect(g, in[0], in[1]);
       }});

  for (const auto& [type, name] :
       {std::pair{PoolType::max, "max"}, {PoolType::average, "average"}, {PoolType::l2, "l2"}}) {
    const std::string kind = name;
    add(pool(kind + " 2/2", {2, 3, 8, 6}, {.type = type}));
    add(pool(kind + " 3/3", {2, 2, 12, 12}, {.type = type, .kernel_h = 3, .kernel_w = 3, .stride = 3}));
    add(pool(kind + " 3/2 pad 1", {2, 3, 7, 9},
             {.type = type, .kernel_h = 3, .kernel_w = 3, .stride = 2, .pad = 1}));
    add(pool(kind + " 2x3/1", {1, 2, 5, 6}, {.type = type, .kernel_h = 2, .kernel_w = 3, .stride = 1}));
  }

  add(unary("relu", ops::relu, {7, 5}));
  add(unary("relu", ops::relu, {2, 3, 5, 7}));
  add(unary("sigmoid", ops::sigmoid, {7, 5}, -6, 6));
  add(unary("tanh", ops::tanh, {7, 5}, -4, 4));
  add(unary("softplus", ops::softplus, {7, 5}, -6, 6));
  add({"leaky_relu", "slope 0.1", {x({7, 5})}, [](Graph& g, Operands in) {
         return ops::leaky_relu(g, in[0], real(0.1));
       }});
  add({"elu", "alpha 0.7", {x({7, 5}, -3, 3)}, [](Graph& g, Operands in) {
         return ops::elu(g, in[0], real(0.7));
       }});
  add({"maxout", "groups of 3", {x({4, 9})}, [](Graph& g, Operands in) { return ops::maxout(g, in[0], 3); }});
  add({"maxout", "of pictures", {x({2, 4, 3, 5})}, [](Graph& g, Operands in) {
         return ops::maxout(g, in[0], 2);
       }});
  add(unary("softmax", ops::softmax, {6, 10}, -3, 3));

  for (const double smoothing : {0.0, 0.1}) {
    add({"softmax_cross_entropy",
         "smoothing " + std::to_string(smoothing).substr(0, 3),
         {x({9, 10}, -3, 3), labels(9, 10)},
         [smoothing](Graph& g, Operands in) {
           return ops::softmax_cross_entropy(g, in[0], in[1], real(smoothing));
         }});
  }
  add({"hinge", "", {x({9, 10}, -3, 3), labels(9, 10)}, [](Graph& g, Operands in) {
         return ops::hinge(g, in[0], in[1]);
       }});
  add(target_loss("squared_error", ops::squared_error, -1, 1));
  add(target_loss("absolute_error", ops::absolute_error, -1, 1));
  add(target_loss("binary_cross_entropy", ops::binary_cross_entropy, 0, 1));
  add(target_loss("poisson", ops::poisson, 0, 4));

  for (const bool training : {true, false}) {
    add({"dropout",
         training ? "training" : "evaluation",
         {x({6, 11})},
         [](Graph& g, Operands in) { return ops::dropout(g, in[0], real(0.4)); },
         training});
    add(batch_norm(training ? "training, rows" : "evaluation, rows", {9, 5}, training));
    add(batch_norm(training ? "training, pictures" : "evaluation, pictures", {3, 4, 5, 7}, training));
  }
  add({"layer_norm", "rows", {x({5, 19}), w({19}, 0.5, 1.5), w({19})}, [](Graph& g, Operands in) {
         return ops::layer_norm(g, in[0], in[1], in[2]);
       }});
  add({"layer_norm", "pictures", {x({2, 3, 4, 5}), w({60}, 0.5, 1.5), w({60})}, [](Graph& g, Operands in) {
         return ops::layer_norm(g, in[0], in[1], in[2]);
       }});
  add({"local_response_norm", "window 5", {x({2, 9, 3, 5})}, [](Graph& g, Operands in) {
         return ops::local_response_norm(g, in[0],
                                         {.window = 5, .k = 2, .alpha = real(0.5), .power = real(0.75)});
       }});
  add({"local_contrast_norm",
       "window 5",
       {x({2, 3, 8, 7}), fixed({5, 5}, 0.01, 0.07)},
       [](Graph& g, Operands in) { return ops::local_contrast_norm(g, in[0], in[1]); }});

  add({"add", "", {x({3, 4, 5}), x({3, 4, 5})}, [](Graph& g, Operands in) {
         return ops::add(g, in[0], in[1]);
       }});
  add({"add", "a value to itself", {x({3, 7})}, [](Graph& g, Operands in) {
         return ops::add(g, in[0], in[0]);
       }});
  add({"multiply", "", {x({3, 4, 5}), x({3, 4, 5})}, [](Graph& g, Operands in) {
         return ops::multiply(g, in[0], in[1]);
       }});
  add({"multiply", "a value by itself", {x({3, 7})}, [](Graph& g, Operands in) {
         return ops::multiply(g, in[0], in[0]);
       }});
  add({"affine", "1 - x", {x({3, 7})}, [](Graph& g, Operands in) { return ops::affine(g, in[0], -1, 1); }});
  add({"concat", "three", {x({2, 3, 4, 5}), x({2, 1, 4, 5}), x({2, 2, 4, 5})}, [](Graph& g, Operands in) {
         return ops::concat(g, in);
       }});
  add({"reshape", "", {x({2, 3, 4, 5})}, [](Graph& g, Operands in) {
         return ops::reshape(g, in[0], {5, 12});
       }});

  add({"softmax_cross_entropy",
       "sequence, some without a label",
       {x({4, 6, 5}, -3, 3), symbols({4, 6}, 7)},
       [](Graph& g, Operands in) { return ops::softmax_cross_entropy(g, in[0], in[1], real(0.1)); }});
  add({"dense", "sequence", {x({3, 4, 5}), w({7, 5}), w({7})}, [](Graph& g, Operands in) {
         return ops::dense(g, in[0], in[1], in[2]);
       }});
  add({"concat", "sequences", {x({2, 3, 4}), x({2, 3, 1})}, [](Graph& g, Operands in) {
         return ops::concat(g, in);
       }});
  add({"layer_norm", "sequence", {x({2, 3, 19}), w({19}, 0.5, 1.5), w({19})}, [](Graph& g, Operands in) {
         return ops::layer_norm(g, in[0], in[1], in[2]);
       }});
  add({"embedding", "some unknown", {symbols({3, 5}, 7), w({6, 9})}, [](Graph& g, Operands in) {
         return ops::embedding(g, in[0], in[1]);
       }});
  add({"last_step", "", {x({3, 4, 5})}, [](Graph& g, Operands in) { return ops::last_step(g, in[0]); }});
  add({"mean_over_steps", "", {x({3, 4, 5})}, [](Graph& g, Operands in) {
         return ops::mean_over_steps(g, in[0]);
       }});
  // The last example is padding alone.
  add({"last_step", "with padding", {x({4, 3, 5}), symbols({4, 3}, 1)}, [](Graph& g, Operands in) {
         return ops::last_step(g, in[0], in[1]);
       }});
  add({"mean_over_steps", "with padding", {x({4, 3, 5}), symbols({4, 3}, 1)}, [](Graph& g, Operands in) {
         return ops::mean_over_steps(g, in[0], in[1]);
       }});
  add({"repeat_steps", "", {x({3, 5})}, [](Graph& g, Operands in) {
         return ops::repeat_steps(g, in[0], 4);
       }});
  for (const bool causal : {false, true}) {
    add({"windows", causal ? "causal" : "", {x({2, 7, 3})}, [=](Graph& g, Operands in) {
           return ops::windows(g, in[0], {.kernel = 3, .causal = causal});
         }});
    add({"windows",
         causal ? "causal, stride 2, dilation 2" : "stride 2, dilation 2",
         {x({2, 9, 5})},
         [=](Graph& g, Operands in) {
           return ops::windows(g, in[0], {.kernel = 2, .stride = 2, .dilation = 2, .causal = causal});
         }});
  }
  for (const Cell cell : {Cell::rnn, Cell::gru, Cell::lstm}) {
    add(recurrent(cell, "", {.n = 3, .steps = 5, .inputs = 4, .hidden = 7}));
    add(recurrent(cell, "one step of one, no bias, from zeros",
                  {.n = 1, .steps = 1, .inputs = 2, .hidden = 1, .bias = false, .initial = false}));
    add(recurrent(cell, "symbols", {.n = 7, .steps = 6, .inputs = 11, .hidden = 33, .symbols = true}));
    add(recurrent(cell, "few symbols of many",
                  {.n = 2, .steps = 2, .inputs = 13, .hidden = 5, .symbols = true}));
    add(recurrent(cell, "reverse",
                  {.n = 13, .steps = 3, .inputs = 5, .hidden = 18, .options = {.reverse = true}}));
  }
  add(recurrent(Cell::rnn, "relu",
                {.n = 3, .steps = 5, .inputs = 4, .hidden = 7, .options = {.relu = true}}));
  add(recurrent(Cell::rnn, "leak",
                {.n = 3, .steps = 5, .inputs = 4, .hidden = 7, .options = {.leak = real(0.3)}}));
  add(recurrent(Cell::lstm, "peephole", {.n = 3, .steps = 5, .inputs = 4, .hidden = 19, .peephole = true}));
  for (const Cell cell : {Cell::rnn, Cell::gru, Cell::lstm}) {
    add(recurrent(cell, "with padding", {.n = 4, .steps = 5, .inputs = 3, .hidden = 9, .padding = true}));
  }
  for (const Cell cell : {Cell::rnn, Cell::gru, Cell::lstm}) {
    add(recurrent(cell, "layer norm", {.n = 3, .steps = 4, .inputs = 4, .hidden = 7, .norm = true}));
    add(recurrent(cell, "layer norm of symbols, from zeros, reverse",
                  {.n = 5,
                   .steps = 3,
                   .inputs = 6,
                   .hidden = 18,
                   .symbols = true,
                   .initial = false,
                   .norm = true,
                   .options = {.reverse = true}}));
    add(recurrent(cell, "layer norm with padding",
                  {.n = 4, .steps = 5, .inputs = 3, .hidden = 9, .norm = true, .padding = true}));
  }
  add(recurrent(Cell::rnn, "layer norm, relu and leak",
                {.n = 3,
                 .steps = 5,
                 .inputs = 4,
                 .hidden = 7,
                 .norm = true,
                 .options = {.relu = true, .leak = real(0.3)}}));
  add(recurrent(Cell::lstm, "layer norm and peephole",
                {.n = 3, .steps = 5, .inputs = 4, .hidden = 6, .peephole = true, .norm = true}));
  // A decoder that starts from an encoder's h and c, and looks at the encoder's c too.
  add({"lstm",
       "encoder and decoder",
       {x({3, 4, 5}), w({12, 5}), w({12, 3}), w({12, 3}), w({12, 3})},
       [](Graph& g, Operands in) {
         const ValueId h = ops::lstm(g, in[0], {.weight = in[1], .recurrent = in[2]});
         const ValueId c{h.index + 2};
         const ValueId decoder = ops::lstm(
             g, ops::add(g, h, c),
             {.weight = in[3], .recurrent = in[4], .h = ops::last_step(g, h), .c = ops::last_step(g, c)});
         return decoder;
       }});

  // Several operations together: gradients that meet, shared weights, values used twice.
  add({"conv2d", "residual", {x({2, 3, 6, 6}), w({3, 3, 3, 3})}, [](Graph& g, Operands in) {
         const ValueId y = ops::tanh(g, ops::conv2d(g, in[0], in[1], {}, {.pad = 1}));
         return ops::add(g, in[0], ops::conv2d(g, y, in[1], {}, {.pad = 1}));
       }});
  add({"dense", "highway", {x({4, 6}), w({6, 6}), w({6, 6}), w({6})}, [](Graph& g, Operands in) {
         const ValueId gate = ops::sigmoid(g, ops::dense(g, in[0], in[2], in[3]));
         const ValueId h = ops::tanh(g, ops::dense(g, in[0], in[1]));
         return ops::add(g, ops::multiply(g, gate, h), ops::multiply(g, ops::affine(g, gate, -1, 1), in[0]));
       }});
  return cases;
}

}  // namespace

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = make();
  return cases;
}

OpInstance::OpInstance(const OpCase& op_case, Device& device, std::uint64_t seed) : case_(&op_case) {
  std::int64_t examples = 1;
  for (const Operand& o : op_case.operands) {
    if (o.kind == Operand::Kind::input || o.kind == Operand::Kind::labels) examples = o.shape[0];
  }
  graph_ = std::make_unique<Graph>(device, params_, examples);
  graph_->enter_scope("case");
  for (std::size_t i = 0; i < op_case.operands.size(); ++i) {
    const Operand& o = op_case.operands[i];
    const std::string role = "operand" + std::to_string(i);
    const auto example = o.shape.extents().subspan(1);
    switch (o.kind) {
      case Operand::Kind::input:
        operands_.push_back(graph_->input(Shape(example)));
        break;
      case Operand::Kind::labels:
        operands_.push_back(graph_->index_input(Shape(example)));
        break;
      case Operand::Kind::parameter:
        operands_.push_back(
            graph_->use(params_.add({.layer = "case", .role = role, .shape = o.shape, .init = {}})));
        break;
      case Operand::Kind::state:
        operands_.push_back(
            graph_->use(params_.add_state({.layer = "case", .role = role, .shape = o.shape})));
        break;
    }
  }
  params_.allocate(0);
  out_ = op_case.build(*graph_, operands_);
  Wrt wrt = Wrt::parameters();
  wrt.inputs = true;
  const Target target{out_, 1};
  schedule_ = std::make_unique<Schedule>(*graph_, std::span(&target, 1), wrt);
  run_ = {.examples = examples, .training = op_case.training, .seed = seed, .step = 3};
  for (std::size_t i = 0; i < operands_.size(); ++i) fill(i, seed);

  const RandomStream stream{seed, 99, Purpose::check, 0};
  cotangent_.resize(std::size_t(output().size()));
  for (std::size_t k = 0; k < cotangent_.size(); ++k) cotangent_[k] = real(2 * stream.uniform(k) - 1);
}

void OpInstance::fill(std::size_t i, std::uint64_t seed) {
  const Operand& o = case_->operands[i];
  const RandomStream stream{seed, std::uint32_t(i), Purpose::check, 1};
  if (o.kind == Operand::Kind::labels) {
    const IndexView view = graph_->index_view(operands_[i], run_.examples);
    for (std::int64_t k = 0; k < view.size(); ++k) {
      view.data[k] = std::int32_t(stream.below(std::uint32_t(o.classes), std::uint64_t(k)));
    }
    // Padding at the end of all but the first.
    if (case_->variant.ends_with("with padding")) {
      for (std::int64_t n = 1; n < view.shape[0]; ++n)
        for (std::int64_t t = view.shape[1] - n; t < view.shape[1]; ++t)
          view.data[n * view.shape[1] + t] = -1;
    }
    return;
  }
  const TensorView view = operand(i);
  for (std::int64_t k = 0; k < view.size(); ++k) {
    view.data[k] = real(o.low + (o.high - o.low) * stream.uniform(std::uint64_t(k)));
  }
  if (case_->op == "connect" && o.kind == Operand::Kind::state) {
    for (real& v : std::span(view.data, std::size_t(view.size()))) v = v < real(0.5) ? real(0) : real(1);
  }
}

void OpInstance::backward() {
  std::ranges::copy(cotangent_, schedule_->gradient(out_, run_.examples).data);
  schedule_->backward_given(run_);
}

double OpInstance::objective() {
  forward();
  const TensorView y = output();
  double sum = 0;
  for (std::int64_t k = 0; k < y.size(); ++k) sum += double(cotangent_[std::size_t(k)]) * double(y.data[k]);
  return sum;
}

}  // namespace livegrad::testing
