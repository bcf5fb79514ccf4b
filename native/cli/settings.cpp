#include "settings.hpp"

#include <nlohmann/json.hpp>

#include "livegrad/error.hpp"

namespace livegrad::cli {
namespace {

using nlohmann::json;

constexpr const char* kGroup = "Settings of the training, instead of the spec's";

std::string with_hyphens(std::string name) {
  for (char& c : name)
    if (c == '_') c = '-';
  return name;
}

/// What a value looks like: "{sgd,momentum}", "INT", "NUMBER".
std::string kind_of(const json& schema) {
  if (schema.contains("enum")) {
    std::string words;
    for (const json& word : schema["enum"])
      words += (words.empty() ? "" : ",") + (word.is_string() ? word.get<std::string>() : word.dump());
    return "{" + words + "}";
  }
  return schema.value("type", "") == "integer" ? "INT" : "NUMBER";
}

/// body(pointer, option name, schema) for every setting. The optimiser's names stand alone, the others have the name of
/// their group before them; the type of an optimiser or schedule has the name of the group.
template <class Body>
void for_each_setting(const json& properties, const std::string& path, const std::string& prefix, Body&& body) {
  for (const auto& [key, schema] : properties.items()) {
    const std::string pointer = path + "/" + key, name = with_hyphens(prefix + key);
    json object = schema;
    for (const json& choice : schema.value("oneOf", json::array()))
      if (choice.contains("properties")) object = choice;
    if (!object.contains("properties")) {
      body(pointer, name, schema);
      continue;
    }
    json inside = object["properties"];
    if (inside.contains("type")) {
      body(pointer + "/type", name, inside["type"]);
      inside.erase("type");
    }
    for_each_setting(inside, pointer, key == "optimizer" ? "" : key + "-", body);
  }
}

}  // namespace

Settings::Settings(CLI::App& app) {
  const json schema = json::parse(spec_schema());
  const json& training = schema.at("properties").at("training").at("properties");
  for_each_setting(training, "", "", [&](const std::string& pointer, const std::string& name, const json& rule) {
    Text& setting = texts_[pointer];
    setting.option = "--" + name;
    const auto description = rule.value("description", "");
    if (rule.value("type", "") == "boolean") {
      setting.declared = app.add_flag(setting.option + ",!--no-" + name, setting.text, description);
    } else {
      setting.declared = app.add_option(setting.option, setting.text, description)->type_name(kind_of(rule));
    }
    setting.declared->group(kGroup);
  });
}

TrainingOptions Settings::apply(const TrainingOptions& base) const {
  json changed = json::object();
  for (const auto& [pointer, setting] : texts_) {
    if (!setting.given()) continue;
    const json value = json::parse(setting.text, nullptr, false);
    changed[json::json_pointer(pointer)] = value.is_primitive() && !value.is_discarded() ? value : json(setting.text);
  }
  try {
    return parse_training(changed.dump(-1, ' ', false, json::error_handler_t::replace), base);
  } catch (const Error& error) {
    const auto found = texts_.find(error.where());
    if (found == texts_.end()) throw;
    throw Error(error.code(), found->second.option, error.message());
  }
}

}  // namespace livegrad::cli
