#include "channel/peer_bells.h"

#include <iterator>

namespace smipc {

std::shared_ptr<PeerBell> PeerBells::Find(const std::string& directory, uint64_t id) {
  if (id == kNoBell) return nullptr;
  for (auto entry = bells_.begin(); entry != bells_.end();) {
    entry = entry->second.expired() ? bells_.erase(entry) : std::next(entry);
  }
  const auto found = bells_.find({directory, id});
  if (found != bells_.end()) return found->second.lock();
  std::shared_ptr<PeerBell> bell = PeerBell::Open(directory, id);
  if (bell != nullptr) bells_[{directory, id}] = bell;
  return bell;
}

}  // namespace smipc
