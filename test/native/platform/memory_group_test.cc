// Which directories hold the limits of memory of a process, by the texts of /proc/self.
#include "platform/linux/memory_group.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "check.h"
#include "temporary.h"

namespace smipc {
namespace {

using Directories = std::vector<std::string>;

// A line of mountinfo.
std::string Mount(const std::string& root, const std::string& point, const std::string& type,
                  const std::string& options) {
  return "36 31 0:33 " + root + " " + point + " rw,relatime shared:9 master:2 - " + type + " " +
         type + " " + options + "\n";
}

MemoryGroups Find(const std::string& membership, const std::string& mountinfo) {
  return FindMemoryGroups(membership, ParseCgroupMounts(mountinfo));
}

const std::string kV2 = Mount("/", "/sys/fs/cgroup", "cgroup2", "rw,nsdelegate");
const std::string kV1 = Mount("/", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu,cpuacct") +
                        Mount("/", "/sys/fs/cgroup/memory", "cgroup", "rw,memory");

TEST(TheGroupsOfV2) {
  const MemoryGroups groups = Find("0::/user.slice/a.service\n", kV2);
  CHECK(!groups.is_v1);
  CHECK((groups.directories == Directories{"/sys/fs/cgroup/user.slice/a.service",
                                           "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"}));
}

TEST(TheRootGroup) { CHECK(Find("0::/\n", kV2).directories == Directories{"/sys/fs/cgroup"}); }

TEST(TheGroupsOfV1) {
  const MemoryGroups groups = Find("5:cpu,cpuacct:/x\n4:memory:/docker/ab\n0::/y\n", kV1);
  CHECK(groups.is_v1);
  CHECK(
      (groups.directories == Directories{"/sys/fs/cgroup/memory/docker/ab",
                                         "/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"}));
}

TEST(V1WithSeveralControllersInOneHierarchy) {
  const std::string mountinfo = Mount("/", "/cg/both", "cgroup", "rw,cpu,memory");
  CHECK(
      (Find("3:cpu,memory:/a\n", mountinfo).directories == Directories{"/cg/both/a", "/cg/both"}));
}

// v2 is mounted beside v1, and memory is in one of them only.
TEST(Hybrid) {
  const std::string both = kV1 + Mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw");
  CHECK(Find("4:memory:/a\n0::/b\n", both).directories.front() == "/sys/fs/cgroup/memory/a");
  CHECK(Find("0::/b\n4:memory:/a\n", both).directories.front() == "/sys/fs/cgroup/memory/a");
  const MemoryGroups groups = Find("5:cpu:/a\n1:name=systemd:/c\n0::/b\n", both);
  CHECK(!groups.is_v1);
  CHECK(groups.directories.front() == "/sys/fs/cgroup/unified/b");
}

// A container that shares the cgroup namespace of its host sees its own group only.
TEST(TheMountOfOneGroup) {
  const std::string mountinfo = Mount("/docker/ab", "/sys/fs/cgroup", "cgroup2", "ro");
  CHECK(Find("0::/docker/ab\n", mountinfo).directories == Directories{"/sys/fs/cgroup"});
  CHECK((Find("0::/docker/ab/c\n", mountinfo).directories ==
         Directories{"/sys/fs/cgroup/c", "/sys/fs/cgroup"}));
  // Elsewhere, even if the name begins alike, and above.
  for (const char* group : {"/docker/abc", "/docker", "/", "/kube/ab", "/../docker/ab"}) {
    CHECK(Find(std::string("0::") + group + "\n", mountinfo).directories.empty());
  }
}

// Moved to a group outside its cgroup namespace: cgroup_namespaces(7).
TEST(AGroupOutsideTheNamespace) {
  CHECK(Find("0::/../other\n", kV2).directories.empty());
  const std::string above = Mount("/..", "/cg", "cgroup2", "rw");
  CHECK((Find("0::/../other/a\n", above).directories ==
         Directories{"/cg/other/a", "/cg/other", "/cg"}));
  CHECK(Find("0::/../../other\n", above).directories.empty());
}

// Mounted before the namespace was left: the names in between are not told.
TEST(AMountFromAboveTheNamespace) {
  const std::string above = Mount("/../..", "/cg", "cgroup2", "rw");
  CHECK(Find("0::/\n", above).directories == Directories{"/cg"});
  CHECK(Find("0::/a\n", above).directories == Directories{"/cg"});
  CHECK(Find("0::/../a\n", above).directories == Directories{"/cg"});
  CHECK(Find("0::/\n", Mount("/../side", "/cg", "cgroup2", "rw")).directories.empty());
}

TEST(TheNamespaceIsFoundByItsProcess) {
  const TemporaryDirectory place;
  const std::string top = place.PathOf("cg");
  for (const char* name : {"", "/a", "/b", "/b/c", "/b/c/own", "/b/d"}) {
    CHECK_EQ(mkdir((top + name).c_str(), 0700), 0);
  }
  Put(top + "/a/cgroup.procs", "17\n");
  Put(top + "/b/c/own/cgroup.procs", "1234\n77\n");
  std::vector<CgroupMount> mounts = ParseCgroupMounts(Mount("/../..", top, "cgroup2", "rw"));
  FindNamespaceRoots("0::/own\n", 77, &mounts);
  CHECK((FindMemoryGroups("0::/own\n", mounts).directories ==
         Directories{top + "/b/c/own", top + "/b/c", top + "/b", top}));
  // Moved since, in the namespace.
  CHECK((FindMemoryGroups("0::/\n", mounts).directories ==
         Directories{top + "/b/c", top + "/b", top}));
  // Nobody lists it: what is known stays.
  mounts = ParseCgroupMounts(Mount("/../..", top, "cgroup2", "rw"));
  FindNamespaceRoots("0::/own\n", 7, &mounts);
  CHECK(FindMemoryGroups("0::/own\n", mounts).directories == Directories{top});
  for (const char* name : {"/a", "/b/c/own"}) unlink((top + name + "/cgroup.procs").c_str());
  for (const char* name : {"/b/d", "/b/c/own", "/b/c", "/b", "/a", ""}) {
    CHECK_EQ(rmdir((top + name).c_str()), 0);
  }
}

TEST(TheMountThatShowsMost) {
  const std::string part = Mount("/a", "/part", "cgroup2", "rw");
  const Directories most{"/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"};
  CHECK(Find("0::/a/b\n", part + kV2).directories == most);
  CHECK(Find("0::/a/b\n", kV2 + part).directories == most);
}

TEST(EscapedNames) {
  const std::string mountinfo = Mount("/a\\040b", "/my\\040\\134groups", "cgroup2", "rw");
  CHECK((Find("0::/a b/c:d\n", mountinfo).directories ==
         Directories{"/my \\groups/c:d", "/my \\groups"}));
}

TEST(WhatIsNotUnderstoodIsNoGroup) {
  for (const char* membership : {"", "\n", "0:\n", "4:memory\n", "garbage", "4:cpu:/a\n"}) {
    CHECK(Find(membership, kV1 + kV2).directories.empty());
  }
  for (const char* mountinfo : {"", "36 31 0:33 / /cg rw - cgroup2\n", "- cgroup2 a b\n", "x"}) {
    CHECK(Find("0::/a\n", mountinfo).directories.empty());
  }
  // No optional fields, or a mount of v1 without memory.
  CHECK(Find("0::/\n", "36 31 0:33 / /cg rw - cgroup2 none rw\n").directories ==
        Directories{"/cg"});
  CHECK(Find("4:memory:/\n", Mount("/", "/cg", "cgroup", "rw,cpu")).directories.empty());
}

TEST(OptionsOfAMount) {
  CHECK(OptionOf("rw,lowerdir=/l,upperdir=/u,workdir=/w", "upperdir") == "/u");
  CHECK(OptionOf("rw,xupperdir=/u", "upperdir").empty());
}

}  // namespace
}  // namespace smipc
