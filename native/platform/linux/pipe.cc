#include "platform/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include "platform/posix/errno_result.h"

namespace smipc {

Result MakePipe(File* reader, File* writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return ErrnoResult();
  *reader = File(ends[0]);
  *writer = File(ends[1]);
  return {};
}

}  // namespace smipc
