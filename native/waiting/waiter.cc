#include "waiting/waiter.h"

namespace smipc {

Facilities Facilities::Detect(bool may_wait_together, bool may_mark_words) {
  const bool waits_together = may_wait_together && CanWaitForAny();
  return {waits_together ? WaitMode::Together : WaitMode::Apart, may_mark_words};
}

Result Waiter::Place(WaitThread** thread) {
  for (const auto& candidate : threads_) {
    if (candidate->has_room()) {
      *thread = candidate.get();
      return {};
    }
  }
  auto fresh =
      std::make_unique<WaitThread>(queue_, facilities_.wait_mode, facilities_.may_mark_words);
  const Result started = fresh->Start();
  if (!started.ok()) return started;
  if (threads_.empty() && fresh->marked_words() != nullptr) {
    // If it cannot be started (no more threads), deaths are heard of in one way only.
    auto owner =
        std::make_unique<WaitThread>(queue_, facilities_.wait_mode, true, "smipc-lifeline");
    if (owner->Start().ok()) lifeline_thread_ = std::move(owner);
  }
  *thread = fresh.get();
  threads_.push_back(std::move(fresh));
  return {};
}

MarkedWords* Waiter::lifeline_words() {
  return lifeline_thread_ == nullptr ? nullptr : lifeline_thread_->marked_words();
}

bool Waiter::CanUse(RoleScheme scheme) const {
  if (scheme == RoleScheme::FileLock) return true;
  return scheme == RoleScheme::RobustList && facilities_.may_mark_words && !threads_.empty() &&
         threads_.front()->marked_words() != nullptr;
}

RoleScheme Waiter::PreferredScheme() const {
  return CanUse(RoleScheme::RobustList) ? RoleScheme::RobustList : RoleScheme::FileLock;
}

void Waiter::Trim() {
  for (size_t i = threads_.size(); i-- > 1;) {
    if (!threads_[i]->is_empty()) continue;
    threads_[i]->Stop();
    threads_.erase(threads_.begin() + static_cast<ptrdiff_t>(i));
  }
}

void Waiter::Quiesce() {
  for (const auto& thread : threads_) thread->Quiesce();
}

void Waiter::Stop() {
  for (const auto& thread : threads_) thread->Stop();
  threads_.clear();
  if (lifeline_thread_ != nullptr) lifeline_thread_->Stop();
  lifeline_thread_.reset();
}

}  // namespace smipc
