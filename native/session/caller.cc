#include "session/caller.h"

#include <utility>

#include "channel/survey.h"
#include "core/doorbell.h"
#include "platform/directory.h"
#include "session/listener.h"

namespace smipc {

Result Caller::Find(const ChannelPath& path, Directory* directory, uint32_t* holder_pid) {
  Result done = directory->Open(path.directory, path.permissions);
  if (done.ok()) done = segment_.Attach(*directory, path.name);
  if (!done.ok()) return done;
  const Identity& identity = segment_.identity();
  if (static_cast<Framing>(identity.framing) != Framing::Listener) {
    return Result(Status::Incompatible);
  }
  const RoleRecord& server = segment_.header().reader;
  *holder_pid = server.pid.load(std::memory_order_relaxed);
  const Presence presence =
      ObserveForSure(server, false, identity, VantageOf(*directory, segment_.file()));
  if (presence != Presence::Open) return Result(Status::Refused);
  // Stored before the segment got its name; loaded once, and checked.
  const uint32_t framing = record().framing;
  if (framing > static_cast<uint32_t>(Framing::Objects)) return Result(Status::Corrupt);
  framing_ = static_cast<Framing>(framing);
  return {};
}

Result Caller::Open(Waiter& waiter, PeerBells& bells, uint32_t id, const ChannelPath& path,
                    std::unique_ptr<Caller>* caller, uint32_t* holder_pid) {
  std::unique_ptr<Caller> made(new Caller(bells, path));
  Directory directory;
  Result done = made->Find(path, &directory, holder_pid);
  if (done.ok()) done = waiter.Place(&made->thread_);
  if (!done.ok()) return done;
  Header& header = made->segment_.header();
  const auto scheme = static_cast<RoleScheme>(made->segment_.identity().role_scheme);
  // It sleeps where openers do, whom the server wakes when there is room in its backlog.
  made->watch_ =
      std::make_unique<Watch>(id, header.changes,
                              PeerSite{header.reader, false, scheme, made->segment_.file(),
                                       made->directory_.c_str(), directory.place()},
                              nullptr);
  made->thread_->Add(*made->watch_);
  *caller = std::move(made);
  return {};
}

bool Caller::Call(uint64_t session) {
  bool is_in = false;
  for (std::atomic<uint64_t>& place : record().backlog) {
    if (place.load(std::memory_order_relaxed) != 0) continue;
    uint64_t free = 0;
    // seq_cst: releases the session, and stands before the load of `sleeping` in TakeWakeUp;
    // partner: Listener::TakeCalls.
    is_in = place.compare_exchange_strong(free, session, std::memory_order_seq_cst);
    if (is_in) break;
  }
  // Also if it is full: it may be full of calls whose callers died before they rang.
  Header& header = segment_.header();
  const Sleep how = TakeWakeUp(header.data, UINT64_MAX);
  if (how != Sleep::Awake) waker_.Wake(header.reader, header.data, how);
  return is_in;
}

void Caller::TakeBack(uint64_t session) {
  for (std::atomic<uint64_t>& place : record().backlog) {
    if (place.load(std::memory_order_relaxed) != session) continue;
    uint64_t call = session;
    // relaxed: what is taken back says nothing.
    if (place.compare_exchange_strong(call, 0, std::memory_order_relaxed)) return;
  }
}

bool Caller::TakeRefusal(uint64_t session) {
  for (std::atomic<uint64_t>& place : record().backlog) {
    uint64_t refusal = session | kRefusedCall;
    if (place.load(std::memory_order_relaxed) != refusal) continue;
    // acquire: partner: Listener::Refuse.
    if (place.compare_exchange_strong(refusal, 0, std::memory_order_acquire)) return true;
  }
  return false;
}

}  // namespace smipc
