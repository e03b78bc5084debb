// What stands behind the header of the two kinds of segment that connections are made of: where
// every shared word is. Offsets and meanings only, as in layout.h, and under the same version.
// docs/protocol.md describes the same bytes.
//
// A listener (Framing::Listener) is the name at which a server listens. The server has its reader's
// role; nobody ever has the writer's. A client that has no session with the server makes one, and
// calls: it puts the session's id into the backlog, and rings the data doorbell.
//
//      0 +----------------------------------------------+  behind the header
//        | framing        of the server's connections   |  stored once, before it has its name
//    128 +----------------------------------------------+
//        | backlog[496]   ids of sessions; 0: free      |  stored by clients, emptied by the server
//   4096 +----------------------------------------------+
//
// A session (Framing::Session) is between one environment of a client, which makes it and has the
// writer's role, and a server, which has the reader's. The client sleeps at the space doorbell, the
// server at the data doorbell. A connection has one of its slots: two rings, each mapped once.
//
//      0 +----------------------------------------------+  behind the header
//        | up_capacity  down_capacity  slots           |  stored once, before it has its name
//    128 +----------------------------------------------+
//        | accepts        whether connections are taken |  stored by the server
//    256 +----------------------------------------------+
//        | for_server[4]  a bit for each slot: news     |  set by the client, taken by the server
//    384 +----------------------------------------------+
//        | for_client[4]                                |  the other way round
//    512 +----------------------------------------------+
//        | slots[]        512 bytes each, see Slot      |
//        +----------------------------------------------+  rounded up to 4096
//        | rings          of each slot: up, then down   |  up: from the client to the server
//        +----------------------------------------------+
//
// The memory of a slot's rings is reserved when the slot is used first.
#ifndef SMIPC_SESSION_LAYOUT_H_
#define SMIPC_SESSION_LAYOUT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "layout.h"

namespace smipc {

constexpr uint32_t kBacklog = 496;
constexpr uint64_t kListenerCapacity = kMinCapacity;

struct ListenerRecord {
  uint32_t framing;
  alignas(kLine) std::atomic<uint64_t> backlog[kBacklog];
};

constexpr uint32_t kMostConnections = 256;  // of one session
constexpr uint32_t kReadyWords = kMostConnections / 64;

enum class Accepts : uint32_t {
  NotYet = 0,  // the server has not opened the session
  Yes = 1,
  NoLonger = 2,  // it has stopped listening
};

// A side's word in a slot: what has become of its ends of the two rings, and of which connection.
//
//    bit  0..1    its writer's end: EndState
//         2       its reader's end is open
//         3       both have left the slot, and will not touch it any more
//         4..5    the framing of the connection; client only
//         8..31   the generation: how many connections the slot has had, modulo 2^24
enum class EndState : uint32_t {
  None = 0,  // the slot has not been used yet
  Open = 1,
  Ended = 2,    // every byte is published
  Aborted = 3,  // left without an end
};
constexpr uint32_t kWriterMask = 3;
constexpr uint32_t kReaderOpen = 4;
constexpr uint32_t kHasLeftSlot = 8;
constexpr uint32_t kFramingShift = 4;
constexpr uint32_t kFramingMask = 3;
constexpr uint32_t kGenerationShift = 8;

// A slot that both sides have left belongs to the client, which zeroes the positions and stores its
// word for the next connection; then those of each side are stored by that side only.
struct Slot {
  // Stored by the client.
  alignas(kLine) std::atomic<uint64_t> up_head;
  std::atomic<uint64_t> down_tail;
  // Stored by the server.
  alignas(kLine) std::atomic<uint64_t> down_head;
  std::atomic<uint64_t> up_tail;
  // The client's word, and where it sleeps. `seq` means nothing in these doorbells: who finds one
  // armed sets the slot's bit, and rings the session's.
  alignas(kLine) std::atomic<uint32_t> client;
  Doorbell client_data;
  Doorbell client_space;
  // The server's.
  alignas(kLine) std::atomic<uint32_t> server;
  Doorbell server_data;
  Doorbell server_space;
};

// Each group on its own line, hence the padding.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct SessionRecord {
  uint64_t up_capacity;
  uint64_t down_capacity;
  uint32_t slots;
  uint32_t reserved;                             // 0
  alignas(kLine) std::atomic<uint32_t> accepts;  // Accepts
  alignas(kLine) std::atomic<uint64_t> for_server[kReadyWords];
  alignas(kLine) std::atomic<uint64_t> for_client[kReadyWords];
  alignas(kLine) Slot slots_begin[1];
};

constexpr uint64_t kRingsAlignment = 4096;

// Where the rings begin, behind the header.
constexpr uint64_t RingsAt(uint32_t slots) {
  return (offsetof(SessionRecord, slots_begin) + slots * sizeof(Slot) + kRingsAlignment - 1) /
         kRingsAlignment * kRingsAlignment;
}

static_assert(offsetof(ListenerRecord, backlog) == 128 &&
              sizeof(ListenerRecord) == kListenerCapacity);
static_assert(sizeof(Slot) == 512 && offsetof(Slot, down_tail) == 8 &&
              offsetof(Slot, down_head) == 128 && offsetof(Slot, up_tail) == 136 &&
              offsetof(Slot, client) == 256 && offsetof(Slot, client_data) == 264 &&
              offsetof(Slot, client_space) == 280 && offsetof(Slot, server) == 384 &&
              offsetof(Slot, server_data) == 392 && offsetof(Slot, server_space) == 408);
static_assert(offsetof(SessionRecord, down_capacity) == 8 && offsetof(SessionRecord, slots) == 16 &&
              offsetof(SessionRecord, accepts) == 128 &&
              offsetof(SessionRecord, for_server) == 256 &&
              offsetof(SessionRecord, for_client) == 384 &&
              offsetof(SessionRecord, slots_begin) == 512);

}  // namespace smipc

#endif  // SMIPC_SESSION_LAYOUT_H_
