// The directory of the channels: whose it may be, and its lock.
#include "platform/directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "child.h"
#include "temporary.h"

namespace smipc {
namespace {

Result Open(const std::string& path, uint32_t permissions = 0600) {
  const int descriptors = CountDescriptors();
  Result opened;
  {
    Directory directory;
    opened = directory.Open(path.c_str(), permissions);
  }
  CHECK_EQ(CountDescriptors(), descriptors);
  return opened;
}

TEST(OnlyADirectoryWillDo) {
  const TemporaryDirectory place;
  CHECK(Open(place.path()).ok());
  CHECK_EQ(Open(place.PathOf("none")).status, Status::NotFound);
  Put(place.PathOf("file"), "x");
  CHECK_EQ(Open(place.PathOf("file")).error, ENOTDIR);
  CHECK_EQ(symlink(place.path().c_str(), place.PathOf("link").c_str()), 0);
  CHECK_EQ(Open(place.PathOf("link")).status, Status::System);
}

TEST(ItIsNotOpenToUsersWhomItsChannelsExclude) {
  const TemporaryDirectory place;
  struct Case {
    mode_t mode;
    uint32_t permissions;
    Status status;
  };
  const Case cases[] = {
      {0700, 0600, Status::Ok},           {0755, 0600, Status::Ok},
      {0720, 0600, Status::OpenToOthers}, {0702, 0600, Status::OpenToOthers},
      {0777, 0600, Status::OpenToOthers}, {01777, 0600, Status::OpenToOthers},
      {0770, 0660, Status::Ok},           {0777, 0660, Status::OpenToOthers},
      {0777, 0666, Status::Ok},           {0770, 0640, Status::OpenToOthers},
  };
  for (const Case& each : cases) {
    check::Context("mode %o, permissions %o", each.mode, each.permissions);
    CHECK_EQ(chmod(place.path().c_str(), each.mode), 0);
    CHECK_EQ(Open(place.path(), each.permissions).status, each.status);
  }
  CHECK_EQ(chmod(place.path().c_str(), 0700), 0);
}

TEST(ItMustBeOurs) {
  if (geteuid() != 0) return check::Skip("only root can give a directory away");
  const TemporaryDirectory place;
  CHECK_EQ(chown(place.path().c_str(), 12345, 12345), 0);
  CHECK_EQ(Open(place.path()).status, Status::OpenToOthers);
}

TEST(ItIsMadeForItsUserOnly) {
  const TemporaryDirectory place;
  const mode_t before = umask(0);
  for (int i = 0; i < 2; i++) {
    Directory directory;
    CHECK(directory.OpenOrMake(place.PathOf("new").c_str(), 0600).ok());
  }
  umask(before);
  struct stat info {};
  CHECK_EQ(stat(place.PathOf("new").c_str(), &info), 0);
  CHECK_EQ(info.st_mode & 07777, 0700);
}

TEST(WithoutItsParentThereCanBeNone) {
  const TemporaryDirectory place;
  const std::string deep = place.PathOf("no/way");
  Directory directory;
  CHECK_EQ(directory.Open(deep.c_str(), 0600).status, Status::UnusableDirectory);
  CHECK_EQ(directory.OpenOrMake(deep.c_str(), 0600).status, Status::UnusableDirectory);
  CHECK_EQ(directory.OpenOrMake(deep.c_str(), 0600).error, ENOENT);
  // Merely not there yet.
  CHECK_EQ(Open(place.PathOf("none")).status, Status::NotFound);
}

TEST(TheLockIsHeldByOne) {
  const TemporaryDirectory place;
  Directory first;
  Directory second;
  REQUIRE(first.Open(place.path().c_str(), 0600).ok());
  REQUIRE(second.Open(place.path().c_str(), 0600).ok());
  auto lock = std::make_unique<DirectoryLock>(first);
  REQUIRE(lock->result().ok());
  const auto start = std::chrono::steady_clock::now();
  CHECK_EQ(second.Lock().status, Status::Locked);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::seconds(2));
  // It waits for a holder that needs a while.
  std::thread holder([&] {
    SleepMs(50);
    lock.reset();
  });
  CHECK(second.Lock().ok());
  holder.join();
  second.Unlock();
  CHECK(first.Lock().ok());
}

TEST(TheLockIsDroppedWithItsHolder) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory place;
  Child child([&](Child& parent) {
    Directory directory;
    CHECK(directory.Open(place.path().c_str(), 0600).ok());
    CHECK(directory.Lock().ok());
    parent.Tell();
    return parent.Hear() ? 0 : 1;
  });
  REQUIRE(child.Hear());
  child.Kill();
  Directory directory;
  REQUIRE(directory.Open(place.path().c_str(), 0600).ok());
  CHECK(directory.Lock().ok());
}

TEST(ANameIsTakenAway) {
  const TemporaryDirectory place;
  Directory directory;
  REQUIRE(directory.Open(place.path().c_str(), 0600).ok());
  Put(place.PathOf("a"), "x");
  CHECK(directory.RemoveName("a").ok());
  CHECK(place.Names().empty());
  CHECK_EQ(directory.RemoveName("a").status, Status::NotFound);
}

TEST(ItsNamesAreListed) {
  const TemporaryDirectory place;
  for (const char* name : {"a", ".hidden", "b"}) Put(place.PathOf(name), "x");
  std::vector<std::string> names;
  Directory directory;
  REQUIRE(directory.Open(place.path().c_str(), 0600).ok());
  CHECK(ListNames(directory, &names).ok());
  std::sort(names.begin(), names.end());
  CHECK(names == (std::vector<std::string>{".hidden", "a", "b"}));
}

TEST(TheDefaultIsTheUsersOwn) {
  const std::string path = DefaultDirectory();
  CHECK(path.front() == '/' && path.back() != '/');
  const std::string user = "-" + std::to_string(geteuid());
  CHECK(path.size() > user.size() &&
        path.compare(path.size() - user.size(), user.size(), user) == 0);
}

}  // namespace
}  // namespace smipc
