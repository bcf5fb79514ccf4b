#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "json.hpp"
#include "livegrad/arena.hpp"
#include "livegrad/data.hpp"
#include "livegrad/trainer.hpp"

namespace livegrad::bindings {

/// Everything that JavaScript owns: models, data sets and file buffers, each behind a number, so that nothing on the
/// other side has to be deleted. Methods take and give numbers and strings; strings are JSON, offsets count bytes from
/// the beginning of the heap. Memory grows only where a data set, model, probe or file is made, never in train.
/// Errors  every method throws {code, where, message}
class Session {
 public:
  using Offset = std::uint32_t;

  /// {isa, fused, threads, version, record, losses, lossCapacity}: offsets of what train writes.
  std::string info() const;

  /// A buffer for JavaScript to write to or read from.
  Offset allocate(double bytes);
  void release(Offset offset);

  /// From {kind: "idx", name, classes, train: {images, labels}, test: {images, labels}},
  /// {kind: "cifar10", name, classes, train: file, test: file} or {kind: "drawn", training, test, seed}, a file being [offset, bytes];
  /// gives {id, name, origin, classes, shape, training: {size, pixels, labels}, test: {…}} with the places of the examples.
  std::string make_dataset(const std::string& request);
  void close_dataset(int dataset);

  /// {spec, layers, parameterCount} of a network that is not kept.
  std::string check(const std::string& spec) const;
  /// Gives the model's number.
  int compile(const std::string& spec);
  void close_model(int model);
  /// {spec, layers, parameterCount, classes, options, input, output, probabilities, labels, loss,
  ///  probeCapacity,
  ///  batch: [tensor], probe: [tensor]}; offsets hold until the next compile, replace, load or set_options of the model.
  std::string network(int model) const;
  void set_data(int model, int dataset);

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
  void run_probe(int model, int examples, bool backward);

  /// A hand-drawn digit in MNIST's form: width·height bytes at `pixels`, 784 at `out`.
  void frame_digit(Offset pixels, int width, int height, Offset out) const;

  /// {offset, bytes} of a checkpoint in a buffer that the caller releases.
  std::string save(int model);
  void load(int model, Offset file, double bytes);

  /// Colours for `size` numbers: 257 RGBA entries at `palette`, RGBA at `out`.
  void draw(Offset x, int size, double low, double high, Offset palette, Offset out);
  /// {minimum, maximum, mean, deviation, zero fraction} of `size` numbers, to the record.
  void statistics(Offset x, int size);

 private:
  struct Model {
    Trainer trainer;
    std::unique_ptr<Probe> probe;
    std::shared_ptr<const SplitDataset> dataset;
    Evaluation evaluation;
    std::string first_nonfinite;
  };
  struct Buffer {
    AlignedBytes memory;
    std::size_t bytes;
  };
  static constexpr int kProbeCapacity = 16;
  static constexpr int kLossCapacity = 1024;

  Model& model(int id);
  const Model& model(int id) const;
  Offset keep(Buffer buffer);
  Bytes file(const Json& place) const;
  SplitDataset read_dataset(const Json& request) const;

  Device device_;
  std::map<int, std::shared_ptr<const SplitDataset>> datasets_;
  std::map<int, Model> models_;
  std::map<Offset, Buffer> buffers_;
  int next_id_ = 1;
  std::array<double, 16> record_{};
  std::array<float, kLossCapacity> losses_{};
};

}  // namespace livegrad::bindings
