// Who gets into a channel, and into which segment. One process.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "channel/endpoint.h"
#include "check.h"
#include "layout.h"
#include "pair.h"
#include "party.h"

namespace smipc {
namespace {

// With which a segment's file begins.
const std::string kMagicBytes(reinterpret_cast<const char*>(&kMagic), sizeof kMagic);

using Names = std::vector<std::string>;

// The second party gets this answer.
void ExpectAnswer(Parties& parties, const OpenRequest& request, Status status) {
  CHECK(parties.second.Open(request) == nullptr);
  CHECK_EQ(parties.second.result.status, status);
}

TEST(ARoleIsTakenOnce) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    for (const bool is_writer : {true, false}) {
      Endpoint* channel = parties.first.Open(is_writer);
      REQUIRE(channel != nullptr);
      CHECK_EQ(channel->Peer(), is_writer ? Presence::Absent : Presence::Open);
      const int descriptors = CountDescriptors();
      ExpectAnswer(parties, parties.second.Request(is_writer), Status::Busy);
      CHECK_EQ(parties.second.holder_pid, static_cast<uint32_t>(getpid()));
      CHECK_EQ(CountDescriptors(), descriptors);
    }
    CHECK(parties.directory.Names() == Names{"a"});
  });
}

TEST(TheCreatorDecidesAndTheModeSays) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    OpenRequest request = parties.first.Request(true);
    request.create = CreateMode::Never;
    ExpectAnswer(parties, request, Status::NotFound);
    request.create = CreateMode::Always;
    request.capacity = 1 << 16;
    Endpoint* writer = parties.first.Open(request);
    REQUIRE(writer != nullptr);
    CHECK_EQ(writer->segment().capacity(), 1 << 16);

    OpenRequest other = parties.second.Request(false);
    other.create = CreateMode::Always;
    ExpectAnswer(parties, other, Status::Exists);
    other.create = CreateMode::Never;
    other.framing = Framing::Objects;
    ExpectAnswer(parties, other, Status::Incompatible);
    other.framing = Framing::Bytes;
    other.capacity = 1 << 20;
    Endpoint* reader = parties.second.Open(other);
    REQUIRE(reader != nullptr);
    CHECK_EQ(reader->segment().capacity(), 1 << 16);
  });
}

TEST(ADirectoryIsMadeButNotForOneWhoMustNotCreate) {
  Parties parties({WaitMode::Apart, RoleScheme::RobustList});
  OpenRequest request = parties.first.Request(true);
  request.directory = parties.directory.PathOf("new");
  request.create = CreateMode::Never;
  ExpectAnswer(parties, request, Status::NotFound);
  CHECK(parties.directory.Names().empty());
  request.create = CreateMode::Auto;
  Endpoint* channel = parties.first.Open(request);
  REQUIRE(channel != nullptr);
  struct stat info {};
  CHECK_EQ(stat(request.directory.c_str(), &info), 0);
  CHECK_EQ(info.st_mode & 07777, 0700);
  CHECK(parties.first.Close(channel));
  request.directory = parties.directory.PathOf("no/way");
  ExpectAnswer(parties, request, Status::UnusableDirectory);
  CHECK_EQ(parties.second.result.error, ENOENT);
}

TEST(WhoIsThereHearsOfWhoWasTurnedAway) {
  ForEachWay([](const Way& way) {
    for (const bool is_writer : {true, false}) {
      Parties parties(way);
      Endpoint* channel = parties.first.Open(is_writer);
      REQUIRE(channel != nullptr);
      Refusal refusal;
      CHECK(!channel->TakeRefusal(&refusal));
      OpenRequest other = parties.second.Request(!is_writer);
      other.framing = Framing::Objects;
      for (int i = 0; i < 3; i++) {
        other.is_resumable = i == 2;
        ExpectAnswer(parties, other, Status::Incompatible);
        // Each is another wake-up.
        CHECK(parties.first.Until([&] { return channel->TakeRefusal(&refusal); }));
        CHECK_EQ(refusal.pid, static_cast<uint32_t>(getpid()));
        CHECK_EQ(refusal.is_writer, !is_writer);
        CHECK_EQ(refusal.framing, Framing::Objects);
        CHECK_EQ(refusal.is_resumable, i == 2);
        CHECK(!channel->TakeRefusal(&refusal));
      }
      // Those who are not turned away for what they want leave no note.
      OpenRequest same = parties.second.Request(is_writer);
      ExpectAnswer(parties, same, Status::Busy);
      same.is_writer = !is_writer;
      same.create = CreateMode::Always;
      ExpectAnswer(parties, same, Status::Exists);
      // And who comes later has not been there.
      Endpoint* peer = parties.second.Open(!is_writer);
      REQUIRE(peer != nullptr);
      CHECK(!peer->TakeRefusal(&refusal));
      CHECK(!channel->TakeRefusal(&refusal));
      channel->Leave();
      CHECK(!channel->TakeRefusal(&refusal));
    }
  });
}

TEST(AnotherSchemeIsIncompatible) {
  if (!MarksWords()) return check::Skip("no robust lists");
  Parties parties({WaitMode::Apart, RoleScheme::RobustList});
  Party without({WaitMode::Apart, RoleScheme::FileLock}, parties.directory);
  Endpoint* writer = parties.first.Open(true);
  REQUIRE(writer != nullptr);
  CHECK(without.Open(false) == nullptr);
  CHECK_EQ(without.result.status, Status::Incompatible);
  Refusal refusal;
  CHECK(writer->TakeRefusal(&refusal));
  // The other way round it can be used: any process can take locks.
  CHECK(without.Open(true, "b") != nullptr);
  CHECK(parties.first.Open(false, "b") != nullptr);
}

// What stands there stays as it is.
TEST(WhatIsNotSoundIsNotReplaced) {
  Parties parties({WaitMode::Apart, RoleScheme::RobustList});
  for (const bool is_writer : {true, false}) {
    Put(parties.directory.PathOf("a"), "something else");
    const int descriptors = CountDescriptors();
    ExpectAnswer(parties, parties.second.Request(is_writer), Status::Incompatible);
    OpenRequest always = parties.second.Request(is_writer);
    always.create = CreateMode::Always;
    ExpectAnswer(parties, always, Status::Incompatible);
    Put(parties.directory.PathOf("a"), kMagicBytes);
    ExpectAnswer(parties, parties.second.Request(is_writer), Status::Corrupt);
    CHECK(parties.directory.Names() == Names{"a"});
    CHECK(CountDescriptors() <= descriptors + 1);
  }
}

TEST(APositionThatCannotBeIsNotEntered) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    Endpoint* writer = parties.first.Open(true);
    REQUIRE(writer != nullptr);
    Header& header = writer->segment().header();
    const int descriptors = CountDescriptors();
    header.head = kMinCapacity + 1;
    ExpectAnswer(parties, parties.second.Request(false), Status::Corrupt);
    header.head = 0;
    header.tail = 1;
    ExpectAnswer(parties, parties.second.Request(false), Status::Corrupt);
    header.tail = 0;
    CHECK_EQ(CountDescriptors(), descriptors);
    CHECK(parties.second.Open(false) != nullptr);
  });
}

// Containers on one kernel may each be shown a boot id of their own. A living owner lives
// for all of them.
TEST(NoOwnerIsDeadBecauseOfABootId) {
  ForEachWay([](const Way& way) {
    for (const bool is_resumable : {false, true}) {
      Parties parties(way);
      OpenRequest request = parties.first.Request(true);
      request.is_resumable = is_resumable;
      Endpoint* writer = parties.first.Open(request);
      REQUIRE(writer != nullptr);
      CHECK_EQ(writer->Write(parties.bytes, 10, 0, kReturn), 10);
      writer->segment().header().identity.boot_id[0] ^= 1;
      ExpectAnswer(parties, request, Status::Busy);
      uint32_t pid = 0;
      CHECK_EQ(Remove(parties.second.PathOf("a"), false, &pid).status, Status::Busy);
      request.is_writer = false;
      Endpoint* reader = parties.second.Open(request);
      REQUIRE(reader != nullptr);
      CHECK_EQ(reader->Read(parties.bytes, 10, 10, kReturn), 10);
    }
  });
}

// After a reboot the words of dead owners are not marked. Here the owner never held the locks.
TEST(AnOwnerWithoutItsLocksIsDead) {
  ForEachWay([](const Way& way) {
    for (const bool is_writer : {true, false}) {
      Parties parties(way);
      Endpoint* old = parties.first.Open(true);
      REQUIRE(old != nullptr);
      CHECK_EQ(old->Write(parties.bytes, 10, 0, kReturn), 10);
      const std::string file = Get(parties.directory.PathOf("a"));
      CHECK(parties.first.Close(old));
      Put(parties.directory.PathOf("a"), file);
      Snapshot snapshot{};
      CHECK(Inspect(parties.second.PathOf("a"), &snapshot).ok());
      CHECK_EQ(snapshot.writer, Presence::Died);
      Endpoint* end = parties.second.Open(is_writer);
      REQUIRE(end != nullptr);
      CHECK_EQ(end->Peer(), is_writer ? Presence::Absent : Presence::Died);
    }
  });
}

TEST(AWholeStreamWaitsForItsReader) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    Endpoint* writer = parties.first.Open(true);
    REQUIRE(writer != nullptr);
    CHECK_EQ(writer->Write(parties.bytes, 7, 0, kReturn), 7);
    writer->End();
    CHECK(parties.first.Close(writer));
    CHECK(parties.directory.Names() == Names{"a"});
    ExpectAnswer(parties, parties.second.Request(true), Status::Undrained);
    Endpoint* reader = parties.second.Open(false);
    REQUIRE(reader != nullptr);
    CHECK_EQ(reader->Read(parties.bytes, 100, 1, kReturn), 7);
    CHECK_EQ(reader->Read(parties.bytes, 100, 1, kReturn), Answer(Status::PeerEnded));
    CHECK(reader->HasEnded());
    CHECK(parties.second.Close(reader));
    CHECK(parties.directory.Names().empty());
  });
}

TEST(ABrokenStreamIsReadWhenThereIsSomethingInIt) {
  ForEachWay([](const Way& way) {
    for (const int64_t size : {0, 7}) {
      Parties parties(way);
      Endpoint* writer = parties.first.Open(true);
      REQUIRE(writer != nullptr);
      CHECK_EQ(writer->Write(parties.bytes, static_cast<uint64_t>(size), 0, kReturn), size);
      CHECK(parties.first.Close(writer));
      CHECK_EQ(parties.directory.Names().size(), size == 0 ? 0 : 1);
      Endpoint* reader = parties.second.Open(false);
      REQUIRE(reader != nullptr);
      if (size == 0) {
        CHECK_EQ(reader->Peer(), Presence::Absent);  // a new one
      } else {
        CHECK_EQ(reader->Read(parties.bytes, 100, 1, kReturn), size);
        CHECK_EQ(reader->Read(parties.bytes, 100, 1, kReturn), Answer(Status::PeerAborted));
      }
    }
  });
}

TEST(ANewStreamNeverMeetsAnOldOne) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    Endpoint* writer = parties.first.Open(true);
    Endpoint* reader = parties.second.Open(false);
    REQUIRE(writer != nullptr && reader != nullptr);
    CHECK_EQ(writer->Write(parties.bytes, 10, 0, kReturn), 10);
    writer->End();
    CHECK(parties.first.Close(writer));
    CHECK(parties.directory.Names() == Names{"a"});
    Endpoint* next = parties.first.Open(true);  // while the reader is still at it
    REQUIRE(next != nullptr);
    CHECK_EQ(next->Peer(), Presence::Absent);
    CHECK_EQ(next->Write(parties.bytes, 3, 0, kReturn), 3);
    CHECK_EQ(reader->Read(parties.bytes, 100, 1, kReturn), 10);
    CHECK_EQ(reader->Read(parties.bytes, 100, 1, kReturn), Answer(Status::PeerEnded));
    CHECK(parties.second.Close(reader));
    CHECK(parties.directory.Names() == Names{"a"});  // the name is the new one's
    reader = parties.second.Open(false);
    REQUIRE(reader != nullptr);
    CHECK_EQ(reader->Read(parties.bytes, 100, 1, kReturn), 3);
  });
}

}  // namespace
}  // namespace smipc
