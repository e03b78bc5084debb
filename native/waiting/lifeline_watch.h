// Hears of a death by the owner's lifeline (lifeline.h): at its slot, or, where the slot cannot be
// opened because the file is damaged or gone, by asking for its lock.
#ifndef SMIPC_WAITING_LIFELINE_WATCH_H_
#define SMIPC_WAITING_LIFELINE_WATCH_H_

#include "platform/lifeline.h"
#include "waiting/death_watch.h"

namespace smipc {

class LifelineWatch final : public DeathWatch {
 public:
  explicit LifelineWatch(const PeerSite& site)
      : DeathWatch(site.role), directory_(site.directory), place_(site.place) {}

  Sign Take() override;
  Sign Ask(uint32_t owner) override;

 private:
  Sign Begin() override;
  void End() override;

  const char* const directory_;
  const FileId place_;
  PeerSlot peer_slot_;
};

}  // namespace smipc

#endif  // SMIPC_WAITING_LIFELINE_WATCH_H_
