// Which memory cgroups this process is charged to: cgroups(7), and the kernel's
// Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst.
#ifndef SMIPC_PLATFORM_LINUX_MEMORY_GROUP_H_
#define SMIPC_PLATFORM_LINUX_MEMORY_GROUP_H_

#include <cstddef>
#include <string>
#include <vector>

namespace smipc {

// A mount of a hierarchy that can have limits of memory.
struct CgroupMount {
  bool is_v1 = false;
  std::string root;   // the group that is mounted, relative to the root of our cgroup namespace
  std::string point;  // where
  size_t above = 0;   // how many directories above `point` are groups as well
};

// The directories of the own group and of each group above it, as far as they can be seen; the own
// one first. A directory need not exist: a group above it may still.
struct MemoryGroups {
  bool is_v1 = false;
  std::vector<std::string> directories;
};

// From the text of /proc/self/mountinfo.
std::vector<CgroupMount> ParseCgroupMounts(const std::string& mountinfo);

// Where a mount was made outside our cgroup namespace and shows the groups above it ("/../.."),
// their names are told nowhere: finds the directory that lists the process, and makes it the point.
void FindNamespaceRoots(const std::string& membership, int pid, std::vector<CgroupMount>* mounts);

// `membership` is the text of /proc/self/cgroup, which is that of the process's first thread, and
// so of the group that its memory is charged to.
MemoryGroups FindMemoryGroups(const std::string& membership,
                              const std::vector<CgroupMount>& mounts);

// The fields of one line of mountinfo that matter here (proc(5)), unescaped.
struct MountLine {
  std::string device;  // major:minor
  std::string root;
  std::string point;
  std::string type;
  std::string options;  // of the file system
};
std::vector<MountLine> ParseMountinfo(const std::string& mountinfo);

// The value of `name=` in a list of mount options; empty if there is none.
std::string OptionOf(const std::string& options, const std::string& name);

// A whole file of /proc or of a cgroup. False: it cannot be read.
bool ReadText(const std::string& path, std::string* text);
// One that the kernel writes at once, as all but mountinfo: a short read is then its end.
bool ReadShortText(const std::string& path, std::string* text);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_LINUX_MEMORY_GROUP_H_
