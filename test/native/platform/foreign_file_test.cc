// What stands under a channel's name and is no sound segment: the documented answer, no descriptor
// kept, nothing mapped, nothing changed.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

#include "check.h"
#include "platform/directory.h"
#include "platform/posix/descriptor.h"
#include "platform/segment.h"
#include "temporary.h"

namespace smipc {
namespace {

constexpr const char* kName = "a";

class Foreign {
 public:
  Foreign() { CHECK(directory_.Open(temporary_.path().c_str(), 0600).ok()); }

  const Directory& directory() const { return directory_; }
  std::string path() const { return temporary_.PathOf(kName); }

  void Put(const std::string& bytes) const { smipc::Put(path(), bytes); }
  std::string Get() const { return smipc::Get(path()); }

  // The bytes of a sound segment.
  std::string Sound() const {
    Segment segment;
    CHECK(segment.Create(directory_, {kMinCapacity, Framing::Bytes, RoleScheme::RobustList, 0600})
              .ok());
    CHECK(segment.Name(directory_, kName).ok());
    segment.Unmap();
    std::string bytes = Get();
    unlink(path().c_str());
    return bytes;
  }

  // Every way to open it gives this answer.
  void Expect(Status status, int error = 0) const {
    const int descriptors = CountDescriptors();
    Segment segment;
    const Result attached = segment.Attach(directory_, kName);
    CHECK_EQ(attached.status, status);
    CHECK_EQ(attached.error, error);
    CHECK(!segment.mapped());
    CHECK_EQ(CountDescriptors(), descriptors);
    {
      HeaderView view;
      const Result viewed = view.Open(directory_, kName);
      CHECK_EQ(viewed.status, status);
      CHECK_EQ(viewed.error, error);
    }
    CHECK_EQ(CountDescriptors(), descriptors);
    CHECK_EQ(CountMappings(temporary_), 0);
  }

  // The file is as it was, too.
  void ExpectOf(const std::string& bytes, Status status) const {
    Put(bytes);
    Expect(status);
    CHECK(Get() == bytes);
    unlink(path().c_str());
  }

 private:
  TemporaryDirectory temporary_;
  Directory directory_;
};

template <typename T>
std::string With(std::string bytes, size_t offset, T value) {
  std::memcpy(&bytes[offset], &value, sizeof value);
  return bytes;
}

TEST(NoFile) { Foreign().Expect(Status::NotFound); }

TEST(ASoundFileIsAttached) {
  const Foreign foreign;
  foreign.Put(foreign.Sound());
  Segment segment;
  CHECK(segment.Attach(foreign.directory(), kName).ok());
}

TEST(ForeignFiles) {
  const Foreign foreign;
  foreign.ExpectOf("", Status::Incompatible);
  foreign.ExpectOf("hello", Status::Incompatible);
  foreign.ExpectOf(std::string(100000, 'x'), Status::Incompatible);
  foreign.ExpectOf(std::string(4096 + kMinCapacity, '\0'), Status::Incompatible);
}

TEST(OtherVersions) {
  const Foreign foreign;
  const std::string sound = foreign.Sound();
  constexpr size_t kVersion = offsetof(Identity, version);
  for (const uint32_t version : {0u, kLayoutVersion + 1, UINT32_MAX}) {
    foreign.ExpectOf(With(sound, kVersion, version), Status::Incompatible);
    // Of another layout nothing else is known, its size neither.
    foreign.ExpectOf(With(sound, kVersion, version).substr(0, 100), Status::Incompatible);
  }
}

TEST(TruncatedFiles) {
  const Foreign foreign;
  const std::string sound = foreign.Sound();
  for (const size_t size : {size_t{1}, size_t{7}}) {
    foreign.ExpectOf(sound.substr(0, size), Status::Incompatible);  // no magic yet
  }
  for (const size_t size : {size_t{8}, size_t{47}, size_t{48}, size_t{4096}, sound.size() - 1}) {
    foreign.ExpectOf(sound.substr(0, size), Status::Corrupt);
  }
  foreign.ExpectOf(sound + "x", Status::Corrupt);
}

TEST(NonsensicalSizes) {
  const Foreign foreign;
  const std::string sound = foreign.Sound();
  constexpr size_t kCapacityAt = offsetof(Identity, capacity);
  const uint64_t one = 1;
  for (const uint64_t capacity :
       {uint64_t{0}, uint64_t{1}, uint64_t{2048}, uint64_t{4095}, uint64_t{4097}, uint64_t{8192},
        kMaxCapacity, kMaxCapacity * 2, one << 63, UINT64_MAX, UINT64_MAX - 4095}) {
    foreign.ExpectOf(With(sound, kCapacityAt, capacity), Status::Corrupt);
  }
  // Of the right size, but not a power of two.
  foreign.ExpectOf(With(sound + std::string(2 * 4096, '\0'), kCapacityAt, uint64_t{3 * 4096}),
                   Status::Corrupt);
  for (const uint32_t header_bytes : {0u, 48u, 1024u, 8192u, UINT32_MAX}) {
    foreign.ExpectOf(With(sound, offsetof(Identity, header_bytes), header_bytes), Status::Corrupt);
  }
}

// A file whose memory is not reserved would be a SIGBUS on a full file system.
TEST(SparseFiles) {
  const Foreign foreign;
  foreign.Put(foreign.Sound().substr(0, sizeof(Identity)));
  CHECK_EQ(truncate(foreign.path().c_str(), 4096 + kMinCapacity), 0);
  foreign.Expect(Status::Corrupt);
}

TEST(UnknownFramingsAndSchemes) {
  const Foreign foreign;
  const std::string sound = foreign.Sound();
  for (const uint32_t framing : {kLastFraming + 1, 99u, UINT32_MAX}) {
    foreign.ExpectOf(With(sound, offsetof(Identity, framing), framing), Status::Incompatible);
  }
  for (const uint32_t scheme : {0u, 3u, UINT32_MAX}) {
    foreign.ExpectOf(With(sound, offsetof(Identity, role_scheme), scheme), Status::Incompatible);
  }
}

TEST(OtherThingsThanFiles) {
  const Foreign foreign;
  const std::string name = foreign.path();

  REQUIRE_EQ(mkfifo(name.c_str(), 0600), 0);
  foreign.Expect(Status::Incompatible);  // at once, although no one reads from it
  unlink(name.c_str());

  REQUIRE_EQ(mkdir(name.c_str(), 0700), 0);
  foreign.Expect(Status::Incompatible);
  rmdir(name.c_str());

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, name.c_str(), sizeof address.sun_path - 1);
  const File socket_file(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE_EQ(bind(Descriptor(socket_file), reinterpret_cast<sockaddr*>(&address), sizeof address),
             0);
  foreign.Expect(Status::Incompatible);
  unlink(name.c_str());
}

TEST(LinksAreNotFollowed) {
  const Foreign foreign;
  const Foreign elsewhere;
  elsewhere.Put(elsewhere.Sound());
  REQUIRE_EQ(symlink(elsewhere.path().c_str(), foreign.path().c_str()), 0);
  foreign.Expect(Status::System, ELOOP);
  unlink(foreign.path().c_str());
  REQUIRE_EQ(symlink("nowhere", foreign.path().c_str()), 0);
  foreign.Expect(Status::System, ELOOP);
}

TEST(WhatBeginsWithTheMagicIsOfOurs) {
  const Foreign foreign;
  const std::string sound = foreign.Sound();
  const auto has_magic = [&](const std::string& bytes) {
    foreign.Put(bytes);
    const File file(open(foreign.path().c_str(), O_RDONLY | O_CLOEXEC));
    return HasMagic(file);
  };
  CHECK(has_magic(sound));
  CHECK(has_magic(With(sound, offsetof(Identity, version), 99u)));
  CHECK(has_magic(sound.substr(0, 8)));
  CHECK(!has_magic(sound.substr(0, 7)));
  CHECK(!has_magic("something else"));
}

}  // namespace
}  // namespace smipc
