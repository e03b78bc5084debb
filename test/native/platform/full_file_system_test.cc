// Segments on file systems of other sizes. Each case mounts one in a mount namespace of a child's
// own, and is skipped where a process may not do that.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "check.h"
#include "child.h"
#include "mounted.h"
#include "platform/directory.h"
#include "platform/segment.h"
#include "temporary.h"

namespace smipc {
namespace {

SegmentSpec SpecOf(uint64_t capacity) {
  return {capacity, Framing::Bytes, RoleScheme::RobustList, 0600};
}

void ExpectNoSpace(const TemporaryDirectory& place, const Directory& directory, uint64_t capacity) {
  const int descriptors = CountDescriptors();
  const size_t names = place.Names().size();
  Segment segment;
  const Result made = segment.Create(directory, SpecOf(capacity));
  CHECK_EQ(made.status, Status::System);
  CHECK_EQ(made.error, ENOSPC);
  CHECK(!segment.mapped());
  CHECK_EQ(CountDescriptors(), descriptors);
  CHECK_EQ(CountMappings(place), 0);
  CHECK_EQ(place.Names().size(), names);
}

TEST(AFullFileSystemIsAnError) {
  OnMounted("tmpfs", "size=1m", [](const TemporaryDirectory& place, const Directory& directory) {
    ExpectNoSpace(place, directory, uint64_t{1} << 20);
    ExpectNoSpace(place, directory, uint64_t{1} << 30);
    ExpectNoSpace(place, directory, kMaxCapacity);
    // What failed has taken nothing.
    Segment segment;
    CHECK(segment.Create(directory, SpecOf(uint64_t{512} << 10)).ok());
    segment.CloseFile();
    const int mapped = CountMappings(place);
    Segment second;
    CHECK_EQ(second.Create(directory, SpecOf(uint64_t{512} << 10)).error, ENOSPC);
    CHECK_EQ(CountMappings(place), mapped);
    // All of what was made can be stored to.
    for (uint64_t i = 0; i < segment.capacity(); i++) segment.ring()[i] = 1;
    segment.Unmap();
    CHECK(second.Create(directory, SpecOf(uint64_t{512} << 10)).ok());
  });
}

TEST(OtherFilesTakeTheSpaceToo) {
  OnMounted("tmpfs", "size=1m", [](const TemporaryDirectory& place, const Directory& directory) {
    Put(place.PathOf("other"), std::string(1000 << 10, 'x'));
    ExpectNoSpace(place, directory, uint64_t{64} << 10);
    CHECK_EQ(unlink(place.PathOf("other").c_str()), 0);
    Segment segment;
    CHECK(segment.Create(directory, SpecOf(uint64_t{64} << 10)).ok());
  });
}

TEST(NoMoreFilesAreAnError) {
  OnMounted("tmpfs", "size=1m,nr_inodes=2",
            [](const TemporaryDirectory& place, const Directory& directory) {
              Put(place.PathOf("other"), "x");
              ExpectNoSpace(place, directory, kMinCapacity);
            });
}

// Without a limit statvfs(3) tells of no free blocks, because it tells of none at all.
TEST(AFileSystemWithoutALimitHasRoom) {
  const auto expect_room = [](const TemporaryDirectory& place, const Directory& directory) {
    Segment segment;
    const Result made = segment.Create(directory, SpecOf(uint64_t{1} << 20));
    CHECK_EQ(made.status, Status::Ok);
    CHECK_EQ(made.error, 0);
    CHECK(segment.mapped() && segment.Name(directory, "a").ok());
    CHECK_EQ(unlink(place.PathOf("a").c_str()), 0);
  };
  OnMounted("tmpfs", "size=0", expect_room);
  check::Context("ramfs");
  OnMounted("ramfs", "", expect_room);
}

TEST(AFileSizeLimitIsAnError) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory place;
  Child child([&](Child&) {
    Directory directory;
    CHECK(directory.Open(place.path().c_str(), 0600).ok());
    Limit(RLIMIT_FSIZE, 64 << 10);
    signal(SIGXFSZ, SIG_IGN);  // as Node does
    Segment segment;
    const int descriptors = CountDescriptors();
    CHECK_EQ(segment.Create(directory, SpecOf(uint64_t{1} << 20)).error, EFBIG);
    CHECK_EQ(CountDescriptors(), descriptors);
    return 0;
  });
  CHECK_EQ(child.Wait(), 0);
}

TEST(NoDescriptorsAreAnError) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory place;
  Child child([&](Child&) {
    Directory directory;
    CHECK(directory.Open(place.path().c_str(), 0600).ok());
    Segment named;
    CHECK(named.Create(directory, SpecOf(kMinCapacity)).ok());
    CHECK(named.Name(directory, "a").ok());
    LeaveDescriptors(0);
    Segment segment;
    CHECK_EQ(segment.Create(directory, SpecOf(kMinCapacity)).error, EMFILE);
    CHECK_EQ(segment.Attach(directory, "a").error, EMFILE);
    HeaderView view;
    CHECK_EQ(view.Open(directory, "a").error, EMFILE);
    return 0;
  });
  CHECK_EQ(child.Wait(), 0);
}

// A mapping of twice the capacity that the process may not make.
TEST(NoAddressSpaceIsAnError) {
  if (check::kWatchesThreads || check::kWatchesMemory) return check::Skip("limits memory");
  const TemporaryDirectory place;
  Child child([&](Child&) {
    Directory directory;
    CHECK(directory.Open(place.path().c_str(), 0600).ok());
    Limit(RLIMIT_AS, 200 << 20);
    const int descriptors = CountDescriptors();
    Segment segment;
    CHECK_EQ(segment.Create(directory, SpecOf(uint64_t{128} << 20)).error, ENOMEM);
    CHECK(!segment.mapped());
    CHECK_EQ(CountDescriptors(), descriptors);
    CHECK_EQ(CountMappings(place), 0);
    return 0;
  });
  CHECK_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace smipc
