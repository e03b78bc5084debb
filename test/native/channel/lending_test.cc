// The ring itself, lent: bytes are read where they are, and made where they will be read.
#include <algorithm>
#include <cstring>

#include "channel/endpoint.h"
#include "check.h"
#include "pair.h"
#include "party.h"
#include "pattern.h"

namespace smipc {
namespace {

TEST(WhatIsMadeInTheRingIsSeenInTheRing) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    const Pattern pattern(1, 4096);
    uint64_t position = 0;
    for (const uint64_t size : {1, 4096, 4095, 3000, 3000, 3000, 17, 4096}) {
      REQUIRE(pair.writer->Writable(size, kReturn) >= static_cast<int64_t>(size));
      std::memcpy(pair.writer->Lend(), pattern.From(position), size);
      pair.writer->TakeBack();
      CHECK_EQ(pair.reader->Readable(1, kReturn), 0);
      pair.writer->Publish(size);
      REQUIRE_EQ(pair.reader->Readable(1, kReturn), static_cast<int64_t>(size));
      REQUIRE(pattern.Matches(pair.reader->Lend(), size, position));
      pair.reader->TakeBack();
      pair.reader->Consume(size);
      position += size;
      CHECK_EQ(pair.writer->position(), position);
      CHECK_EQ(pair.reader->position(), position);
    }
  });
}

TEST(SpaceIsAllOrNothing) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    CHECK_EQ(pair.writer->Writable(4096, kReturn), 4096);
    pair.writer->Publish(4000);
    CHECK_EQ(pair.writer->Writable(96, kReturn), 96);
    CHECK_EQ(pair.writer->Writable(97, kReturn), 0);
    CHECK_EQ(pair.reader->Readable(4001, kReturn), 0);
    CHECK_EQ(pair.reader->Readable(4000, kReturn), 4000);
    pair.reader->Consume(1);
    CHECK_EQ(pair.writer->Writable(97, kReturn), 97);
  });
}

TEST(NoMoreIsPublishedThanThereIsSpace) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    CHECK_EQ(pair.writer->Writable(1, kReturn), 4096);
    pair.writer->Publish(5000);
    CHECK_EQ(pair.writer->position(), 4096u);
    CHECK_EQ(pair.reader->Readable(1, kReturn), 4096);
    pair.reader->Consume(5000);
    CHECK_EQ(pair.reader->position(), 4096u);
  });
}

TEST(WhoWaitsForSpaceIsWokenWhenThereIsEnough) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    for (const uint64_t size : {1, 100, 2049, 4096}) {
      while (pair.writer->Writable(1, kReturn) > 0) pair.writer->Publish(4096);
      REQUIRE_EQ(pair.reader->Readable(1, kReturn), 4096);
      CHECK_EQ(pair.writer->Writable(size, kArm), 0);
      const uint32_t before = pair.writer->segment().header().space.seq;
      pair.reader->Consume(size - 1);
      CHECK_EQ(pair.writer->segment().header().space.seq.load(), before);
      CHECK_EQ(pair.writer->Writable(size, kArm), 0);
      pair.reader->Consume(1);
      int64_t free = 0;
      CHECK(pair.writing.Until([&] { return (free = pair.writer->Writable(size, kArm)) != 0; }));
      CHECK_EQ(free, static_cast<int64_t>(size));
    }
  });
}

TEST(WhoWaitsForBytesIsWokenWhenTheyArePublished) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    for (const uint64_t min : {1, 100, 4096}) {
      CHECK_EQ(pair.reader->Readable(min, kArm), 0);
      pair.writer->Publish(0);
      REQUIRE(pair.writer->Writable(min, kReturn) > 0);
      pair.writer->Publish(min);
      int64_t count = 0;
      CHECK(pair.reading.Until([&] { return (count = pair.reader->Readable(min, kArm)) != 0; }));
      CHECK_EQ(count, static_cast<int64_t>(min));
      pair.reader->Consume(min);
    }
  });
}

TEST(APeerThatLeavesEndsTheWait) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    pair.writer->Publish(10);
    CHECK_EQ(pair.reader->Readable(11, kArm), 0);
    pair.writer->End();
    int64_t count = 0;
    CHECK(pair.reading.Until([&] { return (count = pair.reader->Readable(11, kArm)) != 0; }));
    CHECK_EQ(count, 10);
    pair.reader->Consume(10);
    CHECK_EQ(pair.reader->Readable(1, kArm), Answer(Status::PeerEnded));
  });
  ForEachWay([](const Way& way) {
    Pair pair(way);
    pair.writer->Publish(4096);
    CHECK_EQ(pair.writer->Writable(1, kArm), 0);
    pair.reader->Leave();
    int64_t free = 0;
    CHECK(pair.writing.Until([&] { return (free = pair.writer->Writable(1, kArm)) != 0; }));
    CHECK_EQ(free, Answer(Status::PeerClosed));
  });
}

TEST(WhatIsLentStaysMapped) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    pair.writer->Publish(4096);
    uint8_t* lent = pair.reader->Lend();
    CHECK(pair.reading.Close(pair.reader));
    lent[0] = 1;
    lent[4095] = 2;
    CHECK_EQ(lent[0] + lent[4095], 3);
    pair.reader->TakeBack();
  });
}

TEST(AfterLeavingNothingMoves) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    pair.writer->Publish(10);
    pair.reader->Leave();
    CHECK_EQ(pair.reader->Readable(1, kReturn), Answer(Status::Closed));
    pair.reader->Consume(5);
    CHECK_EQ(pair.reader->position(), 0u);
    pair.writer->Leave();
    CHECK_EQ(pair.writer->Writable(1, kArm), Answer(Status::Closed));
    pair.writer->Publish(5);
    CHECK_EQ(pair.writer->position(), 10u);
  });
}

TEST(CountersTellWhatWasDone) {
  ForEachWay([](const Way& way) {
    Pair pair(way);
    CHECK_EQ(pair.reader->Readable(2, kArm), 0);
    CHECK_EQ(pair.reader->counters().parks, 1u);
    pair.writer->Publish(1);
    CHECK_EQ(pair.writer->counters().wake_ups_suppressed, 1u);
    pair.writer->Publish(1);
    CHECK_EQ(pair.writer->counters().wake_ups_rung, 1u);
    CHECK_EQ(pair.writer->counters().wake_ups_suppressed, 1u);
    CHECK_EQ(pair.reader->counters().polls_hit + pair.reader->counters().polls_missed, 0u);
  });
}

}  // namespace
}  // namespace smipc
