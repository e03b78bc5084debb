// Platform seam: threads that sleep on 32-bit words in shared memory, across processes.
// linux/word_wait.cc implements it with futex(2) and futex_waitv (Linux 5.16); posix/word_wait.cc
// is for systems that can wait for one word alone.
//
// Every function may be called from any thread. The words must stay mapped during the call.
#ifndef SMIPC_PLATFORM_WORD_WAIT_H_
#define SMIPC_PLATFORM_WORD_WAIT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace smipc {

constexpr size_t kMostWords = 128;  // FUTEX_WAITV_MAX

struct WaitWord {
  std::atomic<uint32_t>* word;
  uint32_t expected;
};

enum class WaitOutcome {
  CheckAgain,   // woken, or a word did not have its expected value, or a signal came
  TimedOut,     // the time limit is over
  Unreachable,  // there is no memory behind one of the words: its file was truncated
  Unsupported,  // this kernel cannot wait for several words at once
};

// For how many words one thread can wait.
enum class WaitMode {
  Together,  // for up to kMostWords
  // For one, the first. What happens to the others is found only when the caller checks them, so it
  // gives a time limit, and one thread cannot wait for several channels.
  Apart,
};

// Sleeps until one of the words is woken, at most `timeout_ms` (negative: for ever). Does not sleep
// if a word differs from its expected value. `*woken`: the index of the word, if the kernel tells
// it, otherwise kUnknownWord; others may have been woken too, and differ at the next wait.
constexpr size_t kUnknownWord = SIZE_MAX;
WaitOutcome WaitForAny(WaitMode mode, const WaitWord* words, size_t count, int64_t timeout_ms,
                       size_t* woken = nullptr);

// Sleeps until the word is woken, as WaitForAny does. Every system can do this.
WaitOutcome WaitForOne(const WaitWord& word, int64_t timeout_ms);

// Does the word have its expected value? Asks the kernel: where there is no memory behind the word
// any more, the answer is no, where a load would end the process (SIGBUS).
bool Holds(const WaitWord& word);

// Can this process wait for several words at once (WaitMode::Together)? Asks the kernel: it may be
// too old, or a filter may forbid the call.
bool CanWaitForAny();

// Wakes every thread of every process that waits on the word.
void WakeAll(std::atomic<uint32_t>& word);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_WORD_WAIT_H_
