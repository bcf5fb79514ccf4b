#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar.hpp"

namespace livegrad::spec {

/// Reads one JSON object field by field, as describe() lists them; what is not there keeps its value.
class Reader {
 public:
  struct Place {
    std::string path;                          ///< JSON pointer of the object
    std::string subject;                       ///< begins its sentences: `conv "conv1": `
    std::vector<LayerSpec>* layers = nullptr;  ///< where a list of layers in it goes
    std::string prefix = {};                   ///< of the names in that list: "block1."
  };

  Reader(const Json& object, Place place);

  template <class T, class Rule>
  void field(std::string_view key, T& value, const Rule& rule, std::string_view) {
    const Json* json = take(key);
    if (json == nullptr || rule.read(*json, value)) return;
    std::string expected = rule.expected();
    if constexpr (requires { rule.words(); }) {
      if (json->is_string()) expected += hint(json->template get_ref<const std::string&>(), rule.words());
    }
    refuse_value(key, *json, expected);
  }

  template <class T>
  void object(std::string_view key, T& value, std::string_view) {
    const Json* json = take(key);
    if (json == nullptr) return;
    const Place inside{path_of(key), text("{}: ", key)};
    if constexpr (requires { value.type; }) {
      if (json->is_string()) return read_object({{"type", *json}}, inside, value);
    }
    if (!json->is_object()) refuse_value(key, *json, "an object");
    read_object(*json, inside, value);
  }

  /// Whether a field that depends on others is there.
  static bool applies(bool condition) { return condition; }

  void layers(std::string_view key, std::string_view);

  /// Refuses keys that nobody asked for.
  void finish() const;

 private:
  template <class T>
  static void read_object(const Json& json, const Place& place, T& value) {
    Reader reader(json, place);
    describe(reader, value);
    reader.finish();
  }

  const Json* take(std::string_view key);
  std::string path_of(std::string_view key) const;
  /// `. Did you mean "adam"?` or nothing.
  static std::string hint(const std::string& word, const Json& words);
  [[noreturn]] void refuse_value(std::string_view key, const Json& value, const std::string& expected) const;

  const Json& object_;
  Place place_;
  std::vector<std::string_view> known_;
};

/// A whole spec. Names every layer; fills in nothing else.
Content read_content(const Json& json);
/// Training options over what is there already.
void read_training(const Json& json, const std::string& path, TrainingOptions& options);

}  // namespace livegrad::spec
