#include "channel/lifelines.h"

namespace smipc {

std::shared_ptr<Lifeline> Lifelines::Find(const Directory& directory, const std::string& path) {
  std::shared_ptr<Lifeline> known = lifelines_.Find(path);
  // A directory that has taken the place of the one at this path needs a lifeline of its own: peers
  // ask for the lock where the channel is.
  const bool is_here = known != nullptr && known->place() == directory.place();
  return is_here && !known->is_full() ? known : nullptr;
}

std::shared_ptr<Lifeline> Lifelines::Get(const Directory& directory, const std::string& path,
                                         uint32_t permissions, MarkedWords* words) {
  if (std::shared_ptr<Lifeline> known = Find(directory, path); known != nullptr) return known;
  RemoveAbandonedLifelines(directory);
  std::shared_ptr<Lifeline> made = Lifeline::Make(directory, permissions, words);
  if (made != nullptr) lifelines_.Set(path, made);
  return made;
}

void Lifelines::RemoveNames() {
  lifelines_.ForEach([](Lifeline& lifeline) { lifeline.RemoveName(); });
}

}  // namespace smipc
