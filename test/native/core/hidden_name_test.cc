// Names of hidden files: written and read.
#include "core/hidden_name.h"

#include <string>

#include "check.h"

namespace smipc {
namespace {

TEST(AnIdIsWrittenInSixteenDigits) {
  CHECK(HiddenName(kBellPrefix, 0xabc).text() == std::string(".bell-0000000000000abc"));
  CHECK(HiddenName(kLifelinePrefix, UINT64_MAX).text() == std::string(".life-ffffffffffffffff"));
  CHECK(HiddenName(kNewFilePrefix, 0).text() == std::string(".new-0000000000000000"));
}

TEST(ANameTellsItsId) {
  for (const uint64_t id : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 63, UINT64_MAX}) {
    uint64_t read = ~id;
    CHECK(HiddenName::Parse(kBellPrefix, HiddenName(kBellPrefix, id).text(), &read));
    CHECK_EQ(read, id);
  }
}

TEST(OtherNamesTellNone) {
  const char* const names[] = {
      "",
      ".bell-",
      ".bell-1",
      ".bell-000000000000000g",
      ".bell-00000000000000001",
      ".bell-00000000000000A1",
      ".bell-0x0000000000000a",
      ".bell- 000000000000001",
      ".bell-+00000000000000a",
      ".life-0000000000000001",
      "bell-0000000000000001",
      "a.bell-0000000000000001",
  };
  for (const char* name : names) {
    check::Context("%s", name);
    uint64_t id = 7;
    CHECK(!HiddenName::Parse(kBellPrefix, name, &id));
    CHECK_EQ(id, 7);
  }
}

}  // namespace
}  // namespace smipc
