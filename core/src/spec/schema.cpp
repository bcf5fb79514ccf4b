#include "grammar.hpp"
#include "writer.hpp"

namespace livegrad {

namespace spec {
namespace {

/// Makes the JSON Schema of what describe() lists.
class SchemaMaker {
 public:
  template <class T, class Rule>
  void field(std::string_view key, const T& value, const Rule& rule, std::string_view description) {
    Json schema = rule.schema();
    schema["description"] = description;
    if (Json standard = rule.write(value); !standard.is_null()) schema["default"] = std::move(standard);
    properties_[std::string(key)] = std::move(schema);
  }

  template <class T>
  void object(std::string_view key, T& value, std::string_view description) {
    SchemaMaker inside;
    describe(inside, value);
    if constexpr (std::is_same_v<T, OptimizerOptions>) inside.drop_changing_defaults();
    Json schema = inside.finish();
    if constexpr (requires { value.type; }) {
      const Json type = {{"enum", schema["properties"]["type"]["enum"]}};
      schema = {{"oneOf", Json::array({type, std::move(schema)})}};
    }
    schema["description"] = description;
    properties_[std::string(key)] = std::move(schema);
  }

  /// Every field is there, whatever the others say.
  static bool applies(bool) { return true; }

  void layers(std::string_view key, std::string_view description) {
    properties_[std::string(key)] = {{"$ref", "#/$defs/layers"}, {"description", description}};
  }

  void require(std::string_view key) {
    required_.push_back(key);
    properties_[std::string(key)].erase("default");
  }

  Json finish() {
    Json schema = {{"type", "object"}, {"properties", std::move(properties_)}};
    if (!required_.empty()) schema["required"] = std::move(required_);
    schema["additionalProperties"] = false;
    return schema;
  }

 private:
  /// A default that depends on the update rule is told in words alone.
  void drop_changing_defaults() {
    for (int type = 0; type <= int(OptimizerType::adamw); ++type) {
      OptimizerOptions options{.type = OptimizerType(type)};
      set_defaults(options);
      Writer writer;
      describe(writer, options);
      const Json written = writer.take();
      for (const auto& [key, value] : written.items()) {
        Json& property = properties_[key];
        if (key != "type" && property.contains("default") && property["default"] != value)
          property.erase("default");
      }
    }
  }

  Json properties_ = Json::object();
  Json required_ = Json::array();
};

template <class Options>
Json layer_schema(std::string_view kind) {
  SchemaMaker maker;
  LayerSpec layer{.name = {}, .path = {}, .from = {}, .options = Options(), .layers = {}};
  describe(maker, layer);
  maker.require(kind);
  if (from_rule(layer.options).least > 1) maker.require("from");
  return maker.finish();
}

template <std::size_t... I>
void add_layers(Json& definitions, std::index_sequence<I...>) {
  ((definitions[std::string(kKinds[I])] =
        layer_schema<std::variant_alternative_t<I, LayerOptions>>(kKinds[I])),
   ...);
}

}  // namespace
}  // namespace spec

std::string spec_schema() {
  using namespace spec;
  SchemaMaker maker;
  Content content;
  describe(maker, content);
  maker.require("input");
  maker.require("layers");
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "livegrad network spec"}};
  schema.update(maker.finish());

  Json kinds = Json::array();
  for (const std::string_view kind : kKinds) kinds.push_back({{"$ref", text("#/$defs/{}", kind)}});
  Json& definitions = schema["$defs"];
  definitions["layers"] = {
      {"type", "array"}, {"items", {{"oneOf", kinds}}}, {"minItems", 1}, {"maxItems", kMaxLayers}};
  add_layers(definitions, std::make_index_sequence<std::size(kKinds)>());
  return text("{}\n", schema.dump(2));
}

}  // namespace livegrad
