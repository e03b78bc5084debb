#include "session/listener.h"

#include <utility>

namespace smipc {

namespace {

// A refusal whose caller has died stands there for ever, so only the last ones do: or there would
// be no place for calls any more. A caller takes its own when it is woken.
constexpr size_t kMostRefusals = kBacklog / 2;

}  // namespace

Listener::Listener(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                   const Directory& directory, std::unique_ptr<Segment> segment,
                   std::shared_ptr<Lifeline> lifeline)
    : RoleHolder(shared, id, request, directory, std::move(segment), std::move(lifeline)),
      sleep_(request.is_bell_trusted ? Sleep::AtBell : Sleep::AtFutex) {
  // A listener's role is taken only once (admission.h), so it is a new segment without a name.
  record().framing = static_cast<uint32_t>(request.terms.framing);
}

size_t Listener::TakeNow(uint64_t* sessions, size_t most) {
  size_t count = 0;
  for (uint32_t looked = 0; looked < kBacklog && count < most; looked++) {
    std::atomic<uint64_t>& place = record().backlog[next_];
    next_ = (next_ + 1) % kBacklog;
    // seq_cst: see doorbell.h, with the backlog in the place of a position; partner: Caller::Call.
    const uint64_t call = place.load(std::memory_order_seq_cst);
    if (call == 0 || (call & kRefusedCall) != 0) continue;
    // A caller may take its call back meanwhile. acquire: the session is complete; partner:
    // Caller::Call.
    uint64_t expected = call;
    if (!place.compare_exchange_strong(expected, 0, std::memory_order_acquire)) continue;
    sessions[count++] = call;
  }
  return count;
}

size_t Listener::TakeCalls(uint64_t* sessions, size_t most) {
  if (!is_held()) return 0;
  size_t count = TakeNow(sessions, most);
  if (count == 0) {
    Arm(own_doorbell(), 0, sleep_);
    count = TakeNow(sessions, most);  // once more: see doorbell.h
    if (count == 0) return 0;
    Disarm(own_doorbell());
  }
  SendRefusals();
  // A caller may wait for a free place, or for that.
  WakeOpeners(header());
  return count;
}

void Listener::Refuse(uint64_t session) {
  if (!is_held()) return;
  unsent_.push_back(session | kRefusedCall);
  SendRefusals();
  WakeOpeners(header());
}

void Listener::SendRefusals() {
  while (!unsent_.empty() && SendRefusal(unsent_.back())) unsent_.pop_back();
}

bool Listener::SendRefusal(uint64_t refusal) {
  if (sent_.size() == kMostRefusals) ForgetRefusal();
  for (std::atomic<uint64_t>& place : record().backlog) {
    uint64_t free = 0;
    // release: nothing but the id is told; partner: Caller::TakeRefusal.
    if (!place.compare_exchange_strong(free, refusal, std::memory_order_release)) continue;
    sent_.push_back(refusal);
    return true;
  }
  return false;
}

void Listener::ForgetRefusal() {
  const uint64_t oldest = sent_.front();
  sent_.pop_front();
  for (std::atomic<uint64_t>& place : record().backlog) {
    uint64_t refusal = oldest;
    // relaxed: what is taken back says nothing.
    if (place.compare_exchange_strong(refusal, 0, std::memory_order_relaxed)) return;
  }
}

}  // namespace smipc
