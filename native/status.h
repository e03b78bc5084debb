// Result codes of the native core. Nothing in native/ throws; node/ passes these numbers to
// JavaScript, where lib/environment/contract.ts has the same numbers, which a test compares with
// node/contract.cc, and lib/failures/failures.ts makes errors of them.
//
// "Not now" (full, empty) is never a status: calls that move bytes return a count, and 0 means
// "not now". "Never again" (the peer has left) and failures are the negative numbers below.
#ifndef SMIPC_STATUS_H_
#define SMIPC_STATUS_H_

#include <cstdint>

namespace smipc {

enum class Status : int32_t {
  Ok = 0,

  // The peer has left, and (for a reader) every byte it had published has been read.
  PeerEnded = -1,    // the writer said end()
  PeerAborted = -2,  // the writer left without end()
  PeerDied = -3,     // the peer's process or thread is gone
  PeerClosed = -4,   // the reader closed

  // Opening.
  Busy = -5,           // a live owner holds the role
  Dying = -16,         // its owner has left or died, but threads of its process still run
  Undrained = -6,      // there is a stream that has ended and was not read to its end
  NotFound = -7,       // no such channel, and none is to be created
  Exists = -8,         // there is such a channel, and a new one was demanded
  Incompatible = -9,   // not a smipc segment, or of another layout, framing or role scheme
  OpenToOthers = -10,  // the directory lets in users whom `permissions` does not
  Locked = -11,        // another process held the directory's lock for too long
  // There can be no channels in this directory: its parent is missing, or its file system cannot
  // hold them. The system's number goes with it.
  UnusableDirectory = -17,
  NotSupported = -18,  // smipc has no code for this system
  IdInUse = -19,       // an earlier channel of this environment still has the id
  Refused = -20,       // nobody listens for connections there

  // Using.
  Corrupt = -12,   // shared memory holds a number that no honest peer writes
  Closed = -13,    // the channel was closed on this side
  System = -14,    // a system call failed; the system's number goes with it
  Detached = -15,  // the caller's memory was transferred or shrunk while the call waited
};

// A status and, for System and UnusableDirectory, the number that the system itself gives to what
// went wrong (0: none). Only platform/<os>/ knows what such a number means; JavaScript turns it
// into a name.
struct Result {
  Status status = Status::Ok;
  int error = 0;

  Result() = default;
  explicit Result(Status of) : status(of) {}
  Result(Status of, int number) : status(of), error(number) {}

  bool ok() const { return status == Status::Ok; }
};

}  // namespace smipc

#endif  // SMIPC_STATUS_H_
