#pragma once

#include <string_view>
#include <vector>

#include "grammar.hpp"

namespace livegrad::spec {

/// Writes what describe() lists as a JSON object, every field that has a value.
class Writer {
 public:
  explicit Writer(std::vector<LayerSpec>* layers = nullptr) : layers_(layers) {}

  template <class T, class Rule>
  void field(std::string_view key, const T& value, const Rule& rule, std::string_view) {
    Json json = rule.write(value);
    if (!json.is_null()) json_[std::string(key)] = std::move(json);
  }

  template <class T>
  void object(std::string_view key, T& value, std::string_view) {
    Writer inside;
    describe(inside, value);
    json_[std::string(key)] = inside.take();
  }

  static bool applies(bool condition) { return condition; }

  void layers(std::string_view key, std::string_view) {
    Json& list = json_[std::string(key)] = Json::array();
    for (LayerSpec& layer : *layers_) {
      Writer inside(&layer.layers);
      describe(inside, layer);
      list.push_back(inside.take());
    }
  }

  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
  std::vector<LayerSpec>* layers_;
};

}  // namespace livegrad::spec
