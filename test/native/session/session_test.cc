// A session and the connections in it, between two environments of one process.
#include "session/session.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "check.h"
#include "session_pair.h"

namespace smipc {
namespace {

using Arrival = Session::Arrival;

int64_t Write(SlotEnd& end, const std::vector<uint8_t>& bytes) {
  return end.Write(bytes.data(), bytes.size(), 0, kReturn);
}
// All there is, and then the reason why there is no more: 0 or a negative Status.
int64_t ReadAll(SlotEnd& end, std::vector<uint8_t>* bytes) {
  uint8_t some[1000];
  for (;;) {
    const int64_t count = end.Read(some, sizeof some, 1, kReturn);
    if (count <= 0) return count;
    bytes->insert(bytes->end(), some, some + count);
  }
}
int64_t WhatComes(SlotEnd& end) {
  std::vector<uint8_t> bytes;
  return ReadAll(end, &bytes);
}
std::vector<uint8_t> SomeBytes(size_t count, uint64_t seed) {
  check::Random random(seed);
  std::vector<uint8_t> bytes(count);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}
void LeaveBoth(Connection& connection) {
  connection.writer.LeaveRing();
  connection.reader.LeaveRing();
}

TEST(BytesGoBothWaysAcrossTheSeam) {
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    const SessionPair pair(way);
    const uint32_t slot = pair.Connect();
    const std::shared_ptr<Connection> client = pair.client->connection(slot);
    const std::shared_ptr<Connection> server = pair.server->connection(slot);
    CHECK_EQ(client->writer.capacity(), kMinCapacity);
    CHECK_EQ(server->writer.capacity(), 2 * kMinCapacity);
    for (int i = 0; i < 100; i++) {
      for (auto [writer, reader] : {std::pair{&client->writer, &server->reader},
                                    std::pair{&server->writer, &client->reader}}) {
        const auto bytes = SomeBytes(1 + random() % writer->capacity(), random());
        REQUIRE_EQ(Write(*writer, bytes), bytes.size());
        std::vector<uint8_t> got;
        REQUIRE_EQ(ReadAll(*reader, &got), 0);
        REQUIRE(got == bytes);
      }
    }
    // More than fits.
    CHECK_EQ(Write(client->writer, SomeBytes(10000, 1)), kMinCapacity);
    CHECK_EQ(Write(server->writer, SomeBytes(10000, 1)), 2 * kMinCapacity);
  });
}

TEST(TheSlotsFollowFromTheCapacities) {
  for (uint64_t up = kMinCapacity; up <= kMaxCapacity / 4; up *= 2) {
    for (const uint64_t down : {kMinCapacity, up}) {
      check::Context("up 2^%d, down 2^%d", __builtin_ctzll(up), __builtin_ctzll(down));
      ConnectionTerms terms{Framing::Bytes, up, down, 0};
      const uint64_t capacity = Session::CapacityFor(&terms);
      const uint64_t pair = up + down;
      CHECK(terms.slots >= 1 && terms.slots <= kMostConnections);
      CHECK(terms.slots >= 15 || 16 * pair > kMaxCapacity);
      CHECK(terms.slots <= 15 || terms.slots * pair <= uint64_t{32} << 20);
      CHECK(RingsAt(terms.slots) + terms.slots * pair <= capacity);
      CHECK(capacity / 2 < RingsAt(terms.slots) + terms.slots * pair || capacity == kMinCapacity);
      CHECK(capacity <= kMaxCapacity);
    }
  }
}

TEST(OneWakeUpIsForAllThatIsReady) {
  ForEachWay([](const Way& way) {
    SessionPair pair(way, SmallTerms(200));
    const std::atomic<uint32_t>& rung = pair.server->segment().header().data.seq;
    TakeReady(*pair.server);
    CHECK(Rests(*pair.server));
    const uint32_t before = rung;
    const uint32_t seen = pair.serving.Mark();
    uint32_t slot = 0;
    for (int i = 0; i < 200; i++) pair.client->Connect(Framing::Bytes, &slot, nullptr);
    CHECK_EQ(slot, 199);
    CHECK_EQ(rung.load(), before + 1);
    CHECK(pair.serving.UntilSince(seen, [] { return true; }));
    CHECK_EQ(TakeReady(*pair.server).size(), 200);
    CHECK_EQ(TakeReady(*pair.server).size(), 0);
    for (uint32_t i = 0; i < 200; i++) {
      CHECK_EQ(pair.server->Accept(i, Framing::Bytes), Arrival::Connection);
      CHECK_EQ(pair.server->Accept(i, Framing::Bytes), Arrival::None);
    }
    // Until it rests again, nobody rings.
    Write(pair.client->connection(7)->writer, {1});
    Connection& server = *pair.server->connection(7);
    uint8_t byte = 0;
    CHECK_EQ(server.reader.Read(&byte, 1, 1, kArm), 1);
    CHECK_EQ(server.reader.Read(&byte, 1, 1, kArm), 0);
    Write(pair.client->connection(7)->writer, {1});
    CHECK_EQ(rung.load(), before + 1);
    CHECK(!Rests(*pair.server));
    CHECK_EQ(TakeReady(*pair.server).size(), 1);
    CHECK(Rests(*pair.server));
    // An end that does not sleep is not told of.
    Write(pair.client->connection(7)->writer, {1});
    CHECK_EQ(rung.load(), before + 1);
    uint32_t slots[kMostConnections];
    CHECK_EQ(pair.server->TakeReady(slots), 0);
    pair.client->connection(7)->writer.End();
    CHECK_EQ(rung.load(), before + 2);
    // Its word has changed, and not only a position.
    REQUIRE_EQ(pair.server->TakeReady(slots), 1);
    CHECK_EQ(slots[0], 7 | Session::kHasChanged);
    CHECK_EQ(server.reader.Read(&byte, 1, 1, kArm), 1);
    Write(pair.client->connection(6)->writer, {1});
    CHECK_EQ(pair.server->connection(6)->reader.Read(&byte, 1, 1, kArm), 1);
    CHECK_EQ(pair.server->connection(6)->reader.Read(&byte, 1, 1, kArm), 0);
    Write(pair.client->connection(6)->writer, {1});
    REQUIRE_EQ(pair.server->TakeReady(slots), 1);
    CHECK_EQ(slots[0], 6);
  });
}

// What has become of the four ends. `op` of them leaves; and, if it is a writer, with or without an
// end.
struct Four {
  Four(const SessionPair& pair, uint32_t slot)
      : client(pair.client->connection(slot)),
        server(pair.server->connection(slot)),
        ends{&client->reader, &client->writer, &server->reader, &server->writer} {}

  std::shared_ptr<Connection> client;
  std::shared_ptr<Connection> server;
  SlotEnd* ends[4];
};

TEST(TheFourEndsLeaveInAnyOrder) {
  ForEachWay([](const Way& way) {
    const SessionPair pair(way, SmallTerms(1));
    std::vector<int> order{0, 1, 2, 3};
    uint32_t slot = 0;
    do {
      for (int ended = 0; ended < 4; ended++) {
        check::Context("order %d%d%d%d, ended %d", order[0], order[1], order[2], order[3], ended);
        check::KeepAlive();
        REQUIRE_EQ(pair.Connect(), 0);
        Four four(pair, 0);
        for (SlotEnd* end : four.ends) REQUIRE_EQ(end->position(), 0);
        // Something is in both rings.
        REQUIRE_EQ(Write(four.client->writer, {1, 2, 3}), 3);
        REQUIRE_EQ(Write(four.server->writer, {4, 5}), 2);
        if ((ended & 1) != 0) four.client->writer.End();
        if ((ended & 2) != 0) four.server->writer.End();
        for (const int who : order) {
          CHECK(!pair.client->HasFreeSlot());
          CHECK_EQ(pair.client->Connect(Framing::Bytes, &slot, nullptr).status, Status::Ok);
          CHECK_EQ(slot, Session::kNoFreeSlot);
          SlotEnd& end = *four.ends[who];
          SlotEnd& peer = *four.ends[who ^ 3];
          const bool peer_is_there = !peer.has_left();
          end.LeaveRing();
          CHECK(end.has_left());
          TakeReady(*pair.client);
          TakeReady(*pair.server);
          if (!peer_is_there) continue;
          if (end.is_writer()) {
            const bool has_ended = (ended & (who == 1 ? 1 : 2)) != 0;
            std::vector<uint8_t> bytes;
            CHECK_EQ(ReadAll(peer, &bytes),
                     Answer(has_ended ? Status::PeerEnded : Status::PeerAborted));
            CHECK_EQ(bytes.size(), who == 1 ? 3 : 2);
          } else {
            CHECK_EQ(Write(peer, {1}), Answer(Status::PeerClosed));
          }
        }
        CHECK(pair.client->HasFreeSlot());
        CHECK(pair.client->is_idle() && pair.server->is_idle());
        // What JavaScript still has of it does nothing any more, neither now nor when the slot has
        // another connection.
        for (int round = 0; round < 2; round++) {
          uint8_t byte = 0;
          for (SlotEnd* end : four.ends) {
            CHECK_EQ(end->Read(&byte, 1, 1, kArm), Answer(Status::Closed));
            CHECK_EQ(end->Write(&byte, 1, 0, kArm), Answer(Status::Closed));
            CHECK_EQ(end->DrainedOrArm(), Answer(Status::Closed));
            CHECK_EQ(end->Peer(), Presence::Absent);
            end->End();
            end->LeaveRing();
            end->Consume(1);
            end->Publish(1);
          }
          if (round == 0) {
            REQUIRE_EQ(pair.Connect(), 0);
            continue;
          }
          Four next(pair, 0);
          for (const SlotEnd* end : next.ends) CHECK_EQ(end->Peer(), Presence::Open);
          CHECK_EQ(WhatComes(next.client->reader), 0);
          LeaveBoth(*next.client);
          LeaveBoth(*next.server);
          TakeReady(*pair.client);
        }
        if (check::HasFailed()) return;
      }
    } while (std::next_permutation(order.begin(), order.end()));
  });
}

TEST(AllSlotsMayBeTaken) {
  ForEachWay([](const Way& way) {
    const SessionPair pair(way, SmallTerms(3));
    for (int i = 0; i < 3; i++) pair.Connect();
    uint32_t slot = 0;
    CHECK(pair.client->Connect(Framing::Bytes, &slot, nullptr).ok());
    CHECK_EQ(slot, Session::kNoFreeSlot);
    LeaveBoth(*pair.client->connection(1));
    TakeReady(*pair.client);
    CHECK(!pair.client->HasFreeSlot());
    CHECK(Rests(*pair.client));
    LeaveBoth(*pair.server->connection(1));
    CHECK(!Rests(*pair.client));
    TakeReady(*pair.client);
    CHECK_EQ(pair.Connect(), 1);
  });
}

// The client leaves before the server looks; the server sees all of it, and then the next one.
TEST(AConnectionIsTakenAfterItsClientHasLeftIt) {
  ForEachWay([](const Way& way) {
    const SessionPair pair(way, SmallTerms(1));
    for (int i = 0; i < 10; i++) {
      uint32_t slot = 9;
      CHECK(pair.client->Connect(Framing::Bytes, &slot, nullptr).ok());
      REQUIRE_EQ(slot, 0);
      const std::shared_ptr<Connection> client = pair.client->connection(0);
      CHECK_EQ(client->reader.Peer(), Presence::Open);
      CHECK_EQ(Write(client->writer, {1, 2, 3}), 3);
      if (i % 2 == 0) client->writer.End();
      LeaveBoth(*client);
      TakeReady(*pair.client);
      CHECK(!pair.client->HasFreeSlot());
      TakeReady(*pair.server);
      CHECK_EQ(pair.server->Accept(0, Framing::Bytes), Arrival::Connection);
      const std::shared_ptr<Connection> server = pair.server->connection(0);
      std::vector<uint8_t> bytes;
      CHECK_EQ(ReadAll(server->reader, &bytes),
               Answer(i % 2 == 0 ? Status::PeerEnded : Status::PeerAborted));
      CHECK(bytes == (std::vector<uint8_t>{1, 2, 3}));
      CHECK_EQ(Write(server->writer, {1}), Answer(Status::PeerClosed));
      LeaveBoth(*server);
      TakeReady(*pair.client);
      CHECK_EQ(pair.server->Accept(0, Framing::Bytes), Arrival::None);
    }
  });
}

TEST(ADroppedConnectionHasEnded) {
  ForEachWay([](const Way& way) {
    const SessionPair pair(way, SmallTerms(1));
    pair.Connect();
    const std::shared_ptr<Connection> client = pair.client->connection(0);
    pair.server->Drop(0);
    pair.server->Drop(0);
    CHECK(pair.server->is_idle());
    CHECK_EQ(WhatComes(client->reader), Answer(Status::PeerEnded));
    CHECK_EQ(Write(client->writer, {1}), Answer(Status::PeerClosed));
    LeaveBoth(*client);
    CHECK(pair.client->HasFreeSlot());
  });
}

TEST(ADifferentFramingIsRefused) {
  ForEachWay([](const Way& way) {
    const SessionPair pair(way, SmallTerms(1));
    uint32_t slot = 0;
    for (int i = 0; i < 3; i++) {
      CHECK(pair.client->Connect(Framing::Messages, &slot, nullptr).ok());
      REQUIRE_EQ(slot, 0);
      const std::shared_ptr<Connection> client = pair.client->connection(0);
      CHECK_EQ(pair.server->Accept(0, Framing::Bytes), Arrival::Refused);
      CHECK_EQ(pair.server->Accept(0, Framing::Bytes), Arrival::None);
      CHECK_EQ(WhatComes(client->reader), Answer(Status::PeerAborted));
      CHECK_EQ(Write(client->writer, {1}), Answer(Status::PeerClosed));
      LeaveBoth(*client);
    }
    pair.Connect();
  });
}

TEST(AServerThatAcceptsNoLongerIsNotConnectedTo) {
  ForEachWay([](const Way& way) {
    const SessionPair pair(way);
    const uint32_t slot = pair.Connect();
    pair.server->SetAccepts(Accepts::NoLonger);
    uint32_t next = 0;
    CHECK_EQ(pair.client->Connect(Framing::Bytes, &next, nullptr).status, Status::Refused);
    CHECK_EQ(next, Session::kNoFreeSlot);
    CHECK_EQ(Write(pair.client->connection(slot)->writer, {1}), 1);
    CHECK_EQ(WhatComes(pair.server->connection(slot)->reader), 0);
    pair.server->SetAccepts(Accepts::Yes);
    pair.Connect();
  });
}

TEST(ASideThatLeavesTheSessionLeavesAllSlots) {
  ForEachWay([](const Way& way) {
    for (const bool client_leaves : {true, false}) {
      SessionPair pair(way);
      const uint32_t open = pair.Connect();
      const uint32_t ended = pair.Connect();
      Session& leaving = client_leaves ? *pair.client : *pair.server;
      Session& staying = client_leaves ? *pair.server : *pair.client;
      Party& leaver = client_leaves ? pair.calling : pair.serving;
      Party& stayer = client_leaves ? pair.serving : pair.calling;
      const std::shared_ptr<Connection> gone = leaving.connection(open);
      const std::shared_ptr<Connection> stays = staying.connection(open);
      Write(leaving.connection(open)->writer, {1});
      Write(leaving.connection(ended)->writer, {1, 2});
      leaving.connection(ended)->writer.End();
      TakeReady(staying);
      CHECK(Rests(staying));
      const uint32_t seen = stayer.Mark();
      CHECK(leaver.Close(&leaving));
      CHECK(stayer.UntilSince(seen, [&] { return HasLeft(staying.PeerOfSession()); }));
      for (int round = 0; round < 2; round++) {
        CHECK_EQ(WhatComes(stays->reader), Answer(Status::PeerAborted));
        CHECK_EQ(Write(stays->writer, {1}), Answer(Status::PeerClosed));
        CHECK_EQ(WhatComes(staying.connection(ended)->reader), Answer(Status::PeerEnded));
        CHECK_EQ(WhatComes(gone->reader), Answer(Status::Closed));
        CHECK_EQ(Write(gone->writer, {1}), Answer(Status::Closed));
      }
      uint32_t slot = 0;
      const Status connected = pair.client->Connect(Framing::Bytes, &slot, nullptr).status;
      CHECK_EQ(connected, client_leaves ? Status::Closed : Status::Refused);
      CHECK_EQ(leaving.TakeReady(nullptr), 0);
      CHECK(Rests(leaving));
      CHECK(stayer.Close(&staying));
      CHECK_EQ(pair.directory.Names().size(), 0);
      CHECK_EQ(CountMappings(pair.directory), 0);
    }
  });
}

// What JavaScript still refers to outlives the session that it was in.
TEST(EndsMayOutliveTheirSession) {
  ForEachWay([](const Way& way) {
    SessionPair pair(way);
    const uint32_t slot = pair.Connect();
    const std::shared_ptr<Connection> client = pair.client->connection(slot);
    const std::shared_ptr<Connection> server = pair.server->connection(slot);
    uint8_t byte = 0;
    CHECK_EQ(client->reader.Read(&byte, 1, 1, kArm), 0);  // among those that sleep
    pair.calling.environment().Forget(pair.client->id());
    CHECK(pair.calling.Until([&] { return CountMappings(pair.directory) <= 2; }));
    pair.serving.environment().Shutdown();
    for (Connection* connection : {client.get(), server.get()}) {
      CHECK_EQ(connection->reader.Read(&byte, 1, 1, kArm), Answer(Status::Closed));
      CHECK_EQ(connection->writer.Write(&byte, 1, 0, kArm), Answer(Status::Closed));
      connection->writer.End();
      LeaveBoth(*connection);
    }
    CHECK_EQ(pair.directory.Names().size(), 0);
  });
}

TEST(AClientMayLeaveBeforeTheSessionIsTaken) {
  ForEachWay([](const Way& way) {
    for (const bool exits : {false, true}) {
      TemporaryDirectory directory;
      Party calling(way, directory);
      Party serving(way, directory);
      auto* client = calling.OpenAs<Session>(RequestToMake(calling, SmallTerms()));
      REQUIRE(client != nullptr);
      uint32_t slot = 0;
      CHECK(client->Connect(Framing::Bytes, &slot, nullptr).ok());
      Write(client->connection(slot)->writer, {1, 2, 3});
      client->connection(slot)->writer.End();
      CHECK(client->Connect(Framing::Bytes, &slot, nullptr).ok());
      Write(client->connection(slot)->writer, {4, 5});
      if (exits) calling.environment().PrepareForExit();
      calling.environment().Shutdown();
      CHECK_EQ(directory.Names().size(), 1);
      auto* server = serving.OpenAs<Session>(RequestToTake(serving));
      REQUIRE(server != nullptr);
      CHECK_EQ(directory.Names().size(), 0);
      CHECK_EQ(TakeReady(*server).size(), 2);
      for (const uint32_t taken : {0, 1}) {
        CHECK_EQ(server->Accept(taken, Framing::Bytes), Arrival::Connection);
        std::vector<uint8_t> bytes;
        CHECK_EQ(ReadAll(server->connection(taken)->reader, &bytes),
                 Answer(taken == 0 ? Status::PeerEnded : Status::PeerAborted));
        CHECK_EQ(bytes.size(), taken == 0 ? 3 : 2);
        CHECK_EQ(Write(server->connection(taken)->writer, {1}), Answer(Status::PeerClosed));
      }
      CHECK(serving.Close(server));
      CHECK_EQ(directory.Names().size(), 0);
    }
  });
}

TEST(AClientMayGiveUp) {
  ForEachWay([](const Way& way) {
    for (const bool died : {false, true}) {
      TemporaryDirectory directory;
      Party calling(way, directory);
      Party serving(way, directory);
      auto* client = calling.OpenAs<Session>(RequestToMake(calling, SmallTerms()));
      REQUIRE(client != nullptr);
      uint32_t slot = 0;
      CHECK(client->Connect(Framing::Bytes, &slot, nullptr).ok());
      const std::shared_ptr<Connection> connection = client->connection(slot);
      CHECK_EQ(WhatComes(connection->reader), 0);
      client->GiveUp(died);
      CHECK_EQ(WhatComes(connection->reader),
               Answer(died ? Status::PeerDied : Status::PeerAborted));
      CHECK_EQ(Write(connection->writer, {1}),
               Answer(died ? Status::PeerDied : Status::PeerClosed));
      CHECK_EQ(client->Connect(Framing::Bytes, &slot, nullptr).status, Status::Refused);
      CHECK(calling.Close(client));
      CHECK_EQ(directory.Names().size(), 0);
      CHECK(serving.OpenAs<Session>(RequestToTake(serving)) == nullptr);
      CHECK_EQ(serving.result.status, Status::NotFound);
    }
  });
}

TEST(AtExitAnIdleSessionLeavesAndOthersAreMarked) {
  ForEachWay([](const Way& way) {
    SessionPair pair(way);
    CHECK(pair.client->PrepareForExit());
    CHECK(!pair.client->is_held());
    CHECK(pair.serving.Until([&] { return HasLeft(pair.server->PeerOfSession()); }));
    SessionPair busy(way);
    const uint32_t slot = busy.Connect();
    CHECK(busy.client->PrepareForExit());
    CHECK(busy.server->PrepareForExit());
    CHECK(busy.client->is_held() && busy.server->is_held());
    CHECK_EQ(Write(busy.client->connection(slot)->writer, {1}), 1);
    CHECK_EQ(WhatComes(busy.server->connection(slot)->reader), 0);
  });
}

TEST(ASnapshotIsOfTheConnection) {
  ForEachWay([](const Way& way) {
    const SessionPair pair(way);
    const uint32_t slot = pair.Connect();
    SlotEnd& writer = pair.client->connection(slot)->writer;
    Write(writer, {1, 2, 3});
    Snapshot snapshot{};
    CHECK_EQ(writer.TakeSnapshot(&snapshot), Status::Ok);
    CHECK_EQ(snapshot.written, 3);
    CHECK_EQ(snapshot.writer_pid, getpid());
    CHECK_EQ(snapshot.reader_pid, getpid());
    CHECK_EQ(snapshot.reader, Presence::Open);
    writer.LeaveRing();
    CHECK_EQ(writer.TakeSnapshot(&snapshot), Status::Closed);
  });
}

// --- two threads

constexpr uint64_t kConnections = check::Times(3000, 500, 200);

// One client's connection: writes what it has, and reads the same back.
struct Dialogue {
  explicit Dialogue(uint64_t seed) : random(seed), left(random() % 20000) {}
  check::Random random;
  uint64_t left;
  uint8_t next_out = 0;
  uint8_t next_in = 0;
  bool has_ended = false;
};

class Client {
 public:
  Client(Party& party, Session& session, uint64_t seed)
      : party_(party), session_(session), random_(seed), dialogues_(kMostConnections) {}
  bool Run() {
    return ServeUntilOver(party_, session_, [this](uint32_t slot) {
      if (slot != Session::kNoFreeSlot) Continue(slot);
      while (made_ < kConnections && session_.HasFreeSlot()) Dial();
      return made_ == kConnections && session_.is_idle();
    });
  }

 private:
  void Dial() {
    uint32_t slot = 0;
    CHECK(session_.Connect(Framing::Bytes, &slot, nullptr).ok());
    dialogues_[slot] = std::make_unique<Dialogue>(random_());
    made_++;
    Continue(slot);
  }
  void Continue(uint32_t slot) {
    const std::shared_ptr<Connection> connection = session_.connection(slot);
    if (connection == nullptr) return;
    Dialogue& dialogue = *dialogues_[slot];
    uint8_t bytes[3000];
    int64_t count = 0;
    while (dialogue.left > 0) {
      const uint64_t size = std::min<uint64_t>(1 + dialogue.random() % sizeof bytes, dialogue.left);
      for (uint64_t i = 0; i < size; i++) {
        bytes[i] = static_cast<uint8_t>(dialogue.next_out + i);
      }
      count = connection->writer.Write(bytes, size, 0, kArm);
      if (!CHECK(count >= 0)) break;
      dialogue.left -= static_cast<uint64_t>(count);
      dialogue.next_out = static_cast<uint8_t>(dialogue.next_out + count);
      if (static_cast<uint64_t>(count) < size) break;
    }
    if (dialogue.left == 0 && !dialogue.has_ended) {
      dialogue.has_ended = true;
      connection->writer.End();
    }
    while ((count = connection->reader.Read(bytes, sizeof bytes, 1, kArm)) > 0) {
      for (int64_t i = 0; i < count; i++) CHECK_EQ(bytes[i], dialogue.next_in++);
    }
    if (count == 0) return;
    CHECK_EQ(count, Answer(Status::PeerEnded));
    CHECK_EQ(dialogue.next_in, dialogue.next_out);
    LeaveBoth(*connection);
  }

  Party& party_;
  Session& session_;
  check::Random random_;
  uint64_t made_ = 0;
  std::vector<std::unique_ptr<Dialogue>> dialogues_;
};

class Server {
 public:
  Server(Party& party, Session& session) : party_(party), session_(session) {}
  bool Run() {
    return ServeUntilOver(party_, session_, [this](uint32_t slot) {
      if (slot != Session::kNoFreeSlot) Continue(slot);
      return HasLeft(session_.PeerOfSession()) && session_.is_idle();
    });
  }
  uint64_t accepted = 0;

 private:
  // What came and could not be sent back yet is left in the ring.
  void Continue(uint32_t slot) {
    if (session_.Accept(slot, Framing::Bytes) == Arrival::Connection) accepted++;
    const std::shared_ptr<Connection> connection = session_.connection(slot);
    if (connection == nullptr) return;
    uint8_t bytes[2000];
    int64_t count = 0;
    while ((count = connection->reader.Peek(bytes, sizeof bytes, 1, kArm)) > 0) {
      const int64_t sent = connection->writer.Write(bytes, static_cast<uint64_t>(count), 0, kArm);
      if (!CHECK(sent >= 0)) return;
      connection->reader.Consume(static_cast<uint64_t>(sent));
      if (sent < count) return;
    }
    if (count == 0) return;
    CHECK_EQ(count, Answer(Status::PeerEnded));
    connection->writer.End();
    LeaveBoth(*connection);
  }

  Party& party_;
  Session& session_;
};

TEST(TwoThreadsNeverMissAWakeUp) {
  ForEachWay([](const Way& way) {
    for (const uint32_t slots : {1, 3, 70}) {
      check::Context("%s, %s, %u slots", NameOf(way.mode), NameOf(way.scheme), slots);
      SessionPair pair(way, SmallTerms(slots));
      Server server(pair.serving, *pair.server);
      std::thread serving([&] { CHECK(server.Run()); });
      Client client(pair.calling, *pair.client, check::Seed());
      CHECK(client.Run());
      CHECK(pair.calling.Close(pair.client));
      serving.join();
      CHECK_EQ(server.accepted, kConnections);
      if (check::HasFailed()) return;
    }
  });
}

}  // namespace
}  // namespace smipc
