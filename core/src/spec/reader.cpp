#include "reader.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace livegrad::spec {

namespace {

/// A step of a JSON pointer (RFC 6901).
std::string escaped(std::string_view key) {
  std::string step;
  for (const char c : key.substr(0, 64)) step += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return step;
}

std::string list_of(const std::vector<std::string_view>& words) {
  std::string list;
  for (const std::string_view word : words) list += text("{}{}", list.empty() ? "" : ", ", word);
  return list;
}

/// What a JSON value is, where an object was wanted.
std::string described(const Json& value) { return value.is_array() ? "a list" : shown(value); }

template <std::size_t... I>
LayerOptions make_options(std::size_t kind, std::index_sequence<I...>) {
  static constexpr LayerOptions (*kMake[])() = {
      [] { return LayerOptions(std::in_place_index<I>); }...,
  };
  return kMake[kind]();
}

bool is_recurrent(std::string_view kind) { return kind == "rnn" || kind == "gru" || kind == "lstm"; }

/// The index of the only kind among the keys of a layer. act and dropout are options of other kinds too, layer_norm of
/// recurrent ones.
std::size_t find_kind(const Json& json, const std::string& path, const std::string& subject) {
  if (!json.is_object()) {
    refuse(path, "{}is {}, but must be an object such as {{\"dense\": 10}}.", subject, described(json));
  }
  std::vector<std::size_t> kinds;
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    if (json.contains(kKinds[i])) kinds.push_back(i);
  }
  if (kinds.size() > 1) {
    std::vector<std::size_t> certain;
    const bool recurrent = std::ranges::any_of(kinds, [](std::size_t i) { return is_recurrent(kKinds[i]); });
    std::ranges::copy_if(kinds, std::back_inserter(certain), [&](std::size_t i) {
      return kKinds[i] != "act" && kKinds[i] != "dropout" && !(recurrent && kKinds[i] == "layer_norm");
    });
    if (!certain.empty()) kinds = std::move(certain);
  }
  if (kinds.size() == 1) return kinds[0];
  if (kinds.size() > 1) {
    refuse(path, "{}has two kinds, {} and {}. Write two layers.", subject, kKinds[kinds[0]],
           kKinds[kinds[1]]);
  }
  const std::vector<std::string_view> all(std::begin(kKinds), std::end(kKinds));
  for (const auto& [key, value] : json.items()) {
    if (const std::string_view meant = nearest(key, all); !meant.empty() && key != "name" && key != "from") {
      refuse(text("{}/{}", path, escaped(key)), "{}has no kind, but a key {}. Did you mean \"{}\"?", subject,
             shown(key), meant);
    }
  }
  refuse(path, "{}has no kind. Give it one of {}.", subject, list_of(all));
}

/// The names of a list of layers: those written, and conv1, conv2 … for the others.
std::vector<std::string> name_layers(const Json& list, const std::vector<std::size_t>& kinds,
                                     const std::string& path, const std::string& prefix) {
  std::vector<std::string> names(list.size());
  std::map<std::string, std::size_t> taken;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto name = list[i].find("name");
    if (name == list[i].end() || !Name{}.read(*name, names[i])) continue;
    const auto [first, fresh] = taken.emplace(names[i], i);
    if (!fresh) {
      refuse(text("{}/{}/name", path, i),
             "{} \"{}{}\": layer {} has that name already. Give this one another.", kKinds[kinds[i]], prefix,
             names[i], first->second + 1);
    }
  }
  std::map<std::string_view, int> counters;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!names[i].empty()) continue;
    int& counter = counters[kKinds[kinds[i]]];
    do {
      names[i] = text("{}{}", kKinds[kinds[i]], ++counter);
    } while (!taken.emplace(names[i], i).second);
  }
  return names;
}

std::vector<LayerSpec> read_layers(const Json& list, const std::string& path, const std::string& prefix) {
  std::vector<std::size_t> kinds;
  for (std::size_t i = 0; i < list.size(); ++i) {
    kinds.push_back(find_kind(list[i], text("{}/{}", path, i), text("layer {} ", i + 1)));
  }
  std::vector<std::string> names = name_layers(list, kinds, path, prefix);
  std::vector<LayerSpec> layers(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    LayerSpec& layer = layers[i];
    layer.name = std::move(names[i]);
    layer.path = text("{}/{}", path, i);
    layer.options = make_options(kinds[i], std::make_index_sequence<std::size(kKinds)>());
    Reader reader(list[i], {layer.path, text("{} \"{}{}\": ", layer.kind(), prefix, layer.name),
                            &layer.layers, text("{}{}.", prefix, layer.name)});
    describe(reader, layer);
    reader.finish();
  }
  return layers;
}

}  // namespace

Reader::Reader(const Json& object, Place place) : object_(object), place_(std::move(place)) {}

const Json* Reader::take(std::string_view key) {
  known_.push_back(key);
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

std::string Reader::path_of(std::string_view key) const { return text("{}/{}", place_.path, escaped(key)); }

std::string Reader::hint(const std::string& word, const Json& words) {
  std::vector<std::string_view> candidates;
  for (const Json& candidate : words) candidates.push_back(candidate.get_ref<const std::string&>());
  const std::string_view meant = nearest(word, candidates);
  return meant.empty() ? "" : text(". Did you mean \"{}\"?", meant);
}

void Reader::refuse_value(std::string_view key, const Json& value, const std::string& expected) const {
  refuse(path_of(key), "{}{} is {}, but must be {}{}", place_.subject, key, shown(value), expected,
         expected.ends_with('?') ? "" : ".");
}

void Reader::layers(std::string_view key, std::string_view) {
  const Json* json = take(key);
  if (json == nullptr) return;
  if (!json->is_array() || json->empty()) {
    refuse(path_of(key), "{}{} is {}, but must be a list of at least one layer, such as [{{\"dense\": 10}}].",
           place_.subject, key, shown(*json));
  }
  if (std::int64_t(json->size()) > kMaxLayers) {
    refuse(path_of(key), "{}{} lists {} layers, but a network has at most {}.", place_.subject, key,
           json->size(), kMaxLayers);
  }
  *place_.layers = read_layers(*json, path_of(key), place_.prefix);
}

void Reader::finish() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    const std::string_view meant = nearest(key, known_);
    refuse(path_of(key), "{}there is no key {}. {}", place_.subject, shown(key),
           meant.empty() ? text("Its keys are {}.", list_of(known_)) : text("Did you mean \"{}\"?", meant));
  }
}

Content read_content(const Json& json) {
  if (!json.is_object()) {
    refuse("", "a spec is {}, but must be an object with input and layers.", described(json));
  }
  Content content;
  Reader reader(json, {"", "", &content.layers});
  describe(reader, content);
  reader.finish();
  content.has_training = json.contains("training");
  if (content.input.shape.rank() == 0) {
    refuse("/input",
           "the spec has no input. Give it the shape of one example, such as \"input\": [1, 28, 28].");
  }
  if (content.layers.empty()) {
    refuse("/layers",
           "the spec has no layers. Give it a list, such as \"layers\": [{{\"dense\": 10}}, {{\"loss\": "
           "\"softmax\"}}].");
  }
  return content;
}

void read_training(const Json& json, const std::string& path, TrainingOptions& options) {
  if (!json.is_object()) refuse(path, "the training options are {}, but must be an object.", described(json));
  Reader reader(json, {path, ""});
  describe(reader, options);
  reader.finish();
}

}  // namespace livegrad::spec
