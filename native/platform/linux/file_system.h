// The types of file systems, by the numbers that the kernel gives them (linux/magic.h).
#ifndef SMIPC_PLATFORM_LINUX_FILE_SYSTEM_H_
#define SMIPC_PLATFORM_LINUX_FILE_SYSTEM_H_

#include <cstdint>

#include "platform/file.h"

namespace smipc {

constexpr uint32_t kUnknownFileSystem = 0;
constexpr uint32_t kTmpfs = 0x01021994;
constexpr uint32_t kRamfs = 0x858458f6;
constexpr uint32_t kHugetlbfs = 0x958458f6;
constexpr uint32_t kExt = 0xef53;
constexpr uint32_t kXfs = 0x58465342;
constexpr uint32_t kBtrfs = 0x9123683e;
constexpr uint32_t kFuse = 0x65735546;
constexpr uint32_t kOverlay = 0x794c7630;

// Of the file system that an open file or directory is in.
uint32_t FileSystemOf(const File& file);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_LINUX_FILE_SYSTEM_H_
