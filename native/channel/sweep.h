// Removing what processes that died have left behind, and nobody can use any more. Without it a
// crash would keep the memory of a whole ring under a name that may never come back.
//
// Nothing depends on it being done: every opener replaces what is swept (IsSpent). So it is done a
// little at a time, it never waits for the directory's lock on behalf of an opener, and what it
// cannot judge or remove it leaves alone.
#ifndef SMIPC_CHANNEL_SWEEP_H_
#define SMIPC_CHANNEL_SWEEP_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "channel/registry.h"
#include "channel/survey.h"
#include "platform/directory.h"
#include "status.h"

namespace smipc {

struct SweepTerms {
  // Also what somebody could still read, or go on from, if all its processes are gone.
  bool includes_unread;
  int64_t patience_ms;  // how long to wait for the directory's lock
};

// Removes a channel's name, if no live process holds the channel, it belongs to this user, and it
// is spent, or any other that the terms include. `*swept`: what it was.
//   Ok; Busy: it is to stay; NotFound; Incompatible; Corrupt; OpenToOthers; Locked; System.
Result Sweep(const ChannelPath& path, const SweepTerms& terms, Snapshot* swept);

// Sweeps a few files of a directory whenever a channel is opened there. Used by the JavaScript
// thread of one environment.
class Sweeper {
 public:
  // `spared`: the name that is about to be opened. The opening sees to it itself.
  void SweepSome(const std::string& path, uint32_t permissions, const std::string& spared);

 private:
  struct Place {
    std::vector<std::string> names;  // to be looked at
    int64_t read_at_ns = 0;          // when they were read; 0: not yet
  };

  // The names to look at there, read anew from time to time.
  std::vector<std::string>& NamesOf(const std::string& path, const Directory& directory);

  std::unordered_map<std::string, Place> places_;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_SWEEP_H_
