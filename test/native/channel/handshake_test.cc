// The handshake at the doorbell, with real sleeping: a wake-up that is lost leaves both threads
// asleep, and the watchdog ends the test. collision_test.cc has the moment in which it could be.
#include <time.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "check.h"
#include "core/doorbell.h"
#include "mirrored_ring.h"
#include "pattern.h"
#include "platform/word_wait.h"

namespace smipc {
namespace {

constexpr int64_t kForever = -1;
constexpr uint64_t kLongestSpin = 400;
constexpr uint64_t kMostLoads = 400;

// Mostly so short that the peer does not sleep, and now and then so long that it must.
void Delay(check::Random& random) {
  if (random() % 256 == 0) {
    const timespec pause{0, 20000};
    nanosleep(&pause, nullptr);
    return;
  }
  for (uint64_t i = random() % kLongestSpin; i > 0; i--) __asm__ volatile("" ::: "memory");
}

// Sleeps on the bell until `is_there()`, which loads the position that it is armed for. Loads it
// `loads` times before it arms: the races are in what happens at the same time as the arming.
// Returns how often it slept.
template <typename IsThere>
uint64_t Await(Doorbell& bell, uint64_t wake_at, uint64_t loads, IsThere is_there) {
  for (uint64_t i = 0; i < loads; i++) {
    if (is_there()) return 0;
  }
  for (uint64_t sleeps = 0;; sleeps++) {
    const uint32_t seq = bell.seq.load(std::memory_order_acquire);
    Arm(bell, wake_at, Sleep::AtFutex);
    if (is_there()) {
      Disarm(bell);
      return sleeps;
    }
    WaitForOne({&bell.seq, seq}, kForever);
  }
}

// Returns how often it slept.
uint64_t WriteAndWait(MirroredRing& ring, Doorbell& data, Doorbell& space, uint64_t rounds,
                      uint64_t seed) {
  check::Random random(seed);
  Producer producer = ring.MakeProducer();
  const uint8_t byte = 1;
  uint64_t sleeps = 0;
  for (uint64_t i = 1; i <= rounds; i++) {
    Delay(random);
    producer.Write(&byte, 1);
    if (TakeWakeUp(data, producer.head()) != Sleep::Awake) WakeAll(data.seq);
    uint64_t free = 0;
    sleeps += Await(space, i, random() % kMostLoads, [&] {
      return producer.Free(UINT64_MAX, &free) != Status::Ok || free == ring.capacity;
    });
  }
  return sleeps;
}

uint64_t WaitAndRead(MirroredRing& ring, Doorbell& data, Doorbell& space, uint64_t rounds,
                     uint64_t seed) {
  check::Random random(seed);
  Consumer consumer = ring.MakeConsumer();
  uint64_t sleeps = 0;
  for (uint64_t i = 1; i <= rounds; i++) {
    if (i % 1024 == 0) check::KeepAlive();
    uint64_t used = 0;
    sleeps += Await(data, i, random() % kMostLoads,
                    [&] { return consumer.Used(1, &used) != Status::Ok || used == 1; });
    Delay(random);
    uint8_t byte = 0;
    consumer.Read(&byte, 1);
    if (TakeWakeUp(space, consumer.tail()) != Sleep::Awake) WakeAll(space.seq);
  }
  return sleeps;
}

// A byte goes in, and the writer waits until it has come out: both bells, once in each round.
TEST(PingPongLosesNoWakeUp) {
  check::Random random(check::Seed());
  const uint64_t rounds = check::Times(200000, 100000, 30000);
  const uint64_t seeds[] = {random(), random()};
  MirroredRing ring(4096);
  alignas(kLine) Doorbell data{};
  alignas(kLine) Doorbell space{};
  uint64_t sleeps = 0;
  std::thread writer([&] { sleeps = WriteAndWait(ring, data, space, rounds, seeds[0]); });
  const uint64_t own_sleeps = WaitAndRead(ring, data, space, rounds, seeds[1]);
  writer.join();
  CHECK(sleeps + own_sleeps > 0);  // otherwise both only polled
}

// A ring between two threads that sleep when it is empty or full: the reader for a random number of
// bytes, the writer for half of the ring.
TEST(ThresholdsLoseNoWakeUp) {
  check::Random random(check::Seed());
  constexpr uint64_t kCapacity = 4096;
  const uint64_t total = check::Times(64, 16, 4) * 1000 * 1000;
  MirroredRing ring(kCapacity);
  alignas(kLine) Doorbell data{};
  alignas(kLine) Doorbell space{};
  const Pattern pattern(random(), kCapacity);
  const uint64_t seeds[] = {random(), random()};

  std::thread writer([&] {
    check::Random sizes(seeds[0]);
    Producer producer = ring.MakeProducer();
    uint64_t free = 0;
    while (producer.head() < total) {
      REQUIRE_EQ(producer.Free(kCapacity, &free), Status::Ok);
      if (free == 0) {
        constexpr uint64_t kHalf = kCapacity / 2;
        Await(space, producer.head() - kHalf, sizes() % kMostLoads,
              [&] { return producer.Free(kHalf, &free) != Status::Ok || free >= kHalf; });
        continue;
      }
      const uint64_t size = std::min({free, 1 + sizes() % kCapacity, total - producer.head()});
      producer.Write(pattern.From(producer.head()), size);
      if (TakeWakeUp(data, producer.head()) != Sleep::Awake) WakeAll(data.seq);
      Delay(sizes);
    }
  });

  check::Random sizes(seeds[1]);
  Consumer consumer = ring.MakeConsumer();
  std::vector<uint8_t> bytes(kCapacity);
  for (uint64_t turn = 0; consumer.tail() < total; turn++) {
    if (turn % 1024 == 0) check::KeepAlive();
    // Half of the ring at most: for more the writer, which waits for half of it, would not write.
    const uint64_t size = std::min(1 + sizes() % (kCapacity / 2), total - consumer.tail());
    uint64_t used = 0;
    Await(data, consumer.tail() + size, sizes() % kMostLoads,
          [&] { return consumer.Used(size, &used) != Status::Ok || used >= size; });
    const uint64_t position = consumer.tail();
    consumer.Read(bytes.data(), size);
    if (!CHECK(pattern.Matches(bytes.data(), size, position))) break;
    if (TakeWakeUp(space, consumer.tail()) != Sleep::Awake) WakeAll(space.seq);
    Delay(sizes);
  }
  writer.join();
}

}  // namespace
}  // namespace smipc
