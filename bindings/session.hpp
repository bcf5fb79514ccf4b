#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "json.hpp"
#include "livegrad/arena.hpp"
#include "livegrad/data.hpp"
#include "livegrad/sampler.hpp"
#include "livegrad/text.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad::bindings {

/// Everything that JavaScript owns: models, data sets and file buffers, each behind a number, so that nothing on the
/// other side has to be deleted. Methods take and give numbers and strings; strings are JSON, offsets count bytes from
/// the beginning of the heap. Memory grows only where a data set, model, probe or file is made, never in train.
/// Errors  every method throws {code, where, message}
class Session {
 public:
  /// threads: of computation, 1 to 256, in builds that have them.
  explicit Session(int threads) : device_({.threads = threads}) {}

  using Offset = std::uint32_t;

  /// {isa, fused, threads, record, losses, lossCapacity, written, writtenCapacity}: offsets of what train and write leave.
  std::string info() const;

  /// A buffer for JavaScript to write to or read from.
  Offset allocate(double bytes);
  void release(Offset offset);

  /// From {kind: "idx", name, classes, train: {images, labels}, test: {images, labels}}, {kind: "drawn", training, test, seed},
  /// or {kind: "pixels", name, origin, classes, shape, train: {pixels, labels}, test: {pixels, labels}} with a byte for each
  /// pixel and label, a file being [offset, bytes];
  /// gives {id, name, origin, classes, shape, training: {size, pixels, labels}, test: {…}} with the places of the examples.
  std::string make_dataset(const std::string& request);
  void close_dataset(int dataset);

  /// From {kind: "file", name, origin, file} or {kind: "language", name, characters, seed}, either with a `vocabulary` to
  /// put it in; gives {id, name, origin, vocabulary, characters}.
  std::string make_text(const std::string& request);
  void close_text(int text);
  /// [{name, rule}] of the languages that the program writes.
  std::string languages() const;
  /// What is wrong with a line of such a language; empty when it keeps the rules.
  std::string check_line(const std::string& language, const std::string& line) const;

  /// {spec, layers, parameterCount} of a network that is not kept.
  std::string check(const std::string& spec) const;
  /// Gives the model's number. `symbols` completes a spec that takes as many as its text has.
  int compile(const std::string& spec, int symbols);
  void close_model(int model);
  /// {spec, layers, parameterCount, classes, options, input, output, probabilities, labels, loss,
  ///  step, epoch, passSize, vocabulary, probeCapacity,
  ///  batch: [tensor], probe: [tensor]}; offsets hold until the next compile, replace, load or set_options of the model.
  std::string network(int model) const;
  void set_data(int model, int dataset);
  /// What is held out: "none", "streams-5" or "tail-10".
  void set_text(int model, int text, const std::string& split);

  /// At most `steps` steps; fewer when the epoch reaches `until`, training finishes (unless endless) or a value goes NaN
  /// or infinite. Gives how many were done. Writes the record and each loss; allocates nothing.
  int train(int model, int steps, double until, bool endless);
  /// Name of the value that stopped train; empty when all was well.
  std::string first_nonfinite(int model) const;
  void start_over(int model, double seed);
  /// Changes the options that the JSON object names; gives all of them.
  std::string set_options(int model, const std::string& options);
  /// Gives the names of the parameters that were kept.
  std::string replace(int model, const std::string& spec);
  std::string history(int model) const;
  std::string spectral_radii(int model) const;

  /// Size of a split: 0 training, 1 validation, 2 test.
  double split_size(int model, int split) const;
  void begin_evaluation(int model);
  void evaluate(int model, int split, double first, double count);
  /// {examples, correct, loss, error, low, high, confusion} so far.
  std::string evaluation(int model) const;
  void report_validation(int model);

  /// What slot `slot` of the probe looks at: an example of a split, or bytes [C,H,W] with label -1 for none.
  void set_example(int model, int slot, int split, double index);
  void set_pixels(int model, int slot, Offset pixels, int channels, int height, int width, int label);
  /// Symbols of the model's vocabulary; with `last_only` the loss is that of the last one alone.
  void set_symbols(int model, int slot, const std::string& text, bool last_only);
  void run_probe(int model, int examples, bool backward);

  /// Begins a text with `prime`; learning may go on between two calls of write.
  void start_writing(int model, const std::string& prime, double seed);
  /// Writes the next `count` symbols to the place that info names, fewer when it holds no more; none unless
  /// start_writing came after the last change of network or options. Gives how many.
  int write(int model, int count, double temperature, int top_k, double top_p, bool greedy);
  /// Reads a text and keeps, for each of its characters, a value of the one-step graph and the likeliest characters to
  /// follow. {characters, shape, offset, bytes, candidates} of a buffer that the caller releases: the values [characters,
  /// shape], then [characters, candidates] pairs of symbol (int32) and probability (float32).
  std::string read_text(int model, const std::string& text, const std::string& value, int candidates);

  /// A hand-drawn digit in MNIST's form: width·height bytes at `pixels`, 784 at `out`.
  void frame_digit(Offset pixels, int width, int height, Offset out) const;

  /// {offset, bytes} of a checkpoint in a buffer that the caller releases.
  std::string save(int model);
  /// The same of a recording, for the reference that checks gradients; see recording.hpp.
  std::string record(int model);
  /// {data: "none" | "same" | "different" | "unfit", name} of the data that it was learning from.
  std::string load(int model, Offset file, double bytes);

  /// Colours for `size` numbers: 257 RGBA entries at `palette`, RGBA at `out`.
  void draw(Offset x, int size, double low, double high, Offset palette, Offset out);
  /// {minimum, maximum, mean, deviation, zero fraction} of `size` numbers, to the record.
  void statistics(Offset x, int size);

 private:
  struct Model {
    Trainer trainer;
    std::unique_ptr<Probe> probe;
    std::shared_ptr<const SplitDataset> dataset = nullptr;
    bool has_text = false;
    std::unique_ptr<Sampler> writer = nullptr;
    Evaluation evaluation = {};
    std::string first_nonfinite = {};

    bool has_data() const noexcept { return dataset || has_text; }
  };
  struct Buffer {
    AlignedBytes memory;
    std::size_t bytes;
  };
  static constexpr int kProbeCapacity = 16;
  static constexpr int kLossCapacity = 1024;
  static constexpr int kWrittenCapacity = 1024;

  Model& model(int id);
  const Model& model(int id) const;
  Offset keep(Buffer buffer);
  /// Tells where a copy of the file is.
  std::string give(const std::vector<std::uint8_t>& file);
  Bytes file(const Json& place) const;
  SplitDataset read_dataset(const Json& request) const;
  Text read_text_source(const Json& request) const;

  Device device_;
  std::map<int, std::shared_ptr<const SplitDataset>> datasets_;
  std::map<int, std::shared_ptr<const Text>> texts_;
  std::map<int, Model> models_;
  std::map<Offset, Buffer> buffers_;
  int next_id_ = 1;
  std::array<double, 16> record_{};
  std::array<float, kLossCapacity> losses_{};
  std::array<std::int32_t, kWrittenCapacity> written_{};
};

}  // namespace livegrad::bindings
