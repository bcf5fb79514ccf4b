#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "livegrad/shape.hpp"

namespace livegrad {

/// A safetensors file: named tensors, and metadata of strings.
///
///     u64 length of the header, little-endian | header: JSON | the tensors' bytes, without gaps
///
/// Ref     https://huggingface.co/docs/safetensors, "Format"
struct Safetensors {
  struct Tensor {
    std::string name;
    std::string type;  ///< "F16", "F32", "F64", "I32", "U8" …
    Shape shape;
    std::span<const std::uint8_t> bytes;  ///< row-major, little-endian; may lie at any address
  };
  std::map<std::string, std::string> metadata;
  std::vector<Tensor> tensors;  ///< in the order of their bytes
};

/// Reads a file in memory; the tensors' bytes are views of it. Every length, offset and number is checked, and nothing
/// larger than the file is allocated.
/// Errors  invalid_checkpoint when the file is cut, damaged, or not a safetensors file; it has a tensor of more than
///         five axes or of an unknown type, or two of one name
Safetensors read_safetensors(std::span<const std::uint8_t> file);

/// The file's bytes. Tensors start at multiples of 64 bytes as far as their sizes allow.
/// Errors  invalid_argument when two tensors have one name or bytes do not match type and shape
std::vector<std::uint8_t> write_safetensors(const Safetensors& content);

}  // namespace livegrad
