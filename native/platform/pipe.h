// Platform seam: a pipe of the system, as a shell puts one between two programs.
#ifndef SMIPC_PLATFORM_PIPE_H_
#define SMIPC_PLATFORM_PIPE_H_

#include "platform/file.h"
#include "status.h"

namespace smipc {

// Both ends block, and a program that is started does not get them by itself.
//   Ok; NotSupported; System.
Result MakePipe(File* reader, File* writer);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_PIPE_H_
