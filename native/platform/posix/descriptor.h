// The file descriptor behind a File, and what stat(2) says of it. Only for platform/posix/,
// platform/linux/ and tests of theirs.
#ifndef SMIPC_PLATFORM_POSIX_DESCRIPTOR_H_
#define SMIPC_PLATFORM_POSIX_DESCRIPTOR_H_

#include <sys/stat.h>

#include <cstdint>

#include "platform/file.h"

namespace smipc {

// -1: the file is not open.
inline int Descriptor(const File& file) { return static_cast<int>(file.handle()); }

inline FileId IdOf(const struct stat& info) {
  return {static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)};
}

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_DESCRIPTOR_H_
