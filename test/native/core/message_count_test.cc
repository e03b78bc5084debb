// The count of messages belongs to the position, wherever its owner is killed and whatever is cut
// in two on its way.
#include "core/message_count.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "check.h"
#include "core/ring.h"
#include "mirrored_ring.h"

namespace smipc {
namespace {

using check::Random;

void PutLength(std::vector<uint8_t>* bytes, uint32_t length) {
  for (int i = 0; i < 4; i++) bytes->push_back(static_cast<uint8_t>(length >> (8 * i)));
}

// Messages of random sizes, and the position at which each ends.
struct Messages {
  Messages(Random& random, int count, uint32_t largest) {
    for (int i = 0; i < count; i++) {
      const auto size = static_cast<uint32_t>(random() % (largest + 1));
      PutLength(&bytes, size);
      bytes.insert(bytes.end(), size, static_cast<uint8_t>(random()));
      ends.push_back(bytes.size());
    }
  }
  uint64_t CountUpTo(uint64_t position) const {
    return static_cast<uint64_t>(std::upper_bound(ends.begin(), ends.end(), position) -
                                 ends.begin());
  }

  std::vector<uint8_t> bytes;
  std::vector<uint64_t> ends;
};

TEST(MessagesAreCountedHoweverTheyAreCut) {
  Random random(check::Seed());
  for (int round = 0; round < 200; round++) {
    const Messages messages(random, 50, round % 2 == 0 ? 3 : 400);
    MessageCount counts[2] = {};
    MessageCounter counter(counts, 0);
    uint64_t position = 0;
    while (position < messages.bytes.size()) {
      const uint64_t left = messages.bytes.size() - position;
      const uint64_t size = std::min(left, 1 + random() % (round % 3 == 0 ? 5 : 1000));
      counter.Pass(&messages.bytes[position], size, position + size);
      position += size;
      REQUIRE_EQ(counter.messages(), messages.CountUpTo(position));
      REQUIRE_EQ(MessagesAt(counts, position), counter.messages());
      const uint64_t whole = counter.messages();
      const uint64_t end = whole == 0 ? 0 : messages.ends[whole - 1];
      REQUIRE_EQ(IsWithinMessage(counts, position), position != end);
    }
    CHECK_EQ(counter.messages(), 50);
  }
}

// As often as an owner is killed: after each of its stores, before the position is stored.
TEST(ASuccessorFindsTheCountOfItsPosition) {
  Random random(check::Seed());
  for (int round = 0; round < 200; round++) {
    const Messages messages(random, 60, 20);
    MessageCount counts[2] = {};
    uint64_t done = 0;
    while (done < messages.ends.size()) {
      const uint64_t position = done == 0 ? 0 : messages.ends[done - 1];
      MessageCounter counter(counts, position);
      REQUIRE_EQ(counter.messages(), done);
      // Publishes some, a few at a time, and the position each time but the last.
      const uint64_t times = 1 + random() % 4;
      for (uint64_t i = 0; i < times && done < messages.ends.size(); i++) {
        const uint64_t from = done == 0 ? 0 : messages.ends[done - 1];
        const uint64_t next = std::min<uint64_t>(messages.ends.size(), done + 1 + random() % 3);
        const uint64_t to = messages.ends[next - 1];
        const uint64_t before[] = {counts[0].position, counts[1].position};
        counter.Pass(&messages.bytes[from], to - from, to);
        if (i + 1 == times && random() % 4 != 0) {
          // Killed here, or after the first of the two stores.
          for (int k = 0; k < 2; k++) {
            if (counts[k].position != before[k] && random() % 2 == 0)
              counts[k].position = before[k];
          }
          REQUIRE_EQ(MessagesAt(counts, from), done);
          break;
        }
        done = next;
      }
    }
  }
}

TEST(WhatAHostileOwnerStoresIsANumberAndNothingElse) {
  MessageCount counts[2] = {};
  counts[0].position = counts[1].position = UINT64_MAX;
  counts[0].messages = counts[1].messages = 5;
  CHECK_EQ(MessagesAt(counts, 1000), 0);
  MessageCounter counter(counts, 1000);
  // A length beyond all that comes.
  const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 1, 2, 3};
  counter.Pass(bytes, sizeof bytes, 1007);
  counter.Pass(bytes, sizeof bytes, 1014);
  CHECK_EQ(counter.messages(), 0);
}

TEST(BothEndsOfARingCount) {
  Random random(check::Seed());
  MirroredRing ring(kPage);
  MessageCount written[2] = {};
  MessageCount consumed[2] = {};
  Producer producer(ring.head, ring.tail, {ring.data(), ring.capacity}, written);
  Consumer consumer(ring.head, ring.tail, {ring.data(), ring.capacity}, consumed);
  const Messages messages(random, 500, 300);
  std::vector<uint8_t> target(ring.capacity);
  while (consumer.tail() < messages.bytes.size()) {
    uint64_t free = 0;
    REQUIRE_EQ(producer.Free(UINT64_MAX, &free), Status::Ok);
    const uint64_t left = messages.bytes.size() - producer.head();
    producer.Write(messages.bytes.data() + producer.head(),
                   std::min({free, left, random() % kPage}));
    uint64_t used = 0;
    REQUIRE_EQ(consumer.Used(UINT64_MAX, &used), Status::Ok);
    consumer.Read(target.data(), std::min(used, random() % kPage));
    REQUIRE_EQ(producer.messages(), messages.CountUpTo(producer.head()));
    REQUIRE_EQ(consumer.messages(), messages.CountUpTo(consumer.tail()));
  }
  CHECK_EQ(CountMessages(consumed, ring.tail), 500);
}

// One message is 8 bytes, so the count tells the position.
TEST(AnOnlookerSeesACountThatBelongsToAPosition) {
  MessageCount counts[2] = {};
  std::atomic<uint64_t> position{0};
  std::atomic<bool> is_over{false};
  std::thread owner([&] {
    MessageCounter counter(counts, 0);
    const uint8_t message[8] = {4};
    for (uint64_t at = 8; !is_over.load(); at += 8) {
      counter.Pass(message, 8, at);
      position.store(at);
    }
  });
  for (int i = 0; i < 20000; i++) {
    const uint64_t before = position.load();
    const uint64_t messages = CountMessages(counts, position);
    const uint64_t after = position.load();
    CHECK(messages * 8 >= before);
    // The one that is about to be published may be counted if the loads ran out.
    CHECK(messages * 8 <= after + 8);
  }
  is_over = true;
  owner.join();
}

}  // namespace
}  // namespace smipc
