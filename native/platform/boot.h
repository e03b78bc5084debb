// Platform seam: what tells the time since the machine's last start from earlier ones. After a
// restart a file on a disk is still there, but all who used it are dead, and its contents may be
// torn.
#ifndef SMIPC_PLATFORM_BOOT_H_
#define SMIPC_PLATFORM_BOOT_H_

#include <cstdint>

#include "core/identity.h"
#include "platform/file.h"

namespace smipc {

// Any thread.
BootId GetBootId();

// When the machine was started, in ms since 1970, apart from a constant of the system's. It moves
// when the clock is set or the machine sleeps.
int64_t BootTimeMs();

// Can the file have been made before the machine's last start? Not if it is in memory.
bool MayOutliveBoot(const File& file);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_BOOT_H_
