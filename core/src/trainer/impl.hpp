#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "data_order.hpp"
#include "livegrad/checkpoint.hpp"
#include "livegrad/trainer.hpp"
#include "text_streams.hpp"

namespace livegrad {

/// Examples that one run of an evaluation sees, and streams of a text: those of streams-5.
inline constexpr std::int64_t kEvaluationBatch = 100, kEvaluationStreams = 50;

/// A network recorded for a number of examples, over parameters that the first to compile it allocates.
struct Compiled {
  /// `probabilities`: compute them where the loss does not need them, too.
  Compiled(Device& device, ParamStore& params, const Spec& spec, std::int64_t capacity, int slots,
           const Wrt& wrt, Keep keep, bool probabilities);
  Compiled(const Compiled&) = delete;

  /// Where a BatchReader writes `examples` examples from `first` on.
  Batch batch(std::int64_t examples, std::int64_t first = 0) noexcept;
  /// For a loss over targets and data with labels: turns the labels of these examples into one-hot targets.
  void encode_labels(std::int64_t examples, std::int64_t first = 0) noexcept;
  /// Carried states to zero, as at the start of a text.
  void clear_carried() noexcept;
  /// Copies them to or from a buffer of carried_size() numbers.
  std::size_t carried_size() const noexcept;
  void keep_carried(real* to) const noexcept;
  void restore_carried(const real* from) noexcept;
  /// The symbols and labels of `rows` rows of a text.
  std::span<std::int32_t> symbols(std::int64_t rows) noexcept;
  std::span<std::int32_t> symbol_labels(std::int64_t rows) noexcept;
  /// Sum of the losses of the last run.
  double loss_sum(std::int64_t examples) const noexcept;
  /// Of the last run's examples, those whose label has the highest score.
  std::int64_t correct(std::int64_t examples) const noexcept;
  /// The class that `scores` [examples,classes] give to an example, the first of equals.
  static std::int64_t predicted(const real* scores, std::int64_t classes) noexcept;

  Graph graph;
  Network network;
  Schedule schedule;
  std::vector<std::int32_t> labels;  ///< [capacity], where the network wants targets
  Run run{.examples = 0};            ///< the last one
};

/// What makes two data sets the same for a run.
struct DataIdentity {
  std::string name, origin;
  std::int64_t training = 0, test = 0;
  Shape shape;  ///< of an example; empty for a text, whose characters `training` counts
  TextSplit split = TextSplit::none;
  Vocabulary vocabulary = {};  ///< empty but for a text
  bool is_text() const noexcept { return vocabulary.size() > 0; }
  friend bool operator==(const DataIdentity&, const DataIdentity&) = default;
};

/// The data with what reads them.
struct Data {
  std::shared_ptr<const Dataset> training, test;
  std::unique_ptr<BatchReader> training_reader, test_reader;
  bool encodes_labels = false;       ///< a loss over targets gets the labels' one-hot code
  std::shared_ptr<const Text> text;  ///< instead of data sets
  TextParts parts;
  DataIdentity identity;
};

/// How far a run has come: what, with the weights, a checkpoint holds.
struct Progress {
  std::uint64_t seed = 1;
  std::uint64_t steps = 0;     ///< updates
  std::uint64_t consumed = 0;  ///< training examples, over all passes and data sets: keys the augmentation
  std::uint64_t average_steps = 0;
  std::int64_t hold_out = 0;  ///< in force, since the data came or the run started over
  double rate_factor = 1;     ///< of halving on plateaus
  double best = std::numeric_limits<double>::infinity();    ///< smallest validation loss
  std::int64_t since_best = 0, since_halving = 0;           ///< validations without improvement
  std::uint64_t clipped_by_norm = 0, clipped_by_value = 0;  ///< steps
};

struct Evaluator {
  std::unique_ptr<ParamStore> average;  ///< null: none, the weights themselves are used
  std::unique_ptr<Compiled> compiled;
};

struct Trainer::Impl {
  /// Compiles, and draws the weights from the seed.
  Impl(Device& device, Spec spec, std::uint64_t seed);
  const TrainingOptions& options() const noexcept { return spec.training(); }

  /// Errors  as Trainer::set_data; reads nothing that set_options could still change but the network
  Data open(std::shared_ptr<const Dataset> training, std::shared_ptr<const Dataset> test,
            const TrainingOptions& options) const;
  /// Takes the data, at the place where learning is if they are the same.
  void take(Data data);
  /// For evaluation: over averaged weights that start as the weights are, or over the weights themselves.
  Evaluator make_evaluator(bool averages);
  void reset_average() noexcept;
  void update_average() noexcept;
  std::string_view locate_nonfinite() const noexcept;
  /// Takes over parameters with their slots and averages, and states, where name and shape are those of `from`.
  /// Returns the names of the parameters.
  std::vector<std::string> inherit(const Impl& from);
  std::int64_t size(Split split) const noexcept;
  /// Indices of `count` (at most kEvaluationBatch) examples of a split; valid until the next call.
  std::span<const std::int32_t> pick(Split split, std::int64_t first, std::int64_t count) noexcept;
  BatchReader& reader(Split split) noexcept {
    return split == Split::test ? *data.test_reader : *data.training_reader;
  }
  /// Passes over the training examples or text once `ahead` more examples are done.
  double passes(double ahead = 0) const noexcept {
    return data.identity.is_text() ? streams.passes(ahead) : order.passes(ahead);
  }
  /// Whether there is something to learn from.
  bool has_data() const noexcept { return data.text || data.training; }
  /// Puts the next batch into the training graph. Gives its rows.
  std::int64_t read_batch() noexcept;
  /// The batch that was read is done.
  void advance(std::int64_t rows) noexcept;
  /// Examples in a row of a batch: characters of a text.
  std::int64_t per_row() const noexcept { return data.text ? training->network.steps : 1; }
  Data open_text(std::shared_ptr<const Text> text, TextSplit split, std::int64_t hold_out) const;
  /// Errors  as Trainer::set_text
  void take_text(Data data);
  const std::vector<Stretch>& part(Split split) const noexcept;
  /// The window of a part whose rows are its stretches; those that are at their end are padded.
  void evaluate_window(const std::vector<Stretch>& rows, std::int64_t window, Evaluation& into) noexcept;
  void evaluate_text(Split split, std::int64_t first, std::int64_t count, Evaluation& into) noexcept;
  /// Evaluates at most kEvaluationBatch samples, and adds their probabilities to `into_probabilities` if that is not empty.
  void evaluate(BatchReader& reader, std::span<const std::int32_t> samples, Evaluation& into,
                std::span<real> into_probabilities) noexcept;

  Device& device;
  Spec spec;  ///< with the options in force
  Progress progress;
  ParamStore params;
  std::unique_ptr<Compiled> training;
  Evaluator evaluator;
  std::vector<real> probabilities;  ///< [kEvaluationBatch,classes]: sums over crops
  std::vector<std::int32_t> samples;
  std::vector<real> state_backup, carried_backup;
  std::vector<std::string> value_names, gradient_names;
  Data data;
  DataOrder order;      ///< place in the examples …
  TextStreams streams;  ///< … or in the text
  History history;
};

}  // namespace livegrad
