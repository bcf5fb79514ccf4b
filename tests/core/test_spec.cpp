#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "livegrad/schedule.hpp"
#include "livegrad/spec.hpp"

using namespace livegrad;
using Json = nlohmann::json;

namespace {

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(LIVEGRAD_SOURCE_DIR) + "/" + name);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Spec model(const std::string& name) { return Spec::parse(read_file("web/models/" + name + ".json")); }

std::vector<std::string> outputs(const Spec& spec) {
  std::vector<std::string> list;
  for (const LayerInfo& layer : spec.layers()) list.push_back(layer.id + " " + layer.output.text());
  return list;
}

std::vector<std::string> ids(const Spec& spec) {
  std::vector<std::string> list;
  for (const LayerInfo& layer : spec.layers()) list.push_back(layer.id);
  return list;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the character models have the parameters that they are known for", "[spec]") {
  // With one bias vector per layer; char-rnn's own two make 240,321.
  const std::map<std::string, std::int64_t> counts{
      {"min-char-rnn", 65 * 100 + 100 * 100 + 100 + 100 * 65 + 65}, {"char-lstm", 239'297}};
  for (const auto& [name, count] : counts) {
    INFO(name);
    CHECK(model(name).with_symbols(65).parameter_count() == count);
  }
}

TEST_CASE("every model of the site can be made", "[spec]") {
  for (const auto& entry : std::filesystem::directory_iterator(LIVEGRAD_SOURCE_DIR "/web/models")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".json" || name == "schema") continue;
    INFO(name);
    Spec spec = model(name);
    if (spec.takes_symbols()) spec = spec.with_symbols(65);
    CHECK(spec.parameter_count() > 0);
  }
}

TEST_CASE("the ladder has the shapes and parameters that it is known for", "[spec]") {
  const std::map<std::string, std::int64_t> counts{{"softmax", 7850},         {"mlp", 185300},
                                                   {"cnn", 122270},           {"lenet5", 60806},
                                                   {"convnetjs-mnist", 5994}, {"bag-of-tricks", 114162}};
  for (const auto& [name, count] : counts) {
    INFO(name);
    CHECK(model(name).parameter_count() == count);
  }
  CHECK(outputs(model("mlp")) ==
        Strings{"hidden1 200", "hidden2 100", "hidden3 60", "hidden4 30", "output 10", "loss1 scalar"});
  CHECK(outputs(model("cnn")) ==
        Strings{"conv1 4x28x28", "conv2 8x14x14", "conv3 12x7x7", "hidden 200", "output 10", "loss1 scalar"});
  CHECK(outputs(model("convnetjs-mnist")) == Strings{"conv1 8x24x24", "pool1 8x12x12", "conv2 16x12x12",
                                                     "pool2 16x4x4", "output 10", "loss1 scalar"});
  CHECK(outputs(model("lenet5")) == Strings{"C1 6x28x28", "S2 6x14x14", "C3 16x10x10", "S4 16x5x5",
                                            "C5 120x1x1", "F6 84", "output 10", "loss1 scalar"});
}

TEST_CASE("the ConvNetJS network is trained by ConvNetJS's rules", "[spec]") {
  const Spec spec = model("convnetjs-mnist");
  const TrainingOptions& t = spec.training();
  CHECK(t.optimizer.type == OptimizerType::adadelta);
  CHECK(t.optimizer.rate == 1);
  CHECK(t.optimizer.rho == 0.95);
  CHECK(t.optimizer.epsilon == 1e-6);
  CHECK(t.optimizer.l2 == 0.001);
  CHECK(t.optimizer.decay_per_example);
  CHECK(t.batch == 20);
  CHECK(t.hold_out == 0);
  CHECK(t.test_crops == 4);
  CHECK(t.augmentation.crop == 24);
  CHECK(t.scaling.scale == 1.0f / 255);

  ParamStore params;
  Graph graph(params);
  spec.record(graph);
  const auto info = [&](const char* name) -> const ParamInfo& {
    return params.info(params.find(name).value());
  };
  CHECK(info("conv1.weight").init.value == 0.2);
  CHECK(info("conv1.weight").l1_multiplier == 0);
  CHECK(info("conv2.bias").init.value == 0.1);
  CHECK(info("output.bias").init.value == 0);
  CHECK(info("output.bias").l2_multiplier == 0);
}

TEST_CASE("json() says everything and parses to itself", "[spec]") {
  for (const char* name : {"softmax", "mlp", "cnn", "lenet5", "convnetjs-mnist", "bag-of-tricks"}) {
    const Spec spec = model(name);
    const std::string json = spec.json();
    const Spec again = Spec::parse(json);
    CHECK(again.json() == json);
    CHECK(outputs(again) == outputs(spec));
  }
  const Spec spec = Spec::parse(R"({ "input": [4], "layers": [ { "dense": 3, "act": "relu" }, { "dense": 2 },
      { "loss": "softmax" } ], "training": { "optimizer": "adam", "scaling": { "scale": 0.1 } } })");
  CHECK(
      spec.json() ==
      R"({"semantics":"livegrad","input":[4],"layers":[)"
      R"({"dense":3,"act":"relu","dropout":0,"bias":0,"init":"he_normal","rate":1,"l1":1,"l2":1,"name":"dense1"},)"
      R"({"dense":2,"act":"none","dropout":0,"bias":0,"init":"glorot_uniform","rate":1,"l1":1,"l2":1,"name":"dense2"},)"
      R"({"loss":"softmax","smoothing":0,"name":"loss1"}],)"
      R"("training":{"optimizer":{"type":"adam","rate":0.001,"momentum":0.9,"rho":0.95,"beta1":0.9,"beta2":0.999,)"
      R"("epsilon":1e-08,"l1":0,"l2":0,"decay_per_example":false,"clip_value":0,"clip_norm":0},)"
      R"("schedule":{"type":"constant","every":1,"factor":0.5,"floor":0,"warmup":0,"hold":0,"patience":2},)"
      R"("batch":32,"epochs":1,"hold_out":0,"seed":1,"scaling":{"scale":0.1,"shift":0},)"
      R"("augmentation":{"crop":0,"shift":0,"rotate":0,"scale":0,"elastic_alpha":0,"elastic_sigma":4,"flip":false},)"
      R"("test_crops":1,"patience":0,"average_decay":0}})");
}

TEST_CASE("every kind and every form of a value survives json()", "[spec]") {
  const std::string text = R"({
    "$schema": "./schema.json", "name": "Alles – größer", "description": "x", "semantics": "convnetjs",
    "input": [2, 12, 12],
    "layers": [
      { "conv": 4, "kernel": 3, "pad": "same", "dilation": 2, "groups": 2, "bias": false, "init": { "normal": 0.1 } },
      { "conv": 3, "kernel": 1, "connections": [[1,0,1,0],[0,1,0,1],[1,1,1,1]], "bias": -0.5, "rate": 0, "l1": 2, "l2": 0.5 },
      { "act": "leaky_relu", "slope": 0.2 }, { "act": "elu", "alpha": 2 },
      { "batch_norm": true, "momentum": 0.5 }, { "layer_norm": true, "epsilon": 0.001 },
      { "local_response_norm": 3, "k": 2, "alpha": 0.01, "power": 0.5 }, { "local_contrast_norm": 5 },
      { "pool": 3, "type": "l2", "stride": 1, "pad": 1, "name": "p" },
      { "block": [ { "conv": 3, "pad": "same", "act": "relu" }, { "add": true, "from": ["conv1", "input"] } ], "repeat": 2, "name": "b" },
      { "concat": true, "from": ["b.1", "b.2.conv1", "p"] },
      { "multiply": true, "from": ["concat1", "concat1"] },
      { "residual": [ { "conv": 6, "kernel": 3, "stride": 2, "pad": 1 } ], "project": true, "act": "relu" },
      { "highway": [ { "conv": 6, "kernel": 3, "pad": "same", "init": { "uniform": 0.2 } } ], "kernel": 3, "bias": -1 },
      { "pool": "global", "type": "average" }, { "flatten": true }, { "reshape": [6] }, { "maxout": 3 },
      { "dropout": 0.25 }, { "dense": 288, "init": { "constant": 0 }, "dropout": 0.5 },
      { "loss": "squared", "target": "input" } ],
    "training": { "optimizer": { "type": "windowgrad", "clip_value": 5, "clip_norm": 15, "l1": 0.5 },
      "schedule": { "type": "step", "every": 2.5, "factor": 0.1, "warmup": 1, "hold": 3 }, "epochs": 0.5, "seed": 9007199254740991,
      "augmentation": { "shift": 1, "rotate": 1.5, "scale": 0.1, "elastic_alpha": 34, "elastic_sigma": 5.5, "flip": true },
      "hold_out": 10, "patience": 3, "average_decay": 0.9999 } })";
  const Spec spec = Spec::parse(text);
  const std::string json = spec.json();
  CHECK(Spec::parse(json).json() == json);
  // What was written is still there, word for word.
  const std::function<void(const Json&, const Json&)> contains = [&](const Json& part, const Json& whole) {
    if (part.is_object()) {
      for (const auto& [key, value] : part.items()) {
        INFO(key);
        REQUIRE(whole.contains(key));
        contains(value, whole[key]);
      }
    } else if (part.is_array()) {
      REQUIRE(part.size() == whole.size());
      for (std::size_t i = 0; i < part.size(); ++i) contains(part[i], whole[i]);
    } else {
      CHECK(part == whole);
    }
  };
  contains(Json::parse(text), Json::parse(json));
  CHECK(spec.name() == "Alles – größer");
  CHECK(spec.training().seed == 9007199254740991u);
}

TEST_CASE("names follow the kinds, and those written stay as they are", "[spec]") {
  const char* const kLayers = R"({ "conv": 2 }, { "conv": 2, "name": "conv1" }, { "pool": 2 }, { "conv": 2 },
      { "block": [ { "conv": 2, "pad": 1 }, { "act": "relu" } ], "repeat": 2 },
      { "residual": [ { "conv": 2, "pad": 1 } ], "name": "skip" }, { "dense": 3 }, { "loss": "hinge" })";
  const Spec spec = Spec::parse(R"({ "input": [1, 12, 12], "layers": [)" + std::string(kLayers) + "] }");
  CHECK(ids(spec) == Strings{"conv2", "conv1", "pool1", "conv3", "block1.1.conv1", "block1.1.act1",
                             "block1.2.conv1", "block1.2.act1", "skip.conv1", "skip", "dense1", "loss1"});
  CHECK(spec.layers()[4].path == "/layers/4/block/0");
  CHECK(spec.layers()[6].path == "/layers/4/block/0");
  CHECK(spec.layers()[9].path == "/layers/5");
  CHECK(Json::parse(spec.json())["layers"][3]["name"] == "conv3");
  CHECK(ids(Spec::parse(spec.json())) == ids(spec));
}

TEST_CASE("graphs that are no chain are written with from", "[spec]") {
  const Spec spec = Spec::parse(R"({ "input": [1, 8, 8], "layers": [
      { "conv": 4, "pad": 1, "name": "left" }, { "conv": 4, "kernel": 1, "from": "input", "name": "right" },
      { "add": true, "from": ["left", "right"] },
      { "block": [ { "conv": 4, "pad": 1, "name": "c" }, { "concat": true, "from": ["c", "input", "left"] },
                   { "conv": 4, "kernel": 1, "name": "d" } ], "repeat": 2, "name": "b" },
      { "concat": true, "from": ["b.1", "b.2.c", "add1"] },
      { "dense": 3 }, { "loss": "softmax" } ] })");
  CHECK(outputs(spec) == Strings{"left 4x8x8", "right 4x8x8", "add1 4x8x8", "b.1.c 4x8x8",
                                 "b.1.concat1 12x8x8", "b.1.d 4x8x8", "b.2.c 4x8x8", "b.2.concat1 12x8x8",
                                 "b.2.d 4x8x8", "concat1 12x8x8", "dense1 3", "loss1 scalar"});

  ParamStore params;
  Graph graph(params);
  const Network network = spec.record(graph);
  const auto inputs_of = [&](const char* id) {
    const LayerInfo& layer = *std::ranges::find(network.layers, id, &LayerInfo::id);
    std::vector<std::string> names;
    for (const ValueId x : graph.inputs(graph.nodes()[std::size_t(graph.value(layer.values[0]).node)])) {
      names.push_back(graph.name(x));
    }
    return names;
  };
  CHECK(inputs_of("add1") == Strings{"left.out", "right.out"});
  CHECK(inputs_of("right")[0] == "input");
  CHECK(inputs_of("b.1.concat1") == Strings{"b.1.c.out", "add1.out", "left.out"});
  CHECK(inputs_of("b.2.concat1") == Strings{"b.2.c.out", "b.1.d.out", "left.out"});
  CHECK(inputs_of("concat1") == Strings{"b.1.d.out", "b.2.c.out", "add1.out"});
  CHECK(network.classes == 3);
  CHECK(network.input_shape == Shape{1, 8, 8});
}

TEST_CASE("the activation that follows decides how weights start", "[spec]") {
  const Spec spec = Spec::parse(R"({ "semantics": "convnetjs", "input": [1, 8, 8], "layers": [
      { "conv": 4, "name": "a" }, { "batch_norm": true }, { "pool": 2 }, { "act": "relu" },
      { "conv": 4, "kernel": 1, "name": "b" }, { "maxout": 2 }, { "dense": 4, "name": "c" }, { "act": "tanh" },
      { "dense": 2, "name": "d" }, { "loss": "softmax" } ] })");
  Json json = Json::parse(spec.json());
  CHECK(json["layers"][0]["bias"] == 0.1);
  CHECK(json["layers"][4]["bias"] == 0);
  CHECK(json["layers"][6]["bias"] == 0);
  CHECK(json["layers"][6]["init"] == "lecun_normal");
  for (Json& layer : json["layers"]) layer.erase("init");
  json["semantics"] = "livegrad";
  const Json plain = Json::parse(Spec::parse(json.dump()).json());
  CHECK(plain["layers"][0]["init"] == "he_normal");
  CHECK(plain["layers"][4]["init"] == "he_normal");
  CHECK(plain["layers"][6]["init"] == "glorot_uniform");
  CHECK(plain["layers"][8]["init"] == "glorot_uniform");
}

TEST_CASE("losses ask for labels, for targets, or for neither", "[spec]") {
  const auto record = [](const std::string& loss) {
    ParamStore params;
    Graph graph(params);
    return Spec::parse(R"({ "input": [6], "layers": [ { "dense": 6 }, )" + loss + "] }").record(graph);
  };
  const Network softmax = record(R"({ "loss": "softmax" })"), hinge = record(R"({ "loss": "hinge" })");
  CHECK((softmax.labels != ValueId{} && softmax.targets == ValueId{} && softmax.classes == 6));
  CHECK((hinge.labels != ValueId{} && hinge.probabilities != ValueId{} && hinge.classes == 6));
  for (const char* name : {"squared", "absolute", "binary_cross_entropy", "poisson"}) {
    const Network data = record(R"({ "loss": ")" + std::string(name) + "\" }");
    CHECK((data.labels == ValueId{} && data.targets != ValueId{} && data.probabilities == ValueId{}));
    CHECK(data.classes == 0);
    const Network self = record(R"({ "loss": ")" + std::string(name) + R"(", "target": "input" })");
    CHECK((self.labels == ValueId{} && self.targets == ValueId{}));
  }
}

TEST_CASE("training options change one by one", "[spec]") {
  const TrainingOptions base = Spec::parse(read_file("web/models/convnetjs-mnist.json")).training();
  TrainingOptions t = parse_training(R"({ "epochs": 4, "optimizer": { "l2": 0.01 } })", base);
  CHECK(t.epochs == 4);
  CHECK(t.optimizer.l2 == 0.01);
  CHECK(t.optimizer.type == OptimizerType::adadelta);
  CHECK(t.batch == 20);
  // Another rule brings its own rate, rho and epsilon; the rest stays.
  t = parse_training(R"({ "optimizer": "adam" })", base);
  CHECK(t.optimizer.rate == 0.001);
  CHECK(t.optimizer.epsilon == 1e-8);
  CHECK(t.optimizer.l2 == 0.001);
  t = parse_training(R"({ "optimizer": { "rate": 0.5, "type": "rmsprop" } })", base);
  CHECK(t.optimizer.rate == 0.5);
  CHECK(t.optimizer.rho == 0.9);
  CHECK(to_json(parse_training(to_json(t), TrainingOptions{})) == to_json(t));

  const Spec spec =
      model("softmax").with(t = parse_training(R"({ "seed": 42, "batch": 7 })", model("softmax").training()));
  CHECK(spec.training().seed == 42);
  CHECK(Spec::parse(spec.json()).training().batch == 7);
  t.optimizer.rate = std::nan("");
  CHECK_THROWS_AS(spec.with(t), Error);
}

TEST_CASE("web/models/schema.json is what the parser goes by", "[spec]") {
  // To write it anew: LIVEGRAD_UPDATE=1 tests_core "[spec]"
  if (std::getenv("LIVEGRAD_UPDATE") != nullptr) {
    std::ofstream(std::string(LIVEGRAD_SOURCE_DIR) + "/web/models/schema.json") << spec_schema();
  }
  CHECK(read_file("web/models/schema.json") == spec_schema());
}

TEST_CASE("the schema and the parser accept the same keys", "[spec]") {
  const Json schema = Json::parse(spec_schema());
  // A value that the schema allows, for each property of each kind, alone beside what is required.
  const std::function<Json(const Json&)> sample = [&](const Json& s) -> Json {
    if (s.contains("default")) return s["default"];
    if (s.contains("const")) return s["const"];
    if (s.contains("enum")) return s["enum"][0];
    if (s.contains("oneOf")) return sample(s["oneOf"][0]);
    if (s.contains("$ref")) return Json::array({{{"act", "relu"}}});
    if (s["type"] == "array") return Json(s.value("minItems", 1), sample(s["items"]));
    if (s["type"] == "string") return "x";
    if (s["type"] == "object") return Json::object();
    if (s["type"].is_array()) return false;
    return s.contains("minimum") ? s["minimum"] : s["maximum"];
  };
  for (const Json& reference : schema["$defs"]["layers"]["items"]["oneOf"]) {
    const std::string kind = reference["$ref"].get<std::string>().substr(8);
    const Json& definition = schema["$defs"][kind];
    CHECK(definition["additionalProperties"] == false);
    for (const auto& [key, property] : definition["properties"].items()) {
      INFO(kind << "." << key);
      CHECK(property.contains("description"));
      Json layer = Json::object();
      for (const Json& required : definition["required"]) {
        layer[required] =
            required == "from" ? Json{"input", "input"} : sample(definition["properties"][required]);
      }
      if (key == "from") layer[key] = layer.contains(key) ? layer[key] : Json("input");
      if (!layer.contains(key)) layer[key] = sample(property);
      if (kind == "act" && key == "slope") layer["act"] = "leaky_relu";
      if (kind == "act" && key == "alpha") layer["act"] = "elu";
      if (kind == "loss" && key == "margin") layer["loss"] = "hinge";
      if (kind == "loss" && key == "target") layer["loss"] = "squared";
      if (kind == "reshape") layer["reshape"] = {4, 8, 8};
      if (kind == "maxout") layer["maxout"] = 2;
      Json input = {4, 8, 8};
      for (const char* sequential : {"conv1d", "rnn", "gru", "lstm", "last_step", "mean_over_steps"})
        if (kind == sequential) input = {{"features", 3}, {"sequence", 4}};
      if (key == "initial") continue;  // names another layer
      if (kind == "embedding") input = {{"symbols", 5}, {"sequence", 4}};
      if (kind == "repeat_steps") input = Json::array({8});
      Json spec{{"input", input}, {"layers", Json::array({layer})}};
      if (kind != "loss") spec["layers"].push_back({{"loss", "squared"}});
      CHECK_NOTHROW(Spec::parse(spec.dump()));
      // And nothing else: one more letter makes another key.
      if (key == kind) continue;
      spec["layers"][0][key + "_"] = spec["layers"][0][key];
      CHECK_THROWS_AS(Spec::parse(spec.dump()), Error);
    }
  }
  // The reverse: every key that json() writes has a property.
  const auto known = [](const Json& object, const Json& properties) {
    for (const auto& [key, value] : object.items()) {
      INFO(key);
      CHECK(properties.contains(key));
    }
  };
  for (const char* name : {"convnetjs-mnist", "bag-of-tricks", "lenet5"}) {
    const Json written = Json::parse(model(name).json());
    known(written, schema["properties"]);
    const Json& training = schema["properties"]["training"]["properties"];
    known(written["training"], training);
    known(written["training"]["optimizer"], training["optimizer"]["oneOf"][1]["properties"]);
    known(written["training"]["schedule"], training["schedule"]["oneOf"][1]["properties"]);
    known(written["training"]["scaling"], training["scaling"]["properties"]);
    known(written["training"]["augmentation"], training["augmentation"]["properties"]);
    for (const Json& layer : written["layers"]) {
      for (const auto& [key, definition] : schema["$defs"].items()) {
        if (key != "act" && key != "dropout" && layer.contains(key)) known(layer, definition["properties"]);
      }
    }
  }
}
