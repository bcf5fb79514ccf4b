// livegrad data: the data sets here, their sizes and classes, and pictures of their samples.
#include <iostream>
#include <memory>

#include "command.hpp"
#include "contact_sheet.hpp"
#include "examples.hpp"
#include "files.hpp"
#include "output.hpp"
#include "source.hpp"

namespace livegrad::cli {
namespace {

struct Options {
  DataChoice data;
  std::string sheet, augmented_as;
  std::int64_t count = 20;
  bool test = false;
  Verbosity verbosity;
};

std::vector<std::int64_t> class_counts(const Dataset& data) {
  std::vector<std::int64_t> counts(data.classes.size());
  for (const std::int32_t label : data.labels) ++counts[std::size_t(label)];
  return counts;
}

Json describe(const std::string& name, const Examples& examples) {
  const Dataset& train = *examples.train;
  const Shape shape = train.sample_shape();
  return {{"name", name},
          {"origin", train.origin},
          {"shape", std::vector<std::int64_t>(shape.extents().begin(), shape.extents().end())},
          {"training", train.size()},
          {"test", examples.test ? examples.test->size() : 0},
          {"classes", train.classes},
          {"training_counts", class_counts(train)},
          {"test_counts", examples.test ? Json(class_counts(*examples.test)) : Json::array()}};
}

/// One data set: its classes and how often each is there.
void print_one(const std::string& name, const Examples& examples) {
  const Dataset& train = *examples.train;
  std::cout << name << " (" << train.origin << "): " << grouped(train.size()) << " training and "
            << grouped(examples.test ? examples.test->size() : 0) << " test examples of " << train.sample_shape().text()
            << "\n";
  if (train.classes.empty()) return;
  Table table("lrr");
  table.row({"class", "training", "test"});
  const auto training = class_counts(train);
  const auto test = examples.test ? class_counts(*examples.test) : std::vector<std::int64_t>(training.size());
  for (std::size_t i = 0; i < training.size(); ++i)
    table.row({train.classes[i], grouped(training[i]), i < test.size() ? grouped(test[i]) : "0"});
  std::cout << table.text(2);
}

void write_sheet(const Options& options, const Examples& examples) {
  const bool test = options.test && examples.test;
  if (options.test && !test)
    throw Error(ErrorCode::invalid_data, "--test", "\"" + options.data.data + "\" has no test examples.");
  require_writable(options.sheet);
  std::optional<Spec> spec;
  if (!options.augmented_as.empty()) spec = spec_of(read_source(options.augmented_as));
  write_file(options.sheet, contact_sheet(test ? examples.test : examples.train, options.count,
                                          spec ? &spec->training() : nullptr));
}

int describe_one(const Options& options) {
  const std::string& name = options.data.data;
  const Examples examples = options.data.load(name);
  if (!options.sheet.empty()) write_sheet(options, examples);
  if (!options.verbosity.json) {
    print_one(name, examples);
    if (!options.sheet.empty()) std::cout << "contact sheet: " << options.sheet << "\n";
    return kDone;
  }
  Json object = describe(name, examples);
  object["contact_sheet"] = options.sheet.empty() ? Json() : Json(options.sheet);
  print(object);
  return kDone;
}

int list(const Options& options) {
  if (!options.sheet.empty())
    throw Error(ErrorCode::invalid_argument, "--contact-sheet", "Say of which data set, as in livegrad data mnist.");
  Table table("llrrll");
  table.row({"data set", "origin", "training", "test", "sample", "place"});
  Json objects = Json::array();
  bool all = true;
  const auto add = [&](const std::string& name, const Examples& examples, const std::string& place) {
    table.row({name, examples.train->origin, grouped(examples.train->size()), grouped(examples.test->size()),
               examples.train->sample_shape().text(), place});
    Json object = describe(name, examples);
    object["place"] = place;
    objects.push_back(object);
  };
  add("drawn", DataChoice{.data = "drawn", .csv = {}}.load(""), "");
  for (const DataPlace& place : data_places()) {
    if (place.found) {
      add(place.name, DataChoice{.data = place.name, .csv = {}}.load(""), place.place);
      continue;
    }
    all = false;
    table.row({place.name, "missing", "", "", "", "looked for in " + place.place});
    objects.push_back({{"name", place.name}, {"origin", Json()}, {"place", Json()}});
  }
  if (options.verbosity.json) {
    print({{"data", objects}});
    return kDone;
  }
  std::cout << table.text();
  if (!all)
    std::cout << "\nTo get MNIST, run npm run setup. To use other files, put them into a folder with the data set's name\n"
                 "and set LIVEGRAD_DATA to the folder around it, or name a folder or CSV file with --data.\n";
  return kDone;
}

}  // namespace

Command add_data(CLI::App& app) {
  CLI::App* parser = app.add_subcommand("data", "The data sets here, their origin, sizes and classes; pictures of samples");
  const auto options = std::make_shared<Options>();
  options->data.declare_name(*parser);
  parser->add_option("--contact-sheet", options->sheet, "Write a PNG picture of samples, one row for each class")
      ->type_name("FILE");
  parser->add_option("--count", options->count, "Samples in each row of the sheet")
      ->check(CLI::Range(1, 1000).description(""))
      ->type_name("INT")
      ->capture_default_str();
  parser->add_flag("--test", options->test, "Samples of the test part");
  parser->add_option("--augment", options->augmented_as, "Crop and change the samples as this spec's training does")
      ->type_name("SPEC");
  options->verbosity.declare_json(*parser);
  return [options] { return options->data.data.empty() ? list(*options) : describe_one(*options); };
}

}  // namespace livegrad::cli
