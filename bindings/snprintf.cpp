#include <cstdarg>
#include <cstddef>

// The JSON library is all that prints by format here: code points, as four hexadecimal digits (%04x, %.4X). C's own snprintf
// would bring the printing of 128-bit floats and the texts of system errors into every page.
extern "C" int snprintf(char* out, std::size_t size, const char* format, ...) {
  std::va_list values;
  va_start(values, format);
  std::size_t length = 0;
  const auto put = [&](char c) {
    if (length + 1 < size) out[length] = c;
    ++length;
  };
  for (const char* at = format; *at; ++at) {
    if (*at != '%') {
      put(*at);
      continue;
    }
    while (*at && *at != 'x' && *at != 'X') ++at;
    if (!*at) break;
    const unsigned value = va_arg(values, unsigned);
    for (int shift = 12; shift >= 0; shift -= 4)
      put((*at == 'x' ? "0123456789abcdef" : "0123456789ABCDEF")[value >> shift & 15]);
  }
  va_end(values);
  if (size > 0) out[length < size ? length : size - 1] = '\0';
  return static_cast<int>(length);
}
