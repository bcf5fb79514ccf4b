#include "progress.hpp"

#include <cmath>
#include <limits>

#include "json.hpp"
#include "livegrad/error.hpp"

namespace livegrad::checkpoint {
namespace {

// Random streams count steps and examples to 2^44.
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 44;

template <class... Values>
[[noreturn]] void fail(Sentence<sizeof...(Values)> sentence, const Values&... values) {
  throw_error(ErrorCode::invalid_checkpoint, "checkpoint", "{}. The file is damaged.",
              text(sentence, values...));
}

const Json& member(const Json& object, const char* key) {
  if (!object.is_object()) fail("The state of training is no JSON object");
  const auto found = object.find(key);
  if (found == object.end()) fail("\"{}\" is missing", key);
  return *found;
}

std::uint64_t as_count(const Json& value, const std::string& what, std::uint64_t maximum = kMaxCount) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > maximum)
    fail("\"{}\" is no whole number from 0 to {}", what, maximum);
  return value.get<std::uint64_t>();
}

std::uint64_t count(const Json& object, const char* key, std::uint64_t maximum = kMaxCount) {
  return as_count(member(object, key), key, maximum);
}

std::string text(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_string()) fail("\"{}\" is no text", key);
  return value.get<std::string>();
}

/// JSON has no NaN and no infinity: null stands for `absent`.
Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

double number(const Json& value, const std::string& what, double absent) {
  if (value.is_null()) return absent;
  if (!value.is_number() || !std::isfinite(value.get<double>())) fail("\"{}\" is no finite number", what);
  return value.get<double>();
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Json point_json(const History::Point& p) {
  return {p.step, p.epoch, number_or_null(p.loss), number_or_null(p.accuracy), p.examples};
}

History::Point read_point(const Json& row, std::size_t columns) {
  if (!row.is_array() || row.size() != columns) fail("A point of the curves has not its numbers");
  History::Point point{.step = as_count(row[0], "step"),
                       .epoch = number(row[1], "epoch", kNan),
                       .loss = number(row[2], "loss", kNan),
                       .accuracy = number(row[3], "accuracy", kNan),
                       .examples = 0};
  if (columns == 5) point.examples = std::int64_t(as_count(row[4], "examples"));
  return point;
}

const Json& rows(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_array()) fail("\"{}\" is no list", key);
  return value;
}

}  // namespace

std::string progress_json(const Trainer::Impl& run) {
  const Progress& p = run.progress;
  const bool text = run.data.identity.is_text();
  Json updates = Json::object();
  for (int i = 0; i < run.params.size(); ++i)
    updates[run.params.info(ParamId{i}).name()] = run.params.updates(ParamId{i});
  return Json{{"seed", p.seed},
              {"steps", p.steps},
              {"consumed", p.consumed},
              {"average_steps", p.average_steps},
              {"hold_out", p.hold_out},
              {"epoch", text ? run.streams.epoch() : run.order.epoch()},
              {"position", text ? run.streams.position() : run.order.position()},
              {"clipped_by_norm", p.clipped_by_norm},
              {"clipped_by_value", p.clipped_by_value},
              {"rate_factor", p.rate_factor},
              {"best", number_or_null(p.best)},
              {"since_best", p.since_best},
              {"since_halving", p.since_halving},
              {"updates", updates}}
      .dump();
}

void read_progress(const std::string& source, Trainer::Impl& run) {
  const Json object = parse_json(source, "The state of training", 2);
  Progress& p = run.progress;
  p.seed = count(object, "seed", std::numeric_limits<std::uint64_t>::max());
  p.steps = count(object, "steps");
  p.consumed = count(object, "consumed");
  p.average_steps = count(object, "average_steps");
  p.hold_out = std::int64_t(count(object, "hold_out", std::numeric_limits<std::int32_t>::max()));
  p.rate_factor = number(member(object, "rate_factor"), "rate_factor", kNan);
  if (!(p.rate_factor > 0 && p.rate_factor <= 1)) fail("\"rate_factor\" is not above 0 and up to 1");
  p.best = number(member(object, "best"), "best", kInfinity);
  p.since_best = std::int64_t(count(object, "since_best"));
  p.since_halving = std::int64_t(count(object, "since_halving"));
  // Files from before these were counted do not have them.
  if (object.contains("clipped_by_norm")) p.clipped_by_norm = count(object, "clipped_by_norm");
  if (object.contains("clipped_by_value")) p.clipped_by_value = count(object, "clipped_by_value");
  const std::uint64_t epoch = count(object, "epoch");
  const auto position = std::int64_t(count(object, "position", std::numeric_limits<std::int32_t>::max()));
  if (run.data.identity.is_text())
    run.streams.seek(epoch, position);
  else
    run.order.seek(epoch, position);

  const Json& updates = member(object, "updates");
  if (!updates.is_object() || updates.size() != std::size_t(run.params.size()))
    fail("\"updates\" does not count those of every parameter");
  for (int i = 0; i < run.params.size(); ++i)
    run.params.set_updates(ParamId{i}, count(updates, run.params.info(ParamId{i}).name().c_str()));
}

std::string data_json(const DataIdentity& data) {
  Json object{{"name", data.name},
              {"origin", data.origin},
              {"training", data.training},
              {"test", data.test},
              {"shape", std::vector<std::int64_t>(data.shape.extents().begin(), data.shape.extents().end())}};
  if (data.is_text()) {
    object["split"] = to_string(data.split);
    object["vocabulary"] = data.vocabulary.utf8();
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

DataIdentity read_data(const std::string& source) {
  const Json object = parse_json(source, "The name of the data", 2);
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
  DataIdentity data{.name = text(object, "name"),
                    .origin = text(object, "origin"),
                    .training = std::int64_t(count(object, "training", kMost)),
                    .test = std::int64_t(count(object, "test", kMost)),
                    .shape = {}};
  std::vector<std::int64_t> extents;
  for (const Json& extent : rows(object, "shape"))
    extents.push_back(std::int64_t(as_count(extent, "shape", kMost)));
  if (extents.size() > kMaxRank) fail("\"shape\" has more than five axes");
  data.shape = Shape(extents);
  if (!object.contains("vocabulary")) return data;
  const auto split = parse_text_split(text(object, "split"));
  if (!split) fail("\"split\" is no split of a text");
  data.split = *split;
  const std::string characters = text(object, "vocabulary");
  const std::u32string decoded = decode_utf8(
      {reinterpret_cast<const std::uint8_t*>(characters.data()), characters.size()}, "checkpoint");
  data.vocabulary = Vocabulary(decoded);
  if (data.vocabulary.characters() != decoded || decoded.size() < 2)
    fail("\"vocabulary\" is not two or more characters in order");
  return data;
}

std::string history_json(const History& history) {
  const History::Content& content = history.content();
  Json points = Json::array(), validation = Json::array();
  for (const auto& p : content.points) points.push_back(point_json(p));
  for (const auto& p : content.validation)
    validation.push_back({p.step, p.epoch, number_or_null(p.loss), number_or_null(p.accuracy)});
  return Json{{"stride", content.stride},
              {"open", point_json(content.open)},
              {"open_steps", content.open_steps},
              {"points", points},
              {"validation", validation}}
      .dump();
}

void read_history(const std::string& source, History& history) {
  const Json object = parse_json(source, "The curves", 3);
  History::Content content;
  content.stride = count(object, "stride");
  content.open_steps = count(object, "open_steps");
  content.open = read_point(member(object, "open"), 5);
  for (const Json& row : rows(object, "points")) content.points.push_back(read_point(row, 5));
  for (const Json& row : rows(object, "validation")) {
    const History::Point p = read_point(row, 4);
    content.validation.push_back({p.step, p.epoch, p.loss, p.accuracy});
  }
  try {
    history.restore(content);
  } catch (const Error& error) {
    fail("{}", error.message().substr(0, error.message().size() - 1));
  }
}

}  // namespace livegrad::checkpoint
