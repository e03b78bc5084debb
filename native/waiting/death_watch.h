// Hearing of the death of a role's owner, whatever tells of it.
//
// A role's word tells when its owner comes and leaves, and, where the kernel marks it, when it
// dies; a Watch sleeps at that word in any case. But not every death is marked there. So a Watch
// has a DeathWatch besides, which tells of a death by other means, each in its own file:
//
// - LifelineWatch (RoleScheme::RobustList): the owner's lifeline, by its slot and by its lock.
// - RoleLockWatch (RoleScheme::FileLock): the lock of the role.
//
// Some of them wake the thread, at a word; others must be asked from time to time. Another way, be
// it the end of a connection or a handle of a process, is one more implementation, and one more
// line in MakeDeathWatch and IsOwnerAlive.
#ifndef SMIPC_WAITING_DEATH_WATCH_H_
#define SMIPC_WAITING_DEATH_WATCH_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "core/role_state.h"
#include "layout.h"
#include "platform/directory.h"
#include "platform/file.h"
#include "platform/word_wait.h"

namespace smipc {

// A peer's role, and where the signs of its owner's life are. All that it points to must stay as
// long as the role is watched.
struct PeerSite {
  RoleRecord& role;
  bool is_writer;
  RoleScheme scheme;
  const File& file;       // of the segment; open, if owners lock their roles
  const char* directory;  // path of the segment's directory
  FileId place;           // of that directory; compared with RoleRecord::place
};

// What a DeathWatch has to tell of the owner that it follows.
enum class Sign {
  None,  // nothing new
  Lost,  // it can no longer tell in the same way, which says nothing about the owner
  Death,
};

// Follows one owner of the role after the other. Idle ones cost memory: they are small.
class DeathWatch {
 public:
  virtual ~DeathWatch() = default;
  DeathWatch(const DeathWatch&) = delete;
  DeathWatch& operator=(const DeathWatch&) = delete;

  // --- the waiter thread

  // Follows the owner that the role has now. Called whenever the role has changed or the peer has
  // woken us; only if that is another owner than before, more than a few loads are made. `owner`:
  // the role's word, loaded with acquire. Death: the owner is dead already.
  Sign Follow(uint32_t owner) {
    if (IsVacant(owner)) {
      Release();
      return Sign::None;
    }
    // relaxed: stored before the id that was seen in `owner`; partner: RoleClaim::Take. The
    // generation is stored after it, so an owner that is still coming is followed again when it
    // wakes us.
    const uint64_t lifeline = role_.lifeline.load(std::memory_order_relaxed);
    const uint32_t slot = role_.slot.load(std::memory_order_relaxed);
    generation_ = role_.generation.load(std::memory_order_acquire);
    // The same owner, which is followed already, or has no lifeline.
    if (lifeline == lifeline_ && slot == slot_) return Sign::None;
    Release();
    lifeline_ = lifeline;
    slot_ = slot;
    return lifeline == kNoLifeline ? Sign::None : Begin();
  }
  // The generation of the owner that is followed (RoleRecord::generation).
  uint32_t generation() const { return generation_; }

  // Where the thread sleeps too, to Take() when it has changed. Null: nowhere.
  const WaitWord* word() const { return word_; }
  // Checks what has changed at the word, by a system call.
  virtual Sign Take() { return Sign::None; }

  // Does a death wake no one, so that Ask() and FindDeath() must be called from time to time?
  bool must_be_asked() const { return must_be_asked_; }
  // `owner`: as in Follow.
  virtual Sign Ask(uint32_t /*owner*/) { return Sign::None; }

  // Follows no owner any more, and sleeps at no word.
  void Release() {
    if (lifeline_ == kNoLifeline) return;
    End();
    lifeline_ = kNoLifeline;
    slot_ = kNoSlot;
  }

  // --- any thread

  // Asks about the owner that the role has now, whether it is followed or not. If it is dead: its
  // generation.
  virtual std::optional<uint32_t> FindDeath() const { return std::nullopt; }

 protected:
  explicit DeathWatch(const RoleRecord& role) : role_(role) {}

  // The sign of life of another owner is in lifeline_ and slot_: begins to watch it, or ends.
  virtual Sign Begin() { return Sign::None; }
  virtual void End() {}

  const RoleRecord& role_;
  const WaitWord* word_ = nullptr;
  uint64_t lifeline_ = kNoLifeline;
  uint32_t slot_ = kNoSlot;
  uint32_t generation_ = 0;
  bool must_be_asked_ = false;
};

std::unique_ptr<DeathWatch> MakeDeathWatch(const PeerSite& site);

// For those who watch nothing: does the owner of a role that seems open live? False only if the
// system says so of that very owner; in doubt it lives. `file`: the segment's, opened by another
// than the owner.
bool IsOwnerAlive(const RoleRecord& role, bool is_writer, const Identity& identity,
                  const Directory& directory, const File& file);

// Are the locks of the role's owner in that directory, so that they can be asked for there?
inline bool CanSeeLocks(const RoleRecord& role, const FileId& place) {
  // relaxed: a stale place is that of an earlier owner, and a loss counts for one generation only.
  return place == FileId{role.place[0].load(std::memory_order_relaxed),
                         role.place[1].load(std::memory_order_relaxed)};
}

}  // namespace smipc

#endif  // SMIPC_WAITING_DEATH_WATCH_H_
