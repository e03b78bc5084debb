#include "loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "platform/posix/descriptor.h"

namespace smipc {

Loop::Loop(const Surroundings& surroundings, const std::string& directory)
    : has_bells_(surroundings.has_bells),
      directory_(directory),
      event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      environment_({surroundings.mode, surroundings.scheme == RoleScheme::RobustList}, Notify,
                   this) {}

Loop::~Loop() { environment_.Shutdown(); }

void Loop::Notify(void* self) {
  const uint64_t one = 1;
  if (write(Descriptor(static_cast<Loop*>(self)->event_), &one, sizeof one) < 0) std::abort();
}

bool Loop::OpenBell() {
  if (!has_bells_ || bell_.is_open()) return true;
  result = environment_.OpenBell(directory_, 0600, true, &bell_);
  if (!result.ok()) return false;
  uint32_t first;
  if (read(Descriptor(bell_), &first, sizeof first) != sizeof first) return false;
  environment_.TrustBell(directory_);
  return true;
}

void Loop::CloseBell() {
  if (!bell_.is_open()) return;
  environment_.CloseBell(directory_);
  bell_.Close();
}

Endpoint* Loop::Open(bool is_writer, const char* name) {
  if (!OpenBell()) return nullptr;
  Endpoint* channel = nullptr;
  uint32_t holder_pid = 0;
  const OpenRequest request{directory_,     name, is_writer, CreateMode::Auto, kMinCapacity,
                            Framing::Bytes, 0600, 0,         kNoBell};
  result = environment_.Open(++last_id_, request, &channel, &holder_pid);
  return result.ok() ? channel : nullptr;
}

bool Loop::Close(Endpoint* channel) {
  const uint32_t id = channel->id();
  channel->Leave();
  constexpr int64_t kUnmapMs = 5000;
  while (retired_.count(id) == 0) {
    if (!Hear(kUnmapMs)) return false;
  }
  CloseBell();
  return true;
}

bool Loop::Hear(int64_t patience_ms) {
  pollfd sources[] = {{Descriptor(event_), POLLIN, 0}, {Descriptor(bell_), POLLIN, 0}};
  int ready;
  do {
    ready = poll(sources, 2, static_cast<int>(patience_ms));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  // Neither counts nor tokens matter: each wake-up only means "check".
  uint8_t bytes[256];
  for (const pollfd& source : sources) {
    while (source.fd >= 0 && read(source.fd, bytes, sizeof bytes) > 0) {
    }
  }
  uint32_t ids[8];
  while (const size_t count = environment_.TakeWakes(ids, 8)) {
    for (size_t i = 0; i < count; i++) {
      if ((ids[i] & Environment::kRetiredBit) != 0) {
        retired_.insert(ids[i] & ~Environment::kRetiredBit);
      }
    }
  }
  return true;
}

}  // namespace smipc
