// A process that has an end of a channel, for a test to kill.
#ifndef SMIPC_TEST_HOLDER_H_
#define SMIPC_TEST_HOLDER_H_

#include "check.h"
#include "child.h"
#include "party.h"
#include "temporary.h"

namespace smipc {

// Forks: see child.h. When Hear() returns, the child has its end of the channel "a". It goes on
// until it is killed, or told to leave.
inline Child StartHolder(const Way& way, const TemporaryDirectory& directory, bool is_writer) {
  return Child([&](Child& parent) {
    Party party(way, directory);
    CHECK(party.Open(is_writer) != nullptr);
    parent.Tell();
    return parent.Hear() ? 0 : 1;
  });
}

}  // namespace smipc

#endif  // SMIPC_TEST_HOLDER_H_
