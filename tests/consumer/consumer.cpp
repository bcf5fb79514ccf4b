// A program outside the tree: finds the installed package, computes with it.
#include <cstdio>

#include "livegrad/error.hpp"
#include "livegrad/math.hpp"
#include "livegrad/random.hpp"
#include "livegrad/shape.hpp"

int main() {
  const livegrad::Shape shape{2, 3};
  const livegrad::RandomStream random{.seed = 1, .purpose = livegrad::Purpose::check};
  std::printf("%s %.17g\n", shape.text().c_str(), random.uniform(0));
  return shape.size() == 6 ? 0 : 1;
}
