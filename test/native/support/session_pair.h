// A session's two sides, in one process or in two.
#ifndef SMIPC_TEST_SESSION_PAIR_H_
#define SMIPC_TEST_SESSION_PAIR_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "check.h"
#include "party.h"
#include "session/session.h"
#include "temporary.h"

namespace smipc {

// Rests, or finds something: polls as long as that is worth it.
inline bool Rests(Session& session) {
  Session::Rested rested = Session::Rested::NotYet;
  while (rested == Session::Rested::NotYet) rested = session.Rest(true);
  return rested == Session::Rested::Yes;
}

constexpr char kSessionName[] = ".conn-0000000000000001";

// A small session of so many slots.
inline ConnectionTerms SmallTerms(uint32_t slots = 4) {
  return {Framing::Bytes, kMinCapacity, 2 * kMinCapacity, slots};
}

inline OpenRequest RequestToMake(const Party& party, const ConnectionTerms& terms) {
  OpenRequest request = party.Request(true, kSessionName);
  request.create = CreateMode::Always;
  request.framing = Framing::Session;
  request.terms = terms;
  const uint64_t bytes =
      RingsAt(terms.slots) + terms.slots * (terms.up_capacity + terms.down_capacity);
  while (request.capacity < bytes) request.capacity *= 2;
  request.reserved = Session::ReservedFor(terms);
  return request;
}

inline OpenRequest RequestToTake(const Party& party) {
  OpenRequest request = party.Request(false, kSessionName);
  request.create = CreateMode::Never;
  request.framing = Framing::Session;
  return request;
}

// Without what is said of the peer's word besides.
inline std::vector<uint32_t> TakeReady(Session& session) {
  uint32_t slots[kMostConnections];
  const size_t count = session.TakeReady(slots);
  for (size_t i = 0; i < count; i++) slots[i] &= ~Session::kHasChanged;
  return {slots, slots + count};
}

// Takes what is ready, and sleeps until more is, for as long as that is not said to be over. False:
// nothing has woken it although there was something to do.
template <typename Serve>
bool ServeUntilOver(Party& party, Session& session, Serve serve) {
  for (;;) {
    check::KeepAlive();
    const uint32_t seen = party.Mark();
    for (const uint32_t slot : TakeReady(session)) serve(slot);
    if (serve(Session::kNoFreeSlot)) return true;
    if (Rests(session) && !party.UntilSince(seen, [] { return true; })) return false;
  }
}

struct SessionPair {
  explicit SessionPair(const Way& way, const ConnectionTerms& terms = SmallTerms())
      : calling(way, directory), serving(way, directory) {
    client = calling.OpenAs<Session>(RequestToMake(calling, terms));
    server = serving.OpenAs<Session>(RequestToTake(serving));
    if (!CHECK(client != nullptr && server != nullptr)) std::abort();
    server->SetAccepts(Accepts::Yes);
  }
  // Takes a slot, and lets the server take the connection, too.
  uint32_t Connect() const {
    uint32_t slot = 0;
    CHECK_EQ(client->Connect(Framing::Bytes, &slot, nullptr).status, Status::Ok);
    if (!CHECK(slot != Session::kNoFreeSlot)) std::abort();
    TakeReady(*server);
    CHECK_EQ(server->Accept(slot, Framing::Bytes), Session::Arrival::Connection);
    return slot;
  }

  TemporaryDirectory directory;
  Party calling;
  Party serving;
  Session* client = nullptr;
  Session* server = nullptr;
};

}  // namespace smipc

#endif  // SMIPC_TEST_SESSION_PAIR_H_
