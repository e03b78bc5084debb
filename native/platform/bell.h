// Platform seam: a bell, at which an event loop is woken without a thread in between.
//
// A waiter thread that is woken at a word has to wake the event loop in turn: two thread switches.
// A bell is something that an event loop can wait for itself, and waking there costs one system
// call, too. So each environment has one in every directory where it has channels, under the name
// `.bell-<id>`; its role records tell the id, and a token for the channel. A peer that finds it
// asleep at its bell writes the token there. Tokens come whole, or not at all.
//
// The bell is a shortcut: where it cannot be used, or is full, the peer wakes at the word instead,
// on which the waiter thread always waits. So an environment sleeps at its bell only once its event
// loop has heard it: some take a FIFO, and never read it.
#ifndef SMIPC_PLATFORM_BELL_H_
#define SMIPC_PLATFORM_BELL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "platform/directory.h"
#include "platform/file.h"
#include "status.h"

namespace smipc {

constexpr uint64_t kNoBell = 0;
// No channel has this token. The owner writes it into its new bell, for its event loop to hear.
constexpr uint32_t kFirstToken = 0;

// Makes a bell for this environment, and opens it. The id is random, not kNoBell, and below 2^53.
// The directory's lock must be held, so that no other process takes it for an abandoned one before
// it is opened.
//   Ok; System.
Result MakeBell(const Directory& directory, uint32_t permissions, uint64_t* id, File* bell);

// Any thread. False: the bell is full, or its owner has died.
bool WriteToken(const File& bell, uint32_t token);

// Would a peer that looks for it there find a bell?
bool IsBellThere(const std::string& directory, uint64_t id);

// Takes the bell's name away.
void RemoveBell(const Directory& directory, uint64_t id);

// Removes bells whose owners were killed, and which no segment names any more; in a large directory
// only those that are found soon. The directory's lock must be held.
void RemoveAbandonedBells(const Directory& directory);

// Is that the name of a bell whose owner was killed? Not certain unless the directory's lock is
// held: it may be a new one that is about to be opened.
bool IsAbandonedBell(const Directory& directory, const char* name);

// The bell of another environment, at which it can be woken.
class PeerBell {
 public:
  // `directory`: its path.
  //   null: there is no such bell, or no longer, or it is something else.
  static std::shared_ptr<PeerBell> Open(const std::string& directory, uint64_t id);

  // Any thread. False: it could not be woken at its bell; wake it at its word.
  bool Wake(uint32_t token) { return WriteToken(file_, token); }

 private:
  explicit PeerBell(File file) : file_(std::move(file)) {}

  File file_;
};

}  // namespace smipc

#endif  // SMIPC_PLATFORM_BELL_H_
