// Identities: made, and every check of one that was read.
#include "core/identity.h"

#include "check.h"

namespace smipc {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr BootId kBoot{{11, 22}};
constexpr int64_t kBootTimeMs = 1'700'000'000'000;

Identity Sound() {
  return MakeIdentity(kMinCapacity, Framing::Bytes, RoleScheme::RobustList, 0, kPageBytes, kBoot,
                      kBootTimeMs);
}

FileFacts FactsOf(const Identity& identity) {
  return {identity.header_bytes + identity.capacity, true};
}

Status Check(const Identity& identity) {
  return CheckIdentity(identity, sizeof identity, FactsOf(identity), kPageBytes);
}

TEST(WhatIsMadeIsSound) {
  const Identity identity = MakeIdentity(uint64_t{1} << 20, Framing::Objects, RoleScheme::FileLock,
                                         kResumable, kPageBytes, kBoot, kBootTimeMs);
  CHECK_EQ(Check(identity), Status::Ok);
  CHECK_EQ(identity.capacity, uint64_t{1} << 20);
  CHECK_EQ(identity.framing, Framing::Objects);
  CHECK_EQ(identity.role_scheme, RoleScheme::FileLock);
  CHECK_EQ(identity.flags, kResumable);
  CHECK_EQ(identity.boot_time, kBootTimeMs);
}

TEST(ARingHasAtLeastAPage) {
  constexpr size_t kLargePageBytes = 65536;
  const Identity identity = MakeIdentity(kMinCapacity, Framing::Bytes, RoleScheme::RobustList, 0,
                                         kLargePageBytes, kBoot, kBootTimeMs);
  CHECK_EQ(identity.capacity, kLargePageBytes);
  CHECK_EQ(CheckIdentity(identity, sizeof identity, FactsOf(identity), kLargePageBytes),
           Status::Ok);
  // A ring of less than a page, made where pages are smaller.
  CHECK_EQ(CheckIdentity(Sound(), sizeof(Identity), FactsOf(Sound()), kLargePageBytes),
           Status::Corrupt);
}

TEST(WhatIsTooShort) {
  const Identity sound = Sound();
  for (size_t length = 0; length < sizeof sound; length++) {
    check::Context("%zu bytes", length);
    const Status expected = length < sizeof sound.magic ? Status::Incompatible : Status::Corrupt;
    CHECK_EQ(CheckIdentity(sound, length, FactsOf(sound), kPageBytes), expected);
    CHECK_EQ(HasMagic(sound, length), length >= sizeof sound.magic);
  }
}

TEST(EachFieldIsChecked) {
  struct Case {
    const char* what;
    void (*spoil)(Identity& identity);
    Status status;
  };
  const Case cases[] = {
      {"magic", [](Identity& i) { i.magic ^= 1; }, Status::Incompatible},
      {"version", [](Identity& i) { i.version++; }, Status::Incompatible},
      {"header", [](Identity& i) { i.header_bytes *= 2; }, Status::Corrupt},
      {"no capacity", [](Identity& i) { i.capacity = 0; }, Status::Corrupt},
      {"too small", [](Identity& i) { i.capacity = kMinCapacity / 2; }, Status::Corrupt},
      {"too large", [](Identity& i) { i.capacity = kMaxCapacity * 2; }, Status::Corrupt},
      {"no power of two", [](Identity& i) { i.capacity = kMinCapacity * 3; }, Status::Corrupt},
      {"framing", [](Identity& i) { i.framing = kLastFraming + 1; }, Status::Incompatible},
      {"no scheme", [](Identity& i) { i.role_scheme = 0; }, Status::Incompatible},
      {"scheme", [](Identity& i) { i.role_scheme = 3; }, Status::Incompatible},
      {"flag", [](Identity& i) { i.flags = kKnownFlags + 1; }, Status::Incompatible},
      {"reserved", [](Identity& i) { i.reserved = 1; }, Status::Incompatible},
  };
  for (const Case& each : cases) {
    check::Context("%s", each.what);
    Identity identity = Sound();
    each.spoil(identity);
    CHECK_EQ(Check(identity), each.status);
  }
}

TEST(TheFileMustHoldAllOfIt) {
  const Identity sound = Sound();
  const uint64_t bytes = FactsOf(sound).bytes;
  for (const uint64_t wrong : {uint64_t{0}, bytes - 1, bytes + 1}) {
    CHECK_EQ(CheckIdentity(sound, sizeof sound, {wrong, true}, kPageBytes), Status::Corrupt);
  }
  CHECK_EQ(CheckIdentity(sound, sizeof sound, {bytes, false}, kPageBytes), Status::Corrupt);
}

// Another layout may mean anything by the rest, so it is not called damaged.
TEST(AnotherVersionIsNotDamaged) {
  Identity identity = Sound();
  identity.version++;
  identity.capacity = 1;
  CHECK_EQ(CheckIdentity(identity, sizeof identity, {0, false}, kPageBytes), Status::Incompatible);
}

TEST(AnotherBoot) {
  const Identity identity = Sound();
  CHECK(!HasOtherBootId(identity, kBoot));
  CHECK(HasOtherBootId(identity, {{11, 23}}));
  CHECK(HasOtherBootId(identity, {{12, 22}}));
  // Unknown: it may be the same.
  CHECK(!HasOtherBootId(identity, {}));
  Identity without = identity;
  without.boot_id[0] = without.boot_id[1] = 0;
  CHECK(!HasOtherBootId(without, kBoot));

  CHECK(!HasOtherBootTime(identity, kBootTimeMs - 2000));
  CHECK(!HasOtherBootTime(identity, kBootTimeMs + 2000));
  CHECK(HasOtherBootTime(identity, kBootTimeMs - 2001));
  CHECK(HasOtherBootTime(identity, kBootTimeMs + 2001));
}

}  // namespace
}  // namespace smipc
