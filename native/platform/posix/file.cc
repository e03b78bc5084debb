#include "platform/file.h"

#include <unistd.h>

#include "platform/posix/descriptor.h"

namespace smipc {

void File::Close() {
  if (is_open()) close(Descriptor(*this));
  handle_ = kNone;
}

}  // namespace smipc
