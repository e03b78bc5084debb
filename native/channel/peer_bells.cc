#include "channel/peer_bells.h"

namespace smipc {

std::shared_ptr<PeerBell> PeerBells::Find(const std::string& directory, uint64_t id) {
  if (id == kNoBell) return nullptr;
  std::shared_ptr<PeerBell> bell = bells_.Find({directory, id});
  if (bell != nullptr) return bell;
  bell = PeerBell::Open(directory, id);
  if (bell != nullptr) bells_.Set({directory, id}, bell);
  return bell;
}

}  // namespace smipc
