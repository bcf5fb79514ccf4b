#include "source.hpp"

#include <algorithm>

#include "data/files.hpp"
#include "livegrad/error.hpp"

namespace livegrad::cli {
namespace {

/// Whether the text could be JSON. A checkpoint begins with the length of its header, in eight bytes.
bool looks_like_json(const std::vector<std::uint8_t>& bytes) {
  const auto first = std::ranges::find_if(bytes, [](std::uint8_t c) { return c > ' '; });
  const bool header_at_eight = bytes.size() > 8 && bytes[8] == '{' && bytes[7] == 0;
  return !header_at_eight && (first == bytes.end() || (*first < 0x7f && std::ranges::count(bytes, 0) == 0));
}

/// Any network: loading a checkpoint makes another of it.
Spec placeholder() {
  return Spec::parse(
      R"({"input": [1], "layers": [{"dense": 1}, {"loss": "squared"}], "training": {"batch": 1}})");
}

}  // namespace

std::string Source::name(const Spec& of) const {
  return of.name().empty() ? path.stem().string() : of.name();
}

Source read_source(const std::filesystem::path& path) {
  Source source{.path = path, .bytes = read_file(path), .spec = std::nullopt};
  const std::string extension = path.extension().string();
  if (extension == ".json" || (extension != ".safetensors" && looks_like_json(source.bytes))) {
    source.spec = Spec::parse({reinterpret_cast<const char*>(source.bytes.data()), source.bytes.size()});
  }
  return source;
}

Source read_checkpoint(const std::filesystem::path& path) {
  Source source = read_source(path);
  if (!source.is_checkpoint())
    throw Error(ErrorCode::invalid_checkpoint, path.string(),
                "That is a spec, whose network has learned nothing yet. Give a checkpoint that livegrad "
                "train saved.");
  return source;
}

Loaded load_checkpoint(Device& device, const Source& checkpoint) {
  Trainer trainer(device, placeholder());
  LoadResult result;
  try {
    result = trainer.load(checkpoint.bytes);
  } catch (const Error& error) {
    throw Error(error.code(), checkpoint.path.string(), error.message());
  }
  return {std::move(trainer), std::move(result)};
}

Spec spec_of(const Source& source) {
  if (source.spec) return *source.spec;
  Device device;
  return load_checkpoint(device, source).trainer.spec();
}

}  // namespace livegrad::cli
