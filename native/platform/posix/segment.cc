#include "platform/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

#include "core/identity.h"
#include "platform/boot.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/errno_result.h"
#include "platform/posix/new_file.h"
#include "platform/posix/pages.h"
#include "platform/posix/reserve.h"
#include "platform/posix/same_memory.h"
#include "platform/posix/temporary_file.h"

namespace smipc {

namespace {

// Lets in whom `permissions` lets in.
//   Ok; UnusableDirectory: the file system lets in others too; System.
Result Protect(const File& file, uint32_t permissions) {
  // Not through open()'s mode, which the umask would cut. A file system without modes may refuse or
  // ignore this: what counts is the mode that the file has afterwards.
  if (fchmod(Descriptor(file), permissions) != 0 && !IsMissing(errno)) return ErrnoResult();
  struct stat info;
  if (fstat(Descriptor(file), &info) != 0) return ErrnoResult();
  constexpr mode_t kOthers = S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
  if ((info.st_mode & kOthers & ~permissions) != 0) return {Status::UnusableDirectory, EACCES};
  return {};
}

// What the file begins with, and how much of it could be read; negative: errno says why.
ssize_t ReadBeginning(const File& file, Identity* identity) {
  ssize_t length;
  do {
    length = pread(Descriptor(file), identity, sizeof *identity, 0);
  } while (length < 0 && errno == EINTR);
  return length;
}

// Reads and checks the identity, without mapping it.
//   Ok; Incompatible; Corrupt; System.
Result ReadIdentity(const File& file, Identity* identity) {
  struct stat info;
  if (fstat(Descriptor(file), &info) != 0) return ErrnoResult();
  Identity read{};
  const ssize_t length = ReadBeginning(file, &read);
  if (length < 0) return ErrnoResult();
  const auto bytes = static_cast<uint64_t>(info.st_size);
  // In units of 512 (stat(2)).
  const bool is_reserved =
      static_cast<uint64_t>(info.st_blocks) * 512 >= bytes || !CountsBlocks(file);
  // A session reserves memory when it is needed.
  const bool may_be_sparse = read.framing == static_cast<uint32_t>(Framing::Session);
  const Status status = CheckIdentity(read, static_cast<size_t>(length),
                                      {bytes, is_reserved || may_be_sparse}, PageBytes());
  if (status == Status::Ok) *identity = read;
  return Result(status);
}

// Does the name mean that file? It is open, so no other file can have its id.
bool NamesFile(const Directory& directory, const char* name, const FileId& id) {
  struct stat info;
  return fstatat(Descriptor(directory.file()), name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         IdOf(info) == id;
}

}  // namespace

// --- a file that is there

Result OpenSegmentFile(const Directory& directory, const char* name, File* file) {
  // O_NONBLOCK: a FIFO that was put there instead must not hang us.
  *file = File(
      openat(Descriptor(directory.file()), name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file->is_open()) {
    if (errno == ENOENT) return Result(Status::NotFound);
    if (errno == EISDIR || errno == ENXIO) return Result(Status::Incompatible);
    return ErrnoResult();
  }
  struct stat info;
  if (fstat(Descriptor(*file), &info) != 0) return ErrnoResult();
  if (!S_ISREG(info.st_mode)) return Result(Status::Incompatible);
  return {};
}

bool HasMagic(const File& file) {
  Identity read{};
  const ssize_t length = ReadBeginning(file, &read);
  return length > 0 && HasMagic(read, static_cast<size_t>(length));
}

uint32_t LayoutVersionOf(const File& file) {
  Identity read{};
  const ssize_t length = ReadBeginning(file, &read);
  const bool is_ours = length > 0 && HasMagic(read, static_cast<size_t>(length));
  return is_ours ? read.version : 0;
}

Result HeaderView::Open(const Directory& directory, const char* name) {
  Result done = OpenSegmentFile(directory, name, &file_);
  if (done.ok()) done = ReadIdentity(file_, &identity_);
  if (!done.ok()) return done;
  struct stat info;
  if (fstat(Descriptor(file_), &info) != 0) return ErrnoResult();
  file_id_ = IdOf(info);
  is_own_ = info.st_uid == geteuid();
  age_s_ = static_cast<int64_t>(time(nullptr) - info.st_mtime);
  void* mapped = mmap(nullptr, PageBytes(), PROT_READ, MAP_SHARED, Descriptor(file_), 0);
  if (mapped == MAP_FAILED) return RefusalResult();
  header_ = static_cast<Header*>(mapped);
  return {};
}

bool HeaderView::IsNamed(const Directory& directory, const char* name) const {
  return NamesFile(directory, name, file_id_);
}

HeaderView::~HeaderView() {
  if (header_ != nullptr) munmap(header_, PageBytes());
}

// --- a new one

Result Segment::Create(const Directory& directory, const SegmentSpec& spec) {
  page_bytes_ = PageBytes();
  identity_ = MakeIdentity(spec.capacity, spec.framing, spec.role_scheme, spec.flags, page_bytes_,
                           GetBootId(), BootTimeMs());
  directory_ = &directory;
  Result done = MakeNewFile(directory, &file_, &temporary_);
  if (done.ok()) done = Protect(file_, spec.permissions);
  if (done.ok()) {
    uint64_t reserved = std::min(spec.reserved, identity_.capacity);
    if (reserved < identity_.capacity && !CanReserveMore(file_)) reserved = identity_.capacity;
    done = Reserve(file_, identity_.header_bytes + reserved, spec.shortage);
  }
  const uint64_t bytes = identity_.header_bytes + identity_.capacity;
  if (done.ok() && ftruncate(Descriptor(file_), static_cast<off_t>(bytes)) != 0) {
    done = ErrnoResult();
  }
  if (done.ok()) done = Map();
  if (done.ok()) {
    // The file is all zeros, which is the right start for every other word of the header.
    Header* header = new (&this->header()) Header;
    std::memcpy(&header->identity, &identity_, sizeof identity_);
  }
  if (!done.ok()) Unmap();
  return done;
}

Result Segment::Name(const Directory& directory, const char* name) {
  if (temporary_ == kNoTemporary) return NameNamelessFile(file_, directory, name);
  // A renamed file keeps its memory, even where a link would lead to other memory (same_memory.h).
  const Result named = NameTemporaryFile(directory, temporary_, name);
  if (!named.ok()) return named;
  temporary_ = kNoTemporary;
  // Tried out, not taken for granted. Nothing is in the ring yet.
  File again;
  Result same = OpenSegmentFile(directory, name, &again);
  const uint64_t last = identity_.capacity - 1;
  if (same.ok()) same = CheckSameMemory(ring() + last, again, page_bytes_ + last);
  if (!same.ok()) unlinkat(Descriptor(directory.file()), name, 0);
  return same;
}

// --- mapped

Result Segment::Attach(const Directory& directory, const char* name) {
  page_bytes_ = PageBytes();
  Result done = OpenSegmentFile(directory, name, &file_);
  if (done.ok()) done = ReadIdentity(file_, &identity_);
  if (done.ok()) done = Map();
  if (!done.ok()) CloseFile();
  return done;
}

bool Segment::IsMirrored() const { return IsOfChannel(static_cast<Framing>(identity_.framing)); }

size_t Segment::MappedBytes() const {
  return 2 * page_bytes_ + (IsMirrored() ? 2 : 1) * identity_.capacity;
}

Result Segment::ReserveRange(uint64_t from, uint64_t size, MemoryShortage* shortage) const {
  return ReserveMore(file_, page_bytes_ + from, size, shortage);
}

Result Segment::ReserveRangeAgain(uint64_t from, uint64_t size) const {
  return ReserveAgain(file_, page_bytes_ + from, size);
}

Result Segment::Map() {
  struct stat info;
  if (fstat(Descriptor(file_), &info) != 0) return ErrnoResult();
  file_id_ = IdOf(info);

  // Reserve the address range first, so that no other mapping can be made inside it.
  const uint64_t ring_bytes = identity_.capacity;
  const size_t bytes = MappedBytes();
  void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return ErrnoResult();
  uint8_t* base = static_cast<uint8_t*>(range);

  const int access = PROT_READ | PROT_WRITE;
  const off_t ring_offset = static_cast<off_t>(page_bytes_);
  const bool done =
      mprotect(base, page_bytes_, access) == 0 &&
      mmap(base + page_bytes_, page_bytes_ + ring_bytes, access, MAP_SHARED | MAP_FIXED,
           Descriptor(file_), 0) != MAP_FAILED &&
      (!IsMirrored() || mmap(base + 2 * page_bytes_ + ring_bytes, ring_bytes, access,
                             MAP_SHARED | MAP_FIXED, Descriptor(file_), ring_offset) != MAP_FAILED);
  if (!done) {
    const Result failed = RefusalResult();
    munmap(base, bytes);
    return failed;
  }
  base_ = base;
  return {};
}

bool Segment::IsNamed(const Directory& directory, const char* name) const {
  return NamesFile(directory, name, file_id_);
}

void Segment::Unmap() {
  if (base_ != nullptr) {
    munmap(std::exchange(base_, nullptr), MappedBytes());
  }
  CloseFile();
  // The file is closed first, because some file systems remove none that is open. No other process
  // uses the temporary name.
  if (temporary_ != kNoTemporary) RemoveTemporaryFile(*directory_, temporary_);
  temporary_ = kNoTemporary;
}

}  // namespace smipc
