#include "platform/linux/file_system.h"

#include <sys/vfs.h>

#include "platform/posix/descriptor.h"

namespace smipc {

uint32_t FileSystemOf(const File& file) {
  struct statfs info;
  return fstatfs(Descriptor(file), &info) == 0 ? static_cast<uint32_t>(info.f_type)
                                               : kUnknownFileSystem;
}

}  // namespace smipc
