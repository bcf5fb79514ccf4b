#include "record.hpp"

#include <map>

namespace livegrad::spec {

namespace {

/// The values that `from` can name inside one list of layers; what is not here is looked for around it.
struct Names {
  const Names* around;
  ValueId input;
  std::map<std::string, ValueId> values = {};
};

/// One layer about to be recorded.
struct Step {
  const LayerSpec& layer;
  const std::vector<ValueId>& xs;
  Names& names;
  const std::string& prefix;

  ValueId x() const { return xs[0]; }
};

class Recorder {
 public:
  Recorder(const Content& content, Graph& graph, std::int64_t steps)
      : content_(content), input_(content.input), builder_(graph, content.semantics) {
    if (steps > 0 && input_.steps > 0) {
      input_.steps = steps;
      input_.shape = input_.shape.with(0, steps);
    }
  }

  Network run() {
    network_.input_shape = input_.shape;
    network_.steps = input_.steps;
    network_.symbols = input_.symbols;
    network_.input = input_.is_symbols ? builder_.graph().index_input(input_.shape, "symbols")
                                       : builder_.input(input_.shape);
    if (input_.padding) builder_.live = network_.input;
    Names names{nullptr, network_.input};
    run_list(content_.layers, names, "");
    network_.layers = std::move(builder_.layers());
    network_.carried = std::move(builder_.carried_states());
    return std::move(network_);
  }

 private:
  ValueId run_list(const std::vector<LayerSpec>& layers, Names& names, const std::string& prefix) {
    ValueId x = names.input;
    for (const LayerSpec& layer : layers) {
      x = run_layer(layer, x, names, prefix);
      names.values[layer.name] = x;
    }
    return x;
  }

  ValueId run_layer(const LayerSpec& layer, ValueId x, Names& names, const std::string& prefix) {
    const std::string subject = text("{} \"{}{}\": ", layer.kind(), prefix, layer.name);
    std::vector<ValueId> inputs;
    for (const std::string& name : layer.from) inputs.push_back(find(name, names, layer, subject));
    if (inputs.empty()) inputs.push_back(x);
    try {
      const std::size_t finished = builder_.layers().size();
      const Step step{layer, inputs, names, prefix};
      x = std::visit([&](const auto& options) { return apply(options, step); }, layer.options);
      // A stacked layer is several.
      for (std::size_t i = finished; i < builder_.layers().size(); ++i)
        if (builder_.layers()[i].path.empty()) builder_.layers()[i].path = layer.path;
    } catch (const Error& error) {
      if (error.where().starts_with("/")) throw;  // of a layer inside
      const ErrorCode code =
          error.code() == ErrorCode::invalid_argument ? ErrorCode::invalid_spec : error.code();
      throw_error(code, layer.path, "{}", subject + error.message());
    }
    check_size(layer, subject);
    return x;
  }

  static ValueId find(const std::string& name, const Names& names, const LayerSpec& layer,
                      const std::string& subject, const std::string& key = "from") {
    if (name == "input") return names.input;
    for (const Names* scope = &names; scope != nullptr; scope = scope->around) {
      if (const auto found = scope->values.find(name); found != scope->values.end()) return found->second;
    }
    std::vector<std::string_view> known{"input"};
    for (const auto& [other, value] : names.values) known.push_back(other);
    const std::string_view meant = nearest(name, known);
    refuse(text("{}/{}", layer.path, key), "{}{} names \"{}\", and no layer before it has that name. {}",
           subject, key, name,
           meant.empty() ? "Name an earlier layer or \"input\"." : text("Did you mean \"{}\"?", meant));
  }

  /// The layers inside a layer, whose names become `name.` and theirs.
  ValueId run_inside(const Step& step, ValueId x, const std::string& name) {
    Names inside{&step.names, x};
    const ValueId y = run_list(step.layer.layers, inside, text("{}{}.", step.prefix, name));
    for (const auto& [key, value] : inside.values) step.names.values[text("{}.{}", name, key)] = value;
    return y;
  }

  void check_size(const LayerSpec& layer, const std::string& subject) {
    const auto values = builder_.graph().values();
    for (; counted_ < values.size(); ++counted_) {
      const Value& value = values[counted_];
      if (value.rows_per_example > 0) numbers_ += value.shape.size_from(1) * value.rows_per_example;
      if (value.kind == ValueKind::parameter) parameters_ += value.shape.size();
    }
    if (parameters_ > kMaxParameters) {
      refuse(layer.path,
             "{}with it the network has {} parameters, and at most {} are allowed. Use fewer units or "
             "filters, or pool before a dense layer.",
             subject, parameters_, kMaxParameters);
    }
    const std::int64_t most = kMaxActivationBytes / std::int64_t(2 * sizeof(float)),
                       batch = content_.training.batch;
    if (numbers_ > most) {
      refuse(layer.path,
             "{}with it the values of one example are {} numbers, and at most {} are allowed. Use fewer "
             "filters, a stride or a pool.",
             subject, numbers_, most);
    }
    if (numbers_ * batch > most) {
      refuse("/training/batch",
             "a batch of {} examples with {} numbers each needs more than {} MiB. Use a batch of at most {}.",
             batch, numbers_, kMaxActivationBytes >> 20, most / numbers_);
    }
  }

  template <class Options>
  static Options named(Options options, const Step& step) {
    options.name = step.layer.name;
    return options;
  }

  ValueId apply(const ConvOptions& o, const Step& s) { return conv(builder_, s.x(), named(o, s)); }
  ValueId apply(const DenseOptions& o, const Step& s) {
    DenseOptions options = named(o, s);
    if (o.units == 0) {
      if (!input_.is_symbols) {
        throw Error(ErrorCode::invalid_spec, "dense",
                    "it has one unit for each symbol, but the network's input is not symbols. Give it a "
                    "number of units.");
      }
      options.units = input_.symbols;
    }
    return dense(builder_, s.x(), options);
  }
  ValueId apply(const EmbeddingOptions& o, const Step& s) {
    return embedding(builder_, s.x(), input_.symbols, named(o, s));
  }
  ValueId apply(const Conv1dOptions& o, const Step& s) { return conv1d(builder_, s.x(), named(o, s)); }
  template <CellType type>
  ValueId apply(const CellOptions<type>& o, const Step& s) {
    RecurrentOptions options = named(static_cast<const RecurrentOptions&>(o), s);
    if (!o.encoder.empty()) {
      const std::string subject = text("{} \"{}{}\": ", s.layer.kind(), s.prefix, s.layer.name);
      options.initial = find(o.encoder, s.names, s.layer, subject, "initial");
    }
    return recurrent(builder_, s.x(), input_.symbols, options);
  }
  ValueId apply(const LastStepOptions&, const Step& s) { return last_step(builder_, s.x(), s.layer.name); }
  ValueId apply(const MeanOverStepsOptions&, const Step& s) {
    return mean_over_steps(builder_, s.x(), s.layer.name);
  }
  ValueId apply(const RepeatStepsOptions& o, const Step& s) {
    return repeat_steps(builder_, s.x(), o.steps, s.layer.name);
  }
  ValueId apply(const PoolOptions& o, const Step& s) { return pool(builder_, s.x(), named(o, s)); }
  ValueId apply(const ActivationOptions& o, const Step& s) {
    return activation(builder_, s.x(), named(o, s));
  }
  ValueId apply(const MaxoutOptions& o, const Step& s) { return maxout(builder_, s.x(), named(o, s)); }
  ValueId apply(const DropoutOptions& o, const Step& s) { return dropout(builder_, s.x(), named(o, s)); }
  ValueId apply(const BatchNormOptions& o, const Step& s) { return batch_norm(builder_, s.x(), named(o, s)); }
  ValueId apply(const LayerNormOptions& o, const Step& s) { return layer_norm(builder_, s.x(), named(o, s)); }
  ValueId apply(const LocalResponseNormOptions& o, const Step& s) {
    return local_response_norm(builder_, s.x(), named(o, s));
  }
  ValueId apply(const LocalContrastNormOptions& o, const Step& s) {
    return local_contrast_norm(builder_, s.x(), named(o, s));
  }
  ValueId apply(const AddOptions&, const Step& s) { return add(builder_, s.xs, s.layer.name); }
  ValueId apply(const MultiplyOptions&, const Step& s) { return multiply(builder_, s.xs, s.layer.name); }
  ValueId apply(const ConcatOptions&, const Step& s) { return concat(builder_, s.xs, s.layer.name); }
  ValueId apply(const FlattenOptions&, const Step& s) { return flatten(builder_, s.x(), s.layer.name); }
  ValueId apply(const ReshapeOptions& o, const Step& s) {
    return reshape(builder_, s.x(), o.example, s.layer.name);
  }
  ValueId apply(const HighwayOptions& o, const Step& s) {
    return highway(
        builder_, s.x(), [&](ValueId x) { return run_inside(s, x, s.layer.name); }, named(o, s));
  }
  ValueId apply(const ResidualOptions& o, const Step& s) {
    return residual(
        builder_, s.x(), [&](ValueId x) { return run_inside(s, x, s.layer.name); }, named(o, s));
  }
  ValueId apply(const BlockOptions& o, const Step& s) {
    ValueId x = s.x();
    for (std::int64_t k = 1; k <= o.repeat; ++k) {
      const std::string name = text("{}.{}", s.layer.name, k);
      const auto prefix = builder_.prefix(name);
      x = s.names.values[name] = run_inside(s, x, name);
    }
    return x;
  }
  ValueId apply(const LossLayer& o, const Step& s) {
    LossOptions options = named(static_cast<const LossOptions&>(o), s);
    if (o.source == TargetSource::input) options.target = network_.input;
    if (o.source == TargetSource::input && input_.is_symbols) {
      throw Error(ErrorCode::invalid_spec, "loss",
                  "its target is the network's input, which is symbols and not numbers. Use softmax.");
    }
    const LossValues values = loss(builder_, s.x(), options);
    network_.labels = values.labels;
    network_.targets = values.targets;
    network_.output = values.output;
    network_.probabilities = values.probabilities;
    if (values.probabilities != ValueId{}) {
      const Shape& scores = builder_.shape(values.probabilities);
      network_.classes = scores[scores.rank() - 1];
    }
    return network_.loss = values.loss;
  }

  const Content& content_;
  Input input_;
  Builder builder_;
  Network network_;
  std::size_t counted_ = 0;
  std::int64_t numbers_ = 0, parameters_ = 0;
};

}  // namespace

Network record(const Content& content, Graph& graph, std::int64_t steps) {
  return Recorder(content, graph, steps).run();
}

}  // namespace livegrad::spec
