// New files under a temporary name (new_file.h), which their makers keep locked until they get the
// channel's.
#ifndef SMIPC_PLATFORM_POSIX_TEMPORARY_FILE_H_
#define SMIPC_PLATFORM_POSIX_TEMPORARY_FILE_H_

#include <cstdint>

#include "platform/directory.h"
#include "platform/file.h"
#include "status.h"

namespace smipc {

// Makes one, and removes those whose makers were killed before they could name them.
//   Ok; UnusableDirectory; System.
Result MakeTemporaryFile(const Directory& directory, File* file, uint64_t* temporary);

// Renames it. The directory's lock must be held.
//   Ok; UnusableDirectory; System (EEXIST…).
Result NameTemporaryFile(const Directory& directory, uint64_t temporary, const char* name);

// Takes its temporary name away.
void RemoveTemporaryFile(const Directory& directory, uint64_t temporary);

// Renames a file unless the new name is taken, in one step, which POSIX cannot. False: errno says
// why; IsMissing(errno): this system, or file system, cannot either.
bool RenameIfFree(int directory, const char* from, const char* to);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_TEMPORARY_FILE_H_
