// The steps of taking a role and leaving it, in their order, with no system below them.
#include "core/role_claim.h"

#include <string>
#include <utility>

#include "check.h"
#include "core/role_state.h"

namespace smipc {
namespace {

// Writes down what is called, and what the record said then.
struct Log {
  void Add(const char* what) {
    text += text.empty() ? "" : " ";
    text += what;
  }
  std::string Take() { return std::exchange(text, ""); }

  std::string text;
};

class LoggedWords final : public OwnerWords {
 public:
  LoggedWords(Log& log, const RoleRecord& record) : OwnerWords(77), log_(log), record_(record) {}

  bool Claim(std::atomic<uint32_t>& word, uint32_t before) override {
    log_.Add("claim");
    // What proves that the owner lives is there before its id.
    CHECK_EQ(record_.lifeline.load(), 5);
    CHECK_EQ(record_.slot.load(), 6);
    CHECK(record_.place[0] == 7 && record_.place[1] == 8);
    return !is_overtaken && word.compare_exchange_strong(before, owner_id());
  }
  void Release(std::atomic<uint32_t>& word) override {
    log_.Add("release");
    CHECK(HasLeft(Observe(record_, true)));
    word = 0;
  }
  void Settle() override { log_.Add("settle"); }

  bool is_overtaken = false;

 private:
  Log& log_;
  const RoleRecord& record_;
};

class LoggedLock final : public RoleLock {
 public:
  explicit LoggedLock(Log& log) : log_(log) {}
  Result Take() override {
    log_.Add("lock");
    return Result(answer);
  }
  void Drop() override { log_.Add("unlock"); }

  Status answer = Status::Ok;

 private:
  Log& log_;
};

struct Claiming {
  Result Take(RoleScheme scheme, bool is_resumable) {
    RoleEntry entry{4096, 7, 3, 9, 1234};
    entry.lifeline = 5;
    entry.slot = 6;
    entry.place[0] = 7;
    entry.place[1] = 8;
    return claim.Take({record, scheme, is_resumable, words, lock}, entry);
  }

  Log log;
  RoleRecord record{};
  LoggedWords words{log, record};
  LoggedLock lock{log};
  RoleClaim claim;
};

TEST(ARoleIsTakenAndLeftInOrder) {
  for (const bool is_locked : {false, true}) {
    Claiming role;
    const auto scheme = is_locked ? RoleScheme::FileLock : RoleScheme::RobustList;
    REQUIRE(role.Take(scheme, false).ok());
    CHECK(role.log.Take() == (is_locked ? "lock claim" : "claim"));
    CHECK(role.claim.held());
    CHECK_EQ(Observe(role.record, true), Presence::Open);
    CHECK_EQ(role.record.pid.load(), 1234);
    CHECK(role.record.bell == 3 && role.record.token == 9);
    CHECK_EQ(ReadTenure(role.record).generation, 1);
    CHECK_EQ(ReadTenure(role.record).since, 4096);
    CHECK_EQ(ReadTenure(role.record).since_messages, 7);
    role.claim.Leave(RoleState::Aborted);
    CHECK(!role.claim.held());
    CHECK_EQ(Observe(role.record, true), Presence::Aborted);
    CHECK(role.log.Take() == "release");
    role.claim.Settle();
    CHECK(role.log.Take() == (is_locked ? "settle unlock" : "settle"));
  }
}

TEST(AResumableRoleIsLockedInBothSchemes) {
  for (const RoleScheme scheme : {RoleScheme::RobustList, RoleScheme::FileLock}) {
    Claiming role;
    role.record.owner = kOwnerDied | 5;  // with the lock in hand, whose id it was does not matter
    role.record.generation = 1;
    role.record.since[1] = 17;
    REQUIRE(role.Take(scheme, true).ok());
    CHECK(role.log.Take() == "lock claim");
    CHECK_EQ(ReadTenure(role.record).generation, 2);
    CHECK_EQ(role.record.since[1].load(), 17);
  }
}

TEST(ARoleThatIsTakenIsLeftAlone) {
  Claiming role;
  role.record.owner = 5;
  CHECK_EQ(role.Take(RoleScheme::FileLock, false).status, Status::Busy);
  CHECK(role.log.Take() == "lock unlock");
  CHECK(role.record.lifeline == 0 && role.record.owner == 5 && !role.claim.held());
  // Taken by another between the load and the exchange.
  role.record.owner = 0;
  role.words.is_overtaken = true;
  CHECK_EQ(role.Take(RoleScheme::FileLock, false).status, Status::Busy);
  CHECK(role.log.Take() == "lock claim unlock");
  CHECK(!role.claim.held());
}

TEST(ALockThatIsHeldEndsTheAttempt) {
  for (const Status status : {Status::Busy, Status::System}) {
    Claiming role;
    role.lock.answer = status;
    CHECK_EQ(role.Take(RoleScheme::FileLock, false).status, status);
    CHECK(role.log.Take() == "lock");
    CHECK(role.record.owner == 0 && role.record.lifeline == 0);
  }
}

TEST(WhoHasNoLifelineHoldsTheLock) {
  CHECK(IsLocked(RoleScheme::RobustList, false, kNoLifeline));
  CHECK(!IsLocked(RoleScheme::RobustList, false, 1));
  CHECK(IsLocked(RoleScheme::RobustList, true, 1));
  CHECK(IsLocked(RoleScheme::FileLock, false, 1));
}

TEST(AnEndIsNotTakenBack) {
  Claiming role;
  REQUIRE(role.Take(RoleScheme::RobustList, false).ok());
  role.claim.MarkExiting();
  CHECK_EQ(role.record.state.load(), RoleState::Exiting);
  role.claim.MarkEnded();
  role.claim.MarkExiting();
  CHECK_EQ(Observe(role.record, true), Presence::Ended);
  role.claim.Leave(RoleState::Aborted);
  CHECK_EQ(Observe(role.record, true), Presence::Ended);
}

}  // namespace
}  // namespace smipc
