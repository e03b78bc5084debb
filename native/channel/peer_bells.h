// The bells at which the channels of one environment wake their peers. Used by its JavaScript
// thread.
#ifndef SMIPC_CHANNEL_PEER_BELLS_H_
#define SMIPC_CHANNEL_PEER_BELLS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "channel/weak_table.h"
#include "platform/bell.h"

namespace smipc {

// Each bell is opened once, however many channels use it.
class PeerBells {
 public:
  //   null: as PeerBell::Open, or `id` is kNoBell.
  std::shared_ptr<PeerBell> Find(const std::string& directory, uint64_t id);

 private:
  WeakTable<std::pair<std::string, uint64_t>, PeerBell> bells_;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_PEER_BELLS_H_
