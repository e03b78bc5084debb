// The ring in one thread: offsets, capacities, high positions, and peers that lie.
#include "core/ring.h"

#include <algorithm>
#include <vector>

#include "check.h"
#include "mirrored_ring.h"
#include "pattern.h"

namespace smipc {
namespace {

using check::Random;

// Moves `total` bytes in random parts, in one thread, and checks all of them.
void Transfer(MirroredRing& ring, uint64_t total, Random& random, const Pattern& pattern) {
  Producer producer = ring.MakeProducer();
  Consumer consumer = ring.MakeConsumer();
  std::vector<uint8_t> bytes(ring.capacity);
  const uint64_t end = consumer.tail() + total;
  while (consumer.tail() < end) {
    uint64_t free = 0;
    uint64_t wanted = 1 + random() % ring.capacity;
    REQUIRE_EQ(producer.Free(wanted, &free), Status::Ok);
    const uint64_t really_free = ring.capacity - (producer.head() - consumer.tail());
    REQUIRE(free <= really_free && free >= std::min(wanted, really_free));
    const uint64_t in = std::min(free, random() % (ring.capacity + 1));
    producer.Write(pattern.From(producer.head()), in);

    uint64_t used = 0;
    wanted = 1 + random() % ring.capacity;
    REQUIRE_EQ(consumer.Used(wanted, &used), Status::Ok);
    const uint64_t really_used = producer.head() - consumer.tail();
    REQUIRE(used <= really_used && used >= std::min(wanted, really_used));
    const uint64_t out = std::min(used, random() % (ring.capacity + 1));
    const uint64_t position = consumer.tail();
    consumer.Read(bytes.data(), out);
    REQUIRE(pattern.Matches(bytes.data(), out, position));
    REQUIRE_EQ(ring.head.load(), producer.head());
    REQUIRE_EQ(ring.tail.load(), consumer.tail());
  }
}

void CheckEveryOffset(bool is_mirrored) {
  MirroredRing ring(kPage, 0, is_mirrored);
  const Pattern pattern(1, kPage);
  std::vector<uint8_t> bytes(kPage);
  for (uint64_t offset = 0; offset < kPage; offset++) {
    ring.head = ring.tail = offset;
    Producer producer = ring.MakeProducer();
    Consumer consumer = ring.MakeConsumer();
    uint64_t count = 0;
    REQUIRE_EQ(consumer.Used(1, &count), Status::Ok);
    REQUIRE_EQ(count, 0);
    REQUIRE_EQ(producer.Free(1, &count), Status::Ok);
    REQUIRE_EQ(count, kPage);
    producer.Write(pattern.From(offset), kPage);  // across the end, except at 0
    REQUIRE_EQ(producer.Free(1, &count), Status::Ok);
    REQUIRE_EQ(count, 0);
    REQUIRE_EQ(consumer.Used(1, &count), Status::Ok);
    REQUIRE_EQ(count, kPage);
    // In two parts, which meet at another place each time.
    const uint64_t first = 1 + offset % (kPage - 1);
    consumer.Read(bytes.data(), first);
    REQUIRE_EQ(producer.Free(1, &count), Status::Ok);
    REQUIRE_EQ(count, first);
    consumer.Read(bytes.data() + first, kPage - first);
    REQUIRE(pattern.Matches(bytes.data(), kPage, offset));
    REQUIRE_EQ(consumer.Used(1, &count), Status::Ok);
    REQUIRE_EQ(count, 0);
  }
}

TEST(IsFullAndEmptyAtEveryOffset) { CheckEveryOffset(true); }
TEST(IsFullAndEmptyAtEveryOffsetMappedOnce) { CheckEveryOffset(false); }

TEST(WrapsAtEveryOffset) {
  // Copies of 64 bytes that begin at each offset: 65 and 4096 have no common divisor.
  MirroredRing ring(kPage);
  const Pattern pattern(2, 64);
  Producer producer = ring.MakeProducer();
  Consumer consumer = ring.MakeConsumer();
  uint8_t bytes[64];
  for (uint64_t i = 0; i < kPage; i++) {
    for (const uint64_t size : {uint64_t{64}, uint64_t{1}}) {
      uint64_t count = 0;
      REQUIRE_EQ(producer.Free(size, &count), Status::Ok);
      producer.Write(pattern.From(producer.head()), size);
      REQUIRE_EQ(consumer.Used(size, &count), Status::Ok);
      REQUIRE_EQ(count, size);
      const uint64_t position = consumer.tail();
      consumer.Read(bytes, size);
      REQUIRE(pattern.Matches(bytes, size, position));
    }
  }
  CHECK_EQ(producer.head(), 65 * kPage);
}

void CheckEverySize(bool is_mirrored) {
  // Large copies go block by block. Each size up to two pages, from where the one before ended.
  constexpr uint8_t kUntouched = 0xa5;
  MirroredRing ring(2 * kPage, 0, is_mirrored);
  const Pattern pattern(3, 2 * kPage);
  Producer producer = ring.MakeProducer();
  Consumer consumer = ring.MakeConsumer();
  std::vector<uint8_t> bytes(2 * kPage + 2);
  for (uint64_t size = 0; size <= 2 * kPage; size++) {
    uint64_t count = 0;
    REQUIRE_EQ(producer.Free(size, &count), Status::Ok);
    producer.Write(pattern.From(producer.head()), size);
    REQUIRE_EQ(consumer.Used(size, &count), Status::Ok);
    REQUIRE_EQ(count, size);
    bytes.front() = bytes[1 + size] = kUntouched;
    const uint64_t position = consumer.tail();
    consumer.Read(bytes.data() + 1, size);
    REQUIRE(pattern.Matches(bytes.data() + 1, size, position));
    REQUIRE_EQ(bytes.front(), kUntouched);
    REQUIRE_EQ(bytes[1 + size], kUntouched);
  }
}

TEST(CopiesEverySizeAndNothingBeyond) { CheckEverySize(true); }
TEST(CopiesEverySizeAndNothingBeyondMappedOnce) { CheckEverySize(false); }

TEST(HoldsEveryCapacity) {
  Random random(check::Seed());
  for (uint64_t capacity = kPage; capacity <= uint64_t{1} << 20; capacity *= 2) {
    check::Context("capacity %llu", static_cast<unsigned long long>(capacity));
    for (const bool is_mirrored : {true, false}) {
      MirroredRing ring(capacity, random() % capacity, is_mirrored);
      Transfer(ring, 16 * capacity, random, Pattern(random(), capacity));
    }
  }
}

TEST(GoesOnPastHighPositions) {
  Random random(check::Seed());
  for (const int bit : {31, 32, 33, 52, 53, 63}) {
    check::Context("2^%d", bit);
    MirroredRing ring(kPage, (uint64_t{1} << bit) - 3 * kPage + random() % kPage);
    Transfer(ring, 100 * kPage, random, Pattern(random(), kPage));
    CHECK(ring.tail > uint64_t{1} << bit);
  }
}

TEST(LoadsThePeersPositionOnlyIfItMust) {
  MirroredRing ring(kPage);
  Producer producer = ring.MakeProducer();
  ring.tail = kEverything;  // would be Corrupt
  uint64_t free = 0;
  CHECK_EQ(producer.Free(kPage, &free), Status::Ok);
  CHECK_EQ(free, kPage);
  CHECK_EQ(producer.Free(kPage + 1, &free), Status::Corrupt);
  Consumer consumer(ring.head, ring.head, {ring.data(), kPage});
  ring.head = kEverything;
  uint64_t used = 0;
  CHECK_EQ(consumer.Used(0, &used), Status::Ok);
  CHECK_EQ(consumer.Used(1, &used), Status::Corrupt);
}

TEST(RefusesImpossiblePositionsOfTheReader) {
  MirroredRing ring(kPage, 1000);
  Producer producer = ring.MakeProducer();
  const std::vector<uint8_t> bytes(kPage);
  producer.Write(bytes.data(), 100);
  ring.tail = 1050;
  uint64_t free = 0;
  REQUIRE_EQ(producer.Free(kEverything, &free), Status::Ok);
  REQUIRE_EQ(free, kPage - 50);
  const uint64_t half = uint64_t{1} << 63;
  for (const uint64_t tail : {uint64_t{1049}, uint64_t{0}, uint64_t{1101}, uint64_t{1100} + kPage,
                              half, half + 1060, kEverything}) {
    ring.tail = tail;
    uint64_t untouched = 77;
    CHECK_EQ(producer.Free(kEverything, &untouched), Status::Corrupt);
    CHECK_EQ(untouched, 77);
    CHECK_EQ(producer.tail(), 1050);
    // What was known before still holds.
    CHECK_EQ(producer.Free(1, &free), Status::Ok);
    CHECK_EQ(free, kPage - 50);
  }
  ring.tail = 1100;
  CHECK_EQ(producer.Free(kEverything, &free), Status::Ok);
  CHECK_EQ(free, kPage);
}

TEST(RefusesImpossiblePositionsOfTheWriter) {
  MirroredRing ring(kPage, 1000);
  Consumer consumer = ring.MakeConsumer();
  std::vector<uint8_t> bytes(kPage);
  ring.head = 1100;
  uint64_t used = 0;
  REQUIRE_EQ(consumer.Used(1, &used), Status::Ok);
  REQUIRE_EQ(used, 100);
  consumer.Read(bytes.data(), 50);
  const uint64_t half = uint64_t{1} << 63;
  for (const uint64_t head : {uint64_t{1099}, uint64_t{1000}, uint64_t{0}, 1050 + kPage + 1, half,
                              half + 1060, kEverything}) {
    ring.head = head;
    uint64_t untouched = 77;
    CHECK_EQ(consumer.Used(kEverything, &untouched), Status::Corrupt);
    CHECK_EQ(untouched, 77);
    CHECK_EQ(consumer.head(), 1100);
    CHECK_EQ(consumer.Used(1, &used), Status::Ok);
    CHECK_EQ(used, 50);
  }
  ring.head = 1050 + kPage;
  CHECK_EQ(consumer.Used(kEverything, &used), Status::Ok);
  CHECK_EQ(used, kPage);
}

TEST(NeverLeavesTheRingForAnythingThePeerStores) {
  Random random(check::Seed());
  MirroredRing ring(kPage);
  std::vector<uint8_t> bytes(kPage);
  uint64_t moved = 0;
  for (uint64_t i = 0; i < check::Times(200000, 50000, 20000); i++) {
    // Mostly near what is right, or the peer would soon have nothing left to be believed.
    const uint64_t start = random() % (4 * kPage);
    ring.head = ring.tail = start;
    Producer producer = ring.MakeProducer();
    Consumer consumer = ring.MakeConsumer();
    for (int step = 0; step < 4; step++) {
      uint64_t count = 0;
      ring.tail = random() % 8 == 0 ? random() : start + random() % (kPage + 200) - 100;
      if (producer.Free(kEverything, &count) == Status::Ok) {
        REQUIRE(count <= kPage);
        producer.Write(bytes.data(), count);
        moved += count;
      }
      ring.head = random() % 8 == 0 ? random() : start + random() % (kPage + 200) - 100;
      if (consumer.Used(kEverything, &count) == Status::Ok) {
        REQUIRE(count <= kPage);
        consumer.Read(bytes.data(), count);
        moved += count;
      }
    }
  }
  CHECK(moved > 0);
}

}  // namespace
}  // namespace smipc
