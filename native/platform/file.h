// Platform seam: an open file or directory of this process.
//
// What stands behind the handle only platform/<os>/ knows: on POSIX systems a file descriptor,
// which is read out of it with platform/posix/descriptor.h.
#ifndef SMIPC_PLATFORM_FILE_H_
#define SMIPC_PLATFORM_FILE_H_

#include <cstdint>

namespace smipc {

// Which file or directory it is, whatever its path. Two files that are there at the same time never
// have the same.
struct FileId {
  uint64_t volume = 0;  // the file system
  uint64_t number = 0;  // the file in it

  bool operator==(const FileId& other) const {
    return volume == other.volume && number == other.number;
  }
};

// Owns the handle: closes it at the end of its scope. May be moved, and used by one thread at a
// time; others may use it too while none closes it or moves it.
class File {
 public:
  File() = default;
  explicit File(intptr_t handle) : handle_(handle) {}
  ~File() { Close(); }
  File(File&& other) noexcept : handle_(other.Release()) {}
  File& operator=(File&& other) noexcept {
    if (this != &other) {
      Close();
      handle_ = other.Release();
    }
    return *this;
  }

  bool is_open() const { return handle_ != kNone; }
  intptr_t handle() const { return handle_; }

  void Close();
  // The caller owns the handle from now on.
  intptr_t Release() {
    const intptr_t handle = handle_;
    handle_ = kNone;
    return handle;
  }

 private:
  static constexpr intptr_t kNone = -1;

  intptr_t handle_ = kNone;
};

}  // namespace smipc

#endif  // SMIPC_PLATFORM_FILE_H_
