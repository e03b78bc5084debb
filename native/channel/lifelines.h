// The lifelines of one environment. Used by its JavaScript thread.
#ifndef SMIPC_CHANNEL_LIFELINES_H_
#define SMIPC_CHANNEL_LIFELINES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "channel/weak_table.h"
#include "platform/lifeline.h"

namespace smipc {

// One for each directory, as long as a channel there has it, or somebody keeps it.
class Lifelines {
 public:
  // The lifeline in that directory, if there is one with room.
  std::shared_ptr<Lifeline> Find(const Directory& directory, const std::string& path);
  // The lifeline in that directory, made if there is none. Null: see Lifeline::Make.
  std::shared_ptr<Lifeline> Get(const Directory& directory, const std::string& path,
                                uint32_t permissions, MarkedWords* words);
  // Before process exit: takes the names of all their files away (Lifeline::RemoveName).
  void RemoveNames();

 private:
  WeakTable<std::string, Lifeline> lifelines_;
};

}  // namespace smipc

#endif  // SMIPC_CHANNEL_LIFELINES_H_
