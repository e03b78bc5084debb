#include "../segment.h"

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

#include "../directory.h"
#include "../memory_limit.h"

namespace smipc {

// Two mappings of the largest ring must fit into the address space.
static_assert(sizeof(size_t) == 8);

namespace {

size_t PageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

// What this process can read as the kernel's id of this boot: 128 bits in hexadecimal with dashes;
// zeros where it cannot. A container may be shown another one than its neighbour.
void ReadBootId(uint64_t id[2]) {
  id[0] = id[1] = 0;
  const FileDescriptor file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[64];
  const ssize_t length = file.get() < 0 ? 0 : read(file.get(), text, sizeof text);
  int digits = 0;
  for (ssize_t i = 0; i < length && digits < 32; i++) {
    const char c = text[i];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) continue;
    id[digits / 16] = id[digits / 16] << 4 | static_cast<uint64_t>(value);
    digits++;
  }
}

// The same, read once: nine looks at headers are taken while a pair of ends is opened and closed.
// What could not be read (no descriptor was left) is read again.
void GetBootId(uint64_t id[2]) {
  static std::atomic<uint64_t> known[2];
  // acquire: partner: the release below. Several threads may store, all of them the same. (The
  // first word is never zero: it holds the version of a UUID.)
  id[0] = known[0].load(std::memory_order_acquire);
  id[1] = known[1].load(std::memory_order_relaxed);
  if (id[0] != 0) return;
  ReadBootId(id);
  if (id[0] == 0) return;
  known[1].store(id[1], std::memory_order_relaxed);
  known[0].store(id[0], std::memory_order_release);
}

// When the machine was started, in ms since 1970, but for a constant of the kernel: the wall clock less
// the time since. Not by CLOCK_BOOTTIME, which a time namespace shifts. times(2) counts the kernel's
// own ticks (from a constant on), which no namespace changes; and both by system call, because
// libraries fake the C library's clocks. A clock that is set, or a machine that sleeps, moves the
// result.
int64_t BootTimeMs() {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  struct tms unused;
  const auto ticks = static_cast<uint64_t>(syscall(SYS_times, &unused));
  const auto ticks_per_second = static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000 -
         static_cast<int64_t>(ticks * 1000 / ticks_per_second);
}

// Two starts of a machine are further apart, and clocks that are adjusted move less.
constexpr int64_t kSameBootMs = 2000;

// posix_fallocate(3) reserves the memory now, so that a full file system is an error here and never
// a SIGBUS at a later store. A signal interrupts it on tmpfs, and a big call is never finished
// under a steady rain of them: hence in pieces.
Result Reserve(int fd, uint64_t bytes) {
  // Asked first: trying would take all the memory that there is before it fails, and others with
  // it.
  struct statvfs info;
  if (fstatvfs(fd, &info) != 0) return Result::Errno();
  // No blocks at all: a file system without a limit (ramfs).
  const bool is_limited = info.f_blocks != 0;
  if (is_limited && bytes / info.f_frsize >= info.f_bavail) return {Status::System, ENOSPC};
  // Beyond some limits there is no error, but a SIGKILL.
  MemoryShortage shortage;
  if (FindMemoryShortage(fd, bytes, &shortage)) return {Status::System, ENOMEM};
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  for (uint64_t from = 0; from < bytes; from += kPiece) {
    const uint64_t size = bytes - from < kPiece ? bytes - from : kPiece;
    int error;
    do {
      error = posix_fallocate(fd, static_cast<off_t>(from), static_cast<off_t>(size));
    } while (error == EINTR);
    if (error != 0) return {Status::System, error};
  }
  return {};
}

constexpr char kTemporaryPrefix[] = ".new-";

bool TryLock(int fd) {
  int result;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

// Files whose makers were killed before they could give them their names: nobody holds their locks.
void RemoveAbandonedFiles(int directory) {
  for (const std::string& name : NamesBeginningWith(directory, kTemporaryPrefix)) {
    const FileDescriptor file(
        openat(directory, name.c_str(), O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (file.get() >= 0 && TryLock(file.get())) unlinkat(directory, name.c_str(), 0);
  }
}

}  // namespace

void FileDescriptor::Reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

Result Segment::MakeFile(int directory, uint32_t permissions) {
  // O_TMPFILE: a file that has no name yet, and vanishes with us if it never gets one.
  fd_.Reset(openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (fd_.get() < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
    const Result made = MakeTemporaryFile(directory);
    if (!made.ok()) return made;
  }
  if (fd_.get() < 0) return Result::Errno();
  // Not through open()'s mode, which the umask would cut.
  if (fchmod(fd_.get(), permissions) != 0) return Result::Errno();
  return {};
}

Result Segment::MakeTemporaryFile(int directory) {
  RemoveAbandonedFiles(directory);
  for (;;) {
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number) return Result::Errno();
    std::snprintf(temporary_, sizeof temporary_, "%s%016llx", kTemporaryPrefix,
                  static_cast<unsigned long long>(number));
    temporary_directory_ = directory;
    fd_.Reset(openat(directory, temporary_, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC,
                     S_IRUSR | S_IWUSR));
    if (fd_.get() < 0) {
      temporary_[0] = '\0';
      return Result::Errno();
    }
    // Ours as long as we hold its lock. Somebody may have taken it for an abandoned one before.
    const bool is_locked = TryLock(fd_.get());
    if (!is_locked && errno != EWOULDBLOCK) return Result::Errno();
    struct stat info;
    if (is_locked && fstat(fd_.get(), &info) == 0 && info.st_nlink == 1) return {};
  }
}

Result Segment::Create(int directory, const SegmentSpec& spec) {
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
  if (done.ok()) done = Reserve(fd_.get(), identity_.header_bytes + identity_.capacity);
  if (done.ok()) done = Map();
  if (done.ok()) {
    // The file is all zeros, which is the right start for every other word of the header.
    Header* header = new (&this->header()) Header;
    std::memcpy(&header->identity, &identity_, sizeof identity_);
  }
  if (!done.ok()) {
    if (temporary_[0] != '\0') unlinkat(directory, temporary_, 0);
    temporary_[0] = '\0';
    CloseFile();
  }
  return done;
}

Result Segment::Name(int directory, const char* name) {
  if (temporary_[0] != '\0') {
    if (linkat(directory, temporary_, directory, name, 0) != 0) return Result::Errno();
    unlinkat(directory, temporary_, 0);
    temporary_[0] = '\0';
    return {};
  }
  // linkat(2): AT_EMPTY_PATH wants a capability on older kernels, the way through /proc does not.
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd_.get());
  if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno != ENOENT) return Result::Errno();  // ENOENT: no /proc here
  if (linkat(fd_.get(), "", directory, name, AT_EMPTY_PATH) == 0) return {};
  return Result::Errno();
}

Result OpenSegmentFile(int directory, const char* name, FileDescriptor* fd) {
  // O_NONBLOCK: a FIFO that someone has put there must not hang us.
  fd->Reset(openat(directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd->get() < 0) {
    if (errno == ENOENT) return {Status::NotFound, 0};
    if (errno == EISDIR || errno == ENXIO) return {Status::Incompatible, 0};
    return Result::Errno();
  }
  struct stat info;
  if (fstat(fd->get(), &info) != 0) return Result::Errno();
  if (!S_ISREG(info.st_mode)) return {Status::Incompatible, 0};
  return {};
}

Result ReadIdentity(int fd, Identity* identity) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Result::Errno();
  Identity read{};
  ssize_t length;
  do {
    length = pread(fd, &read, sizeof read, 0);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return Result::Errno();
  if (static_cast<size_t>(length) < sizeof read.magic || read.magic != kMagic) {
    return {Status::Incompatible, 0};
  }
  if (static_cast<size_t>(length) < sizeof read) return {Status::Corrupt, 0};
  if (read.version != kLayoutVersion) return {Status::Incompatible, 0};
  const uint64_t capacity = read.capacity;
  const bool is_sane = read.header_bytes == PageBytes() && capacity >= kMinCapacity &&
                       capacity <= kMaxCapacity && (capacity & (capacity - 1)) == 0 &&
                       capacity % PageBytes() == 0 &&
                       static_cast<uint64_t>(info.st_size) == read.header_bytes + capacity;
  if (!is_sane) return {Status::Corrupt, 0};
  // Not reserved in full (see Reserve): a store might find no memory. In units of 512 (stat(2)).
  if (static_cast<uint64_t>(info.st_blocks) * 512 < static_cast<uint64_t>(info.st_size)) {
    return {Status::Corrupt, 0};
  }
  const bool is_known = read.framing <= static_cast<uint32_t>(Framing::Objects) &&
                        (read.role_scheme == static_cast<uint32_t>(RoleScheme::RobustList) ||
                         read.role_scheme == static_cast<uint32_t>(RoleScheme::FileLock)) &&
                        (read.flags & ~kKnownFlags) == 0 && read.reserved == 0;
  if (!is_known) return {Status::Incompatible, 0};
  *identity = read;
  return {};
}

bool HasMagic(int fd) {
  uint64_t magic = 0;
  return pread(fd, &magic, sizeof magic, 0) == sizeof magic && magic == kMagic;
}

bool IsOfEarlierBoot(const Identity& identity, int fd) {
  uint64_t id[2];
  GetBootId(id);
  const auto is_unknown = [](const uint64_t boot_id[2]) { return (boot_id[0] | boot_id[1]) == 0; };
  if (is_unknown(id) || is_unknown(identity.boot_id)) return false;
  if (identity.boot_id[0] == id[0] && identity.boot_id[1] == id[1]) return false;
  // Files in memory do not outlive it.
  struct statfs info;
  if (fstatfs(fd, &info) != 0 || info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC ||
      info.f_type == HUGETLBFS_MAGIC) {
    return false;
  }
  return std::abs(BootTimeMs() - identity.boot_time) > kSameBootMs;
}

Result HeaderView::Open(int directory, const char* name) {
  Result done = OpenSegmentFile(directory, name, &fd_);
  if (done.ok()) done = ReadIdentity(fd_.get(), &identity_);
  if (!done.ok()) return done;
  void* mapped = mmap(nullptr, PageBytes(), PROT_READ, MAP_SHARED, fd_.get(), 0);
  if (mapped == MAP_FAILED) return Result::Errno();
  header_ = static_cast<Header*>(mapped);
  return {};
}

HeaderView::~HeaderView() {
  if (header_ != nullptr) munmap(header_, PageBytes());
}

Result Segment::Attach(int directory, const char* name) {
  page_bytes_ = PageBytes();
  Result done = OpenSegmentFile(directory, name, &fd_);
  if (done.ok()) done = ReadIdentity(fd_.get(), &identity_);
  if (done.ok()) done = Map();
  if (!done.ok()) CloseFile();
  return done;
}

Result Segment::Map() {
  struct stat info;
  if (fstat(fd_.get(), &info) != 0) return Result::Errno();
  device_ = info.st_dev;
  inode_ = info.st_ino;

  // Reserve the address range first, so that nobody else's mapping can come to stand inside it.
  const uint64_t ring_bytes = identity_.capacity;
  const size_t bytes = 2 * page_bytes_ + 2 * ring_bytes;
  void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) return Result::Errno();
  uint8_t* base = static_cast<uint8_t*>(range);

  const int access = PROT_READ | PROT_WRITE;
  const off_t ring_offset = static_cast<off_t>(page_bytes_);
  const bool done = mprotect(base, page_bytes_, access) == 0 &&
                    mmap(base + page_bytes_, page_bytes_ + ring_bytes, access,
                         MAP_SHARED | MAP_FIXED, fd_.get(), 0) != MAP_FAILED &&
                    mmap(base + 2 * page_bytes_ + ring_bytes, ring_bytes, access,
                         MAP_SHARED | MAP_FIXED, fd_.get(), ring_offset) != MAP_FAILED;
  if (!done) {
    const Result failed = Result::Errno();
    munmap(base, bytes);
    return failed;
  }
  base_ = base;
  return {};
}

bool Segment::IsNamed(int directory, const char* name) const {
  struct stat info;
  return fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_dev == device_ &&
         info.st_ino == inode_;
}

void Segment::Unmap() {
  if (temporary_[0] != '\0') {
    unlinkat(temporary_directory_, temporary_, 0);
    temporary_[0] = '\0';
  }
  if (base_ != nullptr) {
    munmap(std::exchange(base_, nullptr), 2 * page_bytes_ + 2 * identity_.capacity);
  }
  CloseFile();
}

}  // namespace smipc
