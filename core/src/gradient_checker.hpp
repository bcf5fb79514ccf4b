#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "livegrad/random.hpp"
#include "livegrad/schedule.hpp"

namespace livegrad {

/// What of a recorded network a check of its gradients has to know; {-1} where the loss has no use for one.
struct CheckedNetwork {
  ValueId input, labels, targets, loss;
  std::int64_t classes = 0, symbols = 0;
  double low = 0, high = 1;  ///< of the input's numbers
};

/// Compares the gradients of a recorded network with finite differences: one tensor after the other, so many numbers at
/// a time. See check_gradients_json for what is measured. Needs double values.
class GradientChecker {
 public:
  static constexpr std::int64_t kExamples = 4;

  struct Tensor {
    std::string layer, parameter;
    TensorView value, gradient;
    double largest = 0;  ///< of the absolute gradients
    double worst = 0;
    std::int32_t checked = 0, kinks = 0;
  };

  /// The graph holds kExamples, its parameters are allocated. Draws the examples, runs the network forward and back.
  GradientChecker(Graph& graph, const CheckedNetwork& network, std::uint64_t seed);

  /// Every parameter, and the network's input where it has gradients.
  std::vector<Tensor>& tensors() noexcept { return tensors_; }
  /// Checks numbers [first, first + count) of the tensor, in an order of chance, as far as there are so many.
  void check(Tensor& tensor, std::int64_t first, std::int64_t count);

 private:
  RandomStream stream(std::string_view use) const;
  double weight(std::int64_t n) const;
  void forward();
  double loss(real& number, double by);
  void check(Tensor& tensor, std::int64_t element);

  std::uint64_t seed_;
  ValueId loss_;
  std::vector<real> gradients_;
  Graph& graph_;
  Schedule schedule_;
  Run run_;
  std::vector<ValueId> carried_;
  std::vector<Tensor> tensors_;
};

}  // namespace livegrad
