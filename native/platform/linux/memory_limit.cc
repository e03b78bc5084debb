#include "platform/memory_limit.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "platform/linux/file_system.h"
#include "platform/linux/memory_charge.h"
#include "platform/linux/memory_group.h"
#include "platform/posix/descriptor.h"

namespace smipc {

namespace {

bool IsInMemory(uint32_t type) { return type == kTmpfs || type == kRamfs; }

// An overlay has its own type whatever is below. Its files are in the upper layer, and that one's
// path, if it means the same here as where it was mounted, is among the options.
bool IsOverMemory(const File& file) {
  static std::mutex mutex;
  static auto* known = new std::map<dev_t, bool>;  // never freed: threads may outlive exit()
  struct stat info;
  if (fstat(Descriptor(file), &info) != 0) return false;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = known->find(info.st_dev);
  if (found != known->end()) return found->second;
  std::string mountinfo;
  if (!ReadText("/proc/self/mountinfo", &mountinfo)) return false;
  const std::string device =
      std::to_string(major(info.st_dev)) + ":" + std::to_string(minor(info.st_dev));
  bool is_in_memory = false;
  for (const MountLine& line : ParseMountinfo(mountinfo)) {
    if (line.device != device || line.type != "overlay") continue;
    struct statfs upper;
    is_in_memory = statfs(OptionOf(line.options, "upperdir").c_str(), &upper) == 0 &&
                   IsInMemory(static_cast<uint32_t>(upper.f_type));
    break;
  }
  (*known)[info.st_dev] = is_in_memory;
  return is_in_memory;
}

// Read once, because the mounts hardly ever change, and reading them takes the longest.
bool GetCgroupMounts(const std::string& membership, std::vector<CgroupMount>* mounts) {
  static std::mutex mutex;
  static const std::vector<CgroupMount>* known = nullptr;  // never freed, as above
  const std::lock_guard<std::mutex> lock(mutex);
  if (known == nullptr) {
    std::string mountinfo;
    if (!ReadText("/proc/self/mountinfo", &mountinfo)) return false;  // no descriptor, no /proc
    auto parsed = ParseCgroupMounts(mountinfo);
    FindNamespaceRoots(membership, getpid(), &parsed);
    known = new std::vector<CgroupMount>(std::move(parsed));
  }
  *mounts = *known;
  return true;
}

// Does the machine have that much memory that is not used at all, not even as a cache? Most have,
// and asking this takes a fifth of the time that /proc/meminfo takes.
bool HasFree(uint64_t bytes) {
  struct sysinfo info;
  return sysinfo(&info) == 0 && uint64_t{info.freeram} * info.mem_unit >= bytes;
}

}  // namespace

bool FindMemoryShortage(const File& file, uint64_t bytes, MemoryShortage* shortage) {
  const uint32_t type = FileSystemOf(file);
  if (!IsInMemory(type) && !(type == kOverlay && IsOverMemory(file))) return false;
  const uint64_t charge = ChargeOf(bytes);
  if (!HasFree(charge) && IsMachineShort("/proc", charge, shortage)) return true;
  // Read each time: a process may be moved to another group after its start.
  std::string membership;
  std::vector<CgroupMount> mounts;
  if (!ReadShortText("/proc/self/cgroup", &membership) || !GetCgroupMounts(membership, &mounts)) {
    return false;
  }
  return AreGroupsShort("/proc", FindMemoryGroups(membership, mounts), charge, shortage);
}

}  // namespace smipc
