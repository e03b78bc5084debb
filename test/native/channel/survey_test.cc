// The state of a segment, seen without a role in it, and which owners count as alive.
#include "channel/survey.h"

#include <thread>

#include "check.h"
#include "child.h"
#include "core/ring.h"
#include "platform/posix/descriptor.h"
#include "roles.h"

namespace smipc {
namespace {

// What a process can read of the boot differs between containers on one kernel.
TEST(AnOwnerWithAnotherBootIdIsNotDead) {
  for (const RoleScheme scheme : RoleSchemes()) {
    const RoleFixture fixture(scheme);
    OwnerThread owner;
    RoleClaim claim;
    REQUIRE(fixture.Take(claim, owner.WordsOf(fixture.scheme)).ok());
    const File other = OpenAgain(fixture.segment.file());
    const Identity& here = fixture.segment.identity();
    Identity elsewhere = here;
    elsewhere.boot_id[0] ^= 1;
    const auto observe = [&](const Identity& identity) {
      return ObserveForSure(fixture.writer(), true, identity, fixture.From(other));
    };
    CHECK_EQ(observe(here), Presence::Open);
    CHECK_EQ(observe(elsewhere), Presence::Open);
    elsewhere.boot_time -= 100'000;
    CHECK_EQ(observe(elsewhere), Presence::Open);
    const Header& header = fixture.segment.header();
    CHECK(!SurveyScene(header, elsewhere, fixture.From(other)).is_of_earlier_boot);
    fixture.Leave(claim);
  }
}

// Everything says so, on a file system whose files outlast a boot.
TEST(WhatIsOfAnEarlierBoot) {
  const TemporaryDirectory disk("/var/tmp");
  const TemporaryDirectory memory;
  const auto is_earlier = [](const TemporaryDirectory& place, bool has_other_id, int64_t ms) {
    Directory directory;
    Segment segment;
    const SegmentSpec spec{kMinCapacity, Framing::Bytes, RoleScheme::RobustList, 0600};
    CHECK(directory.Open(place.path().c_str(), 0600).ok());
    CHECK(segment.Create(directory, spec).ok());
    Identity identity = segment.identity();
    if (has_other_id) identity.boot_id[1] ^= 1;
    identity.boot_time += ms;
    return IsOfEarlierBoot(identity, segment.file());
  };
  CHECK(is_earlier(disk, true, -60'000));
  CHECK(is_earlier(disk, true, 60'000));
  CHECK(!is_earlier(disk, true, 0));
  CHECK(!is_earlier(disk, false, -60'000));
  CHECK(!is_earlier(memory, true, -60'000));
}

// No owner is declared dead because a file could not be opened.
TEST(WithoutADescriptorTheLivingStayAlive) {
  if (check::kWatchesThreads) return check::Skip("forks");
  for (const RoleScheme scheme : RoleSchemes()) {
    const RoleFixture fixture(scheme);
    OwnerThread owner;  // asleep: it holds no lock that the child could want
    RoleClaim claim;
    REQUIRE(fixture.Take(claim, owner.WordsOf(fixture.scheme)).ok());
    Child child([&](Child&) {
      const File other = OpenAgain(fixture.segment.file());
      LeaveDescriptors(0);
      const Identity& identity = fixture.segment.identity();
      CHECK_EQ(ObserveForSure(fixture.writer(), true, identity, fixture.From(other)),
               Presence::Open);
      const Scene scene = SurveyScene(fixture.segment.header(), identity, fixture.From(other));
      CHECK_EQ(scene.writer, Presence::Open);
      return 0;
    });
    CHECK_EQ(child.Wait(), 0);
    fixture.Leave(claim);
  }
}

// A segment made without /proc has zeros in place of the boot id. Its owner may well be alive.
TEST(WithoutABootIdTheLivingStayAlive) {
  const RoleFixture fixture;
  OwnerThread owner;
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner.WordsOf(fixture.scheme)).ok());
  Identity identity = fixture.segment.identity();
  identity.boot_id[0] = identity.boot_id[1] = 0;
  const File other = OpenAgain(fixture.segment.file());
  CHECK_EQ(ObserveForSure(fixture.writer(), true, identity, fixture.From(other)), Presence::Open);
  fixture.Leave(claim);
}

TEST(ASnapshotShowsEverything) {
  const RoleFixture fixture;
  OwnerThread owner;
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner.WordsOf(fixture.scheme)).ok());
  Header& header = fixture.segment.header();
  header.head = (uint64_t{1} << 40) + 100;
  header.tail = (uint64_t{1} << 40) + 40;
  Snapshot snapshot{};
  const File other = OpenAgain(fixture.segment.file());
  const Identity& identity = fixture.segment.identity();
  REQUIRE_EQ(TakeSnapshot(header, identity, fixture.From(other), nullptr, &snapshot), Status::Ok);
  CHECK_EQ(snapshot.capacity, kMinCapacity);
  CHECK_EQ(snapshot.framing, Framing::Bytes);
  CHECK_EQ(snapshot.written, header.head.load());
  CHECK_EQ(snapshot.read, header.tail.load());
  CHECK_EQ(snapshot.writer, Presence::Open);
  CHECK_EQ(snapshot.reader, Presence::Absent);
  CHECK_EQ(snapshot.writer_pid, header.writer.pid.load());
  CHECK_EQ(snapshot.reader_pid, 0);
  const Scene scene = SurveyScene(header, identity, fixture.From(other));
  CHECK_EQ(scene.writer, Presence::Open);
  CHECK_EQ(scene.reader, Presence::Absent);
  CHECK_EQ(scene.published, header.head.load());
  fixture.Leave(claim);
}

TEST(ASnapshotOfNonsenseIsRefused) {
  const RoleFixture fixture;
  Header& header = fixture.segment.header();
  Snapshot snapshot{};
  const auto take = [&](uint64_t head, uint64_t tail) {
    header.head = head;
    header.tail = tail;
    return TakeSnapshot(header, fixture.segment.identity(), fixture.From(fixture.segment.file()),
                        nullptr, &snapshot);
  };
  CHECK_EQ(take(kMinCapacity, 0), Status::Ok);
  CHECK_EQ(take(kMinCapacity + 1, 0), Status::Corrupt);
  CHECK_EQ(take(0, 1), Status::Corrupt);
  CHECK_EQ(take(UINT64_MAX, 0), Status::Corrupt);
  CHECK_EQ(take(0, UINT64_MAX), Status::Corrupt);
}

TEST(ASnapshotOfABusyChannelIsSound) {
  const RoleFixture fixture;
  Header& header = fixture.segment.header();
  std::atomic<bool> is_over{false};
  std::thread peers([&] {
    check::Random random(1);
    uint64_t head = 0;
    uint64_t tail = 0;
    while (!is_over) {
      head += random() % (kMinCapacity - (head - tail) + 1);
      header.head.store(head, std::memory_order_seq_cst);
      tail += random() % (head - tail + 1);
      header.tail.store(tail, std::memory_order_seq_cst);
    }
  });
  Snapshot last{};
  for (uint64_t i = 0; i < check::Times(20000, 5000, 2000); i++) {
    Snapshot snapshot{};
    const Status taken = TakeSnapshot(header, fixture.segment.identity(),
                                      fixture.From(fixture.segment.file()), nullptr, &snapshot);
    if (!CHECK_EQ(taken, Status::Ok)) break;
    if (!CHECK(PositionsAreSane(snapshot.written, snapshot.read, kMinCapacity))) break;
    CHECK(snapshot.written >= last.written && snapshot.read >= last.read);
    last = snapshot;
  }
  is_over = true;
  peers.join();
}

// One of the two is always there: a new writer comes before the reader leaves, and the next reader
// before the writer leaves.
TEST(BothRolesAreSeenAtOneMoment) {
  const RoleFixture fixture(RoleScheme::FileLock);
  UnmarkedWords words(CurrentThreadId());
  FileRoleLock writer_lock(fixture.segment.file(), RoleOffset(true));
  FileRoleLock reader_lock(fixture.segment.file(), RoleOffset(false));
  RoleEntry entry{0, 0, kNoBell, 0, CurrentProcessId()};
  entry.place[0] = fixture.directory.place().volume;
  entry.place[1] = fixture.directory.place().number;
  const auto take = [&](RoleClaim& claim, RoleRecord& role, RoleLock& lock) {
    return claim.Take({role, fixture.scheme, false, words, lock}, entry).ok();
  };
  RoleClaim writer;
  RoleClaim reader;
  REQUIRE(take(reader, fixture.reader(), reader_lock));
  std::atomic<bool> is_over{false};
  std::atomic<uint64_t> rounds{0};
  std::thread owners([&] {
    for (; !is_over; rounds++) {
      CHECK(take(writer, fixture.writer(), writer_lock));
      fixture.Leave(reader, RoleState::Closed);
      CHECK(take(reader, fixture.reader(), reader_lock));
      fixture.Leave(writer);
    }
    fixture.Leave(reader, RoleState::Closed);
  });
  const File other = OpenAgain(fixture.segment.file());
  const uint64_t enough = check::Times(50000, 10000, 5000);
  uint64_t moments = 0;
  while (rounds < enough || moments < enough) {
    Snapshot snapshot{};
    const Status taken = TakeSnapshot(fixture.segment.header(), fixture.segment.identity(),
                                      fixture.From(other), nullptr, &snapshot);
    if (!CHECK_EQ(taken, Status::Ok)) break;
    // Its owners may have been faster than we.
    if (!snapshot.is_of_one_moment) continue;
    moments++;
    const bool is_held = snapshot.writer == Presence::Open || snapshot.reader == Presence::Open;
    if (!CHECK(is_held)) break;
  }
  is_over = true;
  owners.join();
}

}  // namespace
}  // namespace smipc
