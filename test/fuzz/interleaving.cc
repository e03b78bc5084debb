#include "interleaving.h"

namespace smipc {

namespace {
void (*intruder)() = nullptr;
void (*observer)(const volatile void* word, uint64_t value) = nullptr;

template <typename T>
T Load(const volatile T* word) {
  const T value = __atomic_load_n(word, __ATOMIC_SEQ_CST);
  if (sizeof value == sizeof(uint64_t) && observer != nullptr) observer(word, value);
  return value;
}

}  // namespace

void SetIntruder(void (*intrude)()) { intruder = intrude; }

void SetObserver(void (*observe)(const volatile void* word, uint64_t value)) { observer = observe; }

}  // namespace smipc

// The names are those of LLVM's compiler-rt/lib/tsan/rtl/tsan_interface_atomic.h. An access of a
// size or a kind that is missing here is an error of the linker's. Every access is sequentially
// consistent: the intruder is on this very thread.
// NOLINTBEGIN(bugprone-macro-parentheses,clang-diagnostic-reserved-identifier,readability-identifier-naming)

#define SMIPC_BEFORE_ACCESS() \
  if (smipc::intruder != nullptr) smipc::intruder()

#define SMIPC_MODIFY(bits, type, name)                                                \
  type __tsan_atomic##bits##_##name(volatile type* word, type value, int /*order*/) { \
    SMIPC_BEFORE_ACCESS();                                                            \
    return __atomic_##name(word, value, __ATOMIC_SEQ_CST);                            \
  }

#define SMIPC_ACCESSES(bits, type)                                                                \
  type __tsan_atomic##bits##_load(const volatile type* word, int /*order*/) {                     \
    SMIPC_BEFORE_ACCESS();                                                                        \
    return smipc::Load(word);                                                                     \
  }                                                                                               \
  void __tsan_atomic##bits##_store(volatile type* word, type value, int /*order*/) {              \
    SMIPC_BEFORE_ACCESS();                                                                        \
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);                                              \
  }                                                                                               \
  type __tsan_atomic##bits##_exchange(volatile type* word, type value, int /*order*/) {           \
    SMIPC_BEFORE_ACCESS();                                                                        \
    return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);                                    \
  }                                                                                               \
  type __tsan_atomic##bits##_compare_exchange_val(volatile type* word, type expected, type value, \
                                                  int /*order*/, int /*order2*/) {                \
    SMIPC_BEFORE_ACCESS();                                                                        \
    __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_SEQ_CST,                  \
                                __ATOMIC_SEQ_CST);                                                \
    return expected;                                                                              \
  }                                                                                               \
  SMIPC_MODIFY(bits, type, fetch_add)                                                             \
  SMIPC_MODIFY(bits, type, fetch_sub)                                                             \
  SMIPC_MODIFY(bits, type, fetch_and)                                                             \
  SMIPC_MODIFY(bits, type, fetch_or)                                                              \
  SMIPC_MODIFY(bits, type, fetch_xor)

extern "C" {
void __tsan_init() {}
SMIPC_ACCESSES(8, uint8_t)
SMIPC_ACCESSES(32, uint32_t)
SMIPC_ACCESSES(64, uint64_t)
void __tsan_atomic_thread_fence(int /*order*/) { SMIPC_BEFORE_ACCESS(); }
void __tsan_atomic_signal_fence(int /*order*/) {}
}
// NOLINTEND(bugprone-macro-parentheses,clang-diagnostic-reserved-identifier,readability-identifier-naming)
