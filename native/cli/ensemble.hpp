#pragma once

#include <optional>
#include <string>
#include <vector>

#include "examples.hpp"
#include "source.hpp"
#include "testing.hpp"

namespace livegrad::cli {

/// A network of an ensemble, and how it does alone.
struct Member {
  Source source;
  Loaded loaded;
  Evaluation alone = {};
};

/// The checkpoints' networks, which must tell examples apart, and into as many classes each.
/// Errors  as load_checkpoint; invalid_argument
std::vector<Member> load_members(Device& device, const std::vector<std::string>& checkpoints);
/// The data that all of them learned from.
/// Errors  invalid_argument when they learned from different data
const std::string& learned_from(const std::vector<Member>& members);

/// Tests the members on the same examples (those of training where there are no others), each and together.
/// Math    p = (p_1 + … + p_M) / M;  the class of the largest p is predicted, the loss is -ln p of the true class;
///         each network's own loss likewise, whatever it learned from (smoothed labels, hinge)
/// Errors  shape_mismatch when a network cannot take the examples
/// Ref     Lakshminarayanan, Pritzel, Blundell 2017, "Simple and scalable predictive uncertainty estimation using
///         deep ensembles"
std::optional<Evaluation> evaluate_together(std::vector<Member>& members, const Examples& examples,
                                            bool quiet);

/// How each does alone, a line each.
std::string members_text(const std::vector<Member>& members);
/// The same as JSON: [{checkpoint, spec, seed, correct, test_error, test_loss}].
Json describe_members(const std::vector<Member>& members);

}  // namespace livegrad::cli
