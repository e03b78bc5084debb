// The words that hold an owner's id, as the owner stores them: `owner` of a role's record, and a
// lifeline's slots (layout.h). There is one way to hold them for each RoleScheme: words that the
// kernel marks when the owner dies (platform/marked_words.h), and words that it knows nothing of.
//
// The owner is a thread: the one for which the object was made. Only one other thread, that of the
// JavaScript environment, makes calls.
#ifndef SMIPC_CORE_OWNER_WORDS_H_
#define SMIPC_CORE_OWNER_WORDS_H_

#include <atomic>
#include <cstdint>

namespace smipc {

class OwnerWords {
 public:
  virtual ~OwnerWords() = default;
  OwnerWords(const OwnerWords&) = delete;
  OwnerWords& operator=(const OwnerWords&) = delete;

  // The owner's id. Not 0, and within kOwnerMask.
  uint32_t owner_id() const { return owner_id_; }

  // Swaps the word from `before` to the owner's id. False: it was not `before`.
  virtual bool Claim(std::atomic<uint32_t>& word, uint32_t before) = 0;
  // Sets a claimed word to 0. If the owner dies before Settle(), the kernel may wake one of those
  // who wait at the word, all the same: the caller wakes all of them in between.
  virtual void Release(std::atomic<uint32_t>& word) = 0;
  virtual void Settle() = 0;

 protected:
  explicit OwnerWords(uint32_t owner_id) : owner_id_(owner_id) {}

 private:
  const uint32_t owner_id_;
};

// Words that stay as they are when their owner dies. A lock tells of its death (RoleLock).
class UnmarkedWords final : public OwnerWords {
 public:
  explicit UnmarkedWords(uint32_t owner_id) : OwnerWords(owner_id) {}

  bool Claim(std::atomic<uint32_t>& word, uint32_t before) override {
    // acq_rel: acquires what the segment's maker stored, and the owner before; releases the owner's
    // sign of life (RoleClaim::Take). Partner: Observe and Watch::Check.
    return word.compare_exchange_strong(before, owner_id(), std::memory_order_acq_rel);
  }
  void Release(std::atomic<uint32_t>& word) override {
    // release: the state stored by RoleClaim::Leave comes first; partner: Observe.
    word.store(0, std::memory_order_release);
  }
  void Settle() override {}
};

}  // namespace smipc

#endif  // SMIPC_CORE_OWNER_WORDS_H_
