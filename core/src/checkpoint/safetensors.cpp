#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <utility>

#include "json.hpp"
#include "livegrad/checkpoint.hpp"
#include "livegrad/error.hpp"

namespace livegrad {
namespace {

static_assert(std::endian::native == std::endian::little,
              "tensors are read and written as they lie in memory");

constexpr std::uint64_t kMaxHeader = std::uint64_t{16} << 20;
constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);
constexpr std::size_t kAlign = 64;

constexpr std::pair<std::string_view, std::uint64_t> kTypes[]{
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"U16", 2}, {"F16", 2}, {"BF16", 2},
    {"I32", 4},  {"U32", 4}, {"F32", 4}, {"F64", 8}, {"I64", 8}, {"U64", 8},
};

/// Bytes of one element; 0 when the type is unknown.
std::uint64_t element_bytes(std::string_view type) {
  for (const auto& [name, bytes] : kTypes)
    if (name == type) return bytes;
  return 0;
}

template <class... Values>
[[noreturn]] void fail(Sentence<sizeof...(Values)> sentence, const Values&... values) {
  throw_error(ErrorCode::invalid_checkpoint, "checkpoint", sentence, values...);
}

template <class... Values>
[[noreturn]] void fail_tensor(const std::string& name, Sentence<sizeof...(Values)> sentence,
                              const Values&... values) {
  fail("Tensor \"{}\" {}. The file is damaged.", name, text(sentence, values...));
}

/// The member, an unsigned number.
std::uint64_t unsigned_number(const std::string& tensor, const Json& value, const char* what) {
  if (!value.is_number_unsigned()) fail_tensor(tensor, "has {} that is no whole number", what);
  return value.get<std::uint64_t>();
}

Shape read_shape(const std::string& name, const Json& extents) {
  if (!extents.is_array()) fail_tensor(name, "has no shape");
  if (extents.size() > kMaxRank) fail_tensor(name, "has more than five axes");
  std::int64_t shape[kMaxRank];
  std::size_t rank = 0;
  for (const Json& extent : extents) {
    const std::uint64_t value = unsigned_number(name, extent, "an extent");
    if (value > std::uint64_t{1} << 40) fail_tensor(name, "has an extent that is too large");
    shape[rank++] = static_cast<std::int64_t>(value);
  }
  return Shape(std::span<const std::int64_t>(shape, rank));
}

/// The bytes that the shape takes; never more than `limit` + 1, so that it cannot overflow.
std::uint64_t bytes_of(const Shape& shape, std::uint64_t element, std::uint64_t limit) {
  if (std::ranges::count(shape.extents(), 0) > 0) return 0;
  std::uint64_t bytes = element;
  for (const std::int64_t extent : shape.extents()) {
    if (static_cast<std::uint64_t>(extent) > limit / bytes) return limit + 1;
    bytes *= static_cast<std::uint64_t>(extent);
  }
  return bytes;
}

Safetensors::Tensor read_tensor(const std::string& name, const Json& entry,
                                std::span<const std::uint8_t> data) {
  if (!entry.is_object()) fail_tensor(name, "has no description");
  const auto type = entry.find("dtype"), shape = entry.find("shape"), offsets = entry.find("data_offsets");
  if (entry.size() != 3 || type == entry.end() || shape == entry.end() || offsets == entry.end())
    fail_tensor(name, "is not described by dtype, shape and data_offsets");
  const std::uint64_t element = type->is_string() ? element_bytes(type->get<std::string>()) : 0;
  if (element == 0) fail_tensor(name, "has an unknown dtype");
  if (!offsets->is_array() || offsets->size() != 2) fail_tensor(name, "has no data_offsets");
  const std::uint64_t begin = unsigned_number(name, (*offsets)[0], "an offset");
  const std::uint64_t end = unsigned_number(name, (*offsets)[1], "an offset");
  if (begin > end || end > data.size()) fail_tensor(name, "lies outside the file");
  Safetensors::Tensor tensor{name, type->get<std::string>(), read_shape(name, *shape), {}};
  if (bytes_of(tensor.shape, element, data.size()) != end - begin)
    fail_tensor(name, "of shape {} does not take {} bytes", tensor.shape, end - begin);
  tensor.bytes = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  return tensor;
}

}  // namespace

Safetensors read_safetensors(std::span<const std::uint8_t> file) {
  if (file.size() < kLengthBytes) fail("The file is too short to be a checkpoint.");
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxHeader || length > file.size() - kLengthBytes)
    fail("The file's header would take {} bytes. The file is cut short, or is no checkpoint.", length);
  const auto header_bytes = file.subspan(kLengthBytes, static_cast<std::size_t>(length));
  const auto data = file.subspan(kLengthBytes + static_cast<std::size_t>(length));
  const std::string_view text(reinterpret_cast<const char*>(header_bytes.data()), header_bytes.size());
  const Json header = checkpoint::parse_json(text, "The file's header", 3);
  if (!header.is_object())
    fail("The file's header is no JSON object. The file is damaged or is no checkpoint.");

  Safetensors content;
  std::multimap<std::pair<const std::uint8_t*, std::size_t>, Safetensors::Tensor> by_place;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") {
      Safetensors::Tensor tensor = read_tensor(name, entry, data);
      by_place.emplace(std::pair(tensor.bytes.data(), tensor.bytes.size()), std::move(tensor));
      continue;
    }
    if (!entry.is_object()) fail("The file's metadata is no JSON object. The file is damaged.");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fail("The file's metadata \"{}\" is no text. The file is damaged.", key);
      content.metadata[key] = value.get<std::string>();
    }
  }

  const std::uint8_t* end = data.data();
  for (auto& [place, tensor] : by_place) {
    if (place.first != end) fail_tensor(tensor.name, "overlaps another or leaves a gap");
    end += place.second;
    content.tensors.push_back(std::move(tensor));
  }
  if (end != data.data() + data.size())
    fail("The file has {} bytes that belong to no tensor. It is damaged.", data.data() + data.size() - end);
  return content;
}

std::vector<std::uint8_t> write_safetensors(const Safetensors& content) {
  Json header = Json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::uint64_t offset = 0;
  for (const Safetensors::Tensor& t : content.tensors) {
    const std::uint64_t size = t.bytes.size();
    if (header.contains(t.name))
      throw_error(ErrorCode::invalid_argument, t.name, "There are two tensors of this name.");
    const std::uint64_t element = element_bytes(t.type);
    if (element == 0 || bytes_of(t.shape, element, size) != size)
      throw_error(ErrorCode::invalid_argument, t.name, "A tensor {} of shape {} does not take {} bytes.",
                  t.type, t.shape, size);
    header[t.name] = {
        {"dtype", t.type},
        {"shape", std::vector<std::int64_t>(t.shape.extents().begin(), t.shape.extents().end())},
        {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::size_t unpadded = kLengthBytes + text.size();
  text.append((unpadded + kAlign - 1) / kAlign * kAlign - unpadded, ' ');

  const std::uint64_t length = text.size();
  std::vector<std::uint8_t> file;
  file.reserve(kLengthBytes + text.size() + static_cast<std::size_t>(offset));
  file.resize(kLengthBytes);
  std::memcpy(file.data(), &length, kLengthBytes);
  file.insert(file.end(), text.begin(), text.end());
  for (const Safetensors::Tensor& t : content.tensors)
    file.insert(file.end(), t.bytes.begin(), t.bytes.end());
  return file;
}

}  // namespace livegrad
