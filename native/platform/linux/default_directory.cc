#include <unistd.h>

#include "platform/directory.h"

namespace smipc {

// In memory; a directory for each user, because they must not share one.
std::string DefaultDirectory() { return "/dev/shm/smipc-" + std::to_string(geteuid()); }

}  // namespace smipc
