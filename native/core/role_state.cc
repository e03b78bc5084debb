#include "core/role_state.h"

namespace smipc {

Presence Observe(const RoleRecord& record, bool is_writer) {
  // No honest peer shows an impossible pair for long, and a hostile one must not keep us here.
  constexpr int kMostLoads = 100;
  for (int loads = 0; loads < kMostLoads; loads++) {
    // The word first: an owner that leaves stores its state before it clears the word, so a cleared
    // word is never seen together with the state before leaving.
    const uint32_t owner = record.owner.load(std::memory_order_acquire);
    const auto state = static_cast<RoleState>(record.state.load(std::memory_order_acquire));
    switch (state) {
      case RoleState::Ended:
        return Presence::Ended;
      case RoleState::Aborted:
        return Presence::Aborted;
      case RoleState::Closed:
        return Presence::Closed;
      case RoleState::Never:
        // The word is taken before the state is set.
        if (owner == 0) return Presence::Absent;
        return (owner & kOwnerDied) == 0 ? Presence::Open : Presence::Died;
      case RoleState::Open:
      case RoleState::Exiting:
        break;
    }
    // Open, Exiting, or a number that no honest peer writes. If there was no owner, one has come
    // since the word was loaded.
    if (owner == 0) continue;
    if ((owner & kOwnerDied) == 0) return Presence::Open;
    if (state != RoleState::Exiting) return Presence::Died;
    return is_writer ? Presence::Aborted : Presence::Closed;
  }
  return Presence::Died;
}

Tenure ReadTenure(const RoleRecord& record) {
  // An owner may die and be replaced between two loads, but honest owners not a hundred times.
  constexpr int kMostLoads = 100;
  Tenure tenure;
  for (int loads = 0; loads < kMostLoads; loads++) {
    // acquire, all three: `since` was stored before; partner: RoleClaim::Take.
    tenure.generation = record.generation.load(std::memory_order_acquire);
    tenure.since = record.since[tenure.generation & 1].load(std::memory_order_acquire);
    tenure.since_messages =
        record.since_messages[tenure.generation & 1].load(std::memory_order_acquire);
    // The words of `since` are stored again by the owner after the next, after `generation` has
    // changed.
    if (record.generation.load(std::memory_order_relaxed) == tenure.generation) break;
  }
  return tenure;
}

}  // namespace smipc
