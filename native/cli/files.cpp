#include "files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "livegrad/error.hpp"

namespace livegrad::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& message) {
  throw Error(ErrorCode::invalid_argument, path.string(), message);
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : "."; }

[[noreturn]] void refuse_writing(const fs::path& path, int error) {
  refuse(path, std::string("The file cannot be written: ") + std::strerror(error) +
                   ". Give another place with --out.");
}

/// A file that is closed, and removed unless it was kept.
class NewFile {
 public:
  explicit NewFile(fs::path path)
      : path_(std::move(path)), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (file_ >= 0) ::close(file_);
    if (!kept_) ::unlink(path_.c_str());
  }

  bool write(std::span<const std::uint8_t> bytes) {
    if (file_ < 0) return false;
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return ::fsync(file_) == 0;
  }
  bool rename(const fs::path& to) { return kept_ = ::rename(path_.c_str(), to.c_str()) == 0; }

 private:
  fs::path path_;
  int file_;
  bool kept_ = false;
};

}  // namespace

void write_file(const fs::path& path, std::span<const std::uint8_t> bytes) {
  NewFile file(folder_of(path) / ("." + path.filename().string() + ".part"));
  if (!file.write(bytes) || !file.rename(path)) refuse_writing(path, errno);
}

void require_writable(const fs::path& path) {
  std::error_code error;
  const fs::path folder = folder_of(path);
  if (!path.has_filename()) refuse(path, "That is a folder. Give a file with --out.");
  if (!fs::is_directory(folder, error))
    refuse(path, "There is no folder \"" + folder.string() + "\". Make it first, or give another place with --out.");
  if (fs::is_directory(path, error)) refuse(path, "That is a folder. Give a file with --out.");
  if (::access(folder.c_str(), W_OK) != 0) refuse_writing(path, errno);
}

}  // namespace livegrad::cli
