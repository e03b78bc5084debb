// The segment: where every shared word stands. Offsets and meanings only; no functions.
// docs/protocol.md describes the same bytes for authors of other clients, and shows this picture.
// Change both together, and raise kLayoutVersion.
//
//      0 +----------------------------------------------+
//        | magic  version  header_bytes  capacity       |  written once, before the
//        | framing  role_scheme  boot_id  flags         |  segment gets its name
//        | boot_time                                    |
//    128 +----------------------------------------------+
//        | head           bytes written since creation  |  stored by the writer only
//        | written[2]     messages, up to a position    |
//    256 +----------------------------------------------+
//        | tail           bytes read since creation     |  stored by the reader only
//        | delivered      handed out, but still there   |
//        | consumed[2]    messages, up to a position    |
//    384 +----------------------------------------------+
//        | data doorbell  seq  sleeping  wake_at        |  the reader sleeps, the writer wakes
//    512 +----------------------------------------------+
//        | space doorbell seq  sleeping  wake_at        |  the writer sleeps, the reader wakes
//    640 +----------------------------------------------+
//        | writer role    owner  state  pid  token bell |
//        |                since  generation             |
//        |                slot  lifeline  place         |
//        |                since_messages                |
//    768 +----------------------------------------------+
//        | reader role    owner  state  pid  token bell |
//        |                since  generation             |
//        |                slot  lifeline  place         |
//        |                since_messages                |
//    896 +----------------------------------------------+
//        | changes        one more when a role is taken |  openers that wait for a role sleep
//        |                or left                       |
//   1024 +----------------------------------------------+
//        | refused        who was turned away last      |  stored by an opener without a role
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

// "smipc\r\n\x1a" in memory, little endian. The other way round on a big-endian machine, so that
// processes of both orders, which an emulator can bring together, do not take what they misread.
constexpr uint64_t kMagic = 0x1a0a0d6370696d73;
constexpr uint32_t kLayoutVersion = 1;
constexpr uint64_t kMinCapacity = uint64_t{1} << 12;
constexpr uint64_t kMaxCapacity = uint64_t{1} << 40;
constexpr size_t kLine = 128;

enum class Framing : uint32_t {
  Bytes = 0,     // no boundaries
  Messages = 1,  // each message: its length in four bytes, little endian, and its bytes
  Objects = 2,   // as Messages; what a message holds is agreed between the two serializers
  // No channels: see session_layout.h.
  Listener = 3,  // a name at which a server listens for connections
  Session = 4,   // the connections between a client and a server
};
constexpr uint32_t kLastFraming = static_cast<uint32_t>(Framing::Session);

// Is it the framing of something that carries bytes?
constexpr bool IsOfChannel(Framing framing) { return framing <= Framing::Objects; }

enum class RoleScheme : uint32_t {
  RobustList = 1,  // `owner` is the id of a thread, in whose kernel-side robust list the word is
  FileLock = 2,    // `owner` is not 0 while taken; an OFD lock on its byte tells whether it lives
};

// The parts of RoleRecord::owner, and of a lifeline's slots (RobustList). They are the kernel's own
// (FUTEX_TID_MASK, FUTEX_OWNER_DIED, FUTEX_WAITERS).
constexpr uint32_t kOwnerMask = 0x3fffffff;   // the owner's id
constexpr uint32_t kOwnerDied = 0x40000000;   // set by the kernel when the owner has died
constexpr uint32_t kHasWaiters = 0x80000000;  // set by the owner: only then the kernel wakes one

// Bits of Identity::flags. A segment with any other bit is left alone.
//
// A role that was left, or whose owner died, may be taken over where it stood; see admission.h.
constexpr uint32_t kResumable = 1;
constexpr uint32_t kKnownFlags = kResumable;

enum class RoleState : uint32_t {
  Never = 0,    // the role has not been taken yet
  Open = 1,     // taken
  Ended = 2,    // writer: end(), every byte is published. Resumable, reader: has read to the end
  Aborted = 3,  // writer: left without end()
  Closed = 4,   // reader: left
  // Still open. If the owner dies now, its process has exited, which means Aborted or Closed.
  Exiting = 5,
};

// How one side sleeps, which tells the peer where to wake it.
enum class Sleep : uint32_t {
  Awake = 0,    // need not be woken
  AtFutex = 1,  // at `seq`
  AtBell = 2,   // at the bell that the sleeper's role record names; if that fails, at `seq`
};

struct Doorbell {
  std::atomic<uint32_t> seq;       // the futex word; one more with every wake-up
  std::atomic<uint32_t> sleeping;  // Sleep
  std::atomic<uint64_t> wake_at;   // the peer's position from which waking is worth it
};

// How many messages there are up to the end of one, and beyond it until the next one of the two
// says otherwise: see core/message_count.h. Zeros in a segment of bytes.
struct MessageCount {
  std::atomic<uint64_t> position;
  std::atomic<uint64_t> messages;
};

struct RoleRecord {
  // A futex word. 0: free; otherwise see RoleScheme. The kernel may set kOwnerDied in it.
  std::atomic<uint32_t> owner;
  std::atomic<uint32_t> state;  // RoleState
  std::atomic<uint32_t> pid;    // of the owner, as its own PID namespace counts; for messages only
  std::atomic<uint32_t> token;  // what to write to the owner's bell
  // The id of the owner's FIFO, `.bell-<id>` in 16 hexadecimal digits. 0: it has none.
  std::atomic<uint64_t> bell;
  // The role's position when the owner took it: in since[generation & 1], so that an owner that is
  // just taking the role does not overwrite the position of the owner before.
  std::atomic<uint64_t> since[2];
  std::atomic<uint32_t> generation;  // how often the role was taken: 1 for its first owner
  // The slot of this role in the file of the owner's lifeline (lifeline.h), stored before `owner`
  // is. kNoSlot: it has none.
  std::atomic<uint32_t> slot;
  // The id of the owner's lifeline, `.life-<id>`. 0: it has none, so it has locked the role.
  std::atomic<uint64_t> lifeline;
  // Where the owner's lock is: st_dev and st_ino of the directory, as the owner sees it.
  std::atomic<uint64_t> place[2];
  // As `since`, in messages.
  std::atomic<uint64_t> since_messages[2];
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
  uint64_t boot_id[2];  // the kernel's id of the boot, as the creator saw it
  uint32_t flags;       // kResumable
  uint32_t reserved;    // 0
  int64_t boot_time;    // when the machine was started, by the creator's clocks: ms since 1970
};

struct Header {
  alignas(kLine) Identity identity;
  alignas(kLine) std::atomic<uint64_t> head;
  MessageCount written[2];
  alignas(kLine) std::atomic<uint64_t> tail;
  std::atomic<uint64_t> delivered;  // the end of the last message that was handed out (kResumable)
  MessageCount consumed[2];
  alignas(kLine) Doorbell data;
  alignas(kLine) Doorbell space;
  alignas(kLine) RoleRecord writer;
  alignas(kLine) RoleRecord reader;
  alignas(kLine) std::atomic<uint32_t> changes;
  // The last opener that was turned away for its framing, its flags, or the way in which roles are
  // held (refusal.h). From the lowest bit: 32 of its pid, 8 of the framing and 8 of the flags that
  // it wanted, one that is set if it wanted the writer's role, 7 of a count, 8 of that role's
  // generation. 0: none yet.
  alignas(kLine) std::atomic<uint64_t> refused;
};

static_assert(std::atomic<uint64_t>::is_always_lock_free && sizeof(std::atomic<uint64_t>) == 8);
static_assert(std::atomic<uint32_t>::is_always_lock_free && sizeof(std::atomic<uint32_t>) == 4);
static_assert(sizeof(Identity) == 64 && offsetof(Identity, flags) == 48 &&
              offsetof(Identity, boot_time) == 56);
static_assert(offsetof(Header, identity) == 0);
static_assert(offsetof(Header, head) == 128 && offsetof(Header, written) == 136 &&
              sizeof(MessageCount) == 16);
static_assert(offsetof(Header, tail) == 256 && offsetof(Header, delivered) == 264 &&
              offsetof(Header, consumed) == 272);
static_assert(offsetof(Header, data) == 384 && offsetof(Doorbell, sleeping) == 4 &&
              offsetof(Doorbell, wake_at) == 8);
static_assert(offsetof(Header, space) == 512);
static_assert(offsetof(Header, writer) == 640 && offsetof(RoleRecord, state) == 4 &&
              offsetof(RoleRecord, pid) == 8 && offsetof(RoleRecord, token) == 12 &&
              offsetof(RoleRecord, bell) == 16 && offsetof(RoleRecord, since) == 24 &&
              offsetof(RoleRecord, generation) == 40 && offsetof(RoleRecord, slot) == 44 &&
              offsetof(RoleRecord, lifeline) == 48 && offsetof(RoleRecord, place) == 56 &&
              offsetof(RoleRecord, since_messages) == 72);
static_assert(offsetof(Header, reader) == 768);
static_assert(offsetof(Header, changes) == 896);
static_assert(offsetof(Header, refused) == 1024);
static_assert(sizeof(Header) == 1152);

}  // namespace smipc

#endif  // SMIPC_LAYOUT_H_
