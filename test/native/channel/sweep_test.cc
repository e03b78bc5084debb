// Sweeping takes what nobody holds and nobody can use, and nothing else.
#include "channel/sweep.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "check.h"
#include "child.h"
#include "core/hidden_name.h"
#include "holder.h"
#include "party.h"
#include "platform/segment.h"

namespace smipc {
namespace {

constexpr SweepTerms kSpentOnly{false, 0};
constexpr SweepTerms kUnreadToo{true, 0};

ChannelPath PathIn(const TemporaryDirectory& directory) {
  return {directory.path().c_str(), "a", 0600};
}

Status SweepIt(const TemporaryDirectory& directory, const SweepTerms& terms) {
  Snapshot swept{};
  return Sweep(PathIn(directory), terms, &swept).status;
}

TEST(WhatALiveProcessHoldsStays) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    for (const bool is_writer : {true, false}) {
      const TemporaryDirectory directory;
      Child holder = StartHolder(way, directory, is_writer);
      REQUIRE(holder.Hear());
      CHECK_EQ(SweepIt(directory, kSpentOnly), Status::Busy);
      CHECK_EQ(SweepIt(directory, kUnreadToo), Status::Busy);
      const auto pid = static_cast<uint32_t>(holder.pid());
      holder.Kill();
      holder.Wait();
      Snapshot swept{};
      REQUIRE(Sweep(PathIn(directory), kSpentOnly, &swept).ok());
      CHECK_EQ(is_writer ? swept.writer : swept.reader, Presence::Died);
      CHECK_EQ(is_writer ? swept.writer_pid : swept.reader_pid, pid);
      // Its lifeline, too.
      CHECK(NamesIn(directory.path()).empty());
    }
  });
}

TEST(AnEndedStreamWaitsForItsReader) {
  const TemporaryDirectory directory;
  Party party({WaitMode::Apart, RoleScheme::RobustList}, directory);
  Endpoint* writer = party.Open(true);
  REQUIRE(writer != nullptr);
  writer->End();
  CHECK(party.Close(writer));
  CHECK_EQ(SweepIt(directory, kSpentOnly), Status::Busy);
  CHECK_EQ(SweepIt(directory, kUnreadToo), Status::Ok);
  CHECK_EQ(SweepIt(directory, kUnreadToo), Status::NotFound);
}

// Who waits until a stream has been read is told that it never will be.
TEST(OpenersBehindAnUnreadStreamAreWoken) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory directory;
    Party party(way, directory);
    Endpoint* writer = party.Open(true);
    REQUIRE(writer != nullptr);
    writer->End();
    CHECK(party.Close(writer));
    CHECK(party.Open(true) == nullptr);
    CHECK_EQ(party.result.status, Status::Undrained);
    constexpr uint32_t kWait = 1000;
    REQUIRE(party.environment().StartRoleWait(kWait, party.PathOf("a")).ok());
    CHECK_EQ(SweepIt(directory, kUnreadToo), Status::Ok);
    CHECK(party.Until([&] { return party.Count(kWait) == 1; }));
    CHECK(party.Open(true) != nullptr);
  });
}

// Whoever holds the lock may be making something of the name.
TEST(TheLockIsNotWaitedFor) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory directory;
  Child holder = StartHolder({WaitMode::Apart, RoleScheme::RobustList}, directory, false);
  REQUIRE(holder.Hear());
  holder.Kill();
  holder.Wait();
  Directory place;
  REQUIRE(place.Open(directory.path().c_str(), 0600).ok());
  {
    const DirectoryLock lock(place);
    REQUIRE(lock.result().ok());
    CHECK_EQ(SweepIt(directory, kSpentOnly), Status::Locked);
    Sweeper().SweepSome(directory.path(), 0600, "b");
    CHECK_EQ(directory.Names().size(), 1);
  }
  Sweeper().SweepSome(directory.path(), 0600, "a");
  CHECK_EQ(directory.Names().size(), 1);  // it is about to be opened
  Sweeper().SweepSome(directory.path(), 0600, "b");
  CHECK(directory.Names().empty());
}

// Owners that entered through another directory, which shows the same files, hold another lock.
TEST(WhatWasTakenInAnotherPlaceStays) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory directory;
  Child holder = StartHolder({WaitMode::Apart, RoleScheme::RobustList}, directory, false);
  REQUIRE(holder.Hear());
  holder.Kill();
  holder.Wait();
  {
    Directory place;
    Segment segment;
    REQUIRE(place.Open(directory.path().c_str(), 0600).ok());
    REQUIRE(segment.Attach(place, "a").ok());
    segment.header().reader.place[1].fetch_add(1, std::memory_order_relaxed);
  }
  CHECK_EQ(SweepIt(directory, kSpentOnly), Status::Busy);
  CHECK_EQ(SweepIt(directory, kUnreadToo), Status::Busy);
}

TEST(FilesOfAnotherUserStay) {
  if (geteuid() != 0) return check::Skip("needs root, to give a file away");
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory directory;
  Child holder = StartHolder({WaitMode::Apart, RoleScheme::RobustList}, directory, false);
  REQUIRE(holder.Hear());
  holder.Kill();
  holder.Wait();
  constexpr uid_t kOther = 54321;
  REQUIRE_EQ(chown(directory.PathOf("a").c_str(), kOther, kOther), 0);
  CHECK_EQ(SweepIt(directory, kUnreadToo), Status::Busy);
  REQUIRE_EQ(chown(directory.PathOf("a").c_str(), geteuid(), getegid()), 0);
  CHECK_EQ(SweepIt(directory, kSpentOnly), Status::Ok);
}

// What no channel names any more: a FIFO that nobody listens at, a lifeline whose lock is free.
TEST(BellsAndLifelinesOfTheDeadGo) {
  const TemporaryDirectory directory;
  const HiddenName bell(kBellPrefix, 17);
  const HiddenName lifeline(kLifelinePrefix, 17);
  REQUIRE_EQ(mkfifo(directory.PathOf(bell.text()).c_str(), 0600), 0);
  Put(directory.PathOf(lifeline.text()), "");
  Put(directory.PathOf(".bell-other"), "");
  Put(directory.PathOf("file"), "not a channel");
  Party party({WaitMode::Apart, RoleScheme::RobustList}, directory);
  File listening;
  REQUIRE(party.environment().OpenBell(directory.path(), 0600, false, &listening).ok());
  REQUIRE(party.Open(false) != nullptr);
  const std::vector<std::string> before = NamesIn(directory.path());
  Sweeper().SweepSome(directory.path(), 0600, "b");
  const std::vector<std::string> names = NamesIn(directory.path());
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  CHECK(!has(bell.text()));
  CHECK(!has(lifeline.text()));
  CHECK(has(".bell-other"));
  CHECK(has("file"));
  CHECK(has("a"));
  // The party's own, and what it has swept itself when it opened the channel.
  CHECK_EQ(names.size(), 5);
  CHECK(before.size() >= names.size());
}

TEST(OneOpeningLooksAtFew) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory directory;
  constexpr int kLeft = 40;
  Child holder([&](Child& parent) {
    Party party({WaitMode::Apart, RoleScheme::RobustList}, directory);
    for (int i = 0; i < kLeft; i++) {
      CHECK(party.Open(false, ("left" + std::to_string(i)).c_str()) != nullptr);
    }
    parent.Tell();
    return parent.Hear() ? 0 : 1;
  });
  REQUIRE(holder.Hear());
  holder.Kill();
  holder.Wait();
  REQUIRE_EQ(directory.Names().size(), kLeft);
  Sweeper sweeper;
  // The lifeline of the dead may be among those that are looked at.
  constexpr size_t kMostLooks = 8;
  sweeper.SweepSome(directory.path(), 0600, "b");
  size_t left = directory.Names().size();
  CHECK(left < kLeft && left >= kLeft - kMostLooks);
  // The sample holds all of them.
  for (int i = 0; i < kLeft; i++) sweeper.SweepSome(directory.path(), 0600, "b");
  CHECK(NamesIn(directory.path()).empty());
}

}  // namespace
}  // namespace smipc
