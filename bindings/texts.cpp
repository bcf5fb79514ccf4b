// What learns from texts, writes and reads them.
#include <algorithm>

#include "layout.hpp"
#include "livegrad/error.hpp"
#include "livegrad/languages.hpp"
#include "session.hpp"

namespace livegrad::bindings {
namespace {

std::u32string characters_of(const std::string& text) {
  return decode_utf8({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "text");
}

Language language_of(const std::string& name) {
  const auto language = parse_language(name);
  if (!language)
    throw Error(ErrorCode::not_found, "language", "The program writes no language \"" + name + "\".");
  return *language;
}

/// A candidate as JavaScript reads it.
struct Candidate32 {
  std::int32_t symbol;
  float probability;
};

/// Of values with one name the last, which is what its layer gives.
ValueId find_value(const Graph& graph, const std::string& name) {
  for (std::size_t i = graph.values().size(); i-- > 0;) {
    const ValueId id{static_cast<std::int32_t>(i)};
    if (graph.value(id).type == ValueType::real && graph.name(id) == name) return id;
  }
  throw Error(ErrorCode::not_found, "tensor",
              "There is no tensor \"" + name + "\" of numbers in this network.");
}

}  // namespace

Text Session::read_text_source(const Json& request) const {
  const auto name = request.at("name").get<std::string>();
  if (request.at("kind") == "file") {
    Text text = livegrad::read_text(file(request.at("file")), name);
    text.name = name;
    text.origin = request.at("origin").get<std::string>();
    return text;
  }
  return write_text(language_of(name), request.at("characters").get<std::int64_t>(),
                    request.at("seed").get<std::uint64_t>());
}

std::string Session::make_text(const std::string& request) {
  const Json json = read_json(request);
  Text text = read_text_source(json);
  if (json.contains("vocabulary"))
    text = with_vocabulary(text, Vocabulary(characters_of(json.at("vocabulary").get<std::string>())));
  const int id = next_id_++;
  const auto& kept = texts_[id] = std::make_shared<const Text>(std::move(text));
  return Json{{"id", id},
              {"name", kept->name},
              {"origin", kept->origin},
              {"vocabulary", kept->vocabulary.utf8()},
              {"characters", kept->size()}}
      .dump();
}

void Session::close_text(int text) { texts_.erase(text); }

std::string Session::languages() const {
  Json list = Json::array();
  for (const LanguageInfo& info : livegrad::languages())
    list.push_back({{"name", info.name}, {"rule", info.rule}});
  return list.dump();
}

std::string Session::check_line(const std::string& language, const std::string& line) const {
  return livegrad::check_line(language_of(language), line);
}

void Session::set_text(int id, int text, const std::string& split) {
  Model& m = model(id);
  const auto found = texts_.find(text);
  if (found == texts_.end())
    throw Error(ErrorCode::not_found, "session", "There is no such text: it was closed.");
  const auto parsed = parse_text_split(split);
  if (!parsed)
    throw Error(ErrorCode::invalid_argument, "data",
                "\"" + split + "\" is no split; there are streams-5, tail-10 and none.");
  m.trainer.set_text(found->second, *parsed);
  m.has_text = true;
}

void Session::set_symbols(int id, int slot, const std::string& text, bool last_only) {
  Model& m = model(id);
  const std::vector<std::int32_t> symbols = m.trainer.vocabulary().encode(characters_of(text), "text");
  m.probe->set_symbols(slot, symbols);
  if (!last_only) return;
  const IndexView labels = m.probe->graph().index_view(m.probe->network().labels, slot + 1);
  const std::int64_t steps = m.probe->network().steps;
  std::fill_n(labels.data + slot * steps, std::max<std::int64_t>(std::ssize(symbols) - 2, 0), -1);
}

void Session::start_writing(int id, const std::string& prime, double seed) {
  Model& m = model(id);
  if (!m.writer) m.writer = std::make_unique<Sampler>(m.trainer);
  m.writer->start(characters_of(prime), static_cast<std::uint64_t>(seed));
}

int Session::write(int id, int count, double temperature, int top_k, double top_p, bool greedy) {
  const SamplingOptions options{.temperature = temperature, .top_k = top_k, .top_p = top_p, .greedy = greedy};
  livegrad::check(options);
  Model& m = model(id);
  if (!m.writer) return 0;
  count = std::clamp(count, 0, kWrittenCapacity);
  for (int i = 0; i < count; ++i) written_[std::size_t(i)] = m.writer->next(options);
  return count;
}

std::string Session::read_text(int id, const std::string& text, const std::string& value, int candidates) {
  Model& m = model(id);
  const std::u32string characters = characters_of(text);
  const std::vector<std::int32_t> symbols = m.trainer.vocabulary().encode(characters, "text");
  if (symbols.empty()) throw Error(ErrorCode::invalid_argument, "text", "There is no text to read.");
  Sampler reader(m.trainer);
  reader.start(characters.substr(0, 1), 0);
  const TensorView seen = reader.graph().view(find_value(reader.graph(), value), 1);
  const auto kept = std::size_t(std::clamp<std::int64_t>(candidates, 0, m.trainer.vocabulary().size()));
  const auto size = std::size_t(seen.size());
  const std::size_t bytes = symbols.size() * (size * sizeof(real) + kept * sizeof(Candidate32));
  const Offset offset = allocate(double(bytes));
  real* values = reinterpret_cast<real*>(static_cast<std::uintptr_t>(offset));
  auto* likeliest = reinterpret_cast<Candidate32*>(values + symbols.size() * size);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    reader.next({});
    values = std::copy_n(seen.data, size, values);
    for (const Candidate& c : reader.top(std::int64_t(kept)))
      *likeliest++ = {c.symbol, static_cast<float>(c.probability)};
    if (i + 1 < symbols.size()) reader.replace_last(symbols[i + 1]);
  }
  return Json{{"characters", symbols.size()},
              {"shape", extents(seen.shape)},
              {"offset", offset},
              {"bytes", bytes},
              {"candidates", kept}}
      .dump();
}

}  // namespace livegrad::bindings
