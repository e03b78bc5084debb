// What limits of memory leave, by files that look like the kernel's.
#include "platform/linux/memory_charge.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "check.h"
#include "temporary.h"

namespace smipc {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;

// A group, the group above it, and a /proc.
class Groups {
 public:
  explicit Groups(bool is_v1) {
    groups_.is_v1 = is_v1;
    groups_.directories = {root_.path() + "/parent/own", root_.path() + "/parent", root_.path()};
    Make("/parent");
    Make("/parent/own");
    Make("/proc");
    Make("/proc/sys");
    Make("/proc/sys/vm");
    Swappiness(60);
    Machine(100 * kGiB, 0);
  }
  ~Groups() {
    for (const char* name : {"/parent/own", "/parent", "/proc/sys/vm", "/proc/sys", "/proc"}) {
      const std::string path = root_.path() + name;
      for (std::string& file : NamesIn(path)) unlink(file.insert(0, path + "/").c_str());
      rmdir(path.c_str());
    }
  }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  void Own(const char* file, const std::string& text) const {
    Put(root_.path() + "/parent/own/" + file, text + "\n");
  }
  void Own(const char* file, uint64_t number) const { Own(file, std::to_string(number)); }
  void Parent(const char* file, const std::string& text) const {
    Put(root_.path() + "/parent/" + file, text + "\n");
  }
  void Parent(const char* file, uint64_t number) const { Parent(file, std::to_string(number)); }
  void Machine(uint64_t available, uint64_t free_swap) const {
    Put(Proc() + "/meminfo",
        "MemTotal:       " + std::to_string(200 * kGiB / 1024) +
            " kB\nMemFree:          123 kB\nMemAvailable:   " + std::to_string(available / 1024) +
            " kB\nSwapTotal:      0 kB\nSwapFree:       " + std::to_string(free_swap / 1024) +
            " kB\n");
  }
  void Swappiness(int value) const {
    Put(Proc() + "/sys/vm/swappiness", std::to_string(value) + "\n");
  }
  void RemoveMachine() const { unlink((Proc() + "/meminfo").c_str()); }

  bool AreShort(uint64_t charge) { return AreGroupsShort(Proc(), groups_, charge, &shortage_); }
  bool IsMachineShortOf(uint64_t charge) { return IsMachineShort(Proc(), charge, &shortage_); }
  // Exactly so much is left.
  void ExpectRoom(uint64_t bytes) {
    CHECK(!AreShort(bytes));
    CHECK(AreShort(bytes + 1));
  }
  const MemoryShortage& shortage() const { return shortage_; }
  std::string PathOf(const char* file) const { return root_.path() + file; }

 private:
  std::string Proc() const { return root_.path() + "/proc"; }
  void Make(const char* name) const { CHECK_EQ(mkdir((root_.path() + name).c_str(), 0700), 0); }

  TemporaryDirectory root_;
  MemoryGroups groups_;
  MemoryShortage shortage_;
};

TEST(NoFilesAreNoLimit) {
  for (const bool is_v1 : {false, true}) {
    Groups groups(is_v1);
    CHECK(!groups.AreShort(kGiB << 20));
  }
}

TEST(V2Limit) {
  Groups groups(false);
  groups.Own("memory.max", "max");
  groups.Own("memory.current", 90 * kMiB);
  CHECK(!groups.AreShort(kGiB << 20));
  groups.Own("memory.max", 100 * kMiB);
  groups.ExpectRoom(10 * kMiB);
  CHECK(groups.shortage().file == groups.PathOf("/parent/own/memory.max"));
  CHECK_EQ(groups.shortage().limit, 100 * kMiB);
  CHECK_EQ(groups.shortage().used, 90 * kMiB);
  // Lowered below what is in use.
  groups.Own("memory.max", 50 * kMiB);
  CHECK(groups.AreShort(1));
  groups.Own("memory.max", uint64_t{0});
  CHECK(groups.AreShort(1));
}

TEST(LimitsOfGroupsAbove) {
  for (const bool is_v1 : {false, true}) {
    Groups groups(is_v1);
    const char* limit = is_v1 ? "memory.limit_in_bytes" : "memory.max";
    const char* usage = is_v1 ? "memory.usage_in_bytes" : "memory.current";
    groups.Own(limit, kGiB);
    groups.Own(usage, uint64_t{0});
    groups.Parent(limit, 100 * kMiB);
    groups.Parent(usage, 70 * kMiB);
    groups.ExpectRoom(30 * kMiB);
    CHECK(groups.shortage().file == groups.PathOf("/parent/") + limit);
  }
}

TEST(V2PageCacheIsRoom) {
  Groups groups(false);
  groups.Own("memory.max", 100 * kMiB);
  groups.Own("memory.current", 100 * kMiB);
  groups.Own("memory.stat",
             "anon 20971520\nfile 83886080\nshmem 10485760\nactive_anon 1\n"
             "inactive_file 31457280\nactive_file 20971520\n"
             "slab_reclaimable 10485760\nworkingset_activate_file 99999999999");
  groups.ExpectRoom(60 * kMiB);
  CHECK_EQ(groups.shortage().used, 40 * kMiB);
}

TEST(V1PageCacheIsRoom) {
  Groups groups(true);
  groups.Own("memory.limit_in_bytes", 100 * kMiB);
  groups.Own("memory.usage_in_bytes", 100 * kMiB);
  // The plain figures are those of the group without the groups in it.
  groups.Own("memory.stat",
             "inactive_file 1\nactive_file 1\ntotal_inactive_file 31457280\n"
             "total_active_file 20971520");
  groups.ExpectRoom(50 * kMiB);
}

TEST(V1WithoutALimit) {
  Groups groups(true);
  groups.Own("memory.limit_in_bytes", "9223372036854771712");
  groups.Own("memory.usage_in_bytes", "9223372036854771000");
  CHECK(!groups.AreShort(kGiB << 20));
  groups.Own("memory.limit_in_bytes", "99999999999999999999999");
  CHECK(!groups.AreShort(kGiB << 20));
}

TEST(V2Swap) {
  Groups groups(false);
  groups.Own("memory.max", 100 * kMiB);
  groups.Own("memory.current", 100 * kMiB);
  groups.Own("memory.stat", "active_anon 52428800\ninactive_anon 47185920");
  CHECK(groups.AreShort(1));  // none in the machine
  groups.Machine(kGiB, 80 * kMiB);
  groups.ExpectRoom(80 * kMiB);
  groups.Own("memory.swap.max", 50 * kMiB);
  groups.Own("memory.swap.current", 20 * kMiB);
  groups.ExpectRoom(30 * kMiB);
  groups.Own("memory.swap.max", "max");
  groups.ExpectRoom(80 * kMiB);
  groups.Parent("memory.swap.max", 5 * kMiB);
  groups.Parent("memory.swap.current", uint64_t{0});
  groups.ExpectRoom(5 * kMiB);
  groups.Swappiness(0);
  CHECK(groups.AreShort(1));
}

TEST(V1Swap) {
  Groups groups(true);
  groups.Own("memory.limit_in_bytes", 100 * kMiB);
  groups.Own("memory.usage_in_bytes", 100 * kMiB);
  groups.Own("memory.memsw.limit_in_bytes", 150 * kMiB);
  groups.Own("memory.memsw.usage_in_bytes", 110 * kMiB);
  groups.Own("memory.stat", "total_active_anon 104857600");
  groups.Machine(kGiB, kGiB);
  groups.ExpectRoom(40 * kMiB);
  CHECK(groups.shortage().file == groups.PathOf("/parent/own/memory.memsw.limit_in_bytes"));
  CHECK_EQ(groups.shortage().limit, 150 * kMiB);
  // Memory alone is full, and the machine's swap smaller than what the group may use.
  groups.Machine(kGiB, 10 * kMiB);
  groups.ExpectRoom(10 * kMiB);
  CHECK(groups.shortage().file == groups.PathOf("/parent/own/memory.limit_in_bytes"));
  groups.Own("memory.swappiness", uint64_t{0});
  CHECK(groups.AreShort(1));
}

// There is memory, but what is in swap counts for the limit of both.
TEST(V1LimitOfBothAlone) {
  Groups groups(true);
  groups.Own("memory.limit_in_bytes", 100 * kMiB);
  groups.Own("memory.usage_in_bytes", 20 * kMiB);
  groups.Own("memory.memsw.limit_in_bytes", 100 * kMiB);
  groups.Own("memory.memsw.usage_in_bytes", 95 * kMiB);
  groups.ExpectRoom(5 * kMiB);
}

TEST(V1GroupsThatDoNotCountThoseInThem) {
  Groups groups(true);
  groups.Parent("memory.limit_in_bytes", 10 * kMiB);
  groups.Parent("memory.usage_in_bytes", 10 * kMiB);
  groups.Parent("memory.use_hierarchy", uint64_t{1});
  CHECK(groups.AreShort(1));
  groups.Parent("memory.use_hierarchy", uint64_t{0});
  CHECK(!groups.AreShort(kGiB));
}

TEST(TheMachine) {
  Groups groups(false);
  groups.Machine(10 * kMiB, 5 * kMiB);
  CHECK(!groups.IsMachineShortOf(15 * kMiB));
  CHECK(groups.IsMachineShortOf(15 * kMiB + 1));
  CHECK(groups.shortage().file == groups.PathOf("/proc/meminfo"));
  CHECK_EQ(groups.shortage().limit - groups.shortage().used, 15 * kMiB);
  groups.RemoveMachine();
  CHECK(!groups.IsMachineShortOf(kGiB << 20));
}

}  // namespace
}  // namespace smipc
