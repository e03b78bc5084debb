// Platform seam: words that the kernel marks with kOwnerDied when the thread that owns them has
// ended, for any reason; it then also wakes one of those who wait there. linux/marked_words.cc
// implements it; a system that can do nothing of the kind answers null.
//
// A word stands in memory that is mapped at one page's distance above a private page of this
// process: the system keeps its own records of the word there, at the same offset (segment.h,
// lifeline.h). A hostile peer can so change the word, but not the records.
#ifndef SMIPC_PLATFORM_MARKED_WORDS_H_
#define SMIPC_PLATFORM_MARKED_WORDS_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/owner_words.h"

namespace smipc {

class MarkedWords : public OwnerWords {
 public:
  // Made by the thread that is to own the words. That thread must live as long as any of them is
  // claimed, and the object longer than the thread. Null: this kernel marks nothing.
  static std::unique_ptr<MarkedWords> Make();

  // The steps of Claim and Release, for a word that the caller stores itself (lifeline.h). To
  // claim: Announce(), store the owner's id and kHasWaiters, Link(), Settle(). To release:
  // Unlink(), store 0.
  virtual void Announce(std::atomic<uint32_t>& word) = 0;
  virtual void Link(std::atomic<uint32_t>& word) = 0;
  virtual void Unlink(std::atomic<uint32_t>& word) = 0;

 protected:
  using OwnerWords::OwnerWords;
};

// For a thread that slept at such a word, and finds it changed; or has been woken and finds no
// living owner. The kernel wakes only one of those who sleep at the word of a dead owner, even if
// that owner had cleared it and died before it could wake any; so the one that was woken wakes the
// others, and each of them may be that one.
void PassOnWakeUp(std::atomic<uint32_t>& word);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_MARKED_WORDS_H_
