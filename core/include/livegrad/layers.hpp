#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "livegrad/error.hpp"
#include "livegrad/graph.hpp"
#include "livegrad/init.hpp"
#include "livegrad/ops.hpp"
#include "livegrad/params.hpp"

/// Layers: operations with their parameters, under stable names. A layer is a function that declares what it needs in a
/// Builder and gives the value that it computes:
///
///     Builder b(graph);
///     ValueId y = conv(b, b.input({1, 28, 28}), {.filters = 8, .kernel = 5, .act = Activation::relu});
///     y = dense(b, pool(b, y), {.units = 10});
///     const LossValues loss = livegrad::loss(b, y);
///
/// Weights are decayed, biases, gammas and shifts are not.
namespace livegrad {

/// Whose conventions fill in what is not said.
enum class Semantics : std::int32_t {
  livegrad,   ///< weights by the activation that follows (see default_init), biases 0
  convnetjs,  ///< weights N(0, 1/fan-in), biases 0.1 before ReLU and 0 elsewhere, weights free of L1 decay
};

enum class Activation : std::int32_t { none, relu, leaky_relu, sigmoid, tanh, elu, softplus, softmax };
enum class LossType : std::int32_t { softmax, hinge, squared, absolute, binary_cross_entropy, poisson };

std::string_view to_string(Semantics semantics) noexcept;
std::string_view to_string(Activation activation) noexcept;
std::string_view to_string(LossType type) noexcept;
namespace ops {
std::string_view to_string(PoolType type) noexcept;
}

/// he_normal before relu, leaky_relu, elu and softplus, glorot_uniform before the others; lecun_normal under
/// Semantics::convnetjs.
InitOptions default_init(Semantics semantics, Activation next) noexcept;
/// 0; 0.1 before relu under Semantics::convnetjs.
double default_bias(Semantics semantics, Activation next) noexcept;

/// Whether a layer adds a bias, and where the bias starts.
struct Bias {
  bool used = true;
  std::optional<double> value = {};  ///< default_bias when absent

  static Bias none() { return {.used = false}; }
  static Bias of(double value) { return {.value = value}; }
};

/// How the weights of a layer start and learn.
struct WeightOptions {
  std::optional<InitOptions> init = {};  ///< default_init when absent
  double rate = 1;                ///< of weights and biases: multiplies the learning rate; 0 freezes them
  std::optional<double> l1 = {};  ///< multiplies the L1 decay of the weights; 1 when absent (convnetjs: 0)
  double l2 = 1;                  ///< multiplies the L2 decay of the weights
};

/// One layer as recorded: which values and parameters are its own.
struct LayerInfo {
  std::string id;    ///< stable, unique: "conv1", inside a block "block1.2.conv1"
  std::string kind;  ///< "conv", "pool", "dense", "act", "loss" …
  std::string path;  ///< JSON pointer into the spec, "/layers/0"; empty without a spec
  std::vector<ValueId>
      values;  ///< the results of its operations in order; the last is what the next layer sees
  std::vector<ParamId> params;
  Shape output;                      ///< of one example
  std::int64_t parameter_count = 0;  ///< trainable numbers
  std::int64_t multiply_adds = 0;    ///< of dense products and convolutions, per example, forward
};

/// Records layers in a graph. Gives each a stable name and finds or declares its parameters, so that a second graph over
/// the same ParamStore shares them.
class Builder {
 public:
  /// Names the values recorded while it lives; scopes nest.
  class Scope {
   public:
    Scope(Scope&& other) noexcept : builder_(other.builder_) { other.builder_ = nullptr; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    friend class Builder;
    explicit Scope(Builder& builder) : builder_(&builder) {}
    Builder* builder_;
  };

  explicit Builder(Graph& graph, Semantics semantics = Semantics::livegrad)
      : graph_(graph), semantics_(semantics) {}

  Graph& graph() const noexcept { return graph_; }
  ParamStore& params() const noexcept { return graph_.params(); }
  Semantics semantics() const noexcept { return semantics_; }
  ValueId input(const Shape& example) { return graph_.input(example); }
  const Shape& shape(ValueId x) const noexcept { return graph_.value(x).shape; }
  std::int64_t dim(ValueId x, int axis) const noexcept { return shape(x)[axis]; }
  /// The shape of one example.
  Shape example(ValueId x) const { return Shape(shape(x).extents().subspan(1)); }

  /// Opens a layer: conv1, conv2 … unless it has a name. Inside another scope its name comes after that one's and a dot.
  /// Errors  invalid_argument when the name is taken
  [[nodiscard]] Scope scope(std::string_view kind, std::string_view name = {});
  /// Opens a scope that only adds to names: no layer of its own.
  [[nodiscard]] Scope prefix(std::string_view name);

  /// A weight of the open layer. `connections`, one byte for each leading pair of extents, says which are there.
  /// Errors  shape_mismatch when there is one of that name and another shape; invalid_argument when it is too large
  ValueId weight(const Shape& shape, const Init& init, const WeightOptions& options,
                 const std::vector<std::uint8_t>& connections = {}, std::string_view role = "weight");
  /// A bias, gamma or shift: never decayed.
  ValueId offset(std::string_view role, const Shape& shape, double value, double rate);
  /// One that does not start the same everywhere.
  ValueId offset(std::string_view role, std::vector<real> values, double rate);
  /// A state [N,units] that the graph keeps from batch to batch, zeros at first.
  ValueId carried(std::string_view role, std::int64_t units);
  /// A state of the open layer, whose name it fills in.
  ValueId state(StateInfo info);

  /// Adds to the multiply-adds of the open layer.
  void count(std::int64_t multiply_adds) { open_.back().info.multiply_adds += multiply_adds; }
  /// Throws invalid_argument from the open layer unless the condition holds.
  template <class... Values>
  void require(bool condition, Sentence<sizeof...(Values)> sentence, const Values&... values) const {
    if (!condition) fail(ErrorCode::invalid_argument, sentence, values...);
  }
  /// Throws Error with the open layer as the place: `conv "conv1"`.
  template <class... Values>
  [[noreturn]] void fail(ErrorCode code, Sentence<sizeof...(Values)> sentence,
                         const Values&... values) const {
    fail_with(code, sentence.pattern(), {Filling(values)...});
  }

  /// What each step of a sequence is, negative where it is padding; {-1}: there is none.
  ValueId live = {};
  /// For the output of a recurrent layer, h of each of its stacked layers.
  std::map<std::int32_t, std::vector<ValueId>> recurrent_levels = {};
  /// The carried states recorded so far.
  std::vector<ValueId>& carried_states() noexcept { return carried_; }

  /// Every layer finished so far.
  std::vector<LayerInfo>& layers() noexcept { return layers_; }

 private:
  struct Open {
    LayerInfo info;  ///< with an empty kind for a prefix
    std::map<std::string, int, std::less<>> counters;
  };
  std::string path_to(std::string_view name) const;
  [[noreturn]] void fail_with(ErrorCode code, std::string_view pattern,
                              std::initializer_list<Filling> values) const;
  void open(Open&& layer);
  void close() noexcept;
  void collect();
  ValueId param(ParamInfo info);

  Graph& graph_;
  Semantics semantics_;
  std::vector<Open> open_;
  std::map<std::string, int, std::less<>> counters_;
  std::set<std::string> names_;
  std::vector<LayerInfo> layers_;
  std::vector<ValueId> carried_;
  std::size_t collected_ = 0;
};

/// The numbers of everything that one model may hold: 256 MiB of float weights with gradients and two optimiser slots.
inline constexpr std::int64_t kMaxParameters = std::int64_t{1} << 24;

struct DenseOptions {
  std::int64_t units = 10;
  Activation act = Activation::none;
  double dropout = 0;  ///< probability to drop, after the activation
  Bias bias = {};
  WeightOptions weights = {};
  std::string name = {};
};

/// Shapes  x [N,…] -> [N,units]: axes after the first are flattened; a sequence [N,T,I] -> [N,T,units], step by step
ValueId dense(Builder& b, ValueId x, const DenseOptions& o = {});

struct ConvOptions {
  std::int64_t filters = 8;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::optional<std::int64_t> pad = 0;  ///< absent: "same", so that H' = ⌈H/stride⌉
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  std::vector<std::uint8_t> connections = {};  ///< [filters,C] of 0 and 1; empty: every filter sees every map
  Activation act = Activation::none;
  double dropout = 0;
  Bias bias = {};
  WeightOptions weights = {};
  std::string name = {};
};

/// Convolve (cross-correlate) and add a bias.
/// Shapes  x [N,C,H,W] -> [N,filters,H',W'], H' = ⌊(H + 2·pad − dilation·(kernel−1) − 1)/stride⌋ + 1
ValueId conv(Builder& b, ValueId x, const ConvOptions& o = {});

struct PoolOptions {
  std::int64_t kernel = 2;  ///< 0: the whole map
  ops::PoolType type = ops::PoolType::max;
  std::optional<std::int64_t> stride = {};  ///< the kernel when absent
  std::int64_t pad = 0;
  std::string name = {};
};

/// Shapes  [N,C,H,W] -> [N,C,H',W'], H' = ⌊(H + 2·pad − kernel)/stride⌋ + 1
ValueId pool(Builder& b, ValueId x, const PoolOptions& o = {});

struct ActivationOptions {
  Activation type = Activation::relu;
  double slope = 0.01;  ///< leaky_relu
  double alpha = 1;     ///< elu
  std::string name = {};
};

/// Shapes  as x; softmax [N,C]
ValueId activation(Builder& b, ValueId x, const ActivationOptions& o = {});

struct MaxoutOptions {
  std::int64_t group = 2;
  std::string name = {};
};

/// Shapes  [N,C,…] -> [N,C/group,…]
/// Ref     Goodfellow et al. 2013, "Maxout networks"
ValueId maxout(Builder& b, ValueId x, const MaxoutOptions& o = {});

struct DropoutOptions {
  double rate = 0.5;  ///< probability to drop
  std::string name = {};
};

/// Ref     Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"
ValueId dropout(Builder& b, ValueId x, const DropoutOptions& o = {});

struct BatchNormOptions {
  double momentum = 0.1;  ///< weight of the new batch in the running statistics
  double epsilon = 1e-5;
  double rate = 1;
  std::string name = {};
};

/// Per channel over the batch; gamma starts at 1, shift at 0.
/// Ref     Ioffe and Szegedy 2015, "Batch normalization"
ValueId batch_norm(Builder& b, ValueId x, const BatchNormOptions& o = {});

struct LayerNormOptions {
  double epsilon = 1e-5;
  double rate = 1;
  std::string name = {};
};

/// Over everything in one example, of a sequence over each step; gamma starts at 1, shift at 0.
/// Ref     Ba et al. 2016, "Layer normalization"
ValueId layer_norm(Builder& b, ValueId x, const LayerNormOptions& o = {});

struct LocalResponseNormOptions {
  std::int64_t window = 5;
  double k = 1, alpha = 1e-4, power = 0.75;
  std::string name = {};
};

/// Ref     Krizhevsky et al. 2012, "ImageNet classification with deep convolutional neural networks", §3.3
ValueId local_response_norm(Builder& b, ValueId x, const LocalResponseNormOptions& o = {});

struct LocalContrastNormOptions {
  std::int64_t window = 9;  ///< odd
  double epsilon = 1e-4;
  std::string name = {};
};

/// Over a Gaussian window (see gaussian_window).
/// Ref     Jarrett et al. 2009, "What is the best multi-stage architecture for object recognition?", §2.1
ValueId local_contrast_norm(Builder& b, ValueId x, const LocalContrastNormOptions& o = {});

/// Sum, product and concatenation along the channels of two or more values.
ValueId add(Builder& b, std::span<const ValueId> xs, std::string_view name = {});
ValueId multiply(Builder& b, std::span<const ValueId> xs, std::string_view name = {});
ValueId concat(Builder& b, std::span<const ValueId> xs, std::string_view name = {});

/// Shapes  [N,…] -> [N,D]
ValueId flatten(Builder& b, ValueId x, std::string_view name = {});
/// Shapes  [N,…] -> [N,example…]
ValueId reshape(Builder& b, ValueId x, const Shape& example, std::string_view name = {});

// Sequences [N,T,C]: T steps of C numbers. Symbols [N,T] are integers.

struct EmbeddingOptions {
  std::int64_t units = 16;  ///< numbers for each symbol
  WeightOptions weights = {};
  std::string name = {};
};

/// Shapes  symbols [N,T] of `count` kinds -> [N,T,units]
/// Ref     Bengio et al. 2003, "A neural probabilistic language model"
ValueId embedding(Builder& b, ValueId symbols, std::int64_t count, const EmbeddingOptions& o = {});

enum class CellType : std::int32_t { rnn, gru, lstm };
enum class RnnActivation : std::int32_t { tanh, relu };
std::string_view to_string(RnnActivation activation) noexcept;
std::string_view to_string(CellType cell) noexcept;

struct RecurrentOptions {
  CellType cell = CellType::lstm;
  std::int64_t units = 128;
  std::int64_t layers = 1;     ///< stacked, each on the one before
  double dropout = 0;          ///< between stacked layers
  bool bidirectional = false;  ///< a second cell from the last step to the first, side by side
  bool pyramid = false;        ///< each stacked layer after the first takes two steps as one: halves time
  bool carry = false;    ///< begin with the state after the batch before (truncated BPTT), not with zeros
  ValueId initial = {};  ///< begin with the state at the end of this recurrent layer: a decoder's encoder
  RnnActivation act = RnnActivation::tanh;  ///< rnn
  double leak = 1;                          ///< rnn: weight of the new state, above 0 and up to 1
  bool echo = false;                        ///< rnn: an echo state network: all weights stay as drawn
  double spectral_radius = 0;               ///< rnn: of the recurrent weights at the start; 0: as drawn
  double forget_bias = 1;                   ///< lstm: where the forget gate's bias starts
  bool peephole = false;                    ///< lstm: gates see the cell
  bool layer_norm = false;  ///< of the input's product, of the recurrent one, and of an lstm's cell: ops::rnn
  bool bias = true;
  std::optional<InitOptions> recurrent_init = {};  ///< orthogonal when absent
  WeightOptions weights = {};
  std::string name = {};
};

inline constexpr std::int64_t kMaxSpectralUnits = 512, kMaxStackedLayers = 16;

/// A recurrent layer over sequences; its equations are those of ops::rnn, gru and lstm.
/// Shapes  x [N,T,I] -> [N,T,units], with bidirectional [N,T,2·units]; symbols [N,T] of `count` kinds are taken as one-hot
///         rows; each level of a pyramid halves T
/// Ref     bidirectional: Schuster and Paliwal 1997; pyramid: Chan et al. 2016, "Listen, attend and spell", §3.1; carry:
///         Williams and Peng 1990 (truncated backpropagation through time); echo: Jaeger 2001; initial: Sutskever et
///         al. 2014, "Sequence to sequence learning with neural networks"
ValueId recurrent(Builder& b, ValueId x, std::int64_t count, const RecurrentOptions& o = {});

struct Conv1dOptions {
  std::int64_t filters = 16;
  std::int64_t kernel = 3;
  std::int64_t stride = 1, dilation = 1;
  bool causal =
      false;  ///< a time-delay layer: each step sees itself and steps before, with zeros before the first
  Activation act = Activation::none;
  double dropout = 0;
  Bias bias = {};
  WeightOptions weights = {};
  std::string name = {};
};

/// Convolve over time and add a bias; the weight is [filters, kernel·C].
/// Shapes  [N,T,C] -> [N,T',filters], T' as of ops::windows
/// Ref     Waibel et al. 1989, "Phoneme recognition using time-delay neural networks"
ValueId conv1d(Builder& b, ValueId x, const Conv1dOptions& o = {});

/// Many to one, over the steps that are no padding, and one to many. Shapes  [N,T,C] -> [N,C]; [N,C] -> [N,steps,C]
ValueId last_step(Builder& b, ValueId x, std::string_view name = {});
ValueId mean_over_steps(Builder& b, ValueId x, std::string_view name = {});
ValueId repeat_steps(Builder& b, ValueId x, std::int64_t steps, std::string_view name = {});

/// Layers between a value and the result: the inside of a block.
using Body = std::function<ValueId(ValueId)>;

struct HighwayOptions {
  std::int64_t kernel = 1;  ///< of the gate's convolution, odd, when x is maps
  double bias = -2;         ///< where the gate's bias starts: negative carries x through at first
  WeightOptions weights = {};
  std::string name = {};
};

/// A gated skip.
/// Math    y = T ∘ H(x) + (1 − T) ∘ x,  T = σ(W x + b)
/// Shapes  x, H(x) and y alike, [N,I] or [N,C,H,W]
/// Ref     Srivastava et al. 2015, "Highway networks", eq. (3)
ValueId highway(Builder& b, ValueId x, const Body& body, const HighwayOptions& o = {});

struct ResidualOptions {
  bool project = false;  ///< bring x to the shape of F(x) by a product without bias (maps: 1x1 convolution)
  Activation act = Activation::none;
  WeightOptions weights = {};
  std::string name = {};
};

/// A skip around layers.
/// Math    y = act(F(x) + x), or act(F(x) + P x) with `project`
/// Ref     He et al. 2016, "Deep residual learning for image recognition", eq. (1) and (2)
ValueId residual(Builder& b, ValueId x, const Body& body, const ResidualOptions& o = {});

struct LossOptions {
  LossType type = LossType::softmax;
  double smoothing = 0;  ///< softmax: share of the target spread over all classes
  double margin = 1;     ///< hinge
  ValueId target =
      {};  ///< losses over targets: the value to come close to; an input of the graph when absent
  std::string name = {};
};

/// What a loss made: which inputs wait for labels or targets, and where the results are.
struct LossValues {
  ValueId loss;           ///< [N]
  ValueId output;         ///< what it looks at: logits, scores, reconstruction
  ValueId labels;         ///< [N] index ([N,T] for a sequence), for softmax and hinge, else {-1}
  ValueId targets;        ///< of the output's shape, when the graph takes them as input, else {-1}
  ValueId probabilities;  ///< [N,classes] for softmax and hinge (softmax of the scores), else {-1}
};

/// Shapes  softmax, hinge: [N,C] (more axes are flattened, but softmax takes [N,T,C] step by step); the others: any
LossValues loss(Builder& b, ValueId x, const LossOptions& o = {});

}  // namespace livegrad
