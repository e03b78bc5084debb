// A listener and those who call it.
#include <set>
#include <thread>

#include "check.h"
#include "session/caller.h"
#include "session/listener.h"
#include "session_pair.h"

namespace smipc {
namespace {

OpenRequest RequestToListen(const Party& party, Framing framing = Framing::Bytes) {
  OpenRequest request = party.Request(false, "server");
  request.framing = Framing::Listener;
  request.capacity = kListenerCapacity;
  request.terms.framing = framing;
  return request;
}

// Opened as JavaScript does it: it lives until its watch is retired.
struct Call {
  Call(Party& party, const char* name = "server") {
    std::unique_ptr<Caller> made;
    id = party.NewId();
    Environment& environment = party.environment();
    result = Caller::Open(environment.waiter(), environment.peer_bells(), id, party.PathOf(name),
                          &made, &holder_pid);
    caller = made.get();
    if (made != nullptr) environment.AddOnlooker(id, std::move(made));
  }
  Caller* operator->() const { return caller; }

  uint32_t id = 0;
  uint32_t holder_pid = 0;
  Result result;
  Caller* caller = nullptr;
};

std::vector<uint64_t> Take(Listener& listener) {
  std::vector<uint64_t> all;
  uint64_t some[16];
  while (const size_t count = listener.TakeCalls(some, 16))
    all.insert(all.end(), some, some + count);
  return all;
}

struct Listening {
  explicit Listening(const Way& way) : serving(way, directory), calling(way, directory) {
    listener = serving.OpenAs<Listener>(RequestToListen(serving));
    if (!CHECK(listener != nullptr)) std::abort();
  }
  TemporaryDirectory directory;
  Party serving;
  Party calling;
  Listener* listener = nullptr;
};

TEST(ACallWakesTheServerOnce) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    const Call call(room.calling);
    REQUIRE(call.result.ok());
    CHECK_EQ(call.holder_pid, getpid());
    CHECK_EQ(call->framing(), Framing::Bytes);
    CHECK_EQ(call->Server(), Presence::Open);
    CHECK_EQ(Take(*room.listener).size(), 0);
    const uint32_t seen = room.serving.Mark();
    CHECK(call->Call(5));
    CHECK(room.serving.UntilSince(seen, [] { return true; }));
    const std::atomic<uint32_t>& rung = room.listener->segment().header().data.seq;
    const uint32_t before = rung;
    CHECK(call->Call(6));
    CHECK_EQ(rung.load(), before);
    CHECK(Take(*room.listener) == (std::vector<uint64_t>{5, 6}));
    CHECK(call->Call(7));
    call->TakeBack(7);
    call->TakeBack(8);
    CHECK_EQ(Take(*room.listener).size(), 0);
  });
}

TEST(AFullBacklogIsWaitedFor) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    const Call call(room.calling);
    REQUIRE(call.result.ok());
    for (uint64_t id = 1; id <= kBacklog; id++) CHECK(call->Call(id));
    room.calling.Until([&] { return room.calling.Count(call.id) > 0; });
    const uint32_t seen = room.calling.Mark();
    CHECK(!call->Call(1000));
    CHECK_EQ(Take(*room.listener).size(), kBacklog);
    CHECK(room.calling.UntilSince(seen, [&] { return call->Call(1000); }));
    CHECK(Take(*room.listener) == std::vector<uint64_t>{1000});
  });
}

TEST(ARefusalReachesItsCaller) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    const Call call(room.calling);
    REQUIRE(call.result.ok());
    CHECK(call->Call(5) && call->Call(6));
    CHECK_EQ(Take(*room.listener).size(), 2);
    const uint32_t seen = room.calling.Mark();
    room.listener->Refuse(6);
    CHECK(room.calling.UntilSince(seen, [&] { return call->TakeRefusal(6); }));
    CHECK(!call->TakeRefusal(6));
    CHECK(!call->TakeRefusal(5));
    CHECK_EQ(Take(*room.listener).size(), 0);
  });
}

// Nobody takes the refusals of callers that have died.
TEST(OldRefusalsLeaveRoomForCalls) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    const Call call(room.calling);
    REQUIRE(call.result.ok());
    for (uint64_t id = 1; id <= 3 * kBacklog; id++) {
      REQUIRE(call->Call(id));
      REQUIRE(Take(*room.listener) == std::vector<uint64_t>{id});
      room.listener->Refuse(id);
    }
    CHECK(!call->TakeRefusal(1));
    CHECK(call->TakeRefusal(3 * kBacklog));
    CHECK(call->TakeRefusal(3 * kBacklog - 200));
  });
}

// Others call faster than the server can refuse.
TEST(ARefusalWaitsForAPlace) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    const Call call(room.calling);
    REQUIRE(call.result.ok());
    CHECK(call->Call(1));
    CHECK_EQ(Take(*room.listener).size(), 1);
    for (uint64_t id = 1; id <= kBacklog; id++) CHECK(call->Call(1000 + id));
    room.listener->Refuse(1);
    CHECK(!call->TakeRefusal(1));
    uint64_t some[16];
    CHECK_EQ(room.listener->TakeCalls(some, 16), 16);
    CHECK(call->TakeRefusal(1));
  });
}

TEST(OneServerListens) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    CHECK(room.calling.OpenAs<Listener>(RequestToListen(room.calling)) == nullptr);
    CHECK_EQ(room.calling.result.status, Status::Busy);
    CHECK_EQ(room.calling.holder_pid, getpid());
    CHECK(room.serving.Close(room.listener));
    CHECK_EQ(room.directory.Names().size(), 0);
    CHECK(room.calling.OpenAs<Listener>(RequestToListen(room.calling)) != nullptr);
  });
}

TEST(ACallerHearsThatTheServerLeaves) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    const Call call(room.calling);
    REQUIRE(call.result.ok());
    CHECK(call->Call(5));
    const uint32_t seen = room.calling.Mark();
    CHECK(room.serving.Close(room.listener));
    CHECK(room.calling.UntilSince(seen, [&] { return call->Server() == Presence::Closed; }));
    call->TakeBack(5);
    uint64_t some[1];
    CHECK_EQ(room.listener->TakeCalls(some, 1), 0);
    room.listener->Refuse(5);
    CHECK_EQ(Call(room.calling).result.status, Status::NotFound);
    // It lives until its watch is retired.
    const int mapped = CountMappings(room.directory);
    CHECK(mapped > 0);
    room.calling.environment().StopOnlooker(call.id);
    CHECK(room.calling.Until([&] { return CountMappings(room.directory) < mapped; }));
  });
}

TEST(OnlyAListenerIsCalled) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    CHECK(room.serving.Open(false, "channel") != nullptr);
    CHECK_EQ(Call(room.calling, "channel").result.status, Status::Incompatible);
    CHECK_EQ(Call(room.calling, "nothing").result.status, Status::NotFound);
    CHECK(room.calling.Open(true, "server") == nullptr);
    CHECK_EQ(room.calling.result.status, Status::Incompatible);
    CHECK(room.calling.Open(false, "server") == nullptr);
    CHECK_EQ(room.calling.result.status, Status::Busy);
    CHECK(room.serving.OpenAs<Session>(RequestToMake(room.serving, SmallTerms())) != nullptr);
    CHECK_EQ(Call(room.calling, kSessionName).result.status, Status::Incompatible);
  });
}

TEST(AnEnvironmentMayEndWhileItCalls) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    {
      Party other(way, room.directory);
      const Call call(other);
      REQUIRE(call.result.ok());
      CHECK(call->Call(9));
    }
    CHECK(Take(*room.listener) == std::vector<uint64_t>{9});
    room.serving.environment().PrepareForExit();
    CHECK(!room.listener->is_held());
    CHECK_EQ(room.directory.Names().size(), 0);
  });
}

// Not the last one is taken back.
constexpr uint64_t kCalls = check::Times(20000, 4000, 2000) / 3 * 3 + 1;

// Two threads: each call is taken once, and none is missed.
TEST(EachCallIsTakenOnce) {
  ForEachWay([](const Way& way) {
    Listening room(way);
    std::thread calling([&] {
      const Call call(room.calling);
      if (!CHECK(call.result.ok())) return;
      for (uint64_t id = 1; id <= kCalls; id++) {
        CHECK(room.calling.Until([&] { return call->Call(id); }));
        if (id % 3 == 0) call->TakeBack(id);
      }
    });
    std::set<uint64_t> taken;
    while (taken.count(kCalls) == 0) {
      const uint32_t seen = room.serving.Mark();
      for (const uint64_t id : Take(*room.listener)) CHECK(taken.insert(id).second);
      if (taken.count(kCalls) > 0) break;
      if (!CHECK(room.serving.UntilSince(seen, [] { return true; }))) break;
    }
    calling.join();
    for (uint64_t id = 1; id <= kCalls; id++) CHECK(id % 3 == 0 || taken.count(id) == 1);
  });
}

}  // namespace
}  // namespace smipc
