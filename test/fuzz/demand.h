// What must hold for any input. A failed demand ends the process, and the fuzzer keeps the
// input.
#ifndef SMIPC_FUZZ_DEMAND_H_
#define SMIPC_FUZZ_DEMAND_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "status.h"

namespace smipc {

[[noreturn]] inline void Fail(const char* file, int line, const char* what, int64_t value) {
  std::fprintf(stderr, "%s:%d: %s (%lld)\n", file, line, what, static_cast<long long>(value));
  std::abort();
}

inline bool IsOneOf(Status status, std::initializer_list<Status> known) {
  for (const Status one : known) {
    if (status == one) return true;
  }
  return false;
}

}  // namespace smipc

// `value` is shown if `condition` does not hold.
#define DEMAND(condition, value) \
  ((condition) ? (void)0 : smipc::Fail(__FILE__, __LINE__, #condition, static_cast<int64_t>(value)))

#endif  // SMIPC_FUZZ_DEMAND_H_
