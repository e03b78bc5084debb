// Everything that one JavaScript environment (the main thread, or a worker) owns: its waiter, the
// roles that it holds, and its waits for roles. There are no statics; a worker thread has an
// Environment of its own. All calls are made by the environment's thread.
#ifndef SMIPC_CHANNEL_ENVIRONMENT_H_
#define SMIPC_CHANNEL_ENVIRONMENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "channel/endpoint.h"
#include "channel/lifelines.h"
#include "channel/opening.h"
#include "channel/peer_bells.h"
#include "channel/registry.h"
#include "channel/sweep.h"
#include "waiting/loop_sleepers.h"
#include "waiting/waiter.h"

namespace smipc {

class Environment {
 public:
  Environment(const Facilities& facilities, WakeQueue::Notify notify, void* context)
      : waiter_(facilities, notify, context) {}
  ~Environment() { Shutdown(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Makes the bell at which this environment listens for the channels that it opens in the
  // directory (absolute path) from now on. The caller reads tokens from `*bell`; there is one in
  // it, kFirstToken. Until TrustBell() the channels are woken at their words.
  //   Ok; OpenToOthers; System.
  Result OpenBell(const std::string& directory, uint32_t permissions, bool may_make_directory,
                  File* bell);
  // The event loop has heard the bell there. Does nothing if it has been closed.
  void TrustBell(const std::string& directory);
  // Would peers still find the bell, or has the directory been removed, or its files?
  bool IsBellThere(const std::string& directory) const;
  // Takes the bell's name away, and no longer keeps the lifeline there. All channels there are
  // woken at their words from now on; the caller must check them once, because a peer may just have
  // woken it there.
  void CloseBell(const std::string& directory);

  // The channel lives until Forget(id), even after it has left and is unmapped. `request.bell` is
  // filled in here.
  Result Open(uint32_t id, const OpenRequest& request, Endpoint** channel, uint32_t* holder_pid);
  // The same for what is held in another way: the kind of holder that is wanted.
  template <typename Holder>
  Result OpenAs(uint32_t id, const OpenRequest& request, Holder** holder, uint32_t* holder_pid) {
    RoleHolder* opened = nullptr;
    const Result done = OpenWith(id, request, Make<Holder>, &opened, holder_pid);
    *holder = static_cast<Holder*>(opened);
    return done;
  }
  // The limit of memory for which the last Open() failed. Its `file` is empty if there was none.
  const MemoryShortage& shortage() const { return shortage_; }
  // For what watches a segment without a role in it.
  Waiter& waiter() { return waiter_; }
  PeerBells& peer_bells() { return peer_bells_; }
  LoopSleepers& loop_sleepers() { return loop_sleepers_; }
  // Waits for a role: see RoleWait. The wait lives until it is retired after StopOnlooker(id).
  Result StartRoleWait(uint32_t id, const ChannelPath& path);
  // Another one, which lives as long.
  void AddOnlooker(uint32_t id, std::unique_ptr<Onlooker> onlooker);
  // What was started under that id ends.
  void StopOnlooker(uint32_t id);

  // JavaScript has lost its last reference to the channel: it leaves, if it has not yet, and is
  // deleted once no thread can touch it.
  void Forget(uint32_t id);

  // What woke the environment: ids of channels and role waits to check, and, with kRetiredBit, ids
  // of channels that have been unmapped. Stores up to `most` of them and returns how many; 0: no
  // more.
  static constexpr uint32_t kRetiredBit = uint32_t{1} << 31;
  size_t TakeWakes(uint32_t* ids, size_t most);

  // The process is about to exit: see RoleHolder::PrepareForExit. From now on the waiter threads
  // report nothing, but they still own the roles.
  void PrepareForExit();

  // Leaves every channel, ends the threads, unmaps. Idempotent.
  void Shutdown();

 private:
  struct OwnBell {
    uint64_t id;
    bool is_trusted = false;
    // The one that the channels there had last. It stays as long as the bell.
    std::shared_ptr<Lifeline> lifeline;
  };
  struct Entry {
    std::unique_ptr<RoleHolder> holder;
    bool is_retired = false;
    bool is_forgotten = false;
  };

  Result OpenWith(uint32_t id, OpenRequest request, MakeHolder make, RoleHolder** holder,
                  uint32_t* holder_pid);
  // The waiter thread no longer uses the watch: unmaps. True: JavaScript still knows the channel.
  bool Retire(uint32_t id);

  void CloseBells();

  Waiter waiter_;
  PeerBells peer_bells_;
  LoopSleepers loop_sleepers_;
  Lifelines lifelines_;
  Sweeper sweeper_;
  MemoryShortage shortage_;
  std::unordered_map<std::string, OwnBell> own_bells_;  // by directory
  bool is_shut_down_ = false;
  bool keeps_freed_memory_ = false;
  std::unordered_map<uint32_t, Entry> holders_;
  std::unordered_map<uint32_t, std::unique_ptr<Onlooker>> onlookers_;
  // Taken from the waiter; those before `next_wake_` have been reported.
  std::vector<Wake> wakes_;
  size_t next_wake_ = 0;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_ENVIRONMENT_H_
