#include "waiting/wait_thread.h"

#include <algorithm>

#include "platform/monotonic.h"

namespace smipc {

namespace {

// How often to ask for deaths that wake no one here (Watch::MustAskForDeath, WaitMode::Apart).
constexpr int64_t kRecheckMs = 20;
constexpr int64_t kForever = -1;

}  // namespace

// --- the JavaScript thread

Result WaitThread::Start() {
  const Result started = thread_.Start(name_, Main, this);
  if (!started.ok()) return started;
  // acquire: the words that it owns; partner: the release in Run.
  while (taken_.load(std::memory_order_acquire) == UINT32_MAX) {
    WaitForOne({&taken_, UINT32_MAX}, kForever);
  }
  return {};
}

void WaitThread::ChangeControl() {
  control_.fetch_add(1, std::memory_order_release);  // partner: the load in Run
  WakeAll(control_);
  if (mode_ != WaitMode::Apart) return;
  // Such a thread sleeps at its one doorbell, and is not woken by the control word. If it was not
  // asleep yet and misses this too, its next recheck sees the change. (No lock: only this thread
  // writes.)
  for (Watch* watch : watches_) WakeAll(watch->bell_);
}

bool WaitThread::is_empty() {
  const std::lock_guard<std::mutex> guard(mutex_);
  return watches_.empty() && retiring_.empty();
}

void WaitThread::Add(Watch& watch) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    watches_.push_back(&watch);
  }
  ChangeControl();
}

void WaitThread::Remove(Watch& watch) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    watches_.erase(std::find(watches_.begin(), watches_.end(), &watch));
    retiring_.push_back(&watch);
  }
  ChangeControl();
  if (mode_ == WaitMode::Apart) WakeAll(watch.bell_);  // see ChangeControl
}

void WaitThread::Stop() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    must_stop_ = true;
  }
  ChangeControl();
  thread_.Join();
}

void WaitThread::Quiesce() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    must_be_quiet_ = true;
  }
  ChangeControl();
  const uint32_t wanted = control_.load(std::memory_order_relaxed);  // only this thread changes it
  for (;;) {
    const uint32_t taken = taken_.load(std::memory_order_acquire);  // partner: the release in Run
    if (taken == wanted) return;
    WaitForOne({&taken_, taken}, kForever);
  }
}

// --- the thread itself

void WaitThread::Main(void* self) { static_cast<WaitThread*>(self)->Run(); }

void WaitThread::Run() {
  // A seccomp filter may kill the process for asking.
  if (may_mark_words_) marked_words_ = MarkedWords::Make();
  unmarked_words_ = std::make_unique<UnmarkedWords>(CurrentThreadId());
  std::vector<Watch*> watches;
  uint32_t taken = UINT32_MAX;
  for (;;) {
    const uint32_t control = control_.load(std::memory_order_acquire);  // partner: ChangeControl
    if (control != taken) {
      if (!TakeControl(&watches, control)) return;
      taken = control;
    }
    for (Watch* watch : watches) {
      const bool has_changed = watch->Check();
      if (watch->HasNewLoss() || has_changed) queue_.Push(watch, WakeKind::Check);
    }
    Sleep(watches, control);
  }
}

bool WaitThread::TakeControl(std::vector<Watch*>* watches, uint32_t control) {
  std::vector<Watch*> retired;
  bool must_stop;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    must_stop = must_stop_;
    watches->clear();
    if (!must_be_quiet_) {
      *watches = watches_;
      retired.swap(retiring_);
    }
  }
  for (Watch* watch : retired) {
    watch->Release();
    queue_.Push(watch, WakeKind::Retired);
  }
  taken_.store(control, std::memory_order_release);  // partner: Start, Quiesce
  WakeAll(taken_);
  return !must_stop;
}

void WaitThread::Sleep(const std::vector<Watch*>& watches, uint32_t control) {
  if (watches.empty()) {
    WaitForOne({&control_, control}, kForever);
    return;
  }
  bool must_recheck = mode_ == WaitMode::Apart;
  for (const Watch* watch : watches) must_recheck |= watch->MustAskForDeath();
  SleepAtWords(watches, control, must_recheck ? kRecheckMs : kForever);
  if (must_recheck) AskForDeaths(watches);
}

void WaitThread::SleepAtWords(const std::vector<Watch*>& watches, uint32_t control,
                              int64_t timeout_ms) {
  WaitWord words[kMostWords];
  // Checking a death watch takes a system call, so that is done only if its word may have changed.
  bool is_of_death_watch[kMostWords] = {};
  size_t count = 0;
  // The first one is a doorbell: WaitMode::Apart waits at no other.
  for (const Watch* watch : watches) {
    words[count++] = watch->BellWord();
    if (watch->has_peer()) words[count++] = watch->PeerWord();
    if (watch->DeathWord() == nullptr) continue;
    is_of_death_watch[count] = true;
    words[count++] = *watch->DeathWord();
  }
  words[count++] = {&control_, control};
  size_t woken = kUnknownWord;
  const WaitOutcome outcome = WaitForAny(mode_, words, count, timeout_ms, &woken);
  if (outcome == WaitOutcome::TimedOut) return;
  if (woken != kUnknownWord && !is_of_death_watch[woken]) return;
  const bool has_dropped = CheckDeathWatches(watches);
  // The kernel had this call when the thread was started. So either it has no memory (ENOMEM), or
  // there is no memory behind one of the words: then it does not wait on the others either. If that
  // word was a death watch's, it has been dropped, and the next wait goes on without it. If it
  // belongs to a channel whose file was truncated, it stays.
  const bool has_failed =
      outcome == WaitOutcome::Unsupported || (outcome == WaitOutcome::Unreachable && !has_dropped);
  if (has_failed) WaitForOne({&control_, control}, kRecheckMs);
}

bool WaitThread::CheckDeathWatches(const std::vector<Watch*>& watches) {
  bool has_dropped = false;
  for (Watch* watch : watches) {
    has_dropped |= watch->CheckDeathWatch();
    if (watch->HasNewLoss()) queue_.Push(watch, WakeKind::Check);
  }
  return has_dropped;
}

void WaitThread::AskForDeaths(const std::vector<Watch*>& watches) {
  // By the clock, not when a wait has timed out: the waits of a busy channel never do.
  const int64_t now_ms = MonotonicMs();
  if (now_ms - last_recheck_ms_ < kRecheckMs) return;
  last_recheck_ms_ = now_ms;
  for (Watch* watch : watches) watch->AskForDeath();
  CheckDeathWatches(watches);
}

}  // namespace smipc
