// Tables of what the channels of an environment share for as long as one of them has it.
#ifndef SMIPC_CHANNEL_WEAK_TABLE_H_
#define SMIPC_CHANNEL_WEAK_TABLE_H_

#include <iterator>
#include <map>
#include <memory>

namespace smipc {

// Entries go when their objects have gone: each look-up drops those first.
template <typename Key, typename Object>
class WeakTable {
 public:
  // Null: there is none.
  std::shared_ptr<Object> Find(const Key& key) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      entry = entry->second.expired() ? entries_.erase(entry) : std::next(entry);
    }
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : found->second.lock();
  }
  void Set(const Key& key, const std::shared_ptr<Object>& object) { entries_[key] = object; }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [key, entry] : entries_) {
      if (const std::shared_ptr<Object> object = entry.lock()) visit(*object);
    }
  }

 private:
  std::map<Key, std::weak_ptr<Object>> entries_;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_WEAK_TABLE_H_
