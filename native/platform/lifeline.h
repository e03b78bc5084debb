// Platform seam: an environment's sign of life in a directory. It tells of a death independently of
// the channels' files, and proves the death to those who come later.
//
// A role's word in a channel's file is the first way. But all roles of a thread are in one robust
// list, and when the thread dies, the kernel's walk through that list ends at the first word that
// it cannot reach (exit_robust_list in kernel/futex/core.c). One truncated file would hide the
// death from the peers of all channels that were taken before it. And a word says nothing about a
// reboot. So an owner has two more things:
//
// - The lifeline's lock: a read lock on one byte of the directory itself, at the offset that is the
//   lifeline's id (F_OFD_SETLK, fcntl(2)). The kernel drops it with the environment. It can neither
//   be truncated nor removed, and needs no file. It can be asked for, but wakes no one.
// - A slot of the lifeline's file, `.life-<id>` in 16 hexadecimal digits: a second word for each
//   role, held as `owner` is, but by another thread, whose list has only such slots. The peer waits
//   at it. The kernel marks it at once, while locks, sockets and pidfds follow only when the memory
//   of the process is gone (65 to 90 ms for each GiB).
//
//     file  0 +--------------------------------+
//             | magic  place[2]                |
//          64 +--------------------------------+
//             | slots, of 8 bytes each: a word | 0: free, otherwise as RoleRecord::owner
//             | and 4 bytes that stay 0        |
//        4096 +--------------------------------+
//
// This file may be truncated too, so a slot is never loaded or stored through a mapping: stores go
// through pwrite(2), and comparing through futex(2); both fail where a load would end the process.
#ifndef SMIPC_PLATFORM_LIFELINE_H_
#define SMIPC_PLATFORM_LIFELINE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "layout.h"
#include "platform/directory.h"
#include "platform/file.h"
#include "platform/marked_words.h"
#include "platform/word_wait.h"
#include "status.h"

namespace smipc {

// Where the slots are in a lifeline's file. docs/protocol.md describes the same bytes.
constexpr uint64_t kLifelineMagic = 0x1a0a0d6566696c73;  // "slife\r\n\x1a"
constexpr size_t kLifelineBytes = 4096;
constexpr size_t kSlotsAt = 64;
constexpr size_t kSlotBytes = 8;
constexpr uint32_t kMostSlots = (kLifelineBytes - kSlotsAt) / kSlotBytes;

// This environment's own. Used by its JavaScript thread.
class Lifeline {
 public:
  // Takes a lock in the directory, and makes the file if `words` is not null: the words of a thread
  // that owns nothing else, which must outlive the lifeline. If no file can be made, the lifeline
  // has no slots. Null: there are no such locks in this directory.
  static std::shared_ptr<Lifeline> Make(const Directory& directory, uint32_t permissions,
                                        MarkedWords* words);
  // Takes the file's name away, and drops the lock. Its roles must have been left.
  ~Lifeline();
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;

  uint64_t id() const { return id_; }
  // The directory that the lock is in, whatever its path leads to by now.
  const FileId& place() const { return place_; }

  // Takes a slot, before the role is taken: from now on the kernel marks it when the owner dies.
  // kNoSlot: there is none.
  uint32_t TakeSlot();
  // Gives a slot back, after the role has been left.
  void GiveBack(uint32_t slot);
  // Before process exit: takes the file's name away. Peers that come later go by the lock.
  void RemoveName();
  bool is_full() const { return words_ != nullptr && free_slots_.empty(); }

 private:
  Lifeline() = default;

  bool MakeFile(const Directory& directory, uint32_t permissions);
  bool Store(uint32_t slot, uint32_t value);
  // Its address, for the kernel.
  std::atomic<uint32_t>& SlotWord(uint32_t slot) const;

  uint64_t id_ = kNoLifeline;
  FileId place_;
  File directory_;  // an open file description of its own, which has the lock
  File file_;
  MarkedWords* words_ = nullptr;  // null: no slots
  uint8_t* base_ = nullptr;       // a private page (marked_words.h), and the file's page
  std::vector<uint32_t> free_slots_;
};

// What has become of a slot.
enum class SlotState {
  Held,    // as it was
  Marked,  // the kernel says that its owner is dead
  Other,   // given back, or overwritten: it says nothing about its owner
};

// A peer's slot, to wait at. Used by one thread, which must not wait at it when it is closed.
class PeerSlot {
 public:
  PeerSlot() = default;
  ~PeerSlot() { Close(); }
  PeerSlot(const PeerSlot&) = delete;
  PeerSlot& operator=(const PeerSlot&) = delete;

  // Opens the slot, if it has a living owner. The object must be closed. `*is_marked`: its owner is
  // dead.
  void Open(const char* directory, uint64_t id, uint32_t slot, bool* is_marked);
  void Close();
  bool is_open() const { return word_.word != nullptr; }

  // The word, and its value while the owner lives.
  const WaitWord& word() const { return word_; }
  SlotState Check() const;

 private:
  WaitWord word_{nullptr, 0};
};

// Does an owner with that lifeline live? Asks for its lock, through a descriptor that is not the
// owner's own. A failed call counts as held, so that no owner is declared dead by mistake.
bool IsLifelineHeld(const Directory& directory, uint64_t id);
// The same for the directory with that id, at this path. Held, too, if another directory is there
// by now: the lock is in the one that was replaced. (Its id is not given to another directory while
// the owner lives, who has it open.)
bool IsLifelineHeld(const char* path, const FileId& directory, uint64_t id);

// Has the kernel marked that slot? False if there is no such file, or no longer.
bool IsSlotMarked(const Directory& directory, uint64_t id, uint32_t slot);

// Takes the name of a lifeline's file away.
void RemoveLifeline(const Directory& directory, uint64_t id);

// Removes the files of lifelines whose locks are free; in a large directory only those that are
// found soon.
void RemoveAbandonedLifelines(const Directory& directory);

// Is that the name of a lifeline's file, and its lock free?
bool IsAbandonedLifeline(const Directory& directory, const char* name);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_LIFELINE_H_
