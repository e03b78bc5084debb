// What native code and JavaScript have agreed upon, for lib/environment/contract.ts to be compared
// with: numbers, the order of enumerators, and what stands where in the arrays that calls fill.
#ifndef SMIPC_NODE_CONTRACT_H_
#define SMIPC_NODE_CONTRACT_H_

#include <cstdint>

#include "channel/endpoint.h"
#include "channel/survey.h"
#include "platform/process_limits.h"
#include "status.h"

namespace smipc {

// Who has had the roles.
struct Tenures {
  Tenure own;
  uint64_t position;
  uint64_t messages;
  uint64_t delivered;
  Tenure peer;
};

// What a call leaves beside its result.
struct Details {
  Result result;
  uint32_t holder_pid = 0;
  uint64_t capacity = 0;
};

void Fill(double* fields, const Snapshot& source);
void Fill(double* fields, const Counters& source);
void Fill(double* fields, const Tenures& source);
void Fill(double* fields, const Details& source);
void Fill(double* fields, const Refusal& source);
void Fill(double* fields, const Limits& source);

}  // namespace smipc

#endif  // SMIPC_NODE_CONTRACT_H_
