// How each pair of words in a role's record is observed, and whose tenure is read.
#include "core/role_state.h"

#include "check.h"

namespace smipc {
namespace {

struct Expectation {
  uint32_t owner;
  uint32_t state;
  Presence as_writer;
  Presence as_reader;
};

TEST(EachPairOfWordsIsObservedRightly) {
  const uint32_t alive = 1234;
  const uint32_t watched = 1234 | kHasWaiters;
  const uint32_t dead = kOwnerDied;
  using P = Presence;
  const Expectation expectations[] = {
      {0, 0, P::Absent, P::Absent},  // never taken
      {alive, 0, P::Open, P::Open},  // taken this moment
      {dead, 0, P::Died, P::Died},   // and died in it
      {0, 1, P::Died, P::Died},      // no honest owner leaves like this
      {alive, 1, P::Open, P::Open},
      {watched, 1, P::Open, P::Open},
      {dead, 1, P::Died, P::Died},
      {dead | kHasWaiters, 1, P::Died, P::Died},
      {alive, 2, P::Ended, P::Ended},  // end() was called, the role is held
      {0, 2, P::Ended, P::Ended},
      {dead, 2, P::Ended, P::Ended},
      {alive, 3, P::Aborted, P::Aborted},
      {0, 3, P::Aborted, P::Aborted},
      {dead, 3, P::Aborted, P::Aborted},
      {alive, 4, P::Closed, P::Closed},
      {0, 4, P::Closed, P::Closed},
      {dead, 4, P::Closed, P::Closed},
      {alive, 5, P::Open, P::Open},  // exiting
      {dead, 5, P::Aborted, P::Closed},
      // No honest owner writes these; nothing must follow but a known value.
      {alive, 6, P::Open, P::Open},
      {dead, 6, P::Died, P::Died},
      {alive, UINT32_MAX, P::Open, P::Open},
      {UINT32_MAX, UINT32_MAX, P::Died, P::Died},
      {kHasWaiters | 1, 1, P::Open, P::Open},
  };
  RoleRecord record{};
  for (const Expectation& expected : expectations) {
    check::Context("owner 0x%x, state %u", expected.owner, expected.state);
    record.owner = expected.owner;
    record.state = expected.state;
    CHECK_EQ(Observe(record, true), expected.as_writer);
    CHECK_EQ(Observe(record, false), expected.as_reader);
  }
}

TEST(ALossWhileExitingIsLeaving) {
  RoleRecord record{};
  for (uint32_t state = 0; state < 8; state++) {
    record.state = state;
    const bool is_exiting = state == static_cast<uint32_t>(RoleState::Exiting);
    CHECK_EQ(PresenceOfLost(record, true), is_exiting ? Presence::Aborted : Presence::Died);
    CHECK_EQ(PresenceOfLost(record, false), is_exiting ? Presence::Closed : Presence::Died);
  }
}

TEST(AWordIsVacantWithoutALivingOwner) {
  CHECK(IsVacant(0) && IsVacant(kOwnerDied) && IsVacant(kOwnerDied | kHasWaiters));
  CHECK(!IsVacant(1) && !IsVacant(1 | kHasWaiters) && !IsVacant(kOwnerMask));
}

TEST(ATenureIsThatOfItsGeneration) {
  RoleRecord record{};
  CHECK_EQ(ReadTenure(record).generation, 0);
  record.since[0] = 1000;
  record.since[1] = 2000;
  for (const uint32_t generation : {1u, 2u, 3u, UINT32_MAX}) {
    record.generation = generation;
    const Tenure tenure = ReadTenure(record);
    CHECK_EQ(tenure.generation, generation);
    CHECK_EQ(tenure.since, generation % 2 == 0 ? 1000 : 2000);
  }
}

}  // namespace
}  // namespace smipc
