// What the limits of memory leave, by the figures of the kernel: those of the machine, and of each
// memory cgroup (Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst).
#ifndef SMIPC_PLATFORM_LINUX_MEMORY_CHARGE_H_
#define SMIPC_PLATFORM_LINUX_MEMORY_CHARGE_H_

#include <cstdint>
#include <string>

#include "platform/linux/memory_group.h"
#include "platform/memory_limit.h"

namespace smipc {

// What is charged for a file that is mapped: its pages, what the kernel needs to find them, and
// something that must be left for this process to go on.
uint64_t ChargeOf(uint64_t file_bytes);

// `proc` is where meminfo and sys/vm/swappiness are: /proc. What cannot be read is no limit.
bool IsMachineShort(const std::string& proc, uint64_t charge, MemoryShortage* shortage);
bool AreGroupsShort(const std::string& proc, const MemoryGroups& groups, uint64_t charge,
                    MemoryShortage* shortage);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_LINUX_MEMORY_CHARGE_H_
