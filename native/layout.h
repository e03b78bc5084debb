// The segment: where every shared word stands. Offsets and meanings only; no functions.
// docs/protocol.md describes the same bytes for authors of other clients, and the README shows this
// picture. Change one, change all three, and raise kLayoutVersion.
//
//      0 +----------------------------------------------+
//        | magic  version  header_bytes  capacity       |  written once, before the
//        | framing  role_scheme  boot_id  flags         |  segment gets its name
//        | boot_time                                    |
//    128 +----------------------------------------------+
//        | head           bytes written since creation  |  stored by the writer only
//    256 +----------------------------------------------+
//        | tail           bytes read since creation     |  stored by the reader only
//        | delivered      handed out, but still there   |
//    384 +----------------------------------------------+
//        | data doorbell  seq  sleeping  wake_at        |  the reader sleeps, the writer rings
//    512 +----------------------------------------------+
//        | space doorbell seq  sleeping  wake_at        |  the writer sleeps, the reader rings
//    640 +----------------------------------------------+
//        | writer role    owner  state  pid  token bell |
//        |                since  generation             |
//        |                slot  lifeline  place         |
//    768 +----------------------------------------------+
//        | reader role    owner  state  pid  token bell |
//        |                since  generation             |
//        |                slot  lifeline  place         |
//    896 +----------------------------------------------+
//        | changes        rung when a role is taken or  |  openers that wait for a role sleep
//        |                left                          |
//        |                (zero up to header_bytes)     |
//   4096 +----------------------------------------------+  header_bytes: one memory page
//        | ring           capacity bytes                |  byte p of the stream stands at
//        |                                              |  p & (capacity - 1)
//        +----------------------------------------------+
//
// Integers have the byte order of the machine; the segment never leaves it. Each group has a line
// of 128 bytes of its own, because processors fetch cache lines of 64 bytes in pairs (Intel 64 and
// IA-32 Architectures Optimization Reference Manual, "spatial prefetcher").
#ifndef SMIPC_LAYOUT_H_
#define SMIPC_LAYOUT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace smipc {

constexpr uint64_t kMagic = 0x1a0a0d6370696d73;  // "smipc\r\n\x1a" in memory, little endian
constexpr uint32_t kLayoutVersion = 1;
constexpr uint64_t kMinCapacity = uint64_t{1} << 12;
constexpr uint64_t kMaxCapacity = uint64_t{1} << 40;
constexpr size_t kLine = 128;

enum class Framing : uint32_t {
  Bytes = 0,     // no boundaries
  Messages = 1,  // each message: its length in four bytes, little endian, and its bytes
  Objects = 2,   // the same; what a message holds is the business of the two serializers
};

enum class RoleScheme : uint32_t {
  RobustList = 1,  // `owner` is a thread id in its kernel's robust list
  FileLock = 2,    // `owner` is not 0 while taken; an OFD lock on its byte tells whether it lives
};

// Bits of Identity::flags. A segment with any other bit is left alone.
//
// A role that was left, or whose owner died, may be taken over where it stood; see admission.h.
constexpr uint32_t kResumable = 1;
constexpr uint32_t kKnownFlags = kResumable;

enum class RoleState : uint32_t {
  Never = 0,    // nobody has taken the role yet
  Open = 1,     // taken
  Ended = 2,    // writer: end(), every byte is published. Resumable, reader: has read to the end
  Aborted = 3,  // writer: left without end()
  Closed = 4,   // reader: left
  Exiting =
      5,  // still open; if the owner dies now, it is process exit, and means Aborted or Closed
};

enum class Sleep : uint32_t {
  Awake = 0,    // need not be rung
  AtFutex = 1,  // ring at `seq`
  AtBell = 2,   // ring at the bell that the sleeper's role record names, or else at `seq`
};

struct Doorbell {
  std::atomic<uint32_t> seq;       // the futex word; one more with every ring
  std::atomic<uint32_t> sleeping;  // Sleep
  std::atomic<uint64_t> wake_at;   // the position of the other side from which ringing is worth it
};

struct RoleRecord {
  std::atomic<uint32_t>
      owner;  // a futex word: 0 free, else see RoleScheme; FUTEX_OWNER_DIED may be set
  std::atomic<uint32_t> state;  // RoleState
  std::atomic<uint32_t> pid;    // of the owner, as its own PID namespace counts; for messages only
  std::atomic<uint32_t> token;  // what to write at the owner's bell
  std::atomic<uint64_t>
      bell;  // id of the owner's FIFO, `.bell-<id>` in 16 hexadecimal digits; 0: none
  // The role's position when the owner took it: in since[generation & 1], so that an owner in the
  // making does not write over what is told of the one before.
  std::atomic<uint64_t> since[2];
  std::atomic<uint32_t> generation;  // how often the role was taken: 1 for its first owner
  // The owner's sign of life (lifeline.h), stored before `owner` is.
  std::atomic<uint32_t> slot;  // of this role in the lifeline's file; kNoSlot: it has none
  std::atomic<uint64_t>
      lifeline;  // its id, `.life-<id>`; 0: none, so the owner has locked the role
  // Where the owner's lock is: st_dev and st_ino of the directory, as it sees it.
  std::atomic<uint64_t> place[2];
};

constexpr uint64_t kNoLifeline = 0;
constexpr uint32_t kNoSlot = UINT32_MAX;

struct Identity {
  uint64_t magic;
  uint32_t version;
  uint32_t header_bytes;  // where the ring begins
  uint64_t capacity;
  uint32_t framing;
  uint32_t role_scheme;
  uint64_t boot_id[2];  // what the creator took for the kernel's id of that boot
  uint32_t flags;       // kResumable
  uint32_t reserved;    // 0
  int64_t boot_time;    // when that boot was, by the creator's clocks: ms since 1970
};

struct Header {
  alignas(kLine) Identity identity;
  alignas(kLine) std::atomic<uint64_t> head;
  alignas(kLine) std::atomic<uint64_t> tail;
  std::atomic<uint64_t> delivered;  // the end of the last message that was handed out (kResumable)
  alignas(kLine) Doorbell data;
  alignas(kLine) Doorbell space;
  alignas(kLine) RoleRecord writer;
  alignas(kLine) RoleRecord reader;
  alignas(kLine) std::atomic<uint32_t> changes;
};

static_assert(std::atomic<uint64_t>::is_always_lock_free && sizeof(std::atomic<uint64_t>) == 8);
static_assert(std::atomic<uint32_t>::is_always_lock_free && sizeof(std::atomic<uint32_t>) == 4);
static_assert(sizeof(Identity) == 64 && offsetof(Identity, flags) == 48 &&
              offsetof(Identity, boot_time) == 56);
static_assert(offsetof(Header, identity) == 0);
static_assert(offsetof(Header, head) == 128);
static_assert(offsetof(Header, tail) == 256 && offsetof(Header, delivered) == 264);
static_assert(offsetof(Header, data) == 384 && offsetof(Doorbell, sleeping) == 4 &&
              offsetof(Doorbell, wake_at) == 8);
static_assert(offsetof(Header, space) == 512);
static_assert(offsetof(Header, writer) == 640 && offsetof(RoleRecord, state) == 4 &&
              offsetof(RoleRecord, pid) == 8 && offsetof(RoleRecord, token) == 12 &&
              offsetof(RoleRecord, bell) == 16 && offsetof(RoleRecord, since) == 24 &&
              offsetof(RoleRecord, generation) == 40 && offsetof(RoleRecord, slot) == 44 &&
              offsetof(RoleRecord, lifeline) == 48 && offsetof(RoleRecord, place) == 56);
static_assert(offsetof(Header, reader) == 768);
static_assert(offsetof(Header, changes) == 896);
static_assert(sizeof(Header) == 1024);

}  // namespace smipc

#endif  // SMIPC_LAYOUT_H_
