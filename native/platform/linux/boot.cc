#include "platform/boot.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

#include "platform/linux/file_system.h"
#include "platform/posix/descriptor.h"

namespace smipc {

namespace {

// Reads the kernel's id of this boot: 128 bits in hexadecimal with dashes.
BootId ReadBootId() {
  BootId id;
  const File file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t length = file.is_open() ? read(Descriptor(file), text, sizeof text) : 0;
  int digits = 0;
  for (ssize_t i = 0; i < length && digits < 32; i++) {
    const char c = text[i];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) continue;
    id.words[digits / 16] = id.words[digits / 16] << 4 | static_cast<uint64_t>(value);
    digits++;
  }
  return id;
}

}  // namespace

// Read only once, because a pair of ends needs it nine times while it is opened and closed. If it
// could not be read (no descriptor was left), it is read again.
BootId GetBootId() {
  static std::atomic<uint64_t> known[2];
  BootId id;
  // acquire: partner: the release below. Several threads may store, but all store the same. (The
  // first word is never zero: it holds the version of a UUID.)
  id.words[0] = known[0].load(std::memory_order_acquire);
  id.words[1] = known[1].load(std::memory_order_relaxed);
  if (id.words[0] != 0) return id;
  id = ReadBootId();
  if (id.words[0] == 0) return id;
  known[1].store(id.words[1], std::memory_order_relaxed);
  known[0].store(id.words[0], std::memory_order_release);
  return id;
}

// The wall clock less the time since the start. Not by CLOCK_BOOTTIME, which a time namespace
// shifts: times(2) counts the kernel's own ticks (from a constant on), which no namespace changes.
// Both are read by system call, because some libraries fake the C library's clocks.
int64_t BootTimeMs() {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  struct tms unused;
  const auto ticks = static_cast<uint64_t>(syscall(SYS_times, &unused));
  const auto ticks_per_second = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000 -
         static_cast<int64_t>(ticks * 1000 / ticks_per_second);
}

bool MayOutliveBoot(const File& file) {
  const uint32_t type = FileSystemOf(file);
  return type != kUnknownFileSystem && type != kTmpfs && type != kRamfs && type != kHugetlbfs;
}

}  // namespace smipc
