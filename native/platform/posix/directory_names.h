// The names in a directory that is open, for cleaning up.
#ifndef SMIPC_PLATFORM_POSIX_DIRECTORY_NAMES_H_
#define SMIPC_PLATFORM_POSIX_DIRECTORY_NAMES_H_

#include <string>
#include <vector>

#include "platform/file.h"

namespace smipc {

// Those that begin with `prefix`, hidden ones included; none if the directory cannot be read.
std::vector<std::string> NamesBeginningWith(const File& directory, const char* prefix);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_DIRECTORY_NAMES_H_
