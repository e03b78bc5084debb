#include "channel/lifelines.h"

#include <iterator>

namespace smipc {

std::shared_ptr<Lifeline> Lifelines::Get(const Directory& directory, const std::string& path,
                                         uint32_t permissions, MarkedWords* words) {
  for (auto entry = lifelines_.begin(); entry != lifelines_.end();) {
    entry = entry->second.expired() ? lifelines_.erase(entry) : std::next(entry);
  }
  const auto found = lifelines_.find(path);
  if (found != lifelines_.end()) {
    std::shared_ptr<Lifeline> known = found->second.lock();
    if (!known->is_full()) return known;
  }
  RemoveAbandonedLifelines(directory);
  std::shared_ptr<Lifeline> made = Lifeline::Make(directory, permissions, words);
  if (made != nullptr) lifelines_[path] = made;
  return made;
}

void Lifelines::RemoveNames() {
  for (const auto& [path, lifeline] : lifelines_) {
    if (const std::shared_ptr<Lifeline> known = lifeline.lock()) known->RemoveName();
  }
}

}  // namespace smipc
