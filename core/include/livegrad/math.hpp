#pragma once

/// Elementary functions whose bits are the same on every target.
///
/// The C library's versions differ between libraries and even between processors, so nothing that
/// touches weights or data may call them. These use only + - * / and bit operations in double (compile
/// with -ffp-contract=off). They are right at zeros, infinities and NaN and over the whole range of double;
/// tests/core/test_math.cpp states their largest errors in units in the last place (ulp).
namespace livegrad::math {

/// e^x; 0 below about -745, infinity above about 709.78. Error at most 1 ulp.
double exp(double x);

/// e^x - 1 without cancellation near 0. Error below 2 ulp.
double expm1(double x);

/// Natural logarithm; -infinity at 0, NaN below. Error below 1 ulp.
double log(double x);

/// log(1 + x) without cancellation near 0. Error below 2 ulp.
double log1p(double x);

/// Sine of x radians, for every finite x however large. Error below 1 ulp.
double sin(double x);

/// Cosine of x radians, for every finite x however large. Error below 1 ulp.
double cos(double x);

/// Hyperbolic tangent. Error below 4 ulp.
double tanh(double x);

/// The logistic function 1 / (1 + e^-x). Error below 3 ulp.
double sigmoid(double x);

/// x^y with the special cases of C's Annex F. Error at most 1 ulp.
double pow(double x, double y);

}  // namespace livegrad::math
