// Both ends of a channel in one process: moving bytes, being woken, and how it ends.
#include "channel/endpoint.h"

#include <algorithm>

#include "check.h"
#include "pair.h"
#include "party.h"
#include "pattern.h"

namespace smipc {
namespace {

TEST(BytesComeOutAsTheyWentIn) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    const Pattern pattern(1, 5000);
    uint8_t out[5000];
    uint64_t position = 0;
    CHECK_EQ(pair.Read(100), 0);
    for (const uint64_t size : {1, 4096, 5000, 0, 77, 4095, 4097, 2}) {
      uint64_t written = 0;
      while (written < size || size == 0) {
        const int64_t in = pair.writer->Write(pattern.From(position),
                                              std::min<uint64_t>(size - written, 5000), 0, kReturn);
        REQUIRE(in >= 0 && in <= 4096);
        const int64_t read = pair.reader->Read(out, sizeof out, 1, kReturn);
        REQUIRE_EQ(read, in);
        REQUIRE(pattern.Matches(out, static_cast<uint64_t>(read), position));
        position += static_cast<uint64_t>(read);
        written += static_cast<uint64_t>(in);
        if (size == 0) break;
      }
      CHECK_EQ(pair.writer->position(), position);
      CHECK_EQ(pair.reader->position(), position);
    }
  });
}

TEST(FullAndEmptyAreNoErrors) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    CHECK_EQ(pair.Read(10), 0);
    CHECK_EQ(pair.Write(20000), 4096);
    CHECK_EQ(pair.Write(1), 0);
    CHECK_EQ(pair.Read(100), 100);
    CHECK_EQ(pair.Write(20000), 100);
    CHECK_EQ(pair.Read(20000), 4096);
    CHECK_EQ(pair.Read(20000), 0);
  });
}

TEST(MinIsAllOrNothingUntilTheEnd) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    CHECK_EQ(pair.Write(99), 99);
    CHECK_EQ(pair.Read(1000, 100), 0);
    CHECK_EQ(pair.ReadOrArm(1000, 100), 0);
    CHECK_EQ(pair.Write(1), 1);
    CHECK_EQ(pair.Read(1000, 100), 100);
    CHECK_EQ(pair.Write(4096), 4096);
    CHECK_EQ(pair.Read(4096, 4096), 4096);
    CHECK_EQ(pair.Write(30), 30);
    pair.writer->End();
    CHECK_EQ(pair.ReadOrArm(20, 20), 20);
    CHECK_EQ(pair.ReadOrArm(1000, 100), 10);
    CHECK_EQ(pair.Read(1000, 100), Answer(Status::PeerEnded));
  });
}

TEST(AReaderIsWokenWhenThereIsEnough) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    for (const uint64_t min : {1, 100, 4096}) {
      CHECK_EQ(pair.ReadOrArm(20000, min), 0);
      pair.reading.TakeWakes();
      if (min > 1) CHECK_EQ(pair.Write(min - 1), static_cast<int64_t>(min - 1));
      CHECK_EQ(pair.ReadOrArm(20000, min), 0);
      CHECK_EQ(pair.Write(1), 1);
      int64_t count = 0;
      CHECK(pair.reading.Until([&] { return (count = pair.ReadOrArm(20000, min)) != 0; }));
      CHECK_EQ(count, static_cast<int64_t>(min));
    }
  });
}

TEST(AWriterIsWokenByAPartOfTheRing) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    const uint8_t* bytes = pair.bytes.data();
    CHECK_EQ(pair.writer->Write(bytes, 20000, 20000, kArm), 4096);
    // Not by a byte, nor by one less than half the ring.
    const uint32_t before = pair.writer->segment().header().space.seq;
    CHECK_EQ(pair.Read(1), 1);
    CHECK_EQ(pair.Read(2046), 2046);
    CHECK_EQ(pair.writer->segment().header().space.seq.load(), before);
    CHECK_EQ(pair.Read(1), 1);
    CHECK_EQ(pair.writer->segment().header().space.seq.load(), before + 1);
    int64_t count = 0;
    CHECK(pair.writing.Until(
        [&] { return (count = pair.writer->Write(bytes, 9000, 9000, kArm)) != 0; }));
    CHECK_EQ(count, 2048);
    // By as little as it has to write, and what queues behind.
    CHECK_EQ(pair.Read(2048), 2048);
    CHECK_EQ(pair.writer->Write(bytes, 2058, 5, kArm), 2048);
    const uint32_t behind = pair.writer->segment().header().space.seq;
    CHECK_EQ(pair.Read(14), 14);
    CHECK_EQ(pair.writer->segment().header().space.seq.load(), behind);
    CHECK_EQ(pair.Read(1), 1);
    CHECK(
        pair.writing.Until([&] { return (count = pair.writer->Write(bytes, 10, 0, kArm)) != 0; }));
    CHECK_EQ(count, 10);
  });
}

TEST(DrainedMeansConsumed) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    CHECK_EQ(pair.writer->DrainedOrArm(), 1);
    CHECK_EQ(pair.Write(1000), 1000);
    CHECK_EQ(pair.writer->DrainedOrArm(), 0);
    CHECK_EQ(pair.Read(999), 999);
    CHECK_EQ(pair.writer->DrainedOrArm(), 0);
    CHECK_EQ(pair.Read(1), 1);
    CHECK(pair.writing.Until([&] { return pair.writer->DrainedOrArm() == 1; }));
    // More is written meanwhile: the request counts for all of it.
    CHECK_EQ(pair.Write(4096), 4096);
    CHECK_EQ(pair.writer->DrainedOrArm(), 0);
    CHECK_EQ(pair.Read(2048), 2048);
    CHECK_EQ(pair.writer->Write(pair.bytes.data(), 4000, 0, kArm), 2048);
    while (pair.Read(100) > 0) pair.writing.TakeWakes();
    CHECK(pair.writing.Until([&] { return pair.writer->DrainedOrArm() == 1; }));
  });
}

// `leave` is what the writer does; the reader, which has been waiting, hears of it, after all
// bytes.
template <typename LeaveIt>
void ExpectWriterLoss(const Way& way, int64_t answer, LeaveIt leave) {
  Pair pair(way);
  CHECK_EQ(pair.Write(100), 100);
  CHECK_EQ(pair.ReadOrArm(20000, 4096), 0);
  pair.reading.TakeWakes();
  leave(pair);
  int64_t count = 0;
  CHECK(pair.reading.Until([&] { return (count = pair.ReadOrArm(60, 60)) != 0; }));
  CHECK_EQ(count, 60);
  CHECK_EQ(pair.ReadOrArm(60, 60), 40);
  CHECK_EQ(pair.ReadOrArm(60, 60), answer);
  CHECK_EQ(pair.Read(60), answer);
  CHECK(pair.reading.Close(pair.reader));
  CHECK_EQ(pair.Read(60), Answer(Status::Closed));
}

TEST(AReaderHearsHowTheWriterLeft) {
  ForEachWay([](const Way& way) {
    ExpectWriterLoss(way, Answer(Status::PeerEnded), [](Pair& pair) {
      pair.writer->End();
      pair.writer->End();
    });
    ExpectWriterLoss(way, Answer(Status::PeerEnded), [](Pair& pair) {
      pair.writer->End();
      pair.writer->Leave();
    });
    ExpectWriterLoss(way, Answer(Status::PeerAborted), [](Pair& pair) { pair.writer->Leave(); });
    ExpectWriterLoss(way, Answer(Status::PeerAborted),
                     [](Pair& pair) { pair.writing.environment().Shutdown(); });
  });
}

TEST(AWriterHearsThatTheReaderLeft) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    const uint8_t* bytes = pair.bytes.data();
    CHECK_EQ(pair.writer->Write(bytes, 20000, 1, kArm), 4096);
    CHECK_EQ(pair.writer->DrainedOrArm(), 0);
    pair.writing.TakeWakes();
    pair.reader->Leave();
    int64_t count = 0;
    CHECK(pair.writing.Until([&] { return (count = pair.writer->Write(bytes, 1, 1, kArm)) != 0; }));
    CHECK_EQ(count, Answer(Status::PeerClosed));
    CHECK_EQ(pair.Write(1), Answer(Status::PeerClosed));
    CHECK_EQ(pair.writer->DrainedOrArm(), Answer(Status::PeerClosed));
    CHECK_EQ(pair.writer->Peer(), Presence::Closed);
    pair.writer->Leave();
    CHECK(!pair.HasName());
  });
}

TEST(AReaderThatLeavesWithNothingLeftHasDrained) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    CHECK_EQ(pair.Write(10), 10);
    CHECK_EQ(pair.Read(10), 10);
    pair.reader->Leave();
    CHECK_EQ(pair.writer->DrainedOrArm(), 1);
    CHECK_EQ(pair.Write(1), Answer(Status::PeerClosed));
  });
}

}  // namespace
}  // namespace smipc
