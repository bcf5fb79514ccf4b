#include "session.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <span>
#include <utility>

#include "layout.hpp"
#include "livegrad/digits.hpp"
#include "livegrad/error.hpp"
#include "livegrad/inspect.hpp"
#include "recording.hpp"

namespace livegrad::bindings {
namespace {

Session::Offset offset_of(const void* memory) {
  return static_cast<Session::Offset>(reinterpret_cast<std::uintptr_t>(memory));
}

template <class T>
T* at(Session::Offset offset) {
  return reinterpret_cast<T*>(static_cast<std::uintptr_t>(offset));
}

Split split_of(int split) { return static_cast<Split>(split); }

/// The numbers that train and statistics leave behind, in this order in the record.
enum Record {
  kLossSum,
  kExamples,
  kCorrect,
  kStep,
  kEpoch,
  kRate,
  kGradientNorm,
  kClipped,
  kFinished,
  kClippedByNorm,
  kClippedByValue,
  kForwardMs,
  kBackwardMs
};

/// The digits drawn for testing come from a seed far from the one for training.
constexpr std::uint64_t kTestSeed = std::uint64_t{1} << 32;

/// Example pixels and labels in memory, for JavaScript to read in place.
Json place_of(const Dataset& data) {
  return {{"size", data.size()},
          {"pixels", offset_of(std::get<xt::xtensor<std::uint8_t, 4>>(data.inputs).data())},
          {"labels", offset_of(data.labels.data())}};
}

Json name_of(const Graph& graph, ValueId id) { return id.index < 0 ? Json() : Json(graph.name(id)); }

}  // namespace

std::string Session::info() const {
  return Json{{"isa", device_.isa()},
              {"fused", device_.fused()},
              {"threads", device_.threads()},
              {"record", offset_of(record_.data())},
              {"losses", offset_of(losses_.data())},
              {"lossCapacity", kLossCapacity},
              {"written", offset_of(written_.data())},
              {"writtenCapacity", kWrittenCapacity}}
      .dump();
}

Session::Model& Session::model(int id) {
  const auto found = models_.find(id);
  if (found == models_.end())
    throw_error(ErrorCode::not_found, "session", "There is no such model: it was closed.");
  return found->second;
}

const Session::Model& Session::model(int id) const { return const_cast<Session*>(this)->model(id); }

// ---------------------------------------------------------------------------------------------------- files and data

Session::Offset Session::keep(Buffer buffer) {
  const Offset offset = offset_of(buffer.memory.get());
  buffers_[offset] = std::move(buffer);
  return offset;
}

Session::Offset Session::allocate(double bytes) {
  // Half of the address space: what a 32-bit module can hold in one piece.
  if (!(bytes <= 0x1p31)) throw std::bad_alloc();
  const auto size = static_cast<std::size_t>(std::max(bytes, 1.0));
  return keep({allocate_aligned(size), size});
}

void Session::release(Offset offset) { buffers_.erase(offset); }

Bytes Session::file(const Json& place) const {
  const auto found = buffers_.find(place.at(0).get<Offset>());
  const auto bytes = place.at(1).get<std::size_t>();
  if (found == buffers_.end() || bytes > found->second.bytes)
    throw_error(ErrorCode::invalid_argument, "session", "There is no file buffer of that place and length.");
  return {at<const std::uint8_t>(found->first), bytes};
}

SplitDataset Session::read_dataset(const Json& request) const {
  const auto kind = request.at("kind").get<std::string>();
  if (kind == "drawn") {
    const auto seed = request.at("seed").get<std::uint64_t>();
    return {drawn_digits(request.at("training").get<std::int64_t>(), seed),
            drawn_digits(request.at("test").get<std::int64_t>(), seed + kTestSeed)};
  }
  const auto name = request.at("name").get<std::string>();
  const auto classes = request.at("classes").get<std::vector<std::string>>();
  const auto part = [&](const char* which, const std::string& title) {
    const Json& files = request.at(which);
    if (kind == "pixels") {
      const Bytes pixels = file(files.at("pixels"));
      const Bytes labels = file(files.at("labels"));
      const auto shape = request.at("shape").get<std::array<std::size_t, 3>>();
      xt::xtensor<std::uint8_t, 4> images(
          {pixels.size() / (shape[0] * shape[1] * shape[2]), shape[0], shape[1], shape[2]});
      std::copy_n(pixels.data(), images.size(), images.data());
      auto indices = xt::xtensor<std::int32_t, 1>::from_shape({labels.size()});
      std::copy(labels.begin(), labels.end(), indices.data());
      return combine_idx(std::move(images), std::move(indices), classes, title);
    }
    return combine_idx(read_idx_images(file(files.at("images")), text("{} images", title)),
                       read_idx_labels(file(files.at("labels")), text("{} labels", title)), classes, title);
  };
  SplitDataset result{part("train", text("{} training", name)), part("test", text("{} test", name))};
  result.train.name = result.test.name = name;
  if (request.contains("origin"))
    result.train.origin = result.test.origin = request.at("origin").get<std::string>();
  return result;
}

std::string Session::make_dataset(const std::string& request) {
  auto data = std::make_shared<const SplitDataset>(read_dataset(read_json(request)));
  const int id = next_id_++;
  datasets_[id] = data;
  return Json{{"id", id},
              {"name", data->train.name},
              {"origin", data->train.origin},
              {"classes", data->train.classes},
              {"shape", extents(data->train.sample_shape())},
              {"training", place_of(data->train)},
              {"test", place_of(data->test)}}
      .dump();
}

void Session::close_dataset(int dataset) { datasets_.erase(dataset); }

// ------------------------------------------------------------------------------------------------------------- models

std::string Session::check(const std::string& text) const {
  const Spec spec = Spec::parse(text);
  ParamStore params;
  Graph graph(params);
  const Network network = spec.record(graph);
  return Json{{"spec", read_json(spec.json())},
              {"layers", layer_table(graph, network)},
              {"parameterCount", spec.parameter_count()}}
      .dump();
}

int Session::compile(const std::string& text, int symbols) {
  Spec spec = Spec::parse(text);
  if (symbols > 0 && spec.takes_symbols() && spec.symbols() == 0) spec = spec.with_symbols(symbols);
  Trainer trainer(device_, std::move(spec));
  const int id = next_id_++;
  Model& made = models_.emplace(id, Model{std::move(trainer), nullptr}).first->second;
  try {
    made.probe = std::make_unique<Probe>(made.trainer, kProbeCapacity);
  } catch (...) {
    models_.erase(id);
    throw;
  }
  return id;
}

void Session::close_model(int id) { models_.erase(id); }

std::string Session::network(int id) const {
  const Model& m = model(id);
  const Trainer& trainer = m.trainer;
  const Graph& graph = trainer.graph();
  const Network& network = trainer.network();
  return Json{{"spec", read_json(trainer.spec().json())},
              {"options", read_json(to_json(trainer.options()))},
              {"layers", layer_table(graph, network)},
              {"parameterCount", trainer.params().parameter_count()},
              {"classes", network.classes},
              {"input", name_of(graph, network.input)},
              {"output", name_of(graph, network.output)},
              {"probabilities", name_of(graph, network.probabilities)},
              {"labels", name_of(graph, network.labels)},
              {"loss", name_of(graph, network.loss)},
              {"step", trainer.step_count()},
              {"epoch", trainer.epoch()},
              {"passSize", trainer.pass_size()},
              {"vocabulary", trainer.vocabulary().utf8()},
              {"probeCapacity", kProbeCapacity},
              {"batch", tensor_table(layout(trainer))},
              {"probe", tensor_table(layout(*m.probe))}}
      .dump();
}

void Session::set_data(int id, int dataset) {
  Model& m = model(id);
  const auto found = datasets_.find(dataset);
  if (found == datasets_.end())
    throw_error(ErrorCode::not_found, "session", "There is no such data set: it was closed.");
  const auto& data = found->second;
  m.trainer.set_data({data, &data->train}, {data, &data->test});
  m.dataset = data;
}

int Session::train(int id, int steps, double until, bool endless) {
  Model& m = model(id);
  std::fill(record_.begin(), record_.end(), 0.0);
  m.first_nonfinite.clear();
  steps = std::min(steps, kLossCapacity);
  int done = 0;
  while (done < steps && m.trainer.epoch() < until && (endless || !m.trainer.finished())) {
    const StepResult result = m.trainer.step();
    if (!result.first_nonfinite.empty()) {
      m.first_nonfinite = result.first_nonfinite;
      break;
    }
    losses_[std::size_t(done++)] = static_cast<float>(result.loss);
    record_[kLossSum] += result.loss * double(result.examples);
    record_[kExamples] += double(result.examples);
    record_[kCorrect] += double(result.correct);
    record_[kRate] = result.rate;
    record_[kForwardMs] += result.forward_ms;
    record_[kBackwardMs] += result.backward_ms;
    record_[kGradientNorm] = result.gradient_norm;
    record_[kClipped] += result.clipped;
  }
  record_[kStep] = double(m.trainer.step_count());
  record_[kEpoch] = m.trainer.epoch();
  record_[kFinished] = m.trainer.finished();
  const ClipCount clipped = m.trainer.clipped();
  record_[kClippedByNorm] = double(clipped.by_norm);
  record_[kClippedByValue] = double(clipped.by_value);
  return done;
}

std::string Session::first_nonfinite(int id) const { return model(id).first_nonfinite; }

void Session::start_over(int id, double seed) {
  if (!(seed >= 0 && seed <= 9007199254740991.0 && seed == std::floor(seed)))
    throw_error(ErrorCode::invalid_argument, "seed",
                "The seed must be a whole number from 0 to 9007199254740991.");
  Trainer& trainer = model(id).trainer;
  TrainingOptions options = trainer.options();
  options.seed = static_cast<std::uint64_t>(seed);
  trainer.set_options(options);
  trainer.start_over(options.seed);
}

std::string Session::set_options(int id, const std::string& options) {
  Model& m = model(id);
  m.trainer.set_options(parse_training(options, m.trainer.options()));
  m.writer = nullptr;
  return to_json(m.trainer.options());
}

std::string Session::replace(int id, const std::string& text) {
  Model& m = model(id);
  const std::vector<std::string> kept = m.trainer.replace(Spec::parse(text));
  m.writer = nullptr;
  m.probe = std::make_unique<Probe>(m.trainer, kProbeCapacity);
  return Json(kept).dump();
}

std::string Session::spectral_radii(int id) const {
  Json list = Json::array();
  for (const RecurrentRadius& r : livegrad::spectral_radii(model(id).trainer.params()))
    list.push_back({{"layer", r.layer}, {"gate", r.gate}, {"radius", r.radius}});
  return list.dump();
}

std::string Session::history(int id) const {
  const History& history = model(id).trainer.history();
  const auto columns = [](const auto& points) {
    Json step = Json::array(), epoch = Json::array(), loss = Json::array(), accuracy = Json::array();
    for (const auto& point : points) {
      step.push_back(point.step);
      epoch.push_back(point.epoch);
      loss.push_back(point.loss);
      accuracy.push_back(point.accuracy);  // NaN becomes null
    }
    return Json{{"step", step}, {"epoch", epoch}, {"loss", loss}, {"accuracy", accuracy}};
  };
  return Json{{"training", columns(history.points())}, {"validation", columns(history.validation())}}.dump();
}

// ------------------------------------------------------------------------------------------- evaluating and looking

double Session::split_size(int id, int split) const {
  const Model& m = model(id);
  return m.has_data() ? double(m.trainer.size(split_of(split))) : 0;
}

void Session::begin_evaluation(int id) { model(id).evaluation = {}; }

void Session::evaluate(int id, int split, double first, double count) {
  Model& m = model(id);
  m.trainer.evaluate(split_of(split), static_cast<std::int64_t>(first), static_cast<std::int64_t>(count),
                     m.evaluation);
}

std::string Session::evaluation(int id) const {
  const Evaluation& e = model(id).evaluation;
  const auto interval = e.interval();
  return Json{{"examples", e.examples},  {"correct", e.correct}, {"loss", e.loss()},
              {"error", e.error()},      {"low", interval.low},  {"high", interval.high},
              {"confusion", e.confusion}}
      .dump();
}

void Session::report_validation(int id) {
  Model& m = model(id);
  m.trainer.report_validation(m.evaluation);
}

void Session::set_example(int id, int slot, int split, double index) {
  const double size = split_size(id, split);
  if (!(index >= 0 && index < size && index == std::floor(index)))
    throw_error(ErrorCode::invalid_argument, "example",
                "There is no example {}: the split has {}, counted from 0.", index, std::int64_t(size));
  model(id).probe->set_example(slot, split_of(split), static_cast<std::int64_t>(index));
}

void Session::set_pixels(int id, int slot, Offset pixels, int channels, int height, int width, int label) {
  Model& m = model(id);
  const TrainingOptions& options = m.trainer.options();
  const Shape sample{channels, height, width};
  const Shape& input = m.trainer.network().input_shape;
  auto picture = std::make_shared<Dataset>();
  xt::xtensor<std::uint8_t, 4> bytes({1, std::size_t(channels), std::size_t(height), std::size_t(width)});
  std::copy_n(at<const std::uint8_t>(pixels), bytes.size(), bytes.data());
  picture->inputs = std::move(bytes);
  picture->labels = {label};
  const bool crops = options.augmentation.crop > 0 && !(sample == input);
  BatchReader reader(picture, options.scaling, {.crop = crops ? options.augmentation.crop : 0}, options.seed);
  if (!(reader.sample_shape() == input))
    throw_error(
        ErrorCode::shape_mismatch, "picture",
        "The picture is {} and the network's input {}. Scale the picture to the size of the data set's.",
        sample, input);
  std::vector<real> values(std::size_t(input.size()));
  constexpr std::int32_t kFirst = 0;
  reader.read_centre({&kFirst, 1}, {.x = values});
  m.probe->set_input(slot, values, label);
}

void Session::run_probe(int id, int examples, bool backward) { model(id).probe->run(examples, backward); }

void Session::frame_digit(Offset pixels, int width, int height, Offset out) const {
  const std::size_t size = std::size_t(std::max(width, 0)) * std::size_t(std::max(height, 0));
  normalise_digit({at<const std::uint8_t>(pixels), size}, width, height,
                  DigitPixels(at<std::uint8_t>(out), 784));
}

// ------------------------------------------------------------------------------------------------------- checkpoints

std::string Session::give(const std::vector<std::uint8_t>& file) {
  const Offset offset = allocate(double(file.size()));
  std::copy(file.begin(), file.end(), at<std::uint8_t>(offset));
  return Json{{"offset", offset}, {"bytes", file.size()}}.dump();
}

std::string Session::save(int id) { return give(model(id).trainer.save()); }

std::string Session::record(int id) { return give(bindings::record(model(id).trainer)); }

std::string Session::load(int id, Offset offset, double bytes) {
  Model& m = model(id);
  const LoadResult result = m.trainer.load(file(Json::array({offset, static_cast<std::uint64_t>(bytes)})));
  m.writer = nullptr;
  m.probe = std::make_unique<Probe>(m.trainer, kProbeCapacity);
  constexpr const char* kWords[] = {"none", "same", "different", "unfit"};
  return Json{{"data", kWords[int(result.data)]}, {"name", result.data_name}}.dump();
}

// ------------------------------------------------------------------------------------------------------------ drawing

void Session::draw(Offset x, int size, double low, double high, Offset palette, Offset out) {
  livegrad::draw(device_, {at<real>(x), {size}}, static_cast<real>(low), static_cast<real>(high),
                 std::span<const std::uint32_t, 257>(at<const std::uint32_t>(palette), 257),
                 at<std::uint32_t>(out));
}

void Session::statistics(Offset x, int size) {
  const TensorStatistics s = livegrad::statistics({at<real>(x), {size}});
  record_ = {s.minimum, s.maximum, s.mean, s.deviation, s.zero_fraction};
}

}  // namespace livegrad::bindings
