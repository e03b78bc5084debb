// Results of system calls that have failed. Only for platform/posix/ and platform/linux/.
#ifndef SMIPC_PLATFORM_POSIX_ERRNO_RESULT_H_
#define SMIPC_PLATFORM_POSIX_ERRNO_RESULT_H_

#include <cerrno>

#include "status.h"

namespace smipc {

// Of the call that has just failed.
inline Result ErrnoResult() { return {Status::System, errno}; }

// Does the error say that the system, or the file system, lacks the call?
inline bool IsMissing(int error) {
  return error == ENOSYS || error == EOPNOTSUPP || error == EINVAL || error == EPERM ||
         error == ENODEV || error == ENOLCK;
}

// Of a failed call that not every file system has. If this one lacks it, the directory is of no
// use, which says more than the errno alone.
inline Result RefusalResult() {
  return {IsMissing(errno) ? Status::UnusableDirectory : Status::System, errno};
}

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_ERRNO_RESULT_H_
