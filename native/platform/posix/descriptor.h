// The file descriptor behind a File. Only for platform/posix/, platform/linux/ and tests of theirs.
#ifndef SMIPC_PLATFORM_POSIX_DESCRIPTOR_H_
#define SMIPC_PLATFORM_POSIX_DESCRIPTOR_H_

#include "platform/file.h"

namespace smipc {

// -1: the file is not open.
inline int Descriptor(const File& file) { return static_cast<int>(file.handle()); }

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_DESCRIPTOR_H_
