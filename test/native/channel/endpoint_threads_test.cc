// A channel between two threads that both sleep when they can do nothing, in all the ways to sleep,
// with all kinds of wishes. A wake-up that is lost, or two sides that wait for each other, leave
// both asleep, and the watchdog ends the test.
#include <algorithm>
#include <thread>
#include <vector>

#include "channel/endpoint.h"
#include "check.h"
#include "pair.h"
#include "party.h"
#include "pattern.h"

namespace smipc {
namespace {

struct Traffic {
  Way way;
  uint64_t capacity;
  uint64_t total;
  uint64_t most_at_once;  // written or read
  uint32_t busy_poll_us;
  bool has_min;  // the reader waits for a number of bytes; otherwise the writer waits for drained()
  uint64_t seed;
};

enum class Wait { Loop, Park };

// One end, in its own thread and environment.
class Peer {
 public:
  Peer(const Traffic& traffic, const TemporaryDirectory& directory, bool is_writer)
      : traffic_(traffic),
        pattern_(traffic.seed, traffic.most_at_once),
        random_(traffic.seed + (is_writer ? 1 : 2)),
        party_(traffic.way, directory) {
    OpenRequest request = party_.Request(is_writer);
    request.capacity = traffic.capacity;
    request.busy_poll_us = traffic.busy_poll_us;
    channel_ = party_.Open(request);
  }

  void WriteAll() {
    while (channel_->position() < traffic_.total && !check::HasFailed()) {
      const uint64_t end = std::min(channel_->position() + Size(), traffic_.total);
      const Wait wait = AnyWait();
      const uint64_t behind = random_() % 2 == 0 ? 0 : Size();
      const bool is_written = Until(wait, [&] {
        const uint64_t rest = end - channel_->position();
        const uint8_t* source = pattern_.From(channel_->position());
        const int64_t count = wait == Wait::Park ? channel_->Write(source, rest, 0, kForever)
                                                 : channel_->Write(source, rest, behind, kArm);
        return !CHECK(count >= 0) || channel_->position() == end;
      });
      if (!CHECK(is_written)) return;
      if (!traffic_.has_min && random_() % 50 == 0) {
        CHECK(Until(Wait::Loop, [&] { return channel_->DrainedOrArm() != 0; }));
      }
    }
    channel_->End();
    CHECK(party_.Close(channel_));
  }

  void ReadAll() {
    std::vector<uint8_t> bytes(traffic_.most_at_once);
    for (;;) {
      check::KeepAlive();
      const uint64_t size = Size();
      // Often nearly all that the ring can hold: the writer must not wait for us to take some.
      const uint64_t most = std::min(size, traffic_.capacity);
      const bool has_min = traffic_.has_min && random_() % 2 == 0;
      const uint64_t min = has_min ? most - std::min(most - 1, random_() % 200) : 1;
      const Wait wait = AnyWait();
      const uint64_t position = channel_->position();
      int64_t count = 0;
      const bool is_read = Until(wait, [&] {
        count = wait == Wait::Park ? channel_->Read(bytes.data(), size, min, kForever)
                                   : channel_->Read(bytes.data(), size, min, kArm);
        return count != 0;
      });
      if (!CHECK(is_read)) return;
      if (count < 0) {
        CHECK_EQ(count, Answer(Status::PeerEnded));
        CHECK_EQ(position, traffic_.total);
        CHECK(party_.Close(channel_));
        return;
      }
      if (!CHECK(pattern_.Matches(bytes.data(), static_cast<uint64_t>(count), position))) return;
    }
  }

 private:
  static constexpr int64_t kForever = -1;

  uint64_t Size() {
    return 1 +
           random_() % (random_() % 3 == 0 ? traffic_.most_at_once : traffic_.most_at_once / 20);
  }
  Wait AnyWait() { return random_() % 2 == 0 ? Wait::Loop : Wait::Park; }

  template <typename IsDone>
  bool Until(Wait wait, IsDone is_done) {
    if (wait == Wait::Loop) return party_.Until(is_done);
    while (!is_done()) continue;
    return true;
  }

  const Traffic traffic_;
  const Pattern pattern_;
  check::Random random_;
  Party party_;
  Endpoint* channel_ = nullptr;
};

void Run(const Traffic& traffic) {
  const TemporaryDirectory directory;
  std::thread writer([&] { Peer(traffic, directory, true).WriteAll(); });
  Peer(traffic, directory, false).ReadAll();
  writer.join();
  CHECK(directory.Names().empty());
}

TEST(TheTwoSidesNeverSleepAtTheSameTime) {
  check::Random random(check::Seed());
  const uint64_t megabyte = 1000 * 1000;
  ForEachWay([&](const Way& way) {
    for (const bool has_min : {true, false}) {
      Run({way, 4096, check::Times(8, 2, 1) * megabyte, 6000, 0, has_min, random()});
      Run({way, 4096, check::Times(4, 2, 1) * megabyte, 6000, 50, has_min, random()});
      Run({way, 1 << 16, check::Times(40, 10, 2) * megabyte, 200000, 50, has_min, random()});
      if (check::HasFailed()) return;
    }
  });
}

// Two threads meet as closely as can be.
void Meet(std::atomic<uint64_t>& arrived, uint64_t turn) {
  arrived++;
  for (uint64_t looks = 0; arrived < 2 * turn; looks++) {
    if (looks > 10000) std::this_thread::yield();
  }
}

// A write that finds space just when it has armed the doorbell must not withdraw the request
// of drained(), which waits at the same doorbell.
TEST(AWriteDoesNotCancelDrained) {
  check::Random random(check::Seed());
  const Pair pair({WaitMode::Apart, RoleScheme::RobustList});
  Endpoint* writer = pair.writer;
  Endpoint* reader = pair.reader;
  const std::atomic<uint32_t>& seq = writer->segment().header().space.seq;
  const uint64_t rounds = check::Times(100000, 30000, 5000);
  constexpr uint64_t kSome = 1500;
  std::atomic<uint64_t> arrived{0};
  const uint64_t seed = random();
  std::thread other([&] {
    check::Random delays(seed);
    uint8_t bytes[4096];
    for (uint64_t i = 0; i < rounds; i++) {
      Meet(arrived, 3 * i + 1);
      for (uint64_t spin = delays() % 300; spin > 0; spin--) __asm__ volatile("" ::: "memory");
      reader->Read(bytes, kSome, 1, kReturn);  // enough for the write, not for drained()
      Meet(arrived, 3 * i + 2);
      while (reader->Read(bytes, sizeof bytes, 1, kReturn) > 0) continue;
      Meet(arrived, 3 * i + 3);
    }
  });
  const uint8_t bytes[4096] = {};
  uint64_t lost = 0;
  for (uint64_t i = 0; i < rounds; i++) {
    if (i % 1024 == 0) check::KeepAlive();
    CHECK_EQ(writer->Write(bytes, 4096, 0, kReturn), 4096);
    CHECK_EQ(writer->DrainedOrArm(), 0);
    const uint32_t before = seq;
    Meet(arrived, 3 * i + 1);
    for (uint64_t spin = random() % 300; spin > 0; spin--) __asm__ volatile("" ::: "memory");
    writer->Write(bytes, 1000, 1000, kArm);
    Meet(arrived, 3 * i + 2);
    // Now the reader takes all there is.
    Meet(arrived, 3 * i + 3);
    lost += seq == before ? 1 : 0;
    CHECK_EQ(writer->DrainedOrArm(), 1);
  }
  other.join();
  CHECK_EQ(lost, 0);
}

}  // namespace
}  // namespace smipc
