#include "core/identity.h"

#include <cstdlib>

namespace smipc {

Identity MakeIdentity(uint64_t capacity, Framing framing, RoleScheme scheme, uint32_t flags,
                      size_t page_bytes, const BootId& boot, int64_t boot_time_ms) {
  Identity identity{};
  identity.magic = kMagic;
  identity.version = kLayoutVersion;
  identity.header_bytes = static_cast<uint32_t>(page_bytes);
  identity.capacity = capacity < page_bytes ? page_bytes : capacity;
  identity.framing = static_cast<uint32_t>(framing);
  identity.role_scheme = static_cast<uint32_t>(scheme);
  identity.boot_id[0] = boot.words[0];
  identity.boot_id[1] = boot.words[1];
  identity.boot_time = boot_time_ms;
  identity.flags = flags;
  return identity;
}

bool HasMagic(const Identity& read, size_t length) {
  return length >= sizeof read.magic && read.magic == kMagic;
}

namespace {

bool IsSane(const Identity& read, uint64_t file_bytes, size_t page_bytes) {
  const uint64_t capacity = read.capacity;
  return read.header_bytes == page_bytes && capacity >= kMinCapacity && capacity <= kMaxCapacity &&
         (capacity & (capacity - 1)) == 0 && capacity % page_bytes == 0 &&
         file_bytes == read.header_bytes + capacity;
}

bool IsKnown(const Identity& read) {
  return read.framing <= kLastFraming &&
         (read.role_scheme == static_cast<uint32_t>(RoleScheme::RobustList) ||
          read.role_scheme == static_cast<uint32_t>(RoleScheme::FileLock)) &&
         (read.flags & ~kKnownFlags) == 0 && read.reserved == 0;
}

bool IsUnknown(const uint64_t id[2]) { return (id[0] | id[1]) == 0; }

}  // namespace

Status CheckIdentity(const Identity& read, size_t length, const FileFacts& file,
                     size_t page_bytes) {
  if (!HasMagic(read, length)) return Status::Incompatible;
  if (length < sizeof read) return Status::Corrupt;
  if (read.version != kLayoutVersion) return Status::Incompatible;
  if (!IsSane(read, file.bytes, page_bytes) || !file.is_reserved) return Status::Corrupt;
  return IsKnown(read) ? Status::Ok : Status::Incompatible;
}

bool HasOtherBootId(const Identity& identity, const BootId& now) {
  if (IsUnknown(now.words) || IsUnknown(identity.boot_id)) return false;
  return identity.boot_id[0] != now.words[0] || identity.boot_id[1] != now.words[1];
}

bool HasOtherBootTime(const Identity& identity, int64_t now_ms) {
  // Two starts of a machine are further apart than this, and clocks that are adjusted move less.
  constexpr int64_t kSameBootMs = 2000;
  return std::abs(now_ms - identity.boot_time) > kSameBootMs;
}

}  // namespace smipc
