// The names in a directory that is open, for cleaning up.
#ifndef SMIPC_PLATFORM_POSIX_DIRECTORY_NAMES_H_
#define SMIPC_PLATFORM_POSIX_DIRECTORY_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/file.h"

namespace smipc {

// As many names as one system call brings, so that reading them takes no longer in a directory that
// has more.
constexpr size_t kNamesFoundSoon = 1 << 10;

// Those that begin with `prefix`, hidden ones included, among the first `most_read` names of all;
// none if the directory cannot be read.
std::vector<std::string> NamesBeginningWith(const File& directory, const char* prefix,
                                            size_t most_read = SIZE_MAX);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_DIRECTORY_NAMES_H_
