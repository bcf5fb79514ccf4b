#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
#include <xtensor/xtensor.hpp>

#include "livegrad/shape.hpp"

namespace livegrad {

/// Examples in memory: inputs, and for each either a class label or regression targets.
/// Shapes  inputs [N,C,H,W]; labels [N] (classification) or targets [N,D] (regression), the other empty
/// Units   bytes as the file has them, 0 … 255, converted batch by batch (see augment.hpp); floats as they
/// are
struct Dataset {
  std::string name;    ///< "mnist", or the file's or folder's name
  std::string origin;  ///< "real", or "drawn by the program"; shown wherever the data are
  std::variant<xt::xtensor<std::uint8_t, 4>, xt::xtensor<float, 4>> inputs;
  xt::xtensor<std::int32_t, 1> labels;
  xt::xtensor<float, 2> targets;
  std::vector<std::string> classes;  ///< the name of each label, empty for regression

  std::int64_t size() const;
  /// [C,H,W]
  Shape sample_shape() const;
};

/// A data set as published: what to train on and what to test on.
struct SplitDataset {
  Dataset train;
  Dataset test;
};

/// One picture: [C,H,W], C = 1 (grey) or 3 (red, green, blue).
using Image = xt::xtensor<std::uint8_t, 3>;

// Readers work on bytes in memory, so that the browser uses them too. Each checks every length and number
// before it builds anything; `file` is the name that errors give.
using Bytes = std::span<const std::uint8_t>;

/// Images of an IDX file (as MNIST's train-images-idx3-ubyte, unpacked).
/// Shapes  [N,1,H,W]
/// Errors  invalid_data when the magic number, a dimension or the length is wrong
/// Ref     LeCun, Cortes, Burges, "The MNIST database of handwritten digits", file formats
xt::xtensor<std::uint8_t, 4> read_idx_images(Bytes bytes, std::string_view file);

/// Labels of an IDX file (as MNIST's train-labels-idx1-ubyte, unpacked).
/// Errors  invalid_data when the magic number, the count or the length is wrong
xt::xtensor<std::int32_t, 1> read_idx_labels(Bytes bytes, std::string_view file);

/// An image file and its label file as one data set; `name` is its name and what errors give.
/// Errors  invalid_data when the counts differ or a label has no class
Dataset combine_idx(xt::xtensor<std::uint8_t, 4> images, xt::xtensor<std::int32_t, 1> labels,
                    std::vector<std::string> classes, std::string_view name);

/// CIFAR-10's binary records: a label byte, then 1024 red, green and blue bytes each.
/// Shapes  inputs [N,3,32,32]
/// Errors  invalid_data when the length is no multiple of 3073 or a label is above 9
/// Ref     Krizhevsky 2009, "Learning multiple layers of features from tiny images"
Dataset read_cifar10(Bytes bytes, std::string_view file);

/// The examples of several data sets after one another.
/// Errors  invalid_data when shapes, classes or kinds differ, or there are none
Dataset concatenate(std::span<const Dataset> parts);

struct CsvOptions {
  bool header = true;  ///< the first line names the columns
  std::variant<int, std::string> label =
      -1;                   ///< the column to predict: from 0, negative from the end, or its name
  bool regression = false;  ///< the label is a number to predict, not a class
  std::vector<std::string> classes = {};  ///< names of classes in order; empty: found in the file
  Shape shape = {};                       ///< [C,H,W] of a sample; empty: every column is a channel [F,1,1]
};

/// A table of comma-separated numbers (RFC 4180: quoted fields, CRLF or LF); empty lines are skipped.
/// Labels that are all whole numbers from 0 are class indices; others are names, sorted, unless `classes` is
/// given. Shapes  inputs float [N, shape] Errors  invalid_data with line and column when a field is no finite
/// number, a row is short or long, or a quote
///         stays open; invalid_argument when the options ask for a column that is not there
Dataset read_csv(Bytes bytes, std::string_view file, const CsvOptions& options);

/// A grey picture in portable graymap format, plain (P2) or raw (P5), brought to 0 … 255.
/// Shapes  [1,H,W]
/// Errors  invalid_data when the header, a value or the length is wrong
Image read_pgm(Bytes bytes, std::string_view file);

/// A decimal number, without the locale: the double nearest to it, of two the even one.
/// Gives false, and leaves `value` alone, when the text is anything else or overflows ("nan" and "inf"
/// included).
bool parse_number(std::string_view text, double& value);

}  // namespace livegrad
