// Finds a death by the lock of the role, which the system drops with its owner's process.
#ifndef SMIPC_WAITING_ROLE_LOCK_WATCH_H_
#define SMIPC_WAITING_ROLE_LOCK_WATCH_H_

#include "waiting/death_watch.h"

namespace smipc {

class RoleLockWatch final : public DeathWatch {
 public:
  explicit RoleLockWatch(const PeerSite& site)
      : DeathWatch(site.role), file_(site.file), place_(site.place), is_writer_(site.is_writer) {
    must_be_asked_ = true;
  }

  std::optional<uint32_t> FindDeath() const override;

 private:
  const File& file_;
  const FileId place_;
  const bool is_writer_;
};

}  // namespace smipc

#endif  // SMIPC_WAITING_ROLE_LOCK_WATCH_H_
