// A side of a session that is killed: the other one reads what was published, and then hears of it.
#include <signal.h>

#include "check.h"
#include "child.h"
#include "session_pair.h"

namespace smipc {
namespace {

using Arrival = Session::Arrival;

int64_t ReadAll(SlotEnd& end, size_t* bytes) {
  uint8_t some[1000];
  for (*bytes = 0;;) {
    const int64_t count = end.Read(some, sizeof some, 1, kReturn);
    if (count <= 0) return count;
    *bytes += static_cast<size_t>(count);
  }
}
// It says so, and goes on saying so.
void Expect(SlotEnd& reader, size_t bytes, Status status) {
  size_t read = 0;
  CHECK_EQ(ReadAll(reader, &read), Answer(status));
  CHECK_EQ(read, bytes);
  CHECK_EQ(ReadAll(reader, &read), Answer(status));
}
void ExpectAtWriter(SlotEnd& writer, Status status) {
  const uint8_t byte = 0;
  CHECK_EQ(writer.Write(&byte, 1, 0, kArm), Answer(status));
}

// What a client does before it is killed, or exits: a connection that is open (0), one that has
// ended (1), and one that it has left without an end (2).
constexpr size_t kBytes[] = {3, 5, 7};
void Converse(Session& session, bool is_client) {
  const uint8_t bytes[10] = {};
  for (uint32_t slot = 0; slot < 3; slot++) {
    uint32_t taken = slot;
    if (is_client) CHECK(session.Connect(Framing::Bytes, &taken, nullptr).ok());
    CHECK_EQ(taken, slot);
    if (!is_client) CHECK_EQ(session.Accept(slot, Framing::Bytes), Arrival::Connection);
    const std::shared_ptr<Connection> connection = session.connection(slot);
    CHECK_EQ(connection->writer.Write(bytes, kBytes[slot], 0, kReturn), kBytes[slot]);
    if (slot == 1) connection->writer.End();
    if (slot == 2) connection->writer.LeaveRing();
  }
}
void ExpectAll(Session& session, Status at_reader, Status at_writer) {
  Expect(session.connection(0)->reader, kBytes[0], at_reader);
  ExpectAtWriter(session.connection(0)->writer, at_writer);
  Expect(session.connection(1)->reader, kBytes[1], Status::PeerEnded);
  Expect(session.connection(2)->reader, kBytes[2], Status::PeerAborted);
}

enum class Ending { Killed, Exits, Leaves };

// In a child: a side that has opened the session, which then ends.
int End(Party& party, Ending ending, Child& parent) {
  if (ending == Ending::Exits) party.environment().PrepareForExit();
  if (ending == Ending::Leaves) party.environment().Shutdown();
  parent.Tell();
  parent.Hear();
  return 0;
}

Status AtReader(Ending ending) {
  return ending == Ending::Killed ? Status::PeerDied : Status::PeerAborted;
}
Status AtWriter(Ending ending) {
  return ending == Ending::Killed ? Status::PeerDied : Status::PeerClosed;
}

template <typename Body>
void ForEachEnding(Body body) {
  ForEachWay([&](const Way& way) {
    for (const Ending ending : {Ending::Killed, Ending::Exits, Ending::Leaves}) {
      check::Context("%s, %s, ending %d", NameOf(way.mode), NameOf(way.scheme),
                     static_cast<int>(ending));
      check::KeepAlive();
      body(way, ending);
    }
  });
}

// All that a death leaves in the directory goes with those who are left.
void ExpectNothingIsLeft(const TemporaryDirectory& directory) {
  CHECK_EQ(directory.Names().size(), 0);
  CHECK_EQ(CountMappings(directory), 0);
}

TEST(AServerHearsOfItsClientsEnd) {
  ForEachEnding([](const Way& way, Ending ending) {
    const TemporaryDirectory directory;
    Child child([&](Child& parent) {
      Party party(way, directory);
      auto* session = party.OpenAs<Session>(RequestToMake(party, SmallTerms()));
      CHECK(session != nullptr);
      Converse(*session, true);
      parent.Tell();
      parent.Hear();
      return End(party, ending, parent);
    });
    REQUIRE(child.Hear());
    Party party(way, directory);
    auto* session = party.OpenAs<Session>(RequestToTake(party));
    REQUIRE(session != nullptr);
    for (const uint32_t slot : TakeReady(*session)) {
      CHECK_EQ(session->Accept(slot, Framing::Bytes), Arrival::Connection);
    }
    CHECK(Rests(*session));
    const uint32_t seen = party.Mark();
    child.Tell();
    if (ending != Ending::Killed) CHECK(child.Hear());
    child.Kill();
    CHECK(party.UntilSince(seen, [&] { return HasLeft(session->PeerOfSession()); }));
    ExpectAll(*session, AtReader(ending), AtWriter(ending));
    CHECK(party.Close(session));
    party.environment().Shutdown();
    ExpectNothingIsLeft(directory);
  });
}

TEST(AClientHearsOfItsServersEnd) {
  ForEachEnding([](const Way& way, Ending ending) {
    const TemporaryDirectory directory;
    Child child([&](Child& parent) {
      parent.Hear();
      Party party(way, directory);
      auto* session = party.OpenAs<Session>(RequestToTake(party));
      CHECK(session != nullptr);
      Converse(*session, false);
      parent.Tell();
      parent.Hear();
      return End(party, ending, parent);
    });
    Party party(way, directory);
    auto* session = party.OpenAs<Session>(RequestToMake(party, SmallTerms()));
    REQUIRE(session != nullptr);
    uint32_t slot = 0;
    for (int i = 0; i < 4; i++) CHECK(session->Connect(Framing::Bytes, &slot, nullptr).ok());
    child.Tell();
    REQUIRE(child.Hear());
    CHECK(party.Until([&] { return session->PeerOfSession() == Presence::Open; }));
    TakeReady(*session);
    CHECK(Rests(*session));
    const uint32_t seen = party.Mark();
    child.Tell();
    if (ending != Ending::Killed) CHECK(child.Hear());
    child.Kill();
    CHECK(party.UntilSince(seen, [&] { return HasLeft(session->PeerOfSession()); }));
    ExpectAll(*session, AtReader(ending), AtWriter(ending));
    // One that the server had not accepted.
    Expect(session->connection(3)->reader, 0, AtReader(ending));
    ExpectAtWriter(session->connection(3)->writer, AtWriter(ending));
    CHECK_EQ(session->Connect(Framing::Bytes, &slot, nullptr).status, Status::Refused);
    CHECK(party.Close(session));
    party.environment().Shutdown();
    ExpectNothingIsLeft(directory);
  });
}

TEST(WhatADeadClientWroteArrives) {
  ForEachEnding([](const Way& way, Ending ending) {
    const TemporaryDirectory directory;
    Child child([&](Child& parent) {
      Party party(way, directory);
      auto* session = party.OpenAs<Session>(RequestToMake(party, SmallTerms()));
      CHECK(session != nullptr);
      Converse(*session, true);
      return End(party, ending, parent);
    });
    REQUIRE(child.Hear());
    child.Kill();
    Party party(way, directory);
    CHECK_EQ(directory.Names().size(), 1);
    auto* session = party.OpenAs<Session>(RequestToTake(party));
    REQUIRE(session != nullptr);
    CHECK(HasLeft(session->PeerOfSession()));
    const std::vector<uint32_t> slots = TakeReady(*session);
    CHECK_EQ(slots.size(), 3);
    for (const uint32_t slot : slots) {
      CHECK_EQ(session->Accept(slot, Framing::Bytes), Arrival::Connection);
    }
    ExpectAll(*session, AtReader(ending), AtWriter(ending));
    CHECK(party.Close(session));
    party.environment().Shutdown();
    ExpectNothingIsLeft(directory);
  });
}

// A client that has given up dies before it can take the name away: whoever opens something there
// does it.
TEST(ASessionThatWasGivenUpIsSwept) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child child([&](Child& parent) {
      Party party(way, directory);
      auto* session = party.OpenAs<Session>(RequestToMake(party, SmallTerms()));
      CHECK(session != nullptr);
      session->GiveUp(true);
      return End(party, Ending::Killed, parent);
    });
    REQUIRE(child.Hear());
    CHECK_EQ(directory.Names().size(), 1);
    Party party(way, directory);
    // One that lives is not.
    CHECK(party.Open(true, "other") != nullptr);
    CHECK_EQ(directory.Names().size(), 2);
    child.Kill();
    Party second(way, directory);
    CHECK(second.Open(true, "another") != nullptr);
    CHECK_EQ(directory.Names().size(), 2);
    party.environment().Shutdown();
    second.environment().Shutdown();
    ExpectNothingIsLeft(directory);
  });
}

// In the middle of all it does, again and again.
TEST(AClientMayBeKilledAtAnyTime) {
  check::Random random(check::Seed());
  ForEachWay([&](const Way& way) {
    for (uint64_t i = 0; i < check::Times(15, 5, 0); i++) {
      check::KeepAlive();
      const TemporaryDirectory directory;
      Child child([&](Child& parent) -> int {
        Party party(way, directory);
        auto* session = party.OpenAs<Session>(RequestToMake(party, SmallTerms()));
        CHECK(session != nullptr);
        parent.Tell();
        const uint8_t bytes[100] = {};
        for (;;) {
          TakeReady(*session);
          uint32_t slot = 0;
          CHECK(session->Connect(Framing::Bytes, &slot, nullptr).ok());
          if (slot == Session::kNoFreeSlot) continue;
          const std::shared_ptr<Connection> connection = session->connection(slot);
          connection->writer.Write(bytes, sizeof bytes, 0, kReturn);
          connection->writer.End();
          connection->writer.LeaveRing();
          connection->reader.LeaveRing();
        }
      });
      REQUIRE(child.Hear());
      Party party(way, directory);
      auto* session = party.OpenAs<Session>(RequestToTake(party));
      REQUIRE(session != nullptr);
      const uint64_t most = 1 + random() % 300;
      uint64_t accepted = 0;
      const auto serve = [&](uint32_t slot) {
        if (session->Accept(slot, Framing::Bytes) == Arrival::Connection) accepted++;
        if (accepted == most) kill(child.pid(), SIGKILL);
        const std::shared_ptr<Connection> connection = session->connection(slot);
        if (connection == nullptr) return;
        size_t read = 0;
        const int64_t end = ReadAll(connection->reader, &read);
        if (end == 0) return;
        CHECK(end == Answer(Status::PeerEnded) || end == Answer(Status::PeerDied));
        connection->writer.LeaveRing();
        connection->reader.LeaveRing();
      };
      CHECK(ServeUntilOver(party, *session, [&](uint32_t slot) {
        if (slot != Session::kNoFreeSlot) serve(slot);
        if (slot != Session::kNoFreeSlot || !HasLeft(session->PeerOfSession())) return false;
        // All look; and what came last is there to be seen.
        for (const uint32_t last : TakeReady(*session)) serve(last);
        for (uint32_t each = 0; each < SmallTerms().slots; each++) serve(each);
        return session->is_idle();
      }));
      CHECK(accepted >= most);
      child.Kill();
      CHECK(party.Close(session));
    }
  });
}

}  // namespace
}  // namespace smipc
