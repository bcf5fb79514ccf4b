#include <algorithm>
#include <bit>
#include <cstring>

#include "../trainer/impl.hpp"
#include "livegrad/error.hpp"
#include "progress.hpp"

namespace livegrad {
namespace {

constexpr const char* kFormat = "livegrad checkpoint 1";
constexpr const char* kRealType = sizeof(real) == 8 ? "F64" : "F32";

/// Everything that a checkpoint holds as a tensor: body(name, view).
template <class Body>
void for_each_tensor(const Trainer::Impl& run, Body&& body) {
  const auto all_of = [&](const ParamStore& params, const std::string& prefix) {
    for (int i = 0; i < params.size(); ++i)
      body(prefix + params.info(ParamId{i}).name(), params.value(ParamId{i}));
    for (int i = 0; i < params.state_count(); ++i)
      body(prefix + params.info(StateId{i}).name(), params.state(StateId{i}));
  };
  const ParamStore& params = run.params;
  all_of(params, "");
  for (int k = 0; k < params.slots(); ++k) {
    const std::string prefix = text("optimizer.{}/", slot_name(run.options().optimizer.type, k));
    for (int i = 0; i < params.size(); ++i)
      body(prefix + params.info(ParamId{i}).name(), params.slot(k, ParamId{i}));
  }
  if (run.evaluator.average) all_of(*run.evaluator.average, "average/");
  const Compiled& training = *run.training;
  for (const ValueId id : training.network.carried)
    body(training.graph.name(id), training.graph.view(id, run.options().batch));
}

template <class... Values>
[[noreturn]] void fail(Sentence<sizeof...(Values)> sentence, const Values&... values) {
  throw_error(ErrorCode::invalid_checkpoint, "checkpoint", sentence, values...);
}

const std::string& metadata(const Safetensors& file, const char* key) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    fail("The file has no \"{}\" in its metadata. It is no livegrad checkpoint.", key);
  return found->second;
}

/// IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. Weights that come with a page are stored so.
struct Half {
  std::uint16_t bits;

  explicit operator real() const {
    const std::uint32_t sign = std::uint32_t(bits & 0x8000) << 16;
    const std::uint32_t exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent == 0) return (sign ? real{-1} : real{1}) * real(fraction) / real(1 << 24);
    const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
  }
};

template <class From>
void convert(std::span<const std::uint8_t> bytes, const TensorView& to) {
  for (std::int64_t i = 0; i < to.size(); ++i) {
    From value;
    std::memcpy(&value, bytes.data() + std::size_t(i) * sizeof(From), sizeof(From));
    to.data[i] = static_cast<real>(value);
  }
}

void read_tensors(const Safetensors& file, Trainer::Impl& run) {
  std::map<std::string_view, const Safetensors::Tensor*> found;
  for (const Safetensors::Tensor& tensor : file.tensors) found[tensor.name] = &tensor;
  for_each_tensor(run, [&](const std::string& name, const TensorView& view) {
    const auto at = found.find(name);
    if (at == found.end())
      fail("The network needs the tensor \"{}\", and the file has none of that name.", name);
    const Safetensors::Tensor& tensor = *at->second;
    if (tensor.shape != view.shape)
      fail("The network needs \"{}\" of shape {}, and the file's is {}.", name, view.shape, tensor.shape);
    if (tensor.type == "F32")
      convert<float>(tensor.bytes, view);
    else if (tensor.type == "F64")
      convert<double>(tensor.bytes, view);
    else if (tensor.type == "F16")
      convert<Half>(tensor.bytes, view);
    else
      fail("Tensor \"{}\" holds {}. Numbers are F16, F32 or F64.", name, tensor.type);
    found.erase(at);
  });
  if (!found.empty())
    fail("The file has the tensor \"{}\", which its network does not have.", found.begin()->first);
}

/// Refuses a file whose weights are not those of its spec, before memory is taken for what the spec asks for.
void check_sizes(const Safetensors& file, const Spec& spec) {
  std::int64_t numbers = 0;
  for (const Safetensors::Tensor& tensor : file.tensors) numbers += tensor.shape.size();
  if (spec.parameter_count() > numbers)
    fail("The network has {} parameters, and the file holds {} numbers. It is damaged.",
         spec.parameter_count(), numbers);
}

}  // namespace

std::vector<std::uint8_t> Trainer::save() const {
  const Impl& s = *impl_;
  Safetensors file;
  file.metadata = {{"format", kFormat},
                   {"spec", s.spec.json()},
                   {"progress", checkpoint::progress_json(s)},
                   {"data", checkpoint::data_json(s.data.identity)},
                   {"history", checkpoint::history_json(s.history)}};
  for_each_tensor(s, [&](const std::string& name, const TensorView& view) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(view.data);
    file.tensors.push_back({name, kRealType, view.shape, {bytes, std::size_t(view.size()) * sizeof(real)}});
  });
  return write_safetensors(file);
}

LoadResult Trainer::load(std::span<const std::uint8_t> bytes) {
  const Impl& old = *impl_;
  const Safetensors file = read_safetensors(bytes);
  if (metadata(file, "format") != kFormat)
    fail(
        "The file's format is \"{}\", not \"{}\". It was written by another version, or is no livegrad "
        "checkpoint.",
        metadata(file, "format"), kFormat);
  std::unique_ptr<Impl> made;
  try {
    Spec spec = Spec::parse(metadata(file, "spec"));
    check_sizes(file, spec);
    made = std::make_unique<Impl>(old.device, std::move(spec), 0);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::invalid_checkpoint) throw;
    fail("The file's network cannot be made: {}", error.what());
  }
  read_tensors(file, *made);
  made->data.identity = checkpoint::read_data(metadata(file, "data"));
  checkpoint::read_progress(metadata(file, "progress"), *made);
  checkpoint::read_history(metadata(file, "history"), made->history);
  if (made->order.position() >
      std::max<std::int64_t>(0, made->data.identity.training - made->progress.hold_out))
    fail("The place in the data is beyond their end. The file is damaged.");

  LoadResult result{.data = LoadResult::Data::none, .data_name = made->data.identity.name};
  if (old.has_data()) {
    result.data =
        old.data.identity == made->data.identity ? LoadResult::Data::same : LoadResult::Data::different;
    try {
      if (old.data.text)
        made->take_text(made->open_text(old.data.text, old.data.identity.split, made->options().hold_out));
      else
        made->take(made->open(old.data.training, old.data.test, made->options()));
    } catch (const Error&) {
      result.data = LoadResult::Data::unfit;
    }
  }
  impl_ = std::move(made);
  return result;
}

}  // namespace livegrad
