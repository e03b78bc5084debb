// A client that wants a session: finds the listener of a name, calls, and hears if the server dies
// before it has taken the session.
#ifndef SMIPC_SESSION_CALLER_H_
#define SMIPC_SESSION_CALLER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "channel/loop_waker.h"
#include "channel/registry.h"
#include "platform/segment.h"
#include "session_layout.h"
#include "status.h"
#include "waiting/waiter.h"

namespace smipc {

class Caller final : public Onlooker {
 public:
  // Finds the listener. From now on the queue says Check for `id` when the server has taken calls,
  // has left or died. `*holder_pid`: the server's.
  //   Ok; NotFound; Refused: nobody listens there; Incompatible: it is a channel; Corrupt;
  //   OpenToOthers; System.
  static Result Open(Waiter& waiter, PeerBells& bells, uint32_t id, const ChannelPath& path,
                     std::unique_ptr<Caller>* caller, uint32_t* holder_pid);

  // What the server's connections carry.
  Framing framing() const { return framing_; }
  // Puts a session into the backlog, and wakes the server. False: the backlog is full; there will
  // be a wake-up when there is room.
  bool Call(uint64_t session);
  // Takes the session back, if it is still there.
  void TakeBack(uint64_t session);
  // Has the server refused that session?
  bool TakeRefusal(uint64_t session);
  // The state of the server.
  Presence Server() const { return watch_->Peer(); }

  void Stop() override { thread_->Remove(*watch_); }

 private:
  Caller(PeerBells& bells, const ChannelPath& path)
      : directory_(path.directory), waker_(bells, directory_) {}

  ListenerRecord& record() const { return *reinterpret_cast<ListenerRecord*>(segment_.ring()); }
  Result Find(const ChannelPath& path, Directory* directory, uint32_t* holder_pid);

  const std::string directory_;
  LoopWaker waker_;
  Segment segment_;
  Framing framing_ = Framing::Bytes;
  std::unique_ptr<Watch> watch_;
  WaitThread* thread_ = nullptr;
};

}  // namespace smipc

#endif  // SMIPC_SESSION_CALLER_H_
