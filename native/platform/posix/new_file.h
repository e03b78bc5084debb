// The file of a segment that is being made, before it has the channel's name. If this process dies
// meanwhile, nothing of the file may stay.
//
// Some systems can make a file without any name. In all others it has a temporary name, hidden,
// under which later makers find it if its own was killed (temporary_file.h).
#ifndef SMIPC_PLATFORM_POSIX_NEW_FILE_H_
#define SMIPC_PLATFORM_POSIX_NEW_FILE_H_

#include <cstdint>

#include "platform/directory.h"
#include "platform/file.h"
#include "status.h"

namespace smipc {

constexpr uint64_t kNoTemporary = 0;

// Makes an empty file, for this user only. `*temporary`: the id of its temporary name, if it has
// one, otherwise kNoTemporary.
//   Ok; UnusableDirectory; System.
Result MakeNewFile(const Directory& directory, File* file, uint64_t* temporary);

// Gives a file without a name its name.
//   Ok; System (EEXIST…).
Result NameNamelessFile(const File& file, const Directory& directory, const char* name);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_NEW_FILE_H_
