// One end of a channel as a JavaScript environment has it: an Environment, and a listener for its
// wake-ups.
#ifndef SMIPC_TEST_PARTY_H_
#define SMIPC_TEST_PARTY_H_

#include <string>
#include <vector>

#include "channel/environment.h"
#include "check.h"
#include "listener.h"
#include "temporary.h"

namespace smipc {

struct Way {
  WaitMode mode;
  RoleScheme scheme;
};

// Calls `body` for each way that this kernel has.
template <typename Body>
void ForEachWay(Body body) {
  for (const WaitMode mode : WaitModes()) {
    for (const RoleScheme scheme : RoleSchemes()) {
      check::Context("%s, %s", NameOf(mode), NameOf(scheme));
      check::KeepAlive();
      body(Way{mode, scheme});
    }
  }
}

class Party {
 public:
  Party(const Way& way, const TemporaryDirectory& directory)
      : directory_(directory.path()),
        environment_({way.mode, way.scheme == RoleScheme::RobustList}, WakeListener::Notify,
                     &listener_) {}

  OpenRequest Request(bool is_writer, const char* name = "a") const {
    return {directory_,     name, is_writer, CreateMode::Auto, kMinCapacity,
            Framing::Bytes, 0600, 0,         kNoBell};
  }
  // On failure: null, and `result` and `holder_pid` say more.
  Endpoint* Open(const OpenRequest& request) {
    Endpoint* channel = nullptr;
    result = environment_.Open(++last_id_, request, &channel, &holder_pid);
    return result.ok() ? channel : nullptr;
  }
  Endpoint* Open(bool is_writer, const char* name = "a") { return Open(Request(is_writer, name)); }
  // The same of what is held in another way.
  template <typename Holder>
  Holder* OpenAs(const OpenRequest& request) {
    Holder* holder = nullptr;
    result = environment_.OpenAs(++last_id_, request, &holder, &holder_pid);
    return result.ok() ? holder : nullptr;
  }
  // For what watches without a role.
  uint32_t NewId() { return ++last_id_; }
  ChannelPath PathOf(const char* name) const { return {directory_.c_str(), name, 0600}; }

  Environment& environment() { return environment_; }
  uint32_t last_id() const { return last_id_; }
  WakeListener& listener() { return listener_; }

  // Tries, and again after each wake-up of any of its channels, until it holds. Wake-ups are all
  // there is: if one is lost, this is false.
  template <typename IsDone>
  bool Until(IsDone is_done, int64_t patience_ms = kPatienceMs) {
    return listener_.WaitUntil(
        [&] {
          TakeWakes();
          return is_done();
        },
        patience_ms);
  }
  // As Until, but `is_done` was tried, in vain, when there had been `seen` notifications: it is not
  // tried again before there are more.
  template <typename IsDone>
  bool UntilSince(uint32_t seen, IsDone is_done, int64_t patience_ms = kPatienceMs) {
    const auto look = [&] {
      TakeWakes();
      return is_done();
    };
    return listener_.WaitSince(seen, look, patience_ms);
  }
  // For UntilSince: what comes from now on is notified of. A wake-up that was left in the queue
  // would be taken together with the next one, which notifies of nothing then.
  uint32_t Mark() {
    const uint32_t seen = listener_.notifications();
    TakeWakes();
    return seen;
  }
  // Leaves, and waits until the memory is unmapped.
  bool Close(RoleHolder* holder) {
    const uint32_t id = holder->id();
    holder->Leave();
    return Until([&] { return HasRetired(id); });
  }
  void TakeWakes() {
    uint32_t ids[3];
    while (const size_t count = environment_.TakeWakes(ids, 3)) {
      for (size_t i = 0; i < count; i++) woken_.push_back(ids[i]);
    }
  }
  // Since the party was made.
  bool HasRetired(uint32_t id) const { return Count(id | Environment::kRetiredBit) == 1; }
  ptrdiff_t Count(uint32_t wake) const { return std::count(woken_.begin(), woken_.end(), wake); }

  Result result;
  uint32_t holder_pid = 0;

 private:
  const std::string directory_;
  WakeListener listener_;
  std::vector<uint32_t> woken_;
  uint32_t last_id_ = 0;
  Environment environment_;
};

inline int64_t Answer(Status status) { return static_cast<int64_t>(status); }

}  // namespace smipc

#endif  // SMIPC_TEST_PARTY_H_
