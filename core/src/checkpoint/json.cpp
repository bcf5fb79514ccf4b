#include "json.hpp"

#include <set>
#include <string>
#include <vector>

#include "livegrad/error.hpp"

namespace livegrad::checkpoint {

using nlohmann::json;

json parse_json(std::string_view text, std::string_view what, int max_depth) {
  const auto fail = [&](const std::string& problem) {
    throw Error(ErrorCode::invalid_checkpoint, "checkpoint",
                std::string(what) + " " + problem + ". The file is damaged or is no checkpoint.");
  };
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const json::parser_callback_t check = [&](int depth, json::parse_event_t event, json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        if (depth >= max_depth) fail("is nested too deeply");
        if (event == json::parse_event_t::object_start) keys.emplace_back();
        break;
      case json::parse_event_t::key:
        if (!keys.back().insert(parsed.get<std::string>()).second)
          fail("has two members named \"" + parsed.get<std::string>() + "\"");
        break;
      case json::parse_event_t::object_end:
        keys.pop_back();
        break;
      default:
        break;
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), check);
  } catch (const json::exception&) {
    fail("is not JSON");
  }
  return {};
}

}  // namespace livegrad::checkpoint
