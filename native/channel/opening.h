// Opening: finding or making a segment, and taking a role in it. Fifty processes that open a new
// name at once end up with one segment, one writer and one reader.
#ifndef SMIPC_CHANNEL_OPENING_H_
#define SMIPC_CHANNEL_OPENING_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "channel/role_holder.h"
#include "platform/directory.h"
#include "status.h"

namespace smipc {

// Makes the kind of holder that is wanted, around a segment that suits it.
using MakeHolder = std::unique_ptr<RoleHolder> (*)(const SharedParts& shared, uint32_t id,
                                                   const OpenRequest& request,
                                                   const Directory& directory,
                                                   std::unique_ptr<Segment> segment,
                                                   std::shared_ptr<Lifeline> lifeline);

template <typename Holder>
std::unique_ptr<RoleHolder> Make(const SharedParts& shared, uint32_t id, const OpenRequest& request,
                                 const Directory& directory, std::unique_ptr<Segment> segment,
                                 std::shared_ptr<Lifeline> lifeline) {
  return std::make_unique<Holder>(shared, id, request, directory, std::move(segment),
                                  std::move(lifeline));
}

// Opens a segment and takes a role in it; makes the segment if there is none, or none that is of
// use (admission.h). `id` is what WakeQueue reports, and the token at this environment's bell.
// `shared` belongs to the environment, and must outlive the holder. On Busy, `*holder_pid` is the
// owner's pid. Resumable: goes on where the role's last owner stopped. On failure `*holder` is
// null.
//   Ok; Busy; Dying; Undrained; NotFound; Exists; Incompatible; OpenToOthers; Locked;
//   UnusableDirectory; Corrupt; System.
Result OpenRole(const SharedParts& shared, uint32_t id, const OpenRequest& request, MakeHolder make,
                std::unique_ptr<RoleHolder>* holder, uint32_t* holder_pid);

}  // namespace smipc

#endif  // SMIPC_CHANNEL_OPENING_H_
