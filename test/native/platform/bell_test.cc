// The FIFO at which an event loop is woken: made, written to, full, gone; and channels that use it.
#include "platform/bell.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "channel/endpoint.h"
#include "channel/peer_bells.h"
#include "check.h"
#include "child.h"
#include "party.h"
#include "platform/directory.h"
#include "platform/posix/descriptor.h"

namespace smipc {
namespace {

std::vector<uint32_t> TokensIn(const File& bell) {
  std::vector<uint32_t> tokens;
  uint32_t token;
  while (read(Descriptor(bell), &token, sizeof token) == sizeof token) tokens.push_back(token);
  return tokens;
}

using Tokens = std::vector<uint32_t>;

struct Place {
  Place() { CHECK(directory.Open(temporary.path().c_str(), 0600).ok()); }
  std::string OnlyName() const {
    const std::vector<std::string> names = temporary.Names();
    return CHECK_EQ(names.size(), 1) ? names[0] : "";
  }

  TemporaryDirectory temporary;
  Directory directory;
};

// Others may write tokens, but not read them.
TEST(ABellIsAFifoThatOthersMayWrite) {
  const Place place;
  const mode_t before = umask(0777);
  uint64_t id = 0;
  File own;
  CHECK(MakeBell(place.directory, 0660, &id, &own).ok());
  umask(before);
  CHECK(id != kNoBell && id < uint64_t{1} << 53);
  char name[32];
  std::snprintf(name, sizeof name, ".bell-%016llx", static_cast<unsigned long long>(id));
  CHECK(place.OnlyName() == name);
  struct stat info {};
  CHECK_EQ(stat(place.temporary.PathOf(name).c_str(), &info), 0);
  CHECK(S_ISFIFO(info.st_mode));
  CHECK_EQ(info.st_mode & 07777, 0620);
  CHECK((fcntl(Descriptor(own), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl(Descriptor(own), F_GETFD) & FD_CLOEXEC) != 0);
  RemoveBell(place.directory, id);
  RemoveBell(place.directory, kNoBell);
  CHECK(place.temporary.Names().empty());
}

TEST(TokensFitUntilItIsFull) {
  const Place place;
  const int descriptors = CountDescriptors();
  {
    uint64_t id = 0;
    File own;
    REQUIRE(MakeBell(place.directory, 0600, &id, &own).ok());
    auto bell = PeerBell::Open(place.temporary.path(), id);
    REQUIRE(bell != nullptr);
    CHECK(bell->Wake(7) && bell->Wake(8));
    CHECK(TokensIn(own) == (Tokens{7, 8}));
    uint32_t tokens = 0;
    while (tokens < 1000000 && bell->Wake(tokens)) tokens++;
    CHECK(tokens > 1000 && tokens < 1000000);
    CHECK(!bell->Wake(1));  // at once: it does not wait for space
    CHECK_EQ(TokensIn(own).size(), tokens);
    CHECK(bell->Wake(9));
    // Its owner is gone: nothing, above all no SIGPIPE.
    own.Close();
    bell->Wake(10);
  }
  CHECK_EQ(CountDescriptors(), descriptors);
}

TEST(OtherFilesAreNotTakenForBells) {
  const Place place;
  const int descriptors = CountDescriptors();
  const std::string& directory = place.temporary.path();
  CHECK(PeerBell::Open(directory, 1) == nullptr);
  Put(place.temporary.PathOf(".bell-0000000000000001"), "a file");
  CHECK(PeerBell::Open(directory, 1) == nullptr);
  CHECK_EQ(symlink("/dev/null", place.temporary.PathOf(".bell-0000000000000002").c_str()), 0);
  CHECK(PeerBell::Open(directory, 2) == nullptr);
  CHECK(PeerBell::Open(directory, UINT64_MAX) == nullptr);
  CHECK_EQ(CountDescriptors(), descriptors);
}

TEST(ChannelsShareADescriptorForABell) {
  const Place place;
  uint64_t id = 0;
  File own;
  REQUIRE(MakeBell(place.directory, 0600, &id, &own).ok());
  const int descriptors = CountDescriptors();
  PeerBells bells;
  const std::string& path = place.temporary.path();
  CHECK(bells.Find(path, kNoBell) == nullptr);
  CHECK(bells.Find(path, id + 2) == nullptr);
  CHECK(bells.Find("/nowhere", id) == nullptr);
  CHECK_EQ(CountDescriptors(), descriptors);
  auto first = bells.Find(path, id);
  auto second = bells.Find(path, id);
  CHECK(first != nullptr && first == second);
  CHECK_EQ(CountDescriptors(), descriptors + 1);
  first.reset();
  second.reset();
  CHECK_EQ(CountDescriptors(), descriptors);
  CHECK(bells.Find(path, id) != nullptr);
}

TEST(AChannelIsWokenAtItsBell) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    const int descriptors = CountDescriptors();
    {
      Party writing(way, directory);
      Party reading(way, directory);
      File own;
      REQUIRE(reading.environment().OpenBell(directory.path(), 0600, false, &own).ok());
      reading.Open(false, "other");
      Endpoint* reader = reading.Open(false);
      Endpoint* writer = writing.Open(true);
      REQUIRE(reader != nullptr && writer != nullptr);
      CHECK(reading.Until([&] { return reader->Peer() == Presence::Open; }));
      uint8_t byte = 0;
      // Whether its event loop hears the bell is not known: the waiter thread wakes it.
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
      const uint32_t first = reading.Mark();
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      CHECK(reading.UntilSince(first, [&] { return reader->Read(&byte, 1, 1, kReturn) == 1; }));
      CHECK(TokensIn(own) == Tokens{kFirstToken});
      // It has heard it. A request from before still says the futex.
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
      reading.environment().TrustBell(directory.path());
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      CHECK(TokensIn(own).empty());
      CHECK_EQ(reader->Read(&byte, 1, 1, kReturn), 1);
      for (int i = 0; i < 5; i++) {
        CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
        CHECK(TokensIn(own).empty());
        CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
        CHECK(TokensIn(own) == Tokens{reader->id()});
        CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 1);
      }
      // A parked thread is woken at the futex.
      CHECK_EQ(reader->Read(&byte, 1, 1, 1), 0);
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      CHECK(TokensIn(own).empty());
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 1);
      // A bell that is full does not wake: the waiter thread does.
      auto peer = PeerBells().Find(directory.path(), writer->segment().header().reader.bell);
      REQUIRE(peer != nullptr);
      while (peer->Wake(0)) continue;
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
      reading.TakeWakes();
      const uint32_t seen = reading.Mark();
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      CHECK(reading.UntilSince(seen, [&] { return reader->Read(&byte, 1, 1, kArm) == 1; }));
      // Nor does one that has been closed.
      TokensIn(own);
      reading.environment().CloseBell(directory.path());
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
      const uint32_t then = reading.Mark();
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      CHECK(reading.UntilSince(then, [&] { return reader->Read(&byte, 1, 1, kArm) == 1; }));
      CHECK(TokensIn(own).empty());
      // And it is not trusted any more.
      reading.environment().TrustBell(directory.path());
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
      const uint32_t after = reading.Mark();
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      CHECK(reading.UntilSince(after, [&] { return reader->Read(&byte, 1, 1, kArm) == 1; }));
      // Coming and leaving wake at the futex.
      const uint32_t last = reading.Mark();
      writer->Leave();
      CHECK(reading.UntilSince(last, [&] { return reader->Read(&byte, 1, 1, kArm) < 0; }));
    }
    CHECK(directory.Names().empty());
    CHECK_EQ(CountDescriptors(), descriptors);
  });
}

TEST(TheBellsOfTheDeadAreRemoved) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child child([&](Child& parent) {
      Party party(way, directory);
      File bell;
      CHECK(party.environment().OpenBell(directory.path(), 0600, false, &bell).ok());
      CHECK(party.Open(true) != nullptr);
      parent.Tell();
      return parent.Hear() ? 0 : 1;
    });
    REQUIRE(child.Hear());
    CHECK_EQ(directory.Names().size(), 2);
    child.Kill();
    Party party(way, directory);
    Endpoint* next = party.Open(true);
    CHECK(next != nullptr);
    CHECK_EQ(directory.Names().size(), 1);
  });
}

}  // namespace
}  // namespace smipc
