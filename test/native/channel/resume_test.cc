// Roles of a resumable segment that are taken over in place.
#include <fcntl.h>

#include <cstdio>
#include <vector>

#include "channel/endpoint.h"
#include "check.h"
#include "child.h"
#include "party.h"
#include "pattern.h"
#include "platform/posix/descriptor.h"
#include "roles.h"

namespace smipc {
namespace {

constexpr uint64_t kSize = kMinCapacity;

struct Place {
  explicit Place(const Way& way) : first(way, directory), second(way, directory) {}

  static OpenRequest Resumable(OpenRequest request, Framing framing = Framing::Bytes) {
    request.is_resumable = true;
    request.framing = framing;
    return request;
  }
  Endpoint* Open(Party& party, bool is_writer, Framing framing = Framing::Bytes) {
    return party.Open(Resumable(party.Request(is_writer), framing));
  }

  TemporaryDirectory directory;
  Party first;
  Party second;
};

TEST(AReaderHasNotReadToTheEndBecauseItIsToldToEnd) {
  ForEachWay([](const Way& way) {
    Place place(way);
    Endpoint* writer = place.Open(place.first, true);
    Endpoint* reader = place.Open(place.second, false);
    REQUIRE(writer != nullptr && reader != nullptr);
    CHECK_EQ(writer->Write(reinterpret_cast<const uint8_t*>("bytes"), 5, 0, kReturn), 5);
    writer->End();
    reader->End();
    CHECK(place.second.Close(reader));
    // Otherwise the stream would be over, and the next reader would find a new one.
    Endpoint* next = place.Open(place.second, false);
    REQUIRE(next != nullptr);
    uint8_t out[kSize];
    CHECK_EQ(next->Read(out, sizeof out, 1, kReturn), 5);
    CHECK_EQ(next->Read(out, sizeof out, 1, kReturn), static_cast<int64_t>(Status::PeerEnded));
  });
}

TEST(TheNextOwnerGoesOnWhereTheLastOneStopped) {
  ForEachWay([](const Way& way) {
    Place place(way);
    const Pattern pattern(1, 3 * kSize);
    uint8_t out[kSize];
    uint64_t position = 0;
    for (uint32_t generation = 1; generation <= 5; generation++) {
      Endpoint* writer = place.Open(place.first, true);
      Endpoint* reader = place.Open(place.second, false);
      REQUIRE(writer != nullptr && reader != nullptr);
      CHECK_EQ(writer->OwnTenure().generation, generation);
      CHECK_EQ(writer->OwnTenure().since, position);
      CHECK_EQ(reader->PeerTenure().generation, generation);
      CHECK_EQ(reader->PeerTenure().since, position);
      CHECK_EQ(writer->position(), position);
      CHECK_EQ(reader->position(), position);
      CHECK_EQ(writer->Write(pattern.From(position % kSize), 1000, 0, kReturn), 1000);
      CHECK_EQ(reader->Read(out, sizeof out, 1, kReturn), 1000);
      CHECK(pattern.Matches(out, 1000, position % kSize));
      position += 1000;
      // Neither has lost anything by the other's leaving.
      CHECK(place.first.Close(writer));
      CHECK_EQ(reader->Peer(), Presence::Aborted);
      CHECK_EQ(reader->Read(out, sizeof out, 1, kArm), 0);
      CHECK(place.second.Close(reader));
    }
  });
}

TEST(AWaitThatIsGivenUpEndsAsWithoutResuming) {
  ForEachWay([](const Way& way) {
    Place place(way);
    Endpoint* writer = place.Open(place.first, true);
    Endpoint* reader = place.Open(place.second, false);
    const std::vector<uint8_t> bytes(kSize);
    uint8_t out[kSize];
    CHECK_EQ(writer->Write(bytes.data(), kSize, 0, kReturn), static_cast<int64_t>(kSize));
    CHECK(place.first.Close(writer));
    CHECK_EQ(reader->Read(out, 10, 10, kReturn), 10);
    reader->AwaitNextPeer(false);
    CHECK_EQ(reader->Read(out, sizeof out, kSize, kReturn), static_cast<int64_t>(kSize - 10));
    CHECK_EQ(reader->Read(out, sizeof out, 1, kReturn), Answer(Status::PeerAborted));
    writer = place.Open(place.first, true);
    CHECK_EQ(writer->Write(bytes.data(), 5, 0, kReturn), 5);
    CHECK_EQ(reader->Read(out, sizeof out, 1, kReturn), 5);
    CHECK(place.second.Close(reader));
    CHECK_EQ(writer->Write(bytes.data(), kSize, 0, kReturn), static_cast<int64_t>(kSize));
    CHECK_EQ(writer->Write(bytes.data(), 1, 0, kReturn), 0);
    writer->AwaitNextPeer(false);
    CHECK_EQ(writer->Write(bytes.data(), 1, 0, kReturn), Answer(Status::PeerClosed));
    CHECK_EQ(writer->DrainedOrArm(), Answer(Status::PeerClosed));
  });
}

TEST(TheSurvivorIsWokenAtEachTakeover) {
  ForEachWay([](const Way& way) {
    Place place(way);
    Endpoint* reader = place.Open(place.second, false);
    uint8_t byte = 0;
    for (uint32_t generation = 1; generation <= 10; generation++) {
      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
      place.second.TakeWakes();
      const ptrdiff_t before = place.second.Count(reader->id());
      Endpoint* writer = place.Open(place.first, true);
      CHECK_EQ(reader->PeerTenure().generation, generation);
      CHECK(place.second.Until([&] { return place.second.Count(reader->id()) > before; }));
      CHECK(place.first.Close(writer));
    }
  });
}

// Does the writer wait to be woken?
uint32_t Armed(const Endpoint* writer) { return writer->segment().header().space.sleeping; }

TEST(MessagesAreWrittenAsAWholeOrNotAtAll) {
  ForEachWay([](const Way& way) {
    Place place(way);
    Endpoint* writer = place.Open(place.first, true, Framing::Messages);
    Endpoint* reader = place.Open(place.second, false, Framing::Messages);
    const std::vector<uint8_t> bytes(kSize);
    uint8_t out[kSize];
    CHECK_EQ(writer->Write(bytes.data(), 3000, 0, kReturn), 3000);
    CHECK_EQ(writer->Write(bytes.data(), 1098, 0, kReturn), 0);
    CHECK_EQ(writer->Write(bytes.data(), 1098, 0, kArm), 0);
    CHECK_EQ(writer->Write(bytes.data(), 1098, 0, 1), 0);
    CHECK_EQ(reader->Read(out, 1, 1, kReturn), 1);
    // Rung when there is room for all of it, and not before.
    CHECK_EQ(Armed(writer), 1);
    CHECK_EQ(reader->Read(out, 1, 1, kReturn), 1);
    CHECK_EQ(Armed(writer), 0);
    CHECK_EQ(writer->Write(bytes.data(), 1098, 0, kReturn), 1098);
    CHECK_EQ(reader->Read(out, sizeof out, 1, kReturn), static_cast<int64_t>(kSize));
    CHECK_EQ(writer->Write(bytes.data(), kSize, 0, kReturn), static_cast<int64_t>(kSize));
  });
}

TEST(PeekedBytesAreThereForTheNextOwner) {
  ForEachWay([](const Way& way) {
    Place place(way);
    Endpoint* writer = place.Open(place.first, true);
    Endpoint* reader = place.Open(place.second, false);
    const Pattern pattern(3, kSize);
    uint8_t out[kSize];
    CHECK_EQ(writer->Write(pattern.From(0), 1000, 0, kReturn), 1000);
    CHECK_EQ(reader->Peek(out, 300, 1, kArm), 300);
    CHECK_EQ(reader->Peek(out, 400, 1, kArm), 400);
    CHECK(pattern.Matches(out, 400, 0));
    CHECK_EQ(reader->position(), 0);
    reader->MarkDelivered(400);
    CHECK(place.second.Close(reader));
    reader = place.Open(place.second, false);
    CHECK_EQ(reader->delivered(), 400);
    CHECK_EQ(reader->position(), 0);
    CHECK_EQ(reader->Peek(out, 400, 1, kArm), 400);
    reader->Consume(400);
    CHECK_EQ(reader->Peek(out, sizeof out, 1, kArm), 600);
    CHECK(pattern.Matches(out, 600, 400));
    reader->Consume(~uint64_t{0});  // no more than there is
    CHECK_EQ(reader->position(), 1000);
    CHECK_EQ(writer->DrainedOrArm(), 1);
  });
}

TEST(TheEndIsHeardOnce) {
  ForEachWay([](const Way& way) {
    Place place(way);
    const uint8_t byte = 0;
    uint8_t out = 0;
    Endpoint* writer = place.Open(place.first, true);
    CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
    writer->End();
    CHECK(place.first.Close(writer));
    // Read everything, but not the end.
    Endpoint* reader = place.Open(place.second, false);
    CHECK_EQ(reader->Read(&out, 1, 1, kReturn), 1);
    CHECK(place.second.Close(reader));
    CHECK(place.Open(place.first, true) == nullptr);
    CHECK_EQ(place.first.result.status, Status::Undrained);
    reader = place.Open(place.second, false);
    REQUIRE(reader != nullptr);
    CHECK_EQ(reader->Read(&out, 1, 1, kReturn), Answer(Status::PeerEnded));
    // From now on it is over, although the reader has not left.
    writer = place.Open(place.first, true);
    REQUIRE(writer != nullptr);
    CHECK_EQ(writer->OwnTenure().generation, 1);
    CHECK(place.second.Close(reader));
    CHECK(!place.directory.Names().empty());  // the new one's
    CHECK(place.first.Close(writer));
    CHECK(place.directory.Names().empty());
  });
}

// The position is the next owner's only when no thread of the last one can store it any more.
TEST(NoOneTakesOverBeforeTheLastThreadIsGone) {
  ForEachWay([](const Way& way) {
    Place place(way);
    Endpoint* writer = place.Open(place.first, true);
    const uint8_t byte = 0;
    CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
    // The lock is still held although the role is left, as by the threads of a process that dies.
    Directory directory;
    REQUIRE(directory.Open(place.first.PathOf("a").directory, 0600).ok());
    File dying;
    REQUIRE(OpenSegmentFile(directory, "a", &dying).ok());
    CHECK(place.first.Close(writer));
    REQUIRE(FileRoleLock(dying, RoleOffset(true)).Take().ok());
    CHECK(place.Open(place.first, true) == nullptr);
    CHECK_EQ(place.first.result.status, Status::Dying);
    dying.Close();
    writer = place.Open(place.first, true);
    REQUIRE(writer != nullptr);
    CHECK_EQ(writer->position(), 1);
    CHECK_EQ(writer->OwnTenure().generation, 2);
  });
}

TEST(ADeadOwnerIsFollowedAtOnce) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    constexpr uint32_t kRounds = 5;
    // Each moves one byte and dies. (They are all started before this process has threads.)
    for (const bool is_writer : {true, false}) {
      for (uint32_t round = 1; round <= kRounds; round++) {
        Child child([&](Child& parent) {
          Party party(way, directory);
          Endpoint* channel = party.Open(Place::Resumable(party.Request(is_writer)));
          uint8_t byte = 0;
          const int64_t moved = channel == nullptr ? 0
                                : is_writer        ? channel->Write(&byte, 1, 0, kReturn)
                                                   : channel->Read(&byte, 1, 1, kReturn);
          CHECK_EQ(moved, 1);
          parent.Tell();
          return parent.Hear() ? 0 : 1;
        });
        REQUIRE(child.Hear());
        child.Kill();
      }
    }
    Party party(way, directory);
    for (const bool is_writer : {true, false}) {
      Endpoint* next = party.Open(Place::Resumable(party.Request(is_writer)));
      REQUIRE(next != nullptr);
      CHECK_EQ(next->OwnTenure().generation, kRounds + 1);
      CHECK_EQ(next->position(), kRounds);
    }
  });
}

TEST(PositionsThatCannotBeAreRefused) {
  ForEachWay([](const Way& way) {
    Place place(way);
    Endpoint* writer = place.Open(place.first, true);
    Header& header = const_cast<Segment&>(writer->segment()).header();
    header.tail = 1;
    CHECK(place.Open(place.second, false) == nullptr);
    CHECK_EQ(place.second.result.status, Status::Corrupt);
    header.tail = 0;
    header.head = kSize + 1;
    CHECK(place.Open(place.second, false) == nullptr);
    CHECK_EQ(place.second.result.status, Status::Corrupt);
    header.head = (uint64_t{1} << 63) + 5;
    header.tail = (uint64_t{1} << 63) + 2;
    Endpoint* reader = place.Open(place.second, false);
    REQUIRE(reader != nullptr);
    uint8_t out[kSize];
    CHECK_EQ(reader->Read(out, sizeof out, 1, kReturn), 3);
  });
}

TEST(BothEndsMustAgree) {
  const Way way{WaitModes()[0], RoleScheme::RobustList};
  Place place(way);
  CHECK(place.Open(place.first, true) != nullptr);
  CHECK(place.second.Open(false) == nullptr);
  CHECK_EQ(place.second.result.status, Status::Incompatible);
}

}  // namespace
}  // namespace smipc
