// Platform seam: a channel's file in shared memory, and its mapping into this process.
//
//     base        +---------------------------+
//                 | private page              |  anonymous memory of this process: the nodes of the
//                 |                           |  kernel's robust list, one page below their words
//     header()    +---------------------------+
//                 | header                    |  the file's first page
//     ring()      +---------------------------+
//                 | ring                      |  the file's ring
//                 +---------------------------+
//                 | ring                      |  the file's ring once more, so that every view of
//                 |                           |  up to `capacity` bytes is contiguous
//                 +---------------------------+
//
// What holds connections (session_layout.h) has other things in the place of the ring, and is
// mapped once.
//
// All calls are made by the JavaScript thread of one environment. Unmap() may be called only when
// no other thread can touch the mapping: the queue has said that its watch is retired
// (wake_queue.h).
#ifndef SMIPC_PLATFORM_SEGMENT_H_
#define SMIPC_PLATFORM_SEGMENT_H_

#include <cstddef>
#include <cstdint>

#include "layout.h"
#include "platform/directory.h"
#include "platform/file.h"
#include "platform/memory_limit.h"
#include "status.h"

namespace smipc {

struct SegmentSpec {
  uint64_t capacity;
  Framing framing;
  RoleScheme role_scheme;
  uint32_t permissions;                // file mode
  uint32_t flags = 0;                  // kResumable
  MemoryShortage* shortage = nullptr;  // if not null: gets the limit that would be exceeded
  uint64_t reserved = UINT64_MAX;      // how much behind the header is reserved at once; all of it
};

class Segment {
 public:
  Segment() = default;
  ~Segment() { Unmap(); }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // Makes a file without a name in the directory, reserves its memory, fills in the header and
  // maps it. A crash before Name() leaves nothing behind; in a file system without nameless files
  // it leaves a file that the next Create() there removes.
  //   Ok; UnusableDirectory; System (no space, no memory, no more handles, not allowed…).
  Result Create(const Directory& directory, const SegmentSpec& spec);

  // Gives a created segment its name: from now on others can find it, complete. The directory's
  // lock must be held: not every file system can refuse a name that is taken.
  //   Ok; UnusableDirectory: whoever opened the name would reach other memory (same_memory.h);
  //   System (the name is taken…).
  Result Name(const Directory& directory, const char* name);

  // Checks the file and the header of an existing segment, and maps it.
  //   Ok; NotFound; Incompatible (not ours, or of another layout); Corrupt (truncated, nonsense);
  //   System (a link, not allowed…).
  Result Attach(const Directory& directory, const char* name);

  // Does the name still mean this very file?
  bool IsNamed(const Directory& directory, const char* name) const;

  // Reserves what lies behind the header from there on. The file must be open.
  //   Ok; System (no space, no memory…).
  Result ReserveRange(uint64_t from, uint64_t size, MemoryShortage* shortage) const;
  // The same of what the peer has reserved, before this end touches it first: the peer may not be
  // honest. If it is, nothing is taken, so this works where there is no more to be had.
  Result ReserveRangeAgain(uint64_t from, uint64_t size) const;

  void Unmap();
  bool mapped() const { return base_ != nullptr; }

  Header& header() const { return *reinterpret_cast<Header*>(base_ + page_bytes_); }
  uint8_t* ring() const { return base_ + 2 * page_bytes_; }
  uint64_t capacity() const { return identity_.capacity; }
  // The identity as it was read and checked once; the one in shared memory may change.
  const Identity& identity() const { return identity_; }
  bool is_resumable() const { return (identity_.flags & kResumable) != 0; }
  const File& file() const { return file_; }
  void CloseFile() { file_.Close(); }

 private:
  Result Map();
  bool IsMirrored() const;
  size_t MappedBytes() const;

  File file_;
  uint8_t* base_ = nullptr;
  size_t page_bytes_ = 0;
  Identity identity_{};
  FileId file_id_;
  // Until Name(), in a system or a file system without nameless files: the id of the temporary name
  // that the file has, and where. Otherwise 0.
  uint64_t temporary_ = 0;
  const Directory* directory_ = nullptr;
};

// The header of a channel in which this process has no role, mapped for reading.
class HeaderView {
 public:
  HeaderView() = default;
  ~HeaderView();
  HeaderView(const HeaderView&) = delete;
  HeaderView& operator=(const HeaderView&) = delete;

  // Checks the file and the header as Segment::Attach does, and maps the header. The file stays
  // open.
  Result Open(const Directory& directory, const char* name);

  // The words may be loaded, not stored.
  Header& header() const { return *header_; }
  const Identity& identity() const { return identity_; }
  const File& file() const { return file_; }
  void CloseFile() { file_.Close(); }
  const FileId& file_id() const { return file_id_; }
  // Does the file belong to this user?
  bool is_own() const { return is_own_; }
  // How long ago it was made, by the clock that may be adjusted: a hint.
  int64_t age_s() const { return age_s_; }
  // Does the name still mean this very file?
  bool IsNamed(const Directory& directory, const char* name) const;

 private:
  File file_;
  FileId file_id_;
  bool is_own_ = false;
  int64_t age_s_ = 0;
  Identity identity_{};
  Header* header_ = nullptr;
};

// Does the file begin as our segments do, of any layout version?
bool HasMagic(const File& file);

// The layout version that such a file says it has, for messages. 0: it is no such file.
uint32_t LayoutVersionOf(const File& file);

// Opens the file of a channel and makes sure that it is a regular file, not a link.
//   Ok; NotFound; Incompatible; System.
Result OpenSegmentFile(const Directory& directory, const char* name, File* file);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_SEGMENT_H_
