#include "channel/lifelines.h"

namespace smipc {

std::shared_ptr<Lifeline> Lifelines::Get(const Directory& directory, const std::string& path,
                                         uint32_t permissions, MarkedWords* words) {
  std::shared_ptr<Lifeline> known = lifelines_.Find(path);
  if (known != nullptr && !known->is_full()) return known;
  RemoveAbandonedLifelines(directory);
  std::shared_ptr<Lifeline> made = Lifeline::Make(directory, permissions, words);
  if (made != nullptr) lifelines_.Set(path, made);
  return made;
}

void Lifelines::RemoveNames() {
  lifelines_.ForEach([](Lifeline& lifeline) { lifeline.RemoveName(); });
}

}  // namespace smipc
