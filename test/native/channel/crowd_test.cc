// One name, and many processes that open it at once.
#include <sys/mman.h>

#include <memory>
#include <vector>

#include "channel/endpoint.h"
#include "check.h"
#include "child.h"
#include "party.h"

namespace smipc {
namespace {

struct Attempts {
  std::atomic<int> tried;
  std::atomic<int> writers;
  std::atomic<int> readers;
  std::atomic<int> busy;
};

TEST(OneNameIsOneChannelForThirtyProcesses) {
  if (check::kWatchesThreads) return check::Skip("forks");
  ForEachWay([](const Way& way) {
    constexpr int kProcesses = 30;
    const TemporaryDirectory directory;
    void* shared =
        mmap(nullptr, sizeof(Attempts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(shared != MAP_FAILED);
    auto* attempts = new (shared) Attempts{};
    std::vector<std::unique_ptr<Child>> children;
    children.reserve(kProcesses);
    for (int i = 0; i < kProcesses; i++) {
      children.push_back(std::make_unique<Child>([&, i](Child& parent) {
        Party party(way, directory);
        if (!parent.Hear()) return 1;
        const bool is_writer = i % 2 == 0;
        Endpoint* channel = party.Open(is_writer);
        if (channel != nullptr) {
          (is_writer ? attempts->writers : attempts->readers)++;
          uint8_t byte = 42;
          if (is_writer) CHECK_EQ(channel->Write(&byte, 1, 0, kReturn), 1);
          byte = 0;
          if (!is_writer) CHECK(party.Until([&] { return channel->Read(&byte, 1, 1, kArm) == 1; }));
          CHECK(is_writer || byte == 42);
        } else if (CHECK_EQ(party.result.status, Status::Busy)) {
          CHECK(party.holder_pid != 0);
          attempts->busy++;
        }
        attempts->tried++;
        // Nobody leaves before the last has tried.
        return Eventually([&] { return attempts->tried == kProcesses; }) ? 0 : 1;
      }));
    }
    for (const auto& child : children) child->Tell();
    for (const auto& child : children) CHECK_EQ(child->Wait(), 0);
    CHECK_EQ(attempts->writers.load(), 1);
    CHECK_EQ(attempts->readers.load(), 1);
    CHECK_EQ(attempts->busy.load(), kProcesses - 2);
    CHECK(directory.Names().empty());
    munmap(shared, sizeof(Attempts));
  });
}

}  // namespace
}  // namespace smipc
