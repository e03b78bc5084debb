// What two processes can at best move through one ring: copy in, copy out, spinning, no Node.
//
//   native-limit warm|rotating <bytes of a write> <warm-up ms> <measured ms>
//
// `warm`: the reader copies to the same 64 KiB again and again. `rotating`: to 64 MiB in turn,
// because a stream's chunks belong to their consumer, and are therefore new to the processor's
// cache.
//
// Prints one line of JSON, as the measured Node processes do.
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/ring.h"

namespace {

using smipc::Consumer;
using smipc::Producer;
using smipc::Status;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kCapacity = 1 << 20;  // the library's default
constexpr uint64_t kChunk = 64 * 1024;   // a buffer of `onread`, and a quarter of a stream's chunk
constexpr uint64_t kRotation = 64 << 20;

// Positions in cache lines of their own, as in native/layout.h; before the ring.
struct Shared {
  alignas(128) std::atomic<uint64_t> head;
  alignas(128) std::atomic<uint64_t> tail;
  alignas(128) std::atomic<uint64_t> writer_cpu_ns;  // of the writer, told now and then
};

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void* Map(void* where, uint64_t size, int file, uint64_t offset) {
  const int flags = MAP_SHARED | MAP_POPULATE | (where != nullptr ? MAP_FIXED : 0);
  void* mapped = mmap(where, size, PROT_READ | PROT_WRITE, flags, file, offset);
  if (mapped == MAP_FAILED) Fail("mmap");
  return mapped;
}

// The ring, mapped twice in a row.
uint8_t* MapRing() {
  const int file = memfd_create("native-limit", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, kCapacity) != 0) Fail("memfd");
  auto* data = static_cast<uint8_t*>(Map(nullptr, 2 * kCapacity, file, 0));
  Map(data, kCapacity, file, 0);
  Map(data + kCapacity, kCapacity, file, 0);
  return data;
}

// The two spin; on one processor each would wait for the end of the other's time slice. So the
// limit does not leave it to the scheduler where they are: the first processor that is allowed, and
// the last.
void Place(bool is_writer) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) Fail("sched_getaffinity");
  int chosen = -1;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (CPU_ISSET(cpu, &allowed) && (chosen < 0 || is_writer)) chosen = cpu;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(chosen, &one);
  if (sched_setaffinity(0, sizeof(one), &one) != 0) Fail("sched_setaffinity");
}

uint64_t CpuNs() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

uint64_t Check(Status status, uint64_t count) {
  if (status != Status::Ok) Fail("ring");
  return count;
}

[[noreturn]] void Write(Shared* shared, uint8_t* data, uint64_t size) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Place(true);
  Producer producer(shared->head, shared->tail, data, kCapacity);
  const std::vector<uint8_t> source(size, 1);
  for (uint64_t turn = 0;; turn++) {
    uint64_t free = 0;
    while (Check(producer.Free(size, &free), free) < size) {
    }
    producer.Write(source.data(), size);
    if (turn % 64 == 0) shared->writer_cpu_ns.store(CpuNs(), std::memory_order_relaxed);
  }
}

struct Sample {
  uint64_t bytes;
  uint64_t cpu_ns;
  Clock::time_point time;
};

class Reading {
 public:
  Reading(Shared* shared, uint8_t* data, uint64_t rotation)
      : shared_(shared),
        consumer_(shared->head, shared->tail, data, kCapacity),
        destination_(std::max(rotation, kChunk), 1) {}

  Sample Until(Clock::time_point end) {
    while (Clock::now() < end) {
      for (int turn = 0; turn < 16; turn++) ReadOne();
    }
    const uint64_t writer = shared_->writer_cpu_ns.load(std::memory_order_relaxed);
    return {consumer_.tail(), CpuNs() + writer, Clock::now()};
  }

 private:
  void ReadOne() {
    uint64_t used = 0;
    while (Check(consumer_.Used(1, &used), used) == 0) {
    }
    const uint64_t size = std::min({used, kChunk, destination_.size() - at_});
    consumer_.Read(destination_.data() + at_, size);
    at_ += size;
    if (destination_.size() - at_ < kChunk) at_ = 0;
  }

  Shared* shared_;
  Consumer consumer_;
  std::vector<uint8_t> destination_;
  uint64_t at_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: native-limit warm|rotating <bytes> <warm-up ms> <measured ms>\n");
    return 2;
  }
  const uint64_t rotation = std::strcmp(argv[1], "rotating") == 0 ? kRotation : kChunk;
  const uint64_t size = std::strtoull(argv[2], nullptr, 10);
  const std::chrono::milliseconds warm_up(std::atoi(argv[3]));
  const std::chrono::milliseconds measured(std::atoi(argv[4]));
  if (size == 0 || size > kCapacity) return 2;

  const int file = memfd_create("native-limit", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) Fail("memfd");
  auto* shared = static_cast<Shared*>(Map(nullptr, sizeof(Shared), file, 0));
  uint8_t* data = MapRing();

  const pid_t writer = fork();
  if (writer < 0) Fail("fork");
  if (writer == 0) Write(shared, data, size);

  Place(false);
  Reading reading(shared, data, rotation);
  const Sample start = reading.Until(Clock::now() + warm_up);
  const Sample end = reading.Until(start.time + measured);
  kill(writer, SIGKILL);
  rusage usage_of_writer;
  wait4(writer, nullptr, 0, &usage_of_writer);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"bytes\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.6f,\"peakBytes\":%llu}\n",
              static_cast<unsigned long long>(end.bytes - start.bytes),
              Seconds(end.time - start.time), (end.cpu_ns - start.cpu_ns) / 1e9,
              (usage.ru_maxrss + usage_of_writer.ru_maxrss) * 1024ull);
}
