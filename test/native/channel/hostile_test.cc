// A peer that stores anything anywhere in the header, at any time. What it may get is nonsense;
// what it may not get is a crash, a hang, or an access outside of the ring. The pages on both sides
// of the segment are guarded, and each target and source is a block of its own, so that a sanitizer
// sees any other access.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "channel/endpoint.h"
#include "check.h"
#include "child.h"
#include "party.h"
#include "platform/directory.h"

namespace smipc {
namespace {

// Pages that cannot be touched, right before and after what is mapped, where no other mapping is.
class Guards {
 public:
  explicit Guards(const Segment& segment) {
    Guard(segment.ring() - 3 * kPage);
    Guard(segment.ring() + 2 * segment.capacity());
  }
  ~Guards() {
    for (void* page : pages_) munmap(page, kPage);
  }
  Guards(const Guards&) = delete;
  Guards& operator=(const Guards&) = delete;

 private:
  static constexpr uint64_t kPage = 4096;

  void Guard(uint8_t* address) {
    void* page =
        mmap(address, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page != MAP_FAILED) pages_.push_back(page);
  }

  std::vector<void*> pages_;
};

// All 256 words of the header, the identity too: it was read once.
void Scribble(Header& header, check::Random& random, uint64_t most_words) {
  auto* words = reinterpret_cast<std::atomic<uint32_t>*>(&header);
  for (uint64_t count = random() % (most_words + 1); count > 0; count--) {
    std::atomic<uint32_t>& word = words[random() % (sizeof(Header) / sizeof(uint32_t))];
    switch (random() % 4) {
      case 0:
        word = static_cast<uint32_t>(random());
        break;
      case 1:
        word = static_cast<uint32_t>(random() % 8);
        break;
      case 2:
        word ^= 1u << random() % 32;
        break;
      default:
        word = (random() % 2 == 0 ? kOwnerDied : 0) | (random() % 2 == 0 ? kHasWaiters : 0) |
               static_cast<uint32_t>(random() % 3);
    }
  }
  // Positions that are nearly right get further than those that are not.
  const uint64_t base = header.tail.load();
  if (random() % 2 == 0) header.head = base + random() % (kMinCapacity + 100);
  if (random() % 4 == 0) header.tail = header.head - random() % (kMinCapacity + 100);
}

class Victim {
 public:
  Victim(const Way& way, const TemporaryDirectory& directory, uint64_t seed)
      : random_(seed), writes_(random_() % 2 == 0), party_(way, directory) {
    OpenRequest request = party_.Request(writes_);
    request.busy_poll_us = random_() % 2 == 0 ? 0 : 5;
    channel_ = party_.Open(request);
    if (!CHECK(channel_ != nullptr)) std::abort();
    Directory place;
    if (!place.Open(directory.path().c_str(), 0600).ok() || !peer_.Attach(place, "a").ok()) {
      std::abort();
    }
    guards_ = std::make_unique<Guards>(channel_->segment());
  }
  ~Victim() {
    guards_.reset();
    CHECK(party_.Close(channel_));  // whether or not it has left
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  // As the peer has it mapped.
  Header& header() const { return peer_.header(); }

  // Something that the owner of the role may do.
  void Act() {
    const uint64_t size = random_() % 10 == 0 ? 1 + random_() % 9000 : 1 + random_() % 500;
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]());
    switch (random_() % 8) {
      case 0: {
        Snapshot snapshot{};
        channel_->TakeSnapshot(&snapshot);
        break;
      }
      case 1:
        channel_->Peer();
        party_.TakeWakes();
        if (random_() % 200 == 0) channel_->Leave();
        break;
      default:
        if (writes_) {
          CHECK(Write(bytes.get(), size) <= static_cast<int64_t>(size));
        } else {
          CHECK(Read(bytes.get(), size) <= static_cast<int64_t>(std::min(size, kMinCapacity)));
        }
    }
  }

 private:
  // In the ring itself, as much of it as is said to be ours. The guards around it tell if that is
  // too much.
  int64_t Try(uint8_t* bytes, uint64_t size, uint64_t min) {
    const int64_t count =
        random_() % 2 == 0 ? channel_->Readable(min, kReturn) : channel_->Readable(min, kArm);
    if (count <= 0) return count;
    const uint64_t taken = std::min(size, static_cast<uint64_t>(count));
    const uint8_t* lent = channel_->Lend();
    bytes[0] = lent[0] ^ lent[count - 1];
    channel_->TakeBack();
    channel_->Consume(taken);
    return static_cast<int64_t>(taken);
  }
  int64_t Fill(const uint8_t* bytes, uint64_t size) {
    const int64_t free =
        random_() % 2 == 0 ? channel_->Writable(size, kReturn) : channel_->Writable(size, kArm);
    if (free <= 0) return free;
    uint8_t* lent = channel_->Lend();
    lent[0] = bytes[0];
    lent[free - 1] = bytes[size - 1];
    channel_->TakeBack();
    channel_->Publish(size);
    return static_cast<int64_t>(size);
  }
  int64_t Read(uint8_t* bytes, uint64_t size) {
    const uint64_t min = 1 + random_() % std::min<uint64_t>(size, kMinCapacity);
    switch (random_() % 8) {
      case 6:
      case 7:
        return Try(bytes, size, min);
      case 0:
        return channel_->Read(bytes, size, min, kArm);
      case 1:
        return channel_->Read(bytes, size, min, static_cast<int64_t>(random_() % 2));
      case 2:
        return channel_->HasEnded() ? 1 : 0;
      default:
        return channel_->Read(bytes, size, min, kReturn);
    }
  }
  int64_t Write(const uint8_t* bytes, uint64_t size) {
    switch (random_() % 8) {
      case 6:
      case 7:
        return Fill(bytes, std::min(size, kMinCapacity));
      case 0:
        return channel_->Write(bytes, size, random_() % 2 == 0 ? size : 0, kArm);
      case 1:
        return channel_->Write(bytes, size, 0, static_cast<int64_t>(random_() % 2));
      case 2:
        if (random_() % 50 == 0) channel_->End();
        return std::min<int64_t>(channel_->DrainedOrArm(), 1);
      default:
        return channel_->Write(bytes, size, 0, kReturn);
    }
  }

  check::Random random_;
  const bool writes_;
  Party party_;
  Endpoint* channel_ = nullptr;
  Segment peer_;
  std::unique_ptr<Guards> guards_;
};

TEST(NothingInTheHeaderIsTrusted) {
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t i = 0; i < check::Times(60, 30, 10); i++) {
      check::KeepAlive();
      const TemporaryDirectory directory;
      Victim victim(way, directory, random());
      for (int step = 0; step < 300; step++) {
        victim.Act();
        Scribble(victim.header(), random, random() % 4 == 0 ? 20 : 2);
        if (random() % 8 == 0) WakeAll(victim.header().data.seq);
      }
    }
  });
}

// A hostile peer that does not wait for its turn.
TEST(NothingInTheHeaderIsTrustedTwice) {
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t i = 0; i < check::Times(20, 10, 4); i++) {
      check::KeepAlive();
      const TemporaryDirectory directory;
      Victim victim(way, directory, random());
      std::atomic<bool> is_over{false};
      const uint64_t seed = random();
      std::thread peer([&] {
        check::Random choice(seed);
        while (!is_over) Scribble(victim.header(), choice, 2);
      });
      for (int step = 0; step < 500; step++) victim.Act();
      is_over = true;
      peer.join();
    }
  });
}

// Positions that change while a channel is opened: what was checked is what is used.
TEST(WhatIsCheckedAtOpeningIsUsed) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const uint64_t seed = check::Seed();
  const Way way{WaitMode::Apart, RoleScheme::RobustList};
  const TemporaryDirectory directory;
  // In a process of its own: a wild write may end it without a word.
  Child child([&](Child&) {
    Party hostile(way, directory);
    Party honest(way, directory);
    check::Random random(seed);
    for (uint64_t i = 0; i < check::Times(400, 100, 0); i++) {
      if (i % 100 == 0) check::KeepAlive();
      Endpoint* reader = hostile.Open(false);
      if (!CHECK(reader != nullptr)) break;
      std::atomic<uint64_t>& tail = reader->segment().header().tail;
      std::atomic<bool> is_over{false};
      std::atomic<bool> has_begun{false};
      std::thread scribbler([&] {
        while (!is_over) {
          tail = uint64_t{1} << 40;
          has_begun = true;
          tail = 0;
        }
      });
      while (!has_begun) continue;
      if (Endpoint* writer = honest.Open(true)) {
        is_over = true;
        scribbler.join();
        tail = 0;
        const Guards guards(writer->segment());
        const std::vector<uint8_t> bytes(1 << 20);
        CHECK(writer->Write(bytes.data(), bytes.size(), 0, kReturn) <=
              static_cast<int64_t>(kMinCapacity));
        honest.Close(writer);
      } else {
        CHECK_EQ(honest.result.status, Status::Corrupt);
        is_over = true;
        scribbler.join();
      }
      tail = 0;
      hostile.Close(reader);
      if (check::HasFailed()) break;
    }
    return 0;
  });
  CHECK_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace smipc
