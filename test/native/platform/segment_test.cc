// Segments: made, named, found, mapped, refused, unmapped.
#include "platform/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "check.h"
#include "core/identity.h"
#include "pattern.h"
#include "platform/boot.h"
#include "platform/directory.h"
#include "temporary.h"

namespace smipc {
namespace {

constexpr SegmentSpec kSpec{kMinCapacity, Framing::Messages, RoleScheme::RobustList, 0600};

// An open directory for segments.
struct Place {
  Place() { CHECK(directory.Open(temporary.path().c_str(), 0600).ok()); }
  std::string PathOf(const char* name) const { return temporary.PathOf(name); }

  TemporaryDirectory temporary;
  Directory directory;
};

bool IsMapped(const void* address) {
  const auto* byte = static_cast<const uint8_t*>(address);
  const uint8_t* page = byte - reinterpret_cast<uintptr_t>(byte) % 4096;
  return msync(const_cast<uint8_t*>(page), 1, MS_ASYNC) == 0;
}

struct stat Stat(const std::string& path) {
  struct stat info {};
  CHECK_EQ(stat(path.c_str(), &info), 0);
  return info;
}

TEST(NothingIsVisibleBeforeItHasItsName) {
  const Place place;
  Segment segment;
  REQUIRE(segment.Create(place.directory, kSpec).ok());
  CHECK(place.temporary.Names().empty());
  CHECK(!segment.IsNamed(place.directory, "a"));
  REQUIRE(segment.Name(place.directory, "a").ok());
  CHECK(place.temporary.Names() == std::vector<std::string>{"a"});
  CHECK(segment.IsNamed(place.directory, "a"));
  CHECK(!segment.IsNamed(place.directory, "b"));
}

TEST(ASegmentThatGetsNoNameLeavesNothing) {
  const Place place;
  const int descriptors = CountDescriptors();
  {
    Segment segment;
    REQUIRE(segment.Create(place.directory, kSpec).ok());
  }
  CHECK(place.temporary.Names().empty());
  CHECK_EQ(CountDescriptors(), descriptors);
  CHECK_EQ(CountMappings(place.temporary), 0);
}

TEST(AFreshHeaderIsCompleteAndZero) {
  const Place place;
  Segment segment;
  REQUIRE(segment.Create(place.directory, kSpec).ok());
  REQUIRE(segment.Name(place.directory, "a").ok());
  const Identity& identity = segment.header().identity;
  CHECK_EQ(identity.magic, kMagic);
  CHECK_EQ(identity.version, kLayoutVersion);
  CHECK_EQ(identity.header_bytes, 4096);
  CHECK_EQ(identity.capacity, kMinCapacity);
  CHECK_EQ(identity.framing, Framing::Messages);
  CHECK_EQ(identity.role_scheme, RoleScheme::RobustList);
  CHECK(identity.boot_id[0] != 0 && identity.boot_id[1] != 0);
  CHECK(!HasOtherBootId(identity, GetBootId()));
  CHECK(!HasOtherBootTime(identity, BootTimeMs()));
  CHECK(identity.boot_time > 0);
  const auto* bytes = reinterpret_cast<const uint8_t*>(&segment.header());
  for (uint64_t i = sizeof(Identity); i < 4096 + kMinCapacity; i++) REQUIRE_EQ(bytes[i], 0);

  const struct stat info = Stat(place.PathOf("a"));
  CHECK_EQ(info.st_size, 4096 + kMinCapacity);
  CHECK_EQ(info.st_blocks * 512, info.st_size);  // reserved, not sparse
}

TEST(ThePermissionsAreThoseAskedFor) {
  const Place place;
  const mode_t before = umask(0777);
  for (const uint32_t permissions : {0600u, 0660u, 0666u, 0644u}) {
    SegmentSpec spec = kSpec;
    spec.permissions = permissions;
    Segment segment;
    CHECK(segment.Create(place.directory, spec).ok());
    CHECK(segment.Name(place.directory, "a").ok());
    CHECK_EQ(Stat(place.PathOf("a")).st_mode & 07777, permissions);
    unlink(place.PathOf("a").c_str());
  }
  umask(before);
}

TEST(ANameIsGivenOnce) {
  const Place place;
  Segment first;
  Segment second;
  REQUIRE(first.Create(place.directory, kSpec).ok() && second.Create(place.directory, kSpec).ok());
  REQUIRE(first.Name(place.directory, "a").ok());
  const Result again = second.Name(place.directory, "a");
  CHECK_EQ(again.status, Status::System);
  CHECK_EQ(again.error, EEXIST);
  CHECK(first.IsNamed(place.directory, "a") && !second.IsNamed(place.directory, "a"));
  // Another file comes under the name.
  unlink(place.PathOf("a").c_str());
  CHECK(!first.IsNamed(place.directory, "a"));
  CHECK(second.Name(place.directory, "a").ok());
  CHECK(!first.IsNamed(place.directory, "a") && second.IsNamed(place.directory, "a"));
}

TEST(WhoAttachesSeesTheSame) {
  const Place place;
  Segment made;
  SegmentSpec spec = kSpec;
  spec.capacity = uint64_t{1} << 20;
  REQUIRE(made.Create(place.directory, spec).ok() && made.Name(place.directory, "a").ok());
  Segment found;
  REQUIRE(found.Attach(place.directory, "a").ok());
  CHECK_EQ(found.capacity(), spec.capacity);
  CHECK(found.IsNamed(place.directory, "a"));
  CHECK_EQ(std::memcmp(&found.identity(), &made.identity(), sizeof(Identity)), 0);
  made.header().head = 77;
  made.ring()[12345] = 99;
  CHECK_EQ(found.header().head.load(), 77);
  CHECK_EQ(found.ring()[12345], 99);
  HeaderView view;
  REQUIRE(view.Open(place.directory, "a").ok());
  CHECK_EQ(view.header().head.load(), 77);
  CHECK_EQ(view.identity().capacity, spec.capacity);
}

TEST(TheRingIsMappedTwiceInARow) {
  const Place place;
  for (const uint64_t capacity : {kMinCapacity, uint64_t{1} << 20}) {
    Segment segment;
    SegmentSpec spec = kSpec;
    spec.capacity = capacity;
    REQUIRE(segment.Create(place.directory, spec).ok());
    const Pattern pattern(3, capacity);
    uint8_t* ring = segment.ring();
    std::memcpy(ring + capacity / 2, pattern.From(0), capacity);  // across the end
    CHECK(pattern.Matches(ring + capacity / 2, capacity, 0));
    CHECK_EQ(std::memcmp(ring, ring + capacity, capacity), 0);
    ring[2 * capacity - 1] ^= 0xff;
    CHECK_EQ(ring[capacity - 1], ring[2 * capacity - 1]);
    CHECK(reinterpret_cast<uint8_t*>(&segment.header()) + 4096 == ring);
    CHECK_EQ(segment.header().head.load(), 0);  // the header is no part of either
  }
}

TEST(UnmappingLeavesNothing) {
  const Place place;
  const int descriptors = CountDescriptors();
  Segment made;
  REQUIRE(made.Create(place.directory, kSpec).ok() && made.Name(place.directory, "a").ok());
  Segment found;
  REQUIRE(found.Attach(place.directory, "a").ok());
  CHECK_EQ(CountMappings(place.temporary), 4);  // two each: the header with the ring, the ring
  const uint8_t* ring = found.ring();
  const uint8_t* private_page = ring - 2 * 4096;
  const uint8_t* last = ring + 2 * kMinCapacity - 1;
  CHECK(IsMapped(private_page) && IsMapped(ring) && IsMapped(last));
  found.CloseFile();
  CHECK(IsMapped(ring));
  CHECK(!found.file().is_open());
  found.Unmap();
  CHECK(!found.mapped());
  CHECK(!IsMapped(private_page) && !IsMapped(private_page + 4096));
  CHECK(!IsMapped(ring) && !IsMapped(last));
  found.Unmap();  // once more does nothing
  made.Unmap();
  CHECK_EQ(CountMappings(place.temporary), 0);
  CHECK_EQ(CountDescriptors(), descriptors);
  CHECK(place.temporary.Names() == std::vector<std::string>{"a"});
}

TEST(AClosedFileIsClosedOnce) {
  const int descriptors = CountDescriptors();
  {
    File file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK_EQ(CountDescriptors(), descriptors + 1);
    file.Close();
    CHECK_EQ(CountDescriptors(), descriptors);
    file = File(open("/dev/null", O_RDONLY | O_CLOEXEC));
    file = File(open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK_EQ(CountDescriptors(), descriptors + 1);
  }
  CHECK_EQ(CountDescriptors(), descriptors);
}

}  // namespace
}  // namespace smipc
