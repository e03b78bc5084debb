// What an environment has, and gives back: channels that are closed or forgotten, waits for roles,
// exit; and what can be done with channels without a role in them.
#include "channel/environment.h"

#include <unistd.h>

#include <cstdio>
#include <vector>

#include "channel/registry.h"
#include "check.h"
#include "child.h"
#include "holder.h"
#include "pair.h"
#include "party.h"
#include "platform/directory.h"

namespace smipc {
namespace {

using Names = std::vector<std::string>;

TEST(TheLastOneOutRemovesTheName) {
  ForEachWay([](const Way& way) {
    for (const bool writer_first : {true, false}) {
      Parties parties(way);
      Endpoint* writer = parties.first.Open(true);
      Endpoint* reader = parties.second.Open(false);
      REQUIRE(writer != nullptr && reader != nullptr);
      CHECK_EQ(writer->Write(parties.bytes, 10, 0, kReturn), 10);
      CHECK(writer_first ? parties.first.Close(writer) : parties.second.Close(reader));
      CHECK(parties.directory.Names() == Names{"a"});
      CHECK(writer_first ? parties.second.Close(reader) : parties.first.Close(writer));
      CHECK(parties.directory.Names().empty());
    }
    Parties parties(way);
    Endpoint* lonely = parties.first.Open(false);
    REQUIRE(lonely != nullptr);
    CHECK(parties.first.Close(lonely));
    CHECK(parties.directory.Names().empty());
  });
}

TEST(WhoHasLeftHasNothingLeft) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    const int descriptors = CountDescriptors();
    Endpoint* channels[] = {parties.first.Open(true), parties.second.Open(false)};
    REQUIRE(channels[0] != nullptr && channels[1] != nullptr);
    // Two locks, or two lifelines, each with its lock and its file.
    CHECK_EQ(CountDescriptors() - descriptors, way.scheme == RoleScheme::FileLock ? 2 : 4);
    Snapshot snapshot{};
    for (Endpoint* channel : channels) {
      CHECK_EQ(channel->TakeSnapshot(&snapshot), Status::Ok);
      CHECK_EQ(snapshot.writer, Presence::Open);  // one of the two is our own role
      CHECK_EQ(snapshot.reader, Presence::Open);
    }
    Party* owners[] = {&parties.first, &parties.second};
    for (int i = 0; i < 2; i++) {
      Endpoint* channel = channels[i];
      CHECK(owners[i]->Close(channel));
      channel->Leave();
      channel->End();
      channel->PrepareForExit();
      CHECK(channel->has_left());
      CHECK_EQ(channel->Read(parties.bytes, 1, 1, kReturn), Answer(Status::Closed));
      CHECK_EQ(channel->Read(parties.bytes, 1, 1, kArm), Answer(Status::Closed));
      CHECK_EQ(channel->Write(parties.bytes, 1, 0, kReturn), Answer(Status::Closed));
      CHECK_EQ(channel->Write(parties.bytes, 1, 1, kArm), Answer(Status::Closed));
      CHECK_EQ(channel->DrainedOrArm(), Answer(Status::Closed));
      CHECK_EQ(channel->TakeSnapshot(&snapshot), Status::Closed);
      CHECK_EQ(channel->Peer(), Presence::Absent);
      CHECK(!channel->HasEnded());
      owners[i]->environment().Forget(channel->id());
    }
    CHECK_EQ(CountMappings(parties.directory), 0);
    CHECK_EQ(CountDescriptors(), descriptors);
  });
}

TEST(AForgottenChannelLeaves) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    const int descriptors = CountDescriptors();
    Endpoint* writer = parties.first.Open(true);
    Endpoint* reader = parties.second.Open(false);
    REQUIRE(writer != nullptr && reader != nullptr);
    const uint32_t id = writer->id();
    parties.first.environment().Forget(id);
    parties.first.environment().Forget(id);
    CHECK(parties.second.Until([&] { return reader->Peer() == Presence::Aborted; }));
    // The segment, with its ring twice, and the reader's lifeline.
    const int rest = way.scheme == RoleScheme::FileLock ? 2 : 3;
    // The reader's thread lets go of the writer's lifeline when it hears of this, and wakes only
    // its own party: so this is asked until it holds, not after each wake-up.
    CHECK(Eventually([&] {
      parties.first.TakeWakes();
      return CountMappings(parties.directory) == rest;
    }));
    CHECK(!parties.first.HasRetired(id));  // it is forgotten, so it is not reported
    parties.second.environment().Forget(reader->id());
    CHECK(parties.second.Until([&] { return CountMappings(parties.directory) == 0; }));
    CHECK_EQ(CountDescriptors(), descriptors);
  });
}

TEST(ManyChannelsComeAndGo) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    const int descriptors = CountDescriptors();
    const int threads = CountThreads();
    // A waiter, and the one that owns the lifeline's slots.
    const int idle = threads + (way.scheme == RoleScheme::FileLock ? 1 : 2);
    constexpr int kChannels = 70;
    for (int round = 0; round < 2; round++) {
      std::vector<Endpoint*> channels;
      for (int i = 0; i < kChannels; i++) {
        channels.push_back(parties.first.Open(true, std::to_string(i).c_str()));
        channels.push_back(parties.first.Open(false, std::to_string(i).c_str()));
        REQUIRE(channels[2 * i] != nullptr && channels[2 * i + 1] != nullptr);
      }
      if (way.mode == WaitMode::Together) CHECK_EQ(CountThreads(), idle + 3);
      for (Endpoint* channel : channels) channel->Leave();
      CHECK(parties.first.Until([&] { return CountMappings(parties.directory) == 0; }));
      // One stays for the next channel.
      CHECK(Eventually([&] { return CountThreads() == idle; }));
      CHECK_EQ(CountDescriptors(), descriptors);
      CHECK(parties.directory.Names().empty());
    }
  });
}

TEST(AWaitForARoleHearsOfComingAndGoing) {
  ForEachWay([](const Way& way) {
    Parties parties(way);
    Environment& waiting = parties.second.environment();
    constexpr uint32_t kId = 1000;
    CHECK_EQ(waiting.StartRoleWait(kId, parties.second.PathOf("a")).status, Status::NotFound);
    Endpoint* writer = parties.first.Open(true);
    REQUIRE(writer != nullptr);
    REQUIRE(waiting.StartRoleWait(kId, parties.second.PathOf("a")).ok());
    Endpoint* reader = parties.first.Open(false);
    REQUIRE(reader != nullptr);
    CHECK(parties.second.Until([&] { return parties.second.Count(kId) == 1; }));
    writer->End();
    CHECK(parties.second.Until([&] { return parties.second.Count(kId) == 2; }));
    writer->Leave();
    // The reader says it, too.
    CHECK(parties.second.Until([&] { return parties.second.Count(kId) >= 3; }));
    waiting.StopOnlooker(kId);
    waiting.StopOnlooker(kId + 1);  // none of that id
    reader->Leave();
    // One page is the wait's own.
    CHECK(parties.first.Until([&] { return CountMappings(parties.directory) == 1; }));
    CHECK(parties.second.Until([&] { return CountMappings(parties.directory) == 0; }));
  });
}

TEST(ShutdownEndsAllThatIsGoingOn) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    const int descriptors = CountDescriptors();
    const int threads = CountThreads();
    Party staying(way, directory);
    Endpoint* peer = staying.Open(false);
    {
      Party party(way, directory);
      Endpoint* writer = party.Open(true);
      Endpoint* other = party.Open(true, "b");
      REQUIRE(peer != nullptr && writer != nullptr && other != nullptr);
      uint8_t byte = 0;
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      REQUIRE(party.environment().StartRoleWait(77, party.PathOf("a")).ok());
      REQUIRE(party.environment().StartRoleWait(78, party.PathOf("b")).ok());
      party.environment().StopOnlooker(78);
      other->Leave();
      party.environment().Shutdown();
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), Answer(Status::Closed));
      party.environment().Forget(writer->id());
      party.environment().Shutdown();
    }
    CHECK(staying.Until([&] { return peer->Peer() == Presence::Aborted; }));
    CHECK(staying.Close(peer));
    staying.environment().Shutdown();
    CHECK_EQ(CountMappings(directory), 0);
    CHECK_EQ(CountDescriptors(), descriptors);
    CHECK(Eventually([&] { return CountThreads() == threads; }));
  });
}

// The holder of the directory's lock has been stopped: leaving does not wait for it, or not for
// each of many channels. (The watchdog of the harness is the limit.)
TEST(AHeldLockDoesNotKeepAnybodyFromLeaving) {
  const TemporaryDirectory directory;
  const Way way{WaitModes().front(), RoleScheme::RobustList};
  constexpr int kChannels = 2000;
  for (const bool exits : {true, false}) {
    Party party(way, directory);
    for (int i = 0; i < kChannels; i++) {
      REQUIRE(party.Open(false, std::to_string(i).c_str()) != nullptr);
    }
    Directory held;
    REQUIRE(held.Open(directory.path().c_str(), 0600).ok());
    REQUIRE(held.Lock().ok());
    if (exits) {
      party.environment().PrepareForExit();
    } else {
      party.environment().Shutdown();
    }
    // What is left behind is of no harm.
    CHECK_EQ(directory.Names().size(), kChannels);
    held.Unlock();
    Party other(way, directory);
    Endpoint* reader = other.Open(false, "0");
    REQUIRE(reader != nullptr);
    CHECK(other.Close(reader));
    // The opening has swept some.
    CHECK(directory.Names().size() < kChannels);
    for (const std::string& name : directory.Names())
      std::remove(directory.PathOf(name.c_str()).c_str());
  }
}

// Code that runs at exit may block in a call; its reader dies then, with file locks too, when no
// thread checks for deaths any more.
TEST(AfterPrepareForExitADeathIsStillHeardOf) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child child = StartHolder(way, directory, false);
    REQUIRE(child.Hear());
    Party party(way, directory);
    Endpoint* writer = party.Open(true);
    REQUIRE(writer != nullptr);
    uint8_t bytes[2 * kMinCapacity] = {};
    CHECK_EQ(writer->Write(bytes, sizeof bytes, 0, kReturn), kMinCapacity);
    party.environment().PrepareForExit();
    CHECK_EQ(writer->Peer(), Presence::Open);
    child.Kill();
    int64_t count = 0;
    for (int i = 0; i < 100 && count == 0; i++) count = writer->Write(bytes, 1, 0, 20);
    CHECK_EQ(count, Answer(Status::PeerDied));
  });
}

TEST(AtExitAWriterMaySayItsLastWord) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Child child([&](Child& parent) {
      // Not destroyed: so ends a process that exits.
      auto* party = new Party(way, directory);
      Endpoint* writer = party->Open(true);
      Endpoint* ended = party->Open(true, "ended");
      Endpoint* reader = party->Open(false, "read");
      CHECK(writer != nullptr && ended != nullptr && reader != nullptr);
      ended->End();
      party->environment().PrepareForExit();
      CHECK(!writer->has_left() && ended->has_left() && reader->has_left());
      uint8_t byte = 0;
      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
      parent.Tell();
      return parent.Hear() ? 0 : 1;
    });
    Party party(way, directory);
    REQUIRE(child.Hear());
    Endpoint* reader = party.Open(false);
    REQUIRE(reader != nullptr);
    uint8_t byte = 0;
    CHECK_EQ(reader->Read(&byte, 1, 1, kReturn), 1);
    CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
    CHECK_EQ(reader->Peer(), Presence::Open);
    child.Tell();
    int64_t count = 0;
    CHECK(party.Until([&] { return (count = reader->Read(&byte, 1, 1, kArm)) != 0; }));
    CHECK_EQ(count, Answer(Status::PeerAborted));
    CHECK_EQ(child.Wait(), 0);
  });
}

}  // namespace
}  // namespace smipc
