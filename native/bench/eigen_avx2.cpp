// Eigen for --isa avx2: it chooses at compile time, and what it compiled for another instruction set has other names.
#define Eigen EigenAvx2
#define add_eigen add_eigen_avx2
#include "eigen.cpp"
