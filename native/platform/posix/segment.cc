#include "platform/segment.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

#include "platform/directory.h"
#include "platform/memory_limit.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/errno_result.h"
#include "platform/posix/same_memory.h"

namespace smipc {

// Two mappings of the largest ring must fit into the address space.
static_assert(sizeof(size_t) == 8);

namespace {

size_t PageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

// Reads the kernel's id of this boot: 128 bits in hexadecimal with dashes; zeros if this process
// cannot read it. Two containers on one kernel may be shown different ones.
void ReadBootId(uint64_t id[2]) {
  id[0] = id[1] = 0;
  const File file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t length = !file.is_open() ? 0 : read(Descriptor(file), text, sizeof text);
  int digits = 0;
  for (ssize_t i = 0; i < length && digits < 32; i++) {
    const char c = text[i];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) continue;
    id[digits / 16] = id[digits / 16] << 4 | static_cast<uint64_t>(value);
    digits++;
  }
}

// The kernel's id of this boot, which is read only once, because a pair of ends needs it nine times
// while it is opened and closed. If it could not be read (no descriptor was left), it is read
// again.
void GetBootId(uint64_t id[2]) {
  static std::atomic<uint64_t> known[2];
  // acquire: partner: the release below. Several threads may store, but all store the same. (The
  // first word is never zero: it holds the version of a UUID.)
  id[0] = known[0].load(std::memory_order_acquire);
  id[1] = known[1].load(std::memory_order_relaxed);
  if (id[0] != 0) return;
  ReadBootId(id);
  if (id[0] == 0) return;
  known[1].store(id[1], std::memory_order_relaxed);
  known[0].store(id[0], std::memory_order_release);
}

// When the machine was started, in ms since 1970, apart from a constant of the kernel: the wall
// clock less the time since then. Not by CLOCK_BOOTTIME, which a time namespace shifts: times(2)
// counts the kernel's own ticks (from a constant on), which no namespace changes. Both are read by
// system call, because some libraries fake the C library's clocks. The result moves when the clock
// is set or the machine sleeps.
int64_t BootTimeMs() {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  struct tms unused;
  const auto ticks = static_cast<uint64_t>(syscall(SYS_times, &unused));
  const auto ticks_per_second = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000 -
         static_cast<int64_t>(ticks * 1000 / ticks_per_second);
}

// Two starts of a machine are further apart than this, and clocks that are adjusted move less.
constexpr int64_t kSameBootMs = 2000;

// Reserves memory in file systems without fallocate(2). Returns 0 or an errno.
int WriteZeros(int fd, uint64_t from, uint64_t size) {
  static constexpr uint8_t kZeros[64 * 1024] = {};
  while (size > 0) {
    const ssize_t written =
        pwrite(fd, kZeros, size < sizeof kZeros ? size : sizeof kZeros, static_cast<off_t>(from));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    from += static_cast<uint64_t>(written);
    size -= static_cast<uint64_t>(written);
  }
  return 0;
}

// Reserves the memory now, so that a full file system is an error here and never a SIGBUS at a
// later store. In pieces, because a signal interrupts fallocate(2) on tmpfs: if signals keep
// coming, a large call would never finish. Not posix_fallocate(3): where there is no fallocate(2),
// glibc writes a byte for each block, which takes twenty times as long, and musl fails.
Result Reserve(const File& file, uint64_t bytes, MemoryShortage* told) {
  const int fd = Descriptor(file);
  // Asked first: an attempt would take all the memory there is before it fails, also from others.
  struct statvfs info;
  if (fstatvfs(fd, &info) != 0) return ErrnoResult();
  // No blocks at all: a file system without a limit (ramfs).
  const bool is_limited = info.f_blocks != 0;
  if (is_limited && bytes / info.f_frsize >= info.f_bavail) return {Status::System, ENOSPC};
  // Beyond some limits there is no error, but a SIGKILL.
  MemoryShortage shortage;
  if (FindMemoryShortage(file, bytes, &shortage)) {
    if (told != nullptr) *told = std::move(shortage);
    return {Status::System, ENOMEM};
  }
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  bool has_fallocate = true;
  for (uint64_t from = 0; from < bytes; from += kPiece) {
    const uint64_t size = bytes - from < kPiece ? bytes - from : kPiece;
    int error = EOPNOTSUPP;
    while (has_fallocate) {
      error = fallocate(fd, 0, static_cast<off_t>(from), static_cast<off_t>(size)) == 0 ? 0 : errno;
      if (error != EINTR) break;
    }
    has_fallocate = error != EOPNOTSUPP && error != EINVAL && error != ENOSYS;
    if (!has_fallocate) error = WriteZeros(fd, from, size);
    if (error != 0) return {Status::System, error};
  }
  return {};
}

// linux/magic.h
constexpr uint32_t kTmpfs = 0x01021994;
constexpr uint32_t kExt = 0xef53;
constexpr uint32_t kXfs = 0x58465342;
constexpr uint32_t kBtrfs = 0x9123683e;
constexpr uint32_t kFuse = 0x65735546;

uint32_t FileSystemOf(int fd) {
  struct statfs info;
  return fstatfs(fd, &info) == 0 ? static_cast<uint32_t>(info.f_type) : 0;
}

// Does st_blocks tell whether a file is reserved in full? Not in a file system that compresses
// zeros away, or that does not count blocks, or leaves that to a server.
bool CountsBlocks(int fd) {
  const uint32_t type = FileSystemOf(fd);
  return type == kTmpfs || type == kExt || type == kXfs || type == kBtrfs;
}

constexpr char kTemporaryPrefix[] = ".new-";

bool TryLock(int fd) {
  int result;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

// Removes files whose makers were killed before they could name them: the locks of such files are
// free.
void RemoveAbandonedFiles(const Directory& directory) {
  const int place = Descriptor(directory.file());
  for (const std::string& name : NamesBeginningWith(directory.file(), kTemporaryPrefix)) {
    File file(openat(place, name.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (!file.is_open() || !TryLock(Descriptor(file))) continue;
    // While we hold the lock, because the file may be new, and its maker about to take the lock.
    if (unlinkat(place, name.c_str(), 0) == 0) continue;
    // libfuse renames a file that is open, and the file system may not allow that.
    file.Close();
    unlinkat(place, name.c_str(), 0);
  }
}

}  // namespace

Result Segment::MakeFile(const Directory& directory, uint32_t permissions) {
  // O_TMPFILE: a file that has no name yet, and vanishes with this process if it never gets one.
  file_ = File(
      openat(Descriptor(directory.file()), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
  // Such a file gets its name as a link, which in FUSE may lead to other memory (same_memory.h).
  const bool has_nameless = file_.is_open() ? FileSystemOf(Descriptor(file_)) != kFuse
                                            : errno != EISDIR && !IsMissing(errno);
  if (!has_nameless) {
    const Result made = MakeTemporaryFile(directory);
    if (!made.ok()) return made;
  }
  if (!file_.is_open()) return ErrnoResult();
  // Not through open()'s mode, which the umask would cut. A file system without modes may refuse or
  // ignore this: what counts is the mode that the file has afterwards.
  if (fchmod(Descriptor(file_), permissions) != 0 && !IsMissing(errno)) return ErrnoResult();
  struct stat info;
  if (fstat(Descriptor(file_), &info) != 0) return ErrnoResult();
  constexpr mode_t kOthers = S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
  if ((info.st_mode & kOthers & ~permissions) != 0) return {Status::UnusableDirectory, EACCES};
  return {};
}

Result Segment::MakeTemporaryFile(const Directory& directory) {
  RemoveAbandonedFiles(directory);
  for (;;) {
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number) return ErrnoResult();
    std::snprintf(temporary_, sizeof temporary_, "%s%016llx", kTemporaryPrefix,
                  static_cast<unsigned long long>(number));
    temporary_directory_ = &directory;
    file_ = File(openat(Descriptor(directory.file()), temporary_,
                        O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file_.is_open()) {
      temporary_[0] = '\0';
      return RefusalResult();
    }
    // Ours while we hold its lock. Another process may have removed it before, as an abandoned one.
    const bool is_locked = TryLock(Descriptor(file_));
    if (!is_locked && errno != EWOULDBLOCK) return RefusalResult();
    struct stat info;
    if (is_locked && fstat(Descriptor(file_), &info) == 0 && info.st_nlink == 1) return {};
  }
}

Result Segment::Create(const Directory& directory, const SegmentSpec& spec) {
  page_bytes_ = PageBytes();
  identity_.magic = kMagic;
  identity_.version = kLayoutVersion;
  identity_.header_bytes = static_cast<uint32_t>(page_bytes_);
  identity_.capacity = spec.capacity < page_bytes_ ? page_bytes_ : spec.capacity;
  identity_.framing = static_cast<uint32_t>(spec.framing);
  identity_.role_scheme = static_cast<uint32_t>(spec.role_scheme);
  GetBootId(identity_.boot_id);
  identity_.boot_time = BootTimeMs();
  identity_.flags = spec.flags;

  Result done = MakeFile(directory, spec.permissions);
  if (done.ok()) {
    done = Reserve(file_, identity_.header_bytes + identity_.capacity, spec.shortage);
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
  if (temporary_[0] != '\0') return Rename(directory, name);
  // linkat(2): AT_EMPTY_PATH needs a capability on older kernels, a path in /proc does not.
  const int place = Descriptor(directory.file());
  const int fd = Descriptor(file_);
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (linkat(AT_FDCWD, path, place, name, AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno != ENOENT) return ErrnoResult();  // ENOENT: no /proc here
  if (linkat(fd, "", place, name, AT_EMPTY_PATH) == 0) return {};
  return ErrnoResult();
}

Result Segment::Rename(const Directory& directory, const char* name) {
  const int place = Descriptor(directory.file());
  // A renamed file keeps its memory, even where a link would lead to other memory (same_memory.h).
  // renameat2(2) by its number: not every C library has it.
  constexpr unsigned kNoReplace = 1;
  bool is_renamed = syscall(SYS_renameat2, place, temporary_, place, name, kNoReplace) == 0;
  if (!is_renamed && IsMissing(errno)) {
    // No other process can take the name meanwhile: the directory's lock is held.
    struct stat info;
    if (fstatat(place, name, &info, AT_SYMLINK_NOFOLLOW) == 0) return {Status::System, EEXIST};
    is_renamed = renameat(place, temporary_, place, name) == 0;
  }
  if (!is_renamed) return RefusalResult();
  temporary_[0] = '\0';
  // Tried out, not taken for granted. Nothing is in the ring yet.
  File again;
  Result same = OpenSegmentFile(directory, name, &again);
  const uint64_t last = identity_.capacity - 1;
  if (same.ok()) same = CheckSameMemory(ring() + last, again, page_bytes_ + last);
  if (!same.ok()) unlinkat(place, name, 0);
  return same;
}

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

Result ReadIdentity(const File& file, Identity* identity) {
  const int fd = Descriptor(file);
  struct stat info;
  if (fstat(fd, &info) != 0) return ErrnoResult();
  Identity read{};
  ssize_t length;
  do {
    length = pread(fd, &read, sizeof read, 0);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return ErrnoResult();
  if (static_cast<size_t>(length) < sizeof read.magic || read.magic != kMagic) {
    return Result(Status::Incompatible);
  }
  if (static_cast<size_t>(length) < sizeof read) return Result(Status::Corrupt);
  if (read.version != kLayoutVersion) return Result(Status::Incompatible);
  const uint64_t capacity = read.capacity;
  const bool is_sane = read.header_bytes == PageBytes() && capacity >= kMinCapacity &&
                       capacity <= kMaxCapacity && (capacity & (capacity - 1)) == 0 &&
                       capacity % PageBytes() == 0 &&
                       static_cast<uint64_t>(info.st_size) == read.header_bytes + capacity;
  if (!is_sane) return Result(Status::Corrupt);
  // Not reserved in full (see Reserve): a store might find no memory. In units of 512 (stat(2)).
  if (static_cast<uint64_t>(info.st_blocks) * 512 < static_cast<uint64_t>(info.st_size) &&
      CountsBlocks(fd)) {
    return Result(Status::Corrupt);
  }
  const bool is_known = read.framing <= static_cast<uint32_t>(Framing::Objects) &&
                        (read.role_scheme == static_cast<uint32_t>(RoleScheme::RobustList) ||
                         read.role_scheme == static_cast<uint32_t>(RoleScheme::FileLock)) &&
                        (read.flags & ~kKnownFlags) == 0 && read.reserved == 0;
  if (!is_known) return Result(Status::Incompatible);
  *identity = read;
  return {};
}

bool HasMagic(const File& file) {
  uint64_t magic = 0;
  return pread(Descriptor(file), &magic, sizeof magic, 0) == sizeof magic && magic == kMagic;
}

bool IsOfEarlierBoot(const Identity& identity, const File& file) {
  uint64_t id[2];
  GetBootId(id);
  const auto is_unknown = [](const uint64_t boot_id[2]) { return (boot_id[0] | boot_id[1]) == 0; };
  if (is_unknown(id) || is_unknown(identity.boot_id)) return false;
  if (identity.boot_id[0] == id[0] && identity.boot_id[1] == id[1]) return false;
  // Files in memory do not outlive it.
  struct statfs info;
  if (fstatfs(Descriptor(file), &info) != 0 || info.f_type == TMPFS_MAGIC ||
      info.f_type == RAMFS_MAGIC || info.f_type == HUGETLBFS_MAGIC) {
    return false;
  }
  return std::abs(BootTimeMs() - identity.boot_time) > kSameBootMs;
}

Result HeaderView::Open(const Directory& directory, const char* name) {
  Result done = OpenSegmentFile(directory, name, &file_);
  if (done.ok()) done = ReadIdentity(file_, &identity_);
  if (!done.ok()) return done;
  void* mapped = mmap(nullptr, PageBytes(), PROT_READ, MAP_SHARED, Descriptor(file_), 0);
  if (mapped == MAP_FAILED) return RefusalResult();
  header_ = static_cast<Header*>(mapped);
  return {};
}

HeaderView::~HeaderView() {
  if (header_ != nullptr) munmap(header_, PageBytes());
}

Result Segment::Attach(const Directory& directory, const char* name) {
  page_bytes_ = PageBytes();
  Result done = OpenSegmentFile(directory, name, &file_);
  if (done.ok()) done = ReadIdentity(file_, &identity_);
  if (done.ok()) done = Map();
  if (!done.ok()) CloseFile();
  return done;
}

Result Segment::Map() {
  struct stat info;
  if (fstat(Descriptor(file_), &info) != 0) return ErrnoResult();
  file_id_ = {static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)};

  // Reserve the address range first, so that no other mapping can be made inside it.
  const uint64_t ring_bytes = identity_.capacity;
  const size_t bytes = 2 * page_bytes_ + 2 * ring_bytes;
  void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return ErrnoResult();
  uint8_t* base = static_cast<uint8_t*>(range);

  const int access = PROT_READ | PROT_WRITE;
  const off_t ring_offset = static_cast<off_t>(page_bytes_);
  const bool done = mprotect(base, page_bytes_, access) == 0 &&
                    mmap(base + page_bytes_, page_bytes_ + ring_bytes, access,
                         MAP_SHARED | MAP_FIXED, Descriptor(file_), 0) != MAP_FAILED &&
                    mmap(base + 2 * page_bytes_ + ring_bytes, ring_bytes, access,
                         MAP_SHARED | MAP_FIXED, Descriptor(file_), ring_offset) != MAP_FAILED;
  if (!done) {
    const Result failed = RefusalResult();
    munmap(base, bytes);
    return failed;
  }
  base_ = base;
  return {};
}

bool Segment::IsNamed(const Directory& directory, const char* name) const {
  struct stat info;
  return fstatat(Descriptor(directory.file()), name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         file_id_ == FileId{static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino)};
}

void Segment::Unmap() {
  if (base_ != nullptr) {
    munmap(std::exchange(base_, nullptr), 2 * page_bytes_ + 2 * identity_.capacity);
  }
  CloseFile();
  // The file is closed first, as in RemoveAbandonedFiles. No one else uses the temporary name.
  if (temporary_[0] != '\0') {
    unlinkat(Descriptor(temporary_directory_->file()), temporary_, 0);
  }
  temporary_[0] = '\0';
}

}  // namespace smipc
