// Words in the kernel's robust list of a thread: get_robust_list(2), and
// Documentation/locking/robust-futex-ABI.rst.

#include "platform/marked_words.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "layout.h"
#include "platform/thread.h"
#include "platform/word_wait.h"

namespace smipc {

static_assert(kOwnerDied == FUTEX_OWNER_DIED && kHasWaiters == FUTEX_WAITERS &&
              kOwnerMask == FUTEX_TID_MASK);

namespace {

// The head of one thread's robust list. Only the JavaScript thread changes the list; the kernel
// reads it when the owner thread ends, which may be between any two instructions of ours.
//
// A node stands one memory page below its word (segment.h), in private memory, so that a hostile
// peer cannot bend the list; the kernel adds the same distance to every node to find its word.
//
// Every store to the list is a release store: the kernel reads it on the dying thread's processor,
// which may be another than ours, and must not see a node linked before the node's own `next`.
class RobustList final : public MarkedWords {
 public:
  explicit RobustList(uint32_t thread_id) : MarkedWords(thread_id) {}

  // Owner thread: hands the list to the kernel. False: it takes none.
  bool Register();

  bool Claim(std::atomic<uint32_t>& word, uint32_t before) override;
  void Release(std::atomic<uint32_t>& word) override;
  void Settle() override;
  void Announce(std::atomic<uint32_t>& word) override;
  void Link(std::atomic<uint32_t>& word) override;
  void Unlink(std::atomic<uint32_t>& word) override;

 private:
  struct Node {  // struct robust_list of include/uapi/linux/futex.h
    std::atomic<Node*> next;
  };
  struct Head {  // struct robust_list_head
    Node list;
    long futex_offset;
    std::atomic<Node*> list_op_pending;
  };
  static Node* NodeOf(std::atomic<uint32_t>& word);

  Head head_{};
};

bool RobustList::Register() {
  head_.list.next.store(&head_.list, std::memory_order_relaxed);
  head_.futex_offset = sysconf(_SC_PAGESIZE);
  head_.list_op_pending.store(nullptr, std::memory_order_relaxed);
  // This replaces the list that the C library has registered for the thread: it must not use
  // robust mutexes of pthreads, and the waiter thread does not.
  return syscall(SYS_set_robust_list, &head_, sizeof head_) == 0;
}

RobustList::Node* RobustList::NodeOf(std::atomic<uint32_t>& word) {
  return reinterpret_cast<Node*>(reinterpret_cast<uint8_t*>(&word) - sysconf(_SC_PAGESIZE));
}

void RobustList::Announce(std::atomic<uint32_t>& word) {
  head_.list_op_pending.store(NodeOf(word), std::memory_order_release);
}

void RobustList::Link(std::atomic<uint32_t>& word) {
  Node* node = NodeOf(word);
  node->next.store(head_.list.next.load(std::memory_order_relaxed), std::memory_order_release);
  head_.list.next.store(node, std::memory_order_release);
}

void RobustList::Unlink(std::atomic<uint32_t>& word) {
  Node* node = NodeOf(word);
  Node* before = &head_.list;
  while (before->next.load(std::memory_order_relaxed) != node) {
    before = before->next.load(std::memory_order_relaxed);
  }
  before->next.store(node->next.load(std::memory_order_relaxed), std::memory_order_release);
}

bool RobustList::Claim(std::atomic<uint32_t>& word, uint32_t before) {
  // While pending, the kernel checks this node too: a death between the exchange and the link is
  // covered. It acts only if the word holds our thread's id.
  Announce(word);
  // acq_rel: acquires what the segment's maker stored, and the owner before; releases the owner's
  // sign of life (RoleClaim::Take). Partner: Observe and Watch::Check. kHasWaiters: the kernel
  // wakes a waiter whenever the owner dies.
  const bool is_ours =
      word.compare_exchange_strong(before, owner_id() | kHasWaiters, std::memory_order_acq_rel);
  if (is_ours) Link(word);
  Settle();
  return is_ours;
}

void RobustList::Release(std::atomic<uint32_t>& word) {
  // While pending, the kernel wakes a waiter even if the word is 0 already (handle_futex_death in
  // kernel/futex/core.c): a death between the store and the wake-ups leaves no one asleep.
  Announce(word);
  Unlink(word);
  // release: the state stored by RoleClaim::Leave comes first; partner: Observe.
  word.store(0, std::memory_order_release);
}

void RobustList::Settle() { head_.list_op_pending.store(nullptr, std::memory_order_release); }

}  // namespace

std::unique_ptr<MarkedWords> MarkedWords::Make() {
  auto list = std::make_unique<RobustList>(CurrentThreadId());
  if (!list->Register()) return nullptr;
  return list;
}

void PassOnWakeUp(std::atomic<uint32_t>& word) { WakeAll(word); }

}  // namespace smipc
