// A name at which this process listens for connections: the reader's role of a listener's segment.
// Clients that have no session with it call, by the ids of sessions that they have made.
#ifndef SMIPC_SESSION_LISTENER_H_
#define SMIPC_SESSION_LISTENER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "channel/role_holder.h"
#include "session_layout.h"

namespace smipc {

// Beside the id in the backlog: the server cannot take that session.
constexpr uint64_t kRefusedCall = uint64_t{1} << 63;

class Listener final : public RoleHolder {
 public:
  // For OpenRole. `request.terms.framing`: of the connections.
  Listener(const SharedParts& shared, uint32_t id, const OpenRequest& request,
           const Directory& directory, std::unique_ptr<Segment> segment,
           std::shared_ptr<Lifeline> lifeline);

  // Takes up to `most` calls out of the backlog. 0: there are none, and the doorbell is armed.
  size_t TakeCalls(uint64_t* sessions, size_t most);
  // Tells the caller that its session cannot be taken, now or when there is room to say so.
  void Refuse(uint64_t session);

  // Nobody goes on from a listener: it leaves.
  bool PrepareForExit(bool may_wait = true) override { return Leave(may_wait); }

 private:
  ListenerRecord& record() const { return *reinterpret_cast<ListenerRecord*>(segment().ring()); }
  size_t TakeNow(uint64_t* sessions, size_t most);
  void SendRefusals();
  bool SendRefusal(uint64_t refusal);
  // Takes back the oldest refusal, if its caller has not taken it.
  void ForgetRefusal();

  bool IsSane() const override { return true; }
  void SleepAtBell(Sleep how) override { sleep_ = how; }
  void Entered() override { Arm(own_doorbell(), 0, sleep_); }
  void Leaving() override {}

  Sleep sleep_;
  uint32_t next_ = 0;             // where to look first
  std::vector<uint64_t> unsent_;  // refusals for which there was no place
  std::deque<uint64_t> sent_;     // the last ones
};

}  // namespace smipc

#endif  // SMIPC_SESSION_LISTENER_H_
