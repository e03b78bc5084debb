#include "system.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "demand.h"
#include "platform/heap.h"
#include "platform/memory_limit.h"
#include "platform/monotonic.h"
#include "platform/word_wait.h"

namespace smipc {

namespace {

// --- threads

struct Fiber {
  static constexpr size_t kStackBytes = 256 * 1024;  // as the waiter threads have
  ucontext_t context{};
  std::unique_ptr<uint8_t[]> stack{new uint8_t[kStackBytes]};
  void* (*body)(void*) = nullptr;  // null: free for the next thread
  void* argument = nullptr;
};

std::vector<std::unique_ptr<Fiber>> fibers;
Fiber* running = nullptr;
ucontext_t caller;

void RunFiber() {
  running->body(running->argument);
  running->body = nullptr;
}

void Resume(Fiber* fiber) {
  if (fiber->body == nullptr) return;
  running = fiber;
  swapcontext(&caller, &fiber->context);
  running = nullptr;
}

// --- the clock

constexpr int64_t kReadNs = 2000;
int64_t now_ns = 1000000000;

// --- the boot id

constexpr char kBootIdPath[] = "/proc/sys/kernel/random/boot_id";
constexpr char kBootId[] = "00112233-4455-6677-8899-aabbccddeeff\n";
constexpr int kBootIdDescriptor = 1 << 30;  // none that the kernel gives

// --- memory

const size_t kPageBytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
uint64_t most_mapped_bytes = 0;
uint64_t mapped_bytes = 0;

bool IsAsExpected(const WaitWord& word) {
  // acquire: as the kernel's load, under its lock.
  return word.word->load(std::memory_order_acquire) == word.expected;
}

}  // namespace

void RunThreads() {
  for (const auto& fiber : fibers) Resume(fiber.get());
}

bool IsInThread() { return running != nullptr; }

void LetTimePass(int64_t ms) { now_ns += ms * 1000000; }

void AllowMappings(uint64_t most_bytes) { most_mapped_bytes = most_bytes; }

uint64_t MappedBytes() { return mapped_bytes; }

// --- word_wait.h

WaitOutcome WaitForAny(WaitMode mode, const WaitWord* words, size_t count, int64_t timeout_ms,
                       size_t* woken) {
  if (mode == WaitMode::Apart) count = 1;
  if (woken != nullptr) *woken = kUnknownWord;
  // A thread's turn ends here, even if a word has changed: a peer may change one again and again.
  if (IsInThread()) {
    swapcontext(&running->context, &caller);
    return timeout_ms < 0 ? WaitOutcome::CheckAgain : WaitOutcome::TimedOut;
  }
  // The others can do nothing more if that does not change a word.
  constexpr int kMostRounds = 1000;
  for (int round = 0;; round++) {
    for (size_t i = 0; i < count; i++) {
      if (!IsAsExpected(words[i])) return WaitOutcome::CheckAgain;
    }
    if (timeout_ms >= 0 && round > 0) return WaitOutcome::TimedOut;
    DEMAND(round < kMostRounds, timeout_ms);  // a wait that does not end
    RunThreads();
  }
}

WaitOutcome WaitForOne(const WaitWord& word, int64_t timeout_ms) {
  return WaitForAny(WaitMode::Apart, &word, 1, timeout_ms);
}

bool Holds(const WaitWord& word) { return IsAsExpected(word); }

bool CanWaitForAny() { return true; }

// Wakes no one: all who wait check again by themselves.
void WakeAll(std::atomic<uint32_t>& /*word*/) {}

// --- monotonic.h

int64_t MonotonicNs() { return now_ns += kReadNs; }
void PauseNs(int64_t duration_ns) { now_ns += duration_ns; }

// --- heap.h

// Under AddressSanitizer a large block takes long, and says nothing about the C library's heap.
void KeepFreedMemory() {}

// --- memory_limit.h

// What this machine has free says nothing about an input.
bool FindMemoryShortage(const File& /*file*/, uint64_t /*bytes*/, MemoryShortage* /*shortage*/) {
  return false;
}

}  // namespace smipc

extern "C" {

// A thread is the index of its fiber.
int SmipcFuzzCreateThread(pthread_t* thread, const pthread_attr_t* /*attributes*/,
                          void* (*body)(void*), void* argument) {
  using smipc::fibers;
  size_t index = 0;
  while (index < fibers.size() && fibers[index]->body != nullptr) index++;
  if (index == fibers.size()) fibers.push_back(std::make_unique<smipc::Fiber>());
  smipc::Fiber& fiber = *fibers[index];
  fiber.body = body;
  fiber.argument = argument;
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = smipc::Fiber::kStackBytes;
  fiber.context.uc_link = &smipc::caller;
  makecontext(&fiber.context, smipc::RunFiber, 0);
  *thread = index;
  return 0;
}

int SmipcFuzzJoinThread(pthread_t thread, void** /*result*/) {
  smipc::Fiber* fiber = smipc::fibers[thread].get();
  constexpr int kMostRounds = 1000;
  for (int round = 0; fiber->body != nullptr; round++) {
    DEMAND(round < kMostRounds, round);  // a thread that does not end
    smipc::Resume(fiber);
  }
  return 0;
}

int SmipcFuzzNameThread(pthread_t /*thread*/, const char* /*name*/) { return 0; }

// Nanoseconds, as std::chrono::steady_clock::time_point holds them.
int64_t SmipcFuzzNow() { return smipc::now_ns += smipc::kReadNs; }

int SmipcFuzzOpen(const char* path, int flags) {
  if (std::strcmp(path, smipc::kBootIdPath) == 0) return smipc::kBootIdDescriptor;
  return open(path, flags | O_CLOEXEC);
}

ssize_t SmipcFuzzRead(int fd, void* target, size_t most) {
  if (fd != smipc::kBootIdDescriptor) return read(fd, target, most);
  const size_t size = std::min(most, std::strlen(smipc::kBootId));
  std::memcpy(target, smipc::kBootId, size);
  return static_cast<ssize_t>(size);
}

int SmipcFuzzClose(int fd) { return fd == smipc::kBootIdDescriptor ? 0 : close(fd); }

int SmipcFuzzLock(int /*fd*/, int /*operation*/) { return 0; }

void* SmipcFuzzMap(void* address, size_t size, int access, int flags, int fd, off_t offset) {
  if (address != nullptr) return mmap(address, size, access, flags, fd, offset);
  DEMAND(size <= smipc::most_mapped_bytes, size);
  void* range = mmap(nullptr, size + 2 * smipc::kPageBytes, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  DEMAND(range != MAP_FAILED, size);
  void* start = static_cast<uint8_t*>(range) + smipc::kPageBytes;
  const bool is_reservation = access == PROT_NONE && fd < 0;
  if (!is_reservation && mmap(start, size, access, flags | MAP_FIXED, fd, offset) == MAP_FAILED) {
    munmap(range, size + 2 * smipc::kPageBytes);
    return MAP_FAILED;
  }
  smipc::mapped_bytes += size;
  return start;
}

int SmipcFuzzUnmap(void* address, size_t size) {
  smipc::mapped_bytes -= size;
  return munmap(static_cast<uint8_t*>(address) - smipc::kPageBytes, size + 2 * smipc::kPageBytes);
}

}  // extern "C"
