// What a segment looks like to somebody without a role in it, and who counts as alive.
#include "survey.h"

#include <fcntl.h>

#include <cstdio>
#include <thread>

#include "check.h"
#include "child.h"
#include "ring.h"
#include "roles.h"

namespace smipc {
namespace {

Identity OfAnotherBoot(Identity identity) {
  identity.boot_id[0] ^= 1;
  return identity;
}

TEST(AfterARebootNobodyIsAlive) {
  for (const RoleScheme scheme : {RoleScheme::RobustList, RoleScheme::FileLock}) {
    const RoleFixture fixture(scheme);
    OwnerThread owner;
    RoleClaim claim;
    REQUIRE(fixture.Take(claim, owner.list()).ok());
    char path[40];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fixture.segment.fd());
    const FileDescriptor other(open(path, O_RDWR | O_CLOEXEC));
    const Identity& now = fixture.segment.identity();
    const Identity then = OfAnotherBoot(now);
    CHECK(IsOfThisBoot(now) && !IsOfThisBoot(then));
    const auto look = [&](const Identity& identity) {
      return ObserveForSure(fixture.writer(), true, identity, other.get());
    };
    CHECK_EQ(look(now), Presence::Open);
    CHECK_EQ(look(then), Presence::Died);
    // Who has left before the reboot has left.
    claim.MarkEnded();
    CHECK_EQ(look(then), Presence::Ended);
    fixture.Leave(claim);
    CHECK_EQ(look(then), Presence::Ended);
    CHECK_EQ(ObserveForSure(fixture.reader(), false, then, other.get()), Presence::Absent);
  }
}

// Nobody is declared dead because a file could not be opened.
TEST(WithoutADescriptorTheLivingStayAlive) {
  if (check::kWatchesThreads) return check::Skip("forks");
  for (const RoleScheme scheme : {RoleScheme::RobustList, RoleScheme::FileLock}) {
    const RoleFixture fixture(scheme);
    OwnerThread owner;  // asleep: it holds no lock that the child could want
    RoleClaim claim;
    REQUIRE(fixture.Take(claim, owner.list()).ok());
    Child child([&](Child&) {
      char path[40];
      std::snprintf(path, sizeof path, "/proc/self/fd/%d", fixture.segment.fd());
      const FileDescriptor other(open(path, O_RDWR | O_CLOEXEC));
      LeaveDescriptors(0);
      const Identity& identity = fixture.segment.identity();
      CHECK_EQ(ObserveForSure(fixture.writer(), true, identity, other.get()), Presence::Open);
      const Scene scene = SurveyScene(fixture.segment.header(), identity, other.get());
      CHECK_EQ(scene.writer, Presence::Open);
      return 0;
    });
    CHECK_EQ(child.Wait(), 0);
    fixture.Leave(claim);
  }
}

// A segment made where /proc is not to be had bears zeros. Its owner may well be alive.
TEST(WithoutABootIdTheLivingStayAlive) {
  const RoleFixture fixture;
  OwnerThread owner;
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner.list()).ok());
  Identity identity = fixture.segment.identity();
  identity.boot_id[0] = identity.boot_id[1] = 0;
  CHECK_EQ(ObserveForSure(fixture.writer(), true, identity, fixture.segment.fd()), Presence::Open);
  fixture.Leave(claim);
}

TEST(ASnapshotShowsEverything) {
  const RoleFixture fixture;
  OwnerThread owner;
  RoleClaim claim;
  REQUIRE(fixture.Take(claim, owner.list()).ok());
  Header& header = fixture.segment.header();
  header.head = (uint64_t{1} << 40) + 100;
  header.tail = (uint64_t{1} << 40) + 40;
  Snapshot snapshot{};
  const Identity& identity = fixture.segment.identity();
  REQUIRE_EQ(TakeSnapshot(header, identity, fixture.segment.fd(), nullptr, &snapshot), Status::Ok);
  CHECK_EQ(snapshot.capacity, kMinCapacity);
  CHECK_EQ(snapshot.framing, Framing::Bytes);
  CHECK_EQ(snapshot.written, header.head.load());
  CHECK_EQ(snapshot.read, header.tail.load());
  CHECK_EQ(snapshot.writer, Presence::Open);
  CHECK_EQ(snapshot.reader, Presence::Absent);
  CHECK_EQ(snapshot.writer_pid, header.writer.pid.load());
  CHECK_EQ(snapshot.reader_pid, 0);
  const Scene scene = SurveyScene(header, identity, fixture.segment.fd());
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
    return TakeSnapshot(header, fixture.segment.identity(), fixture.segment.fd(), nullptr,
                        &snapshot);
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
    const Status taken =
        TakeSnapshot(header, fixture.segment.identity(), fixture.segment.fd(), nullptr, &snapshot);
    if (!CHECK_EQ(taken, Status::Ok)) break;
    if (!CHECK(PositionsAreSane(snapshot.written, snapshot.read, kMinCapacity))) break;
    CHECK(snapshot.written >= last.written && snapshot.read >= last.read);
    last = snapshot;
  }
  is_over = true;
  peers.join();
}

}  // namespace
}  // namespace smipc
