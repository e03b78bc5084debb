// Sessions where memory is short. Their files are sparse: memory is reserved by the slot.
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>

#include "check.h"
#include "child.h"
#include "mounted.h"
#include "session_pair.h"

namespace smipc {
namespace {

using Arrival = Session::Arrival;

// The size of what one slot takes.
constexpr uint64_t kLarge = uint64_t{128} << 10;
constexpr ConnectionTerms kLargeTerms{Framing::Bytes, kLarge, kLarge, 8};

std::vector<Way> Ways() {
  std::vector<Way> ways;
  ForEachWay([&](const Way& way) { ways.push_back(way); });
  return ways;
}

TEST(AFullFileSystemCostsNoSlot) {
  for (const Way& way : Ways()) {
    OnMounted("tmpfs", "size=1m", [&](const TemporaryDirectory& place, const Directory&) {
      Party calling(way, place);
      Party serving(way, place);
      auto* client = calling.OpenAs<Session>(RequestToMake(calling, kLargeTerms));
      REQUIRE(client != nullptr);
      uint32_t slot = 0;
      std::vector<uint32_t> taken;
      Result result;
      while ((result = client->Connect(Framing::Bytes, &slot, nullptr)).ok()) taken.push_back(slot);
      CHECK_EQ(result.error, ENOSPC);
      CHECK_EQ(slot, Session::kNoFreeSlot);
      CHECK_EQ(taken.size(), 3);
      // All that is left is taken by others. The server still gets what there is.
      std::string rest(1 << 20, 'x');
      Put(place.PathOf("other"), rest);
      auto* server = serving.OpenAs<Session>(RequestToTake(serving));
      REQUIRE(server != nullptr);
      const std::vector<uint8_t> bytes(kLarge, 1);
      for (const uint32_t each : TakeReady(*server)) {
        CHECK_EQ(server->Accept(each, Framing::Bytes), Arrival::Connection);
        CHECK_EQ(server->connection(each)->writer.Write(bytes.data(), kLarge, 0, kReturn), kLarge);
        CHECK_EQ(client->connection(each)->writer.Write(bytes.data(), kLarge, 0, kReturn), kLarge);
      }
      CHECK_EQ(client->Connect(Framing::Bytes, &slot, nullptr).error, ENOSPC);
      CHECK_EQ(client->Connect(Framing::Bytes, &slot, nullptr).error, ENOSPC);
      // A slot that has its memory can be used again.
      server->Drop(taken[1]);
      client->connection(taken[1])->reader.LeaveRing();
      client->connection(taken[1])->writer.LeaveRing();
      CHECK(client->HasFreeSlot());
      CHECK(client->Connect(Framing::Bytes, &slot, nullptr).ok());
      CHECK_EQ(slot, taken[1]);
      // And one that did not get any gets it later.
      CHECK_EQ(unlink(place.PathOf("other").c_str()), 0);
      Put(place.PathOf("other"), "");
      CHECK_EQ(client->Connect(Framing::Bytes, &slot, nullptr).error, ENOSPC);
      CHECK(serving.Close(server));
      CHECK(calling.Close(client));
      CHECK_EQ(place.Names().size(), 1);
    });
  }
}

TEST(ASessionNeedsMemoryForItsWords) {
  for (const Way& way : Ways()) {
    OnMounted("tmpfs", "size=64k", [&](const TemporaryDirectory& place, const Directory&) {
      Party calling(way, place);
      CHECK(calling.OpenAs<Session>(RequestToMake(calling, SmallTerms(200))) == nullptr);
      CHECK_EQ(calling.result.status, Status::System);
      CHECK_EQ(calling.result.error, ENOSPC);
      CHECK_EQ(place.Names().size(), 0);
      CHECK(calling.OpenAs<Session>(RequestToMake(calling, SmallTerms(4))) != nullptr);
    });
  }
}

TEST(AFileSizeLimitIsAnErrorOfSessionsToo) {
  if (check::kWatchesThreads) return check::Skip("forks");
  for (const Way& way : Ways()) {
    const TemporaryDirectory place;
    Child child([&](Child&) {
      signal(SIGXFSZ, SIG_IGN);  // as Node does
      Party calling(way, place);
      Limit(RLIMIT_FSIZE, 64 << 10);
      CHECK(calling.OpenAs<Session>(RequestToMake(calling, kLargeTerms)) == nullptr);
      CHECK_EQ(calling.result.status, Status::System);
      CHECK_EQ(calling.result.error, EFBIG);
      CHECK_EQ(place.Names().size(), 0);
      return 0;
    });
    CHECK_EQ(child.Wait(), 0);
  }
}

// What is sparse is a session, and nothing else is.
TEST(OnlyASessionMayBeSparse) {
  ForEachWay([](const Way& way) {
    const TemporaryDirectory place;
    Party party(way, place);
    OpenRequest request = RequestToMake(party, SmallTerms());
    request.framing = Framing::Bytes;
    request.name = "a";
    Directory directory;
    REQUIRE(directory.Open(place.path().c_str(), 0600).ok());
    for (const Framing framing : {Framing::Bytes, Framing::Objects, Framing::Listener}) {
      Segment segment;
      REQUIRE(
          segment.Create(directory, {kLarge, framing, way.scheme, 0600, 0, nullptr, 8192}).ok());
      REQUIRE(segment.Name(directory, "sparse").ok());
      Segment again;
      CHECK_EQ(again.Attach(directory, "sparse").status, Status::Corrupt);
      CHECK(directory.RemoveName("sparse").ok());
    }
    Segment session;
    REQUIRE(
        session.Create(directory, {kLarge, Framing::Session, way.scheme, 0600, 0, nullptr, 8192})
            .ok());
    REQUIRE(session.Name(directory, "sparse").ok());
    Segment again;
    CHECK(again.Attach(directory, "sparse").ok());
    again.Unmap();
    CHECK(directory.RemoveName("sparse").ok());
  });
}

}  // namespace
}  // namespace smipc
