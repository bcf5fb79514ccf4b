#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "livegrad/device.hpp"
#include "livegrad/ops.hpp"
#include "livegrad/random.hpp"

// Every operation in every variant that matters, declared once: the tests derive parity with the reference, gradients,
// digests and liveness from this one table.

namespace livegrad::testing {

/// What an operand of a case is and the range of its random numbers.
struct Operand {
  enum class Kind { input, parameter, state, labels } kind = Kind::input;
  Shape shape;  ///< axis 0 is the batch of inputs and labels
  double low = -1, high = 1;
  std::int64_t classes = 0;
};

inline Operand x(Shape shape, double low = -1, double high = 1) {
  return {Operand::Kind::input, shape, low, high};
}
inline Operand w(Shape shape, double low = -1, double high = 1) {
  return {Operand::Kind::parameter, shape, low, high};
}
inline Operand fixed(Shape shape, double low = 0, double high = 1) {
  return {Operand::Kind::state, shape, low, high};
}
inline Operand labels(std::int64_t n, std::int64_t classes) {
  return {Operand::Kind::labels, {n}, 0, 0, classes};
}

inline Operand symbols(Shape shape, std::int64_t count) {
  return {Operand::Kind::labels, shape, 0, 0, count};
}

using Operands = std::span<const ValueId>;

struct OpCase {
  std::string op;       ///< the operation's name, also its test tag
  std::string variant;  ///< what is particular about this case
  std::vector<Operand> operands;
  std::function<ValueId(Graph&, Operands)> build;
  bool training = true;

  std::string name() const { return op + (variant.empty() ? "" : " " + variant); }
};

const std::vector<OpCase>& op_cases();

/// A case recorded, filled with random numbers and ready to run on a device.
class OpInstance {
 public:
  OpInstance(const OpCase& op_case, Device& device, std::uint64_t seed = 1);

  void forward() { schedule_->forward(run_); }
  /// With a random cotangent: a plain sum would hide errors that cancel.
  void backward();
  /// Σ cotangent · output, the number whose gradient backward computes.
  double objective();

  const OpCase& op_case() const { return *case_; }
  Graph& graph() { return *graph_; }
  Schedule& schedule() { return *schedule_; }
  Run& run() { return run_; }
  ValueId out() const { return out_; }
  std::span<const ValueId> operands() const { return operands_; }
  /// The numbers of operand i, and its gradient (null where there is none).
  TensorView operand(std::size_t i) const { return graph_->view(operands_[i], run_.examples); }
  TensorView gradient(std::size_t i) const { return schedule_->gradient(operands_[i], run_.examples); }
  TensorView output() const { return graph_->view(out_, run_.examples); }

 private:
  void fill(std::size_t i, std::uint64_t seed);

  const OpCase* case_;
  ParamStore params_;
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<Schedule> schedule_;
  std::vector<ValueId> operands_;
  ValueId out_;
  Run run_;
  std::vector<real> cotangent_;
};

}  // namespace livegrad::testing
