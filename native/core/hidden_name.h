// Names of the files that stand beside the channels in a directory: hidden, and told apart by a
// 64-bit id, which is written in 16 hexadecimal digits. docs/protocol.md has the same names.
#ifndef SMIPC_CORE_HIDDEN_NAME_H_
#define SMIPC_CORE_HIDDEN_NAME_H_

#include <cstdint>

namespace smipc {

// What every name of a kind begins with.
constexpr char kBellPrefix[] = ".bell-";      // where an event loop listens (bell.h)
constexpr char kLifelinePrefix[] = ".life-";  // an environment's sign of life (lifeline.h)
constexpr char kSessionPrefix[] = ".conn-";   // a session that the server has not taken yet
constexpr char kNewFilePrefix[] = ".new-";    // a channel's file that has no name of its own yet

class HiddenName {
 public:
  HiddenName(const char* prefix, uint64_t id);

  const char* text() const { return text_; }

  // The id in a name with that prefix. False: it is no such name.
  static bool Parse(const char* prefix, const char* name, uint64_t* id);

 private:
  char text_[32];
};

}  // namespace smipc

#endif  // SMIPC_CORE_HIDDEN_NAME_H_
