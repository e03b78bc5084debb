// The moment of the doorbell's handshake: one side arms and loads the position, while the
// other stores it and checks for sleepers. Neither sleeps; what counts is that one of them sees the
// other.
//
// Tried by hand, in copies; on x86 each of these is found: the store of `sleeping` in Arm made a
// release store; the store of `head` in Producer::Publish made one; the store of `tail` in
// Consumer::Consume made one.
#include <sched.h>

#include <thread>
#include <vector>

#include "check.h"
#include "core/doorbell.h"
#include "mirrored_ring.h"

namespace smipc {
namespace {

constexpr uint64_t kLongestDelay = 200;

void Spin(uint64_t turns) {
  for (uint64_t i = 0; i < turns; i++) __asm__ volatile("" ::: "memory");
}

// Two threads meet here, as closely as can be, and again and again.
class Meeting {
 public:
  void Wait() {
    const uint64_t wanted = ++own_turns_[IsFirst() ? 0 : 1] * 2;
    arrived_++;
    for (uint64_t turns = 0; arrived_ < wanted; turns++) {
      if (turns > 10000) sched_yield();
    }
  }

 private:
  bool IsFirst() const { return std::this_thread::get_id() == first_; }

  const std::thread::id first_ = std::this_thread::get_id();
  uint64_t own_turns_[2] = {0, 0};
  std::atomic<uint64_t> arrived_{0};
};

// In each round one thread arms and loads the position, while another stores it and checks
// for sleepers. It must not happen that neither sees the other.
template <typename ArmAndLoad, typename StoreAndWake, typename Settle>
void Collide(ArmAndLoad arm_and_load, StoreAndWake store_and_wake, Settle settle) {
  check::Random random(check::Seed());
  const uint64_t seed = random();
  const uint64_t rounds = check::Times(200000, 50000, 20000);
  Meeting meeting;
  bool is_over = false;  // the meetings order it, and was_woken
  bool was_woken = false;
  std::thread waker([&] {
    check::Random delays(seed);
    for (;;) {
      meeting.Wait();
      if (is_over) return;
      Spin(delays() % kLongestDelay);
      was_woken = store_and_wake();
      meeting.Wait();
    }
  });
  uint64_t both_missed = 0;
  uint64_t missed = 0;
  uint64_t done = 0;
  // Where other programs are at work too, one side may be the first for a long time. They were
  // there at the same time when each has been the first.
  const auto have_met = [&] { return missed > 0 && missed < done; };
  for (; done < rounds || (!have_met() && done < 50 * rounds); done++) {
    if (done % 4096 == 0) check::KeepAlive();
    meeting.Wait();
    Spin(random() % kLongestDelay);
    const bool has_seen = arm_and_load();
    meeting.Wait();
    both_missed += !has_seen && !was_woken ? 1 : 0;
    missed += has_seen ? 0 : 1;
    settle();
  }
  is_over = true;
  meeting.Wait();
  waker.join();
  CHECK_EQ(both_missed, 0);
  CHECK(have_met());
}

TEST(AnArmingReaderAndAWakingWriterDoNotMissEachOther) {
  MirroredRing ring(4096);
  alignas(kLine) Doorbell data{};
  Producer producer = ring.MakeProducer();
  Consumer consumer = ring.MakeConsumer();
  uint8_t byte = 0;
  uint64_t used = 0;
  Collide(
      [&] {
        Arm(data, consumer.tail() + 1, Sleep::AtFutex);
        return consumer.Used(1, &used) != Status::Ok || used > 0;
      },
      [&] {
        const uint8_t source = 0;
        producer.Write(&source, 1);
        return TakeWakeUp(data, producer.head()) != Sleep::Awake;
      },
      [&] {
        if (CHECK(consumer.Used(1, &used) == Status::Ok && used == 1)) consumer.Read(&byte, 1);
      });
}

TEST(AnArmingWriterAndAWakingReaderDoNotMissEachOther) {
  MirroredRing ring(4096);
  alignas(kLine) Doorbell space{};
  const std::vector<uint8_t> bytes(4096);
  Producer producer = ring.MakeProducer();
  producer.Write(bytes.data(), bytes.size());
  Consumer consumer = ring.MakeConsumer();
  uint64_t free = 0;
  Collide(
      [&] {
        Arm(space, producer.tail() + 1, Sleep::AtFutex);
        return producer.Free(1, &free) != Status::Ok || free > 0;
      },
      [&] {
        uint64_t used = 0;
        uint8_t byte = 0;
        if (consumer.Used(1, &used) == Status::Ok) consumer.Read(&byte, 1);
        return TakeWakeUp(space, consumer.tail()) != Sleep::Awake;
      },
      [&] {
        if (CHECK(producer.Free(1, &free) == Status::Ok && free == 1)) producer.Write(&bytes[0], 1);
      });
}

}  // namespace
}  // namespace smipc
