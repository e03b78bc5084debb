// A peer that stores anything anywhere in what a session or a listener shares, at any time. What we
// may get is nonsense; what we may not get is a crash, a hang, or an access outside of the rings:
// the pages around the mapping, and the rings of slots that nobody has, cannot be touched.
#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "check.h"
#include "session/caller.h"
#include "session/listener.h"
#include "session_pair.h"

namespace smipc {
namespace {

using Arrival = Session::Arrival;

uint64_t Nonsense(check::Random& random) {
  switch (random() % 5) {
    case 0:
      return random();
    case 1:
      return random() % 8;
    case 2:
      return uint64_t{1} << random() % 64;
    case 3:
      return random() % (4 * kMinCapacity);
    default:
      return UINT64_MAX - random() % 8;
  }
}

// A word of a slot that is nearly right.
uint32_t NearlyAWord(uint32_t word, check::Random& random) {
  switch (random() % 4) {
    case 0:
      return word ^ 1u << random() % 8;
    case 1:
      return word + (1u << kGenerationShift);
    case 2:
      return (word & ~0xffu) | static_cast<uint32_t>(random() % 64);
    default:
      return static_cast<uint32_t>(random());
  }
}

constexpr uint32_t kSlots = 3;

// All words of the session and its header, and those that stand in its slots above all.
void Scribble(const Segment& segment, check::Random& random) {
  auto& record = *reinterpret_cast<SessionRecord*>(segment.ring());
  Slot& slot = record.slots_begin[random() % kSlots];
  std::atomic<uint64_t>* const positions[] = {&slot.up_head, &slot.down_tail, &slot.down_head,
                                              &slot.up_tail};
  std::atomic<uint32_t>& word = random() % 2 == 0 ? slot.client : slot.server;
  switch (random() % 8) {
    case 0: {
      auto* words = reinterpret_cast<std::atomic<uint64_t>*>(&segment.header());
      words[random() % (sizeof(Header) / 8)] = Nonsense(random);
      break;
    }
    case 1: {
      auto* words = reinterpret_cast<std::atomic<uint64_t>*>(segment.ring());
      words[random() % (RingsAt(kSlots) / 8)] = Nonsense(random);
      break;
    }
    case 2:
      record.for_server[random() % kReadyWords] = Nonsense(random);
      record.for_client[random() % kReadyWords] = Nonsense(random);
      break;
    case 3:
    case 4: {
      std::atomic<uint64_t>& position = *positions[random() % 4];
      position = random() % 2 == 0 ? position + random() % kMinCapacity : Nonsense(random);
      break;
    }
    case 5:
      record.accepts = static_cast<uint32_t>(Nonsense(random));
      break;
    default:
      word = NearlyAWord(word, random);
      record.for_server[0] = 7;
      record.for_client[0] = 7;
  }
}

// Pages that cannot be touched, right before and after what is mapped, where no other mapping is.
class Guards {
 public:
  explicit Guards(const Segment& segment) {
    Guard(segment.ring() - 3 * kPage);
    Guard(segment.ring() + segment.capacity());
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

// One side of a session as JavaScript uses it.
class Victim {
 public:
  Victim(Party& party, Session& session, bool is_client, uint64_t seed)
      : party_(party), session_(session), is_client_(is_client), random_(seed) {}

  void Act() {
    switch (random_() % 8) {
      case 0:
        party_.TakeWakes();
        Rests(session_);
        session_.PeerOfSession();
        break;
      case 1:
        if (is_client_) {
          uint32_t slot = 0;
          session_.Connect(Framing::Bytes, &slot, nullptr);
          Keep(slot);
        }
        break;
      case 2:
      case 3: {
        const std::vector<uint32_t> slots = smipc::TakeReady(session_);
        CHECK(slots.size() <= kSlots);
        for (const uint32_t slot : slots) {
          CHECK(slot < kSlots);
          Accept(slot);
        }
        break;
      }
      default:
        ActOn(random_() % 4 == 0 ? random_() % 100 : kNew);
    }
  }

 private:
  static constexpr uint64_t kNew = UINT64_MAX;

  void Accept(uint32_t slot) {
    if (!is_client_ && session_.Accept(slot, Framing::Bytes) == Arrival::Connection) {
      if (random_() % 8 == 0) return session_.Drop(slot);
      Keep(slot);
    }
  }
  // JavaScript refers to it for a while, also when it has left.
  void Keep(uint32_t slot) {
    if (slot == Session::kNoFreeSlot || session_.connection(slot) == nullptr) return;
    kept_.push_back(session_.connection(slot));
    if (kept_.size() > 20) kept_.erase(kept_.begin());
  }
  void ActOn(uint64_t which) {
    if (kept_.empty()) return;
    const std::shared_ptr<Connection> connection =
        which == kNew ? kept_.back() : kept_[which % kept_.size()];
    SlotEnd& reader = connection->reader;
    SlotEnd& writer = connection->writer;
    const uint64_t size = 1 + random_() % (3 * kMinCapacity);
    const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]());
    const uint64_t min = 1 + random_() % std::min(size, reader.capacity());
    const Wait wait = random_() % 2 == 0 ? kReturn : kArm;
    switch (random_() % 10) {
      case 0: {
        Snapshot snapshot{};
        reader.TakeSnapshot(&snapshot);
        writer.TakeSnapshot(&snapshot);
        break;
      }
      case 1:
        reader.HasEnded();
        writer.DrainedOrArm();
        break;
      case 2:
        if (random_() % 8 == 0) writer.End();
        break;
      case 3:
        if (random_() % 4 == 0) writer.LeaveRing();
        if (random_() % 4 == 0) reader.LeaveRing();
        break;
      case 4:
        CHECK(reader.Peek(bytes.get(), size, min, wait) <= static_cast<int64_t>(size));
        reader.Consume(random_() % 2 == 0 ? size : UINT64_MAX);
        break;
      case 5:
      case 6:
        CHECK(writer.Write(bytes.get(), size, random_() % 2 * size, wait) <=
              static_cast<int64_t>(std::min(size, 3 * writer.capacity())));
        break;
      default:
        CHECK(reader.Read(bytes.get(), size, min, wait) <=
              static_cast<int64_t>(std::min(size, reader.capacity())));
    }
  }

  Party& party_;
  Session& session_;
  const bool is_client_;
  check::Random random_;
  std::vector<std::shared_ptr<Connection>> kept_;
};

// Both sides are victims, of one who writes in between.
void Try(const Way& way, check::Random& random, bool is_at_once, int steps) {
  check::KeepAlive();
  SessionPair pair(way, SmallTerms(kSlots));
  const auto server_guards = std::make_unique<Guards>(pair.server->segment());
  const auto client_guards = std::make_unique<Guards>(pair.client->segment());
  {
    Victim client(pair.calling, *pair.client, true, random());
    Victim server(pair.serving, *pair.server, false, random());
    std::atomic<bool> is_over{false};
    const uint64_t seed = random();
    std::thread peer;
    if (is_at_once) {
      peer = std::thread([&] {
        check::Random choice(seed);
        while (!is_over) Scribble(pair.server->segment(), choice);
      });
    }
    for (int step = 0; step < steps; step++) {
      client.Act();
      if (!is_at_once && random() % 4 == 0) Scribble(pair.server->segment(), random);
      server.Act();
      if (!is_at_once && random() % 4 == 0) Scribble(pair.client->segment(), random);
    }
    is_over = true;
    if (is_at_once) peer.join();
  }
  CHECK(pair.calling.Close(pair.client));
  CHECK(pair.serving.Close(pair.server));
}

TEST(NothingInASessionIsTrusted) {
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t i = 0; i < check::Times(100, 30, 10); i++) Try(way, random, false, 800);
  });
}

// A hostile peer that does not wait for its turn.
TEST(NothingInASessionIsTrustedTwice) {
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t i = 0; i < check::Times(20, 10, 4); i++) Try(way, random, true, 800);
  });
}

// A server looks at a session before it enters.
TEST(TermsThatDoNotFitAreNoSession) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party calling(way, directory);
    Party serving(way, directory);
    auto* client = calling.OpenAs<Session>(RequestToMake(calling, SmallTerms(kSlots)));
    REQUIRE(client != nullptr);
    auto& record = *reinterpret_cast<SessionRecord*>(client->segment().ring());
    const uint64_t up = record.up_capacity;
    const uint64_t down = record.down_capacity;
    const auto expect_corrupt = [&](const char* what) {
      check::Context("%s", what);
      CHECK(serving.OpenAs<Session>(RequestToTake(serving)) == nullptr);
      CHECK_EQ(serving.result.status, Status::Corrupt);
      record.up_capacity = up;
      record.down_capacity = down;
      record.slots = kSlots;
    };
    for (const uint64_t capacity :
         {uint64_t{0}, uint64_t{1}, kMinCapacity - 1, kMinCapacity / 2, 3 * kMinCapacity,
          kMaxCapacity, 2 * kMaxCapacity, uint64_t{1} << 63, UINT64_MAX, 16 * kMinCapacity}) {
      record.up_capacity = capacity;
      expect_corrupt("up");
      record.down_capacity = capacity;
      expect_corrupt("down");
    }
    for (const uint32_t slots : {0u, 6u, 256u, 257u, 1u << 31, UINT32_MAX}) {
      record.slots = slots;
      expect_corrupt("slots");
    }
    CHECK(serving.OpenAs<Session>(RequestToTake(serving)) != nullptr);
  });
}

TEST(MoreSlotsThanASessionMayHaveAreNoSession) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party calling(way, directory);
    Party serving(way, directory);
    REQUIRE(calling.OpenAs<Session>(RequestToMake(calling, SmallTerms(kMostConnections + 1))) !=
            nullptr);
    CHECK(serving.OpenAs<Session>(RequestToTake(serving)) == nullptr);
    CHECK_EQ(serving.result.status, Status::Corrupt);
  });
}

TEST(WhatIsNoSessionIsNotTaken) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party calling(way, directory);
    Party serving(way, directory);
    // A channel.
    REQUIRE(calling.Open(true, kSessionName) != nullptr);
    CHECK(serving.OpenAs<Session>(RequestToTake(serving)) == nullptr);
    CHECK_EQ(serving.result.status, Status::Incompatible);
    calling.environment().Shutdown();
    // Another file.
    Put(directory.PathOf(kSessionName), "nothing");
    CHECK(serving.OpenAs<Session>(RequestToTake(serving)) == nullptr);
    CHECK_EQ(serving.result.status, Status::Incompatible);
  });
}

// A slot whose positions are not those of a start.
TEST(AConnectionBeginsAtTheStart) {
  ForEachWay([](const Way& way) {
    for (int which = 0; which < 4; which++) {
      SessionPair pair(way, SmallTerms(1));
      uint32_t index = 0;
      CHECK(pair.client->Connect(Framing::Bytes, &index, nullptr).ok());
      auto& record = *reinterpret_cast<SessionRecord*>(pair.client->segment().ring());
      Slot& slot = record.slots_begin[0];
      std::atomic<uint64_t>* const positions[] = {&slot.up_head, &slot.up_tail, &slot.down_head,
                                                  &slot.down_tail};
      *positions[which] = which == 0 ? kMinCapacity + 1 : 1;
      CHECK_EQ(pair.server->Accept(0, Framing::Bytes), Arrival::Refused);
      CHECK(pair.server->is_idle());
      uint8_t byte = 0;
      CHECK_EQ(pair.client->connection(0)->writer.Write(&byte, 1, 0, kReturn),
               Answer(Status::PeerClosed));
    }
  });
}

TEST(NothingInABacklogIsTrusted) {
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t i = 0; i < check::Times(20, 10, 4); i++) {
      check::KeepAlive();
      const TemporaryDirectory directory;
      Party serving(way, directory);
      Party calling(way, directory);
      OpenRequest request = serving.Request(false, "server");
      request.framing = Framing::Listener;
      auto* listener = serving.OpenAs<smipc::Listener>(request);
      REQUIRE(listener != nullptr);
      std::unique_ptr<Caller> made;
      Environment& environment = calling.environment();
      uint32_t pid = 0;
      REQUIRE(Caller::Open(environment.waiter(), environment.peer_bells(), calling.NewId(),
                           calling.PathOf("server"), &made, &pid)
                  .ok());
      Caller* caller = made.get();
      environment.AddOnlooker(calling.last_id(), std::move(made));
      auto& record = *reinterpret_cast<ListenerRecord*>(listener->segment().ring());
      std::atomic<bool> is_over{false};
      const uint64_t seed = random();
      std::thread peer([&] {
        check::Random choice(seed);
        auto* words = reinterpret_cast<std::atomic<uint64_t>*>(&listener->segment().header());
        while (!is_over) {
          record.backlog[choice() % kBacklog] = Nonsense(choice);
          if (choice() % 8 == 0) words[choice() % (sizeof(Header) / 8)] = Nonsense(choice);
        }
      });
      for (int step = 0; step < 1000; step++) {
        uint64_t calls[16];
        const size_t count = listener->TakeCalls(calls, 16);
        CHECK(count <= 16);
        for (size_t each = 0; each < count; each++) {
          CHECK(calls[each] != 0);
          if (random() % 4 == 0) listener->Refuse(calls[each]);
        }
        const uint64_t id = Nonsense(random);
        caller->Call(id);
        caller->TakeRefusal(id);
        caller->TakeBack(id);
        caller->Server();
        if (step % 16 == 0) calling.TakeWakes();
        if (step % 16 == 0) serving.TakeWakes();
      }
      is_over = true;
      peer.join();
      // What it says it carries.
      record.framing = 3 + static_cast<uint32_t>(random() % 1000);
      const Result opened = Caller::Open(environment.waiter(), environment.peer_bells(),
                                         calling.NewId(), calling.PathOf("server"), &made, &pid);
      CHECK(!opened.ok() && made == nullptr);
    }
  });
}

}  // namespace
}  // namespace smipc
