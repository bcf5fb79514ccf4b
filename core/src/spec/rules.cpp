#include "rules.hpp"

#include <algorithm>

namespace livegrad::spec {

namespace {

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::int64_t kMaxSteps = 4096;
constexpr const char* kReferencePattern = "^[A-Za-z][A-Za-z0-9_.-]{0,199}$";

/// The name of a layer, perhaps inside blocks: "conv1", "b.2.conv1".
bool is_reference(const Json& json) {
  if (!json.is_string()) return false;
  const auto& name = json.get_ref<const std::string&>();
  return !name.empty() && name.size() <= 200 && is_letter(name[0]) && std::ranges::all_of(name, [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
  });
}

}  // namespace

bool Whole::read(const Json& json, std::int64_t& value) const {
  if (!json.is_number()) return false;
  const double number = json.get<double>();
  if (!(number >= double(low) && number <= double(high)) || number != std::floor(number)) return false;
  value = json.is_number_float() ? static_cast<std::int64_t>(number) : json.get<std::int64_t>();
  return true;
}

std::string Whole::expected() const {
  return text("a whole number {}from {} to {}", unit.empty() ? "" : text("of {} ", unit), low, high);
}

bool Number::read(const Json& json, double& value) const {
  if (!json.is_number()) return false;
  const double number = json.get<double>();
  if (!(without_low ? number > low : number >= low)) return false;
  if (!(without_high ? number < high : number <= high)) return false;
  value = number == 0 ? 0 : number;  // -0 is 0
  return true;
}

bool Number::read(const Json& json, float& value) const {
  double wide = 0;
  if (!read(json, wide)) return false;
  const auto narrow = static_cast<float>(wide);
  // What rounds onto an end that is left out is not allowed either.
  if ((without_low && double(narrow) <= low) || (without_high && double(narrow) >= high)) return false;
  value = narrow;
  return true;
}

Json Number::schema() const {
  return {{"type", "number"},
          {without_low ? "exclusiveMinimum" : "minimum", number(low)},
          {without_high ? "exclusiveMaximum" : "maximum", number(high)}};
}

std::string Number::expected() const {
  const std::string between =
      without_low ? (without_high ? " and below " : " and up to ") : (without_high ? " to below " : " to ");
  return text("a number {}{}{}{}", without_low ? "above " : "from ", low, between, high);
}

bool Flag::read(const Json& json, bool& value) const {
  if (!json.is_boolean()) return false;
  value = json.get<bool>();
  return true;
}

bool Text::read(const Json& json, std::string& value) const {
  if (!json.is_string() || json.get_ref<const std::string&>().size() > limit) return false;
  value = json.get<std::string>();
  return true;
}

bool Name::allowed(std::string_view name) {
  return !name.empty() && name.size() <= 32 && is_letter(name[0]) && name != "input" &&
         std::ranges::all_of(name,
                             [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

bool Name::read(const Json& json, std::string& value) const {
  if (!json.is_string() || !allowed(json.get_ref<const std::string&>())) return false;
  value = json.get<std::string>();
  return true;
}

bool From::read(const Json& json, std::vector<std::string>& value) const {
  if (least == 1 && is_reference(json)) {
    value = {json.get<std::string>()};
    return true;
  }
  if (!json.is_array() || json.size() < least || json.size() > most) return false;
  if (!std::ranges::all_of(json, is_reference)) return false;
  value = json.get<std::vector<std::string>>();
  return true;
}

Json From::write(const std::vector<std::string>& value) const {
  if (value.empty()) return {};
  return most == 1 ? Json(value[0]) : Json(value);
}

Json From::schema() const {
  const Json name = {{"type", "string"}, {"pattern", kReferencePattern}};
  const Json list = {{"type", "array"}, {"items", name}, {"minItems", least}, {"maxItems", most}};
  if (least > 1) return list;
  return {{"oneOf", Json::array({name, list})}};
}

std::string From::expected() const {
  if (most == 1) return "the name of an earlier layer or \"input\"";
  return text("a list of {} to {} names of earlier layers, \"input\" among them", least, most);
}

bool Extents::read(const Json& json, Shape& value) const {
  if (!json.is_array() || json.empty() || std::int64_t(json.size()) > most_axes) return false;
  if (images && json.size() == 2) return false;
  std::vector<std::int64_t> extents;
  for (const Json& extent : json) {
    if (!Whole{1, 65536}.read(extent, extents.emplace_back())) return false;
  }
  value = Shape(std::span<const std::int64_t>(extents));
  return value.size() <= kMaxParameters;
}

Json Extents::write(const Shape& value) const {
  return std::vector<std::int64_t>(value.extents().begin(), value.extents().end());
}

Json Extents::schema() const {
  const Json extent = Whole{1, 65536}.schema();
  if (!images) return {{"type", "array"}, {"items", extent}, {"minItems", 1}, {"maxItems", most_axes}};
  const auto list = [&](int axes) -> Json {
    return {{"type", "array"}, {"items", extent}, {"minItems", axes}, {"maxItems", axes}};
  };
  return {{"oneOf", Json::array({list(1), list(3)})}};
}

std::string Extents::expected() const {
  return images ? text(
                      "[channels, height, width] or [features], whole numbers from 1 to 65536 with a product "
                      "of at most {}",
                      kMaxParameters)
                : text("a list of 1 to {} whole numbers from 1 to 65536", most_axes);
}

bool InputRule::read(const Json& json, Input& value) const {
  value = {};
  if (json.is_array()) return Extents{3, true}.read(json, value.shape);
  if (!json.is_object() || !json.contains("sequence")) return false;
  value.is_symbols = !json.contains("features");
  std::int64_t features = 0;
  for (const auto& [key, entry] : json.items()) {
    const bool right = key == "sequence"   ? Whole{1, kMaxSteps}.read(entry, value.steps)
                       : key == "features" ? Whole{1, kMaxUnits}.read(entry, features)
                       : key == "symbols" ? value.is_symbols && Whole{2, kMaxUnits}.read(entry, value.symbols)
                       : key == "padding" ? value.is_symbols && Flag{}.read(entry, value.padding)
                                          : false;
    if (!right) return false;
  }
  value.shape = value.is_symbols ? Shape{value.steps} : Shape{value.steps, features};
  return true;
}

Json InputRule::write(const Input& value) const {
  if (value.steps == 0) return Extents{3, true}.write(value.shape);
  if (!value.is_symbols) return {{"features", value.shape[1]}, {"sequence", value.steps}};
  Json json = {{"sequence", value.steps}, {"padding", value.padding}};
  if (value.symbols > 0) json["symbols"] = value.symbols;
  return json;
}

Json InputRule::schema() const {
  Json choices = Extents{3, true}.schema()["oneOf"];
  const Json steps = Whole{1, kMaxSteps}.schema();
  const auto object = [](Json properties, Json required) -> Json {
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
  };
  choices.push_back(
      object({{"symbols", Whole{2, kMaxUnits}.schema()}, {"sequence", steps}, {"padding", Flag{}.schema()}},
             Json::array({"sequence"})));
  choices.push_back(object({{"features", Whole{1, kMaxUnits}.schema()}, {"sequence", steps}},
                           Json::array({"features", "sequence"})));
  return {{"oneOf", std::move(choices)}};
}

std::string InputRule::expected() const {
  return text(
      "{}, or a sequence, such as {{\"symbols\": 65, \"sequence\": 50}} of 2 to {} kinds of symbols (without "
      "symbols: as many as the text has; with \"padding\": true some may be none) or {{\"features\": 3, "
      "\"sequence\": 50}}, of 1 to {} steps",
      Extents{3, true}.expected(), kMaxUnits, kMaxSteps);
}

bool Units::read(const Json& json, std::int64_t& value) const {
  if (json == "symbols") {
    value = 0;
    return true;
  }
  return Whole{1, kMaxUnits}.read(json, value);
}

Json Units::schema() const {
  return {{"oneOf", Json::array({Whole{1, kMaxUnits}.schema(), {{"const", "symbols"}}})}};
}

bool Padding::read(const Json& json, std::optional<std::int64_t>& value) const {
  if (json == "same") {
    value.reset();
    return true;
  }
  return Whole{0, 1024}.read(json, value);
}

Json Padding::schema() const {
  return {{"oneOf", Json::array({Whole{0, 1024}.schema(), {{"const", "same"}}})}};
}

bool Window::read(const Json& json, std::int64_t& value) const {
  if (json == "global") {
    value = 0;
    return true;
  }
  return Whole{1, 1024}.read(json, value);
}

Json Window::schema() const {
  return {{"oneOf", Json::array({Whole{1, 1024}.schema(), {{"const", "global"}}})}};
}

namespace {

constexpr OneOf<InitType> kNamedInit{InitType::he_normal, InitType::orthogonal};
constexpr OneOf<InitType> kNumberedInit{InitType::normal, InitType::constant};

Number init_range(InitType type) { return {type == InitType::constant ? -1e6 : 0, 1e6}; }

}  // namespace

bool Initial::read(const Json& json, std::optional<InitOptions>& value) const {
  InitOptions init;
  if (json.is_object() && json.size() == 1) {
    const auto entry = json.begin();
    if (!kNumberedInit.read(entry.key(), init.type)) return false;
    if (!init_range(init.type).read(entry.value(), init.value)) return false;
  } else if (!kNamedInit.read(json, init.type)) {
    return false;
  }
  value = init;
  return true;
}

Json Initial::write(const std::optional<InitOptions>& value) const {
  if (!value) return {};
  const std::string word(to_string(value->type));
  if (value->type < InitType::normal) return word;
  return {{word, number(value->value)}};
}

Json Initial::schema() const {
  Json choices = Json::array({kNamedInit.schema()});
  for (const InitType type : {InitType::normal, InitType::uniform, InitType::constant}) {
    const std::string word(to_string(type));
    choices.push_back({{"type", "object"},
                       {"properties", {{word, init_range(type).schema()}}},
                       {"required", Json::array({word})},
                       {"additionalProperties", false}});
  }
  return {{"oneOf", choices}};
}

std::string Initial::expected() const {
  return text(
      "{}, or {{\"normal\": deviation}}, {{\"uniform\": bound}} or {{\"constant\": number}} with a number up "
      "to 1e6",
      kNamedInit.expected());
}

bool BiasStart::read(const Json& json, Bias& value) const {
  if (json.is_boolean()) {
    value = {.used = json.get<bool>(), .value = std::nullopt};
    return true;
  }
  value.used = true;
  return Number{-1e6, 1e6}.read(json, value.value);
}

Json BiasStart::write(const Bias& value) const {
  if (value.used && value.value) return number(*value.value);
  return value.used;
}

bool Connections::read(const Json& json, std::vector<std::uint8_t>& value) const {
  value.clear();
  if (json == "full") return true;
  if (json == "lenet5") {
    value = lenet5_connections();
    return true;
  }
  if (!json.is_array() || std::int64_t(json.size()) != filters) return false;
  for (const Json& row : json) {
    if (!row.is_array() || row.empty() || row.size() > 65536 || row.size() != json[0].size()) return false;
    for (const Json& entry : row) {
      if (!Whole{0, 1}.read(entry, value.emplace_back())) return false;
    }
  }
  return true;
}

Json Connections::write(const std::vector<std::uint8_t>& value) const {
  if (value.empty()) return "full";
  if (value == lenet5_connections()) return "lenet5";
  Json rows = Json::array();
  const auto columns = std::ptrdiff_t(value.size()) / filters;
  for (auto row = value.begin(); row != value.end(); row += columns) {
    rows.push_back(std::vector<std::uint8_t>(row, row + columns));
  }
  return rows;
}

Json Connections::schema() const {
  const Json row = {{"type", "array"}, {"items", {{"enum", Json::array({0, 1})}}}, {"minItems", 1}};
  return {{"oneOf", Json::array({{{"enum", Json::array({"full", "lenet5"})}},
                                 {{"type", "array"}, {"items", row}, {"minItems", 1}}})}};
}

std::string Connections::expected() const {
  return text(
      "\"full\", \"lenet5\" or a list of {} rows, one for each filter, with a 0 or 1 for each channel",
      filters);
}

}  // namespace livegrad::spec
