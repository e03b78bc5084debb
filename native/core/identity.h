// The identity of a segment, at the beginning of its file: making it, and every check of it. Pure:
// what is to be known of the file and the machine is passed in.
#ifndef SMIPC_CORE_IDENTITY_H_
#define SMIPC_CORE_IDENTITY_H_

#include <cstddef>
#include <cstdint>

#include "layout.h"
#include "status.h"

namespace smipc {

// Two mappings of the largest ring must fit into the address space.
static_assert(sizeof(size_t) == 8);

// The machine's id of the time since its last start. Zeros: this process cannot read it. Two
// containers on one machine may be shown different ones.
struct BootId {
  uint64_t words[2] = {0, 0};
};

// A new segment's. `boot_time_ms`: when the machine was started, in ms since 1970.
Identity MakeIdentity(uint64_t capacity, Framing framing, RoleScheme scheme, uint32_t flags,
                      size_t page_bytes, const BootId& boot, int64_t boot_time_ms);

// What the system says of a segment's file.
struct FileFacts {
  uint64_t bytes;
  // False only if the system says that some of it has no memory yet, so that a store might find
  // none.
  bool is_reserved;
};

// Checks an identity of which `length` bytes could be read.
//   Ok; Incompatible: not ours, or of another layout; Corrupt: truncated, or nonsense.
Status CheckIdentity(const Identity& read, size_t length, const FileFacts& file, size_t page_bytes);

// Do the first `length` bytes of a file begin as our segments do, of any layout version?
bool HasMagic(const Identity& read, size_t length);

// Was the segment made before the machine was started last? Only if both signs say so: what a
// process can see of the boot may differ between containers on one running kernel, and clocks are
// adjusted.
bool HasOtherBootId(const Identity& identity, const BootId& now);
bool HasOtherBootTime(const Identity& identity, int64_t now_ms);

}  // namespace smipc

#endif  // SMIPC_CORE_IDENTITY_H_
