#include "json.hpp"

#include <limits>
#include <set>
#include <vector>

#include "livegrad/data.hpp"
#include "livegrad/sentence.hpp"

// The library takes numbers from strtod, which brings the C library's arithmetic of 128-bit floats into a page: 6 KB.
// Inline, since a program may link the core twice, in float and in double.
template <>
inline void
nlohmann::detail::lexer<livegrad::Json, nlohmann::detail::iterator_input_adapter<const char*>>::strtof(
    double& value, const char* text, char** end) noexcept {
  const std::string_view number(text);
  if (!livegrad::parse_number(number, value))
    value = std::numeric_limits<double>::infinity();  // refused later
  *end = const_cast<char*>(text + number.size());
}

namespace livegrad {
namespace {

/// Builds the value while the library reads: watches depth and repeated keys, and knows where it is.
class JsonBuilder {
 public:
  explicit JsonBuilder(std::size_t max_depth) : max_depth_(max_depth) {}

  Json take() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }  // only in other formats than text
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& key) {
    Level& level = levels_.back();
    level.key = key;
    if (!level.keys.insert(key).second) fail(JsonProblem::Kind::repeated_key, 0, key);
    return true;
  }

  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception& error) {
    constexpr int kOutOfRange = 406;
    fail(error.id == kOutOfRange ? JsonProblem::Kind::too_large : JsonProblem::Kind::syntax, byte,
         error.what());
  }

 private:
  struct Level {
    Json* value;
    std::string key = {};
    std::set<std::string> keys = {};
  };

  [[noreturn]] void fail(JsonProblem::Kind kind, std::size_t byte, const std::string& detail) const {
    std::string path;
    for (const Level& level : levels_) {
      // The last of a list's values is the one that is open, except in the innermost list.
      const std::size_t open = &level == &levels_.back() ? 0 : 1;
      path += text("/{}", level.value->is_array() ? std::to_string(level.value->size() - open) : level.key);
    }
    throw JsonProblem{kind, byte, path, detail};
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json value) {
    if (levels_.size() >= max_depth_) fail(JsonProblem::Kind::too_deep, 0, "");
    levels_.push_back({place(std::move(value))});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  Json* place(Json value) {
    if (levels_.empty()) return &(root_ = std::move(value));
    Level& level = levels_.back();
    if (level.value->is_array())
      return &level.value->get_ref<Json::array_t&>().emplace_back(std::move(value));
    // Past the container's own search for the key, which would take n² for n keys: they were compared already.
    auto& members = static_cast<Json::object_t::Container&>(level.value->get_ref<Json::object_t&>());
    return &members.emplace_back(level.key, std::move(value)).second;
  }

  std::size_t max_depth_;
  Json root_;
  std::vector<Level> levels_;  // the objects and lists that are open
};

}  // namespace

Json read_json(std::string_view text, std::size_t max_depth) {
  JsonBuilder builder(max_depth);
  Json::sax_parse(text.data(), text.data() + text.size(), &builder);
  return builder.take();
}

}  // namespace livegrad
