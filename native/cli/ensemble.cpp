#include "ensemble.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "livegrad/error.hpp"
#include "livegrad/math.hpp"

namespace livegrad::cli {
namespace {

[[noreturn]] void refuse(const Member& member, const std::string& message) {
  throw Error(ErrorCode::invalid_argument, member.source.path.string(), message);
}

/// What the mean of `members` networks' probabilities, whose sums [N,classes] these are, makes of the labels.
Evaluation judge(const std::vector<real>& sums, const Dataset& data, std::int64_t classes, double members) {
  Evaluation evaluation;
  evaluation.examples = data.size();
  evaluation.confusion.resize(std::size_t(classes * classes));
  for (std::int64_t i = 0; i < evaluation.examples; ++i) {
    const auto of_example = sums.begin() + i * classes;
    const std::int64_t label = data.labels.data()[i];
    const std::int64_t predicted = std::max_element(of_example, of_example + classes) - of_example;
    const double p =
        std::max(double(of_example[label]) / members,
                 double(std::numeric_limits<float>::min()));  // what rounds to 0 is not impossible
    evaluation.correct += predicted == label;
    evaluation.loss_sum -= math::log(p);
    ++evaluation.confusion[std::size_t(label * classes + predicted)];
  }
  return evaluation;
}

}  // namespace

std::vector<Member> load_members(Device& device, const std::vector<std::string>& checkpoints) {
  std::vector<Member> members;
  for (const std::string& file : checkpoints) {
    Source source = read_checkpoint(file);
    Loaded loaded = load_checkpoint(device, source);
    members.push_back({std::move(source), std::move(loaded)});
    const Member &first = members.front(), &last = members.back();
    const std::int64_t classes = last.loaded.trainer.network().classes;
    if (last.loaded.trainer.spec().takes_symbols())
      refuse(last,
             "Its network predicts a text. Networks are tested together on examples only; test it alone.");
    if (classes == 0)
      refuse(last, "Its network has no classes whose probabilities could be averaged. Test it alone.");
    const std::int64_t wanted = first.loaded.trainer.network().classes;
    if (classes != wanted)
      refuse(last, "Its network has " + std::to_string(classes) + " classes, that of " +
                       first.source.path.string() + " " + std::to_string(wanted) +
                       ". Networks tested together need the same classes.");
  }
  return members;
}

const std::string& learned_from(const std::vector<Member>& members) {
  const Member& first = members.front();
  const std::string& name = first.loaded.result.data_name;
  for (const Member& member : members)
    if (const std::string& other = member.loaded.result.data_name; other != name)
      refuse(member, "It learned from " + (other.empty() ? "no data" : other) + ", " +
                         first.source.path.string() + " from " + (name.empty() ? "no data" : name) +
                         ". Say what to test on with --data.");
  return name;
}

std::optional<Evaluation> evaluate_together(std::vector<Member>& members, const Examples& examples,
                                            bool quiet) {
  const auto& tested = examples.test ? examples.test : examples.train;
  const std::int64_t classes = members.front().loaded.trainer.network().classes;
  std::vector<real> sums(std::size_t(tested->size() * classes)), shares(sums.size());
  for (Member& member : members) {
    Trainer& trainer = member.loaded.trainer;
    try {
      trainer.set_data(examples.train, tested);
    } catch (const Error& error) {
      throw Error(error.code(), member.source.path.string(), error.message());
    }
    const std::string label = "testing " + member.source.path.filename().string();
    std::ranges::fill(shares, real{0});
    const std::optional<Evaluation> alone = evaluate(trainer, Split::test, label, quiet, shares);
    if (!alone) return std::nullopt;
    member.alone = *alone;
    // Networks may learn from losses of different kinds, which could not be compared with each other's.
    member.alone.loss_sum = judge(shares, *tested, classes, 1).loss_sum;
    std::ranges::transform(sums, shares, sums.begin(), std::plus{});
  }
  return judge(sums, *tested, classes, double(members.size()));
}

std::string members_text(const std::vector<Member>& members) {
  Table table("lrrr");
  table.row({"alone", "seed", "error", "loss"});
  for (const Member& member : members)
    table.row({member.source.path.string(), std::to_string(member.loaded.trainer.options().seed),
               fixed(member.alone.error(), 2) + " %", digits(member.alone.loss(), 4)});
  return table.text();
}

Json describe_members(const std::vector<Member>& members) {
  Json all = Json::array();
  for (const Member& member : members) {
    const Trainer& trainer = member.loaded.trainer;
    all.push_back({{"checkpoint", member.source.path.string()},
                   {"spec", member.source.name(trainer.spec())},
                   {"seed", trainer.options().seed},
                   {"correct", member.alone.correct},
                   {"test_error", member.alone.error()},
                   {"test_loss", member.alone.loss()}});
  }
  return all;
}

}  // namespace livegrad::cli
