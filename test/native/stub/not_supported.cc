// All that is portable, over the back end that can do nothing (native/platform/stub/): it compiles
// and links, and every call answers that this system is not supported. The Makefile also checks
// that nothing in this program calls the system but the C++ library.
#include <cstdio>
#include <string>
#include <vector>

#include "channel/endpoint.h"
#include "channel/environment.h"
#include "channel/registry.h"

namespace smipc {
namespace {

int failures = 0;

void Expect(const char* what, const Result& result) {
  if (result.status == Status::NotSupported) return;
  std::printf("%s: %d\n", what, static_cast<int>(result.status));
  failures++;
}

void Run() {
  Environment environment(
      Facilities::Detect(true, true), [](void*) {}, nullptr);
  for (const bool is_writer : {true, false}) {
    OpenRequest request{};
    request.directory = "channels";
    request.name = "a";
    request.is_writer = is_writer;
    request.create = CreateMode::Auto;
    request.capacity = kMinCapacity;
    request.framing = Framing::Bytes;
    Endpoint* endpoint = nullptr;
    uint32_t holder_pid = 0;
    Expect("open", environment.Open(is_writer ? 1 : 2, request, &endpoint, &holder_pid));
  }
  File bell;
  Expect("bell", environment.OpenBell("channels", 0600, true, &bell));
  const ChannelPath path{"channels", "a", 0600};
  Expect("wait for a role", environment.StartRoleWait(3, path));
  Snapshot snapshot{};
  Expect("inspect", Inspect(path, &snapshot));
  uint32_t holder_pid = 0;
  Expect("remove", Remove(path, true, &holder_pid));
  std::vector<std::string> names;
  Expect("list", ListNames(Directory(), &names));
  environment.PrepareForExit();
}

}  // namespace
}  // namespace smipc

int main() {
  smipc::Run();
  return smipc::failures == 0 ? 0 : 1;
}
