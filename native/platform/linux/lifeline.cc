#include "platform/lifeline.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "platform/linux/byte_lock.h"

namespace smipc {

namespace {

constexpr char kPrefix[] = ".life-";

struct LifelineName {
  explicit LifelineName(uint64_t id) {
    std::snprintf(text, sizeof text, "%s%016llx", kPrefix, static_cast<unsigned long long>(id));
  }
  char text[32];
};

// What the kernel leaves in a word of a dead owner (handle_futex_death in kernel/futex/core.c).
constexpr uint32_t kMarked = kOwnerDied | kHasWaiters;

struct FileHead {
  uint64_t magic;
  uint64_t place[2];
};
static_assert(sizeof(FileHead) <= kSlotsAt);

size_t PageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

off_t SlotOffset(uint32_t slot) { return static_cast<off_t>(kSlotsAt + slot * kSlotBytes); }

int OpenPlace(const char* directory) {
  return open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// True: all of it was read.
bool ReadAt(int fd, void* target, size_t size, off_t offset) {
  ssize_t count;
  do {
    count = pread(fd, target, size, offset);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(size);
}

bool WriteAt(int fd, const void* source, size_t size, off_t offset) {
  ssize_t count;
  do {
    count = pwrite(fd, source, size, offset);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(size);
}

// Opens a lifeline's file, and reads a slot of it. False: there is no such lifeline, or no such
// slot.
bool OpenSlot(int directory, uint64_t id, uint32_t slot, FileDescriptor* file, uint32_t* value) {
  if (id == kNoLifeline || slot >= kMostSlots) return false;
  const LifelineName name(id);
  // O_NONBLOCK: a FIFO that was put there instead must not hang us.
  file->Reset(openat(directory, name.text, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (file->get() < 0) return false;
  FileHead head;
  return ReadAt(file->get(), &head, sizeof head, 0) && head.magic == kLifelineMagic &&
         ReadAt(file->get(), value, sizeof *value, SlotOffset(slot));
}

}  // namespace

// --- this environment's own

std::shared_ptr<Lifeline> Lifeline::Make(const Directory& directory, uint32_t permissions,
                                         RobustList* list) {
  std::shared_ptr<Lifeline> made(new Lifeline());
  made->directory_.Reset(openat(directory.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  uint64_t number = 0;
  if (made->directory_.get() < 0 || getrandom(&number, sizeof number, 0) != sizeof number) {
    return nullptr;
  }
  // Below 2^63, as every lock; not kNoLifeline.
  number = (number >> 1) | 1;
  struct flock lock = ByteLock(number, F_RDLCK);
  if (fcntl(made->directory_.get(), F_OFD_SETLK, &lock) != 0) return nullptr;
  // A system that accepts the lock but forgets it would have every owner declared dead.
  if (!IsLifelineHeld(directory.fd(), number)) return nullptr;
  made->id_ = number;
  // Only now: a file whose lock is free is an abandoned one.
  if (list != nullptr && made->MakeFile(directory, permissions)) made->list_ = list;
  return made;
}

bool Lifeline::MakeFile(const Directory& directory, uint32_t permissions) {
  const LifelineName name(id_);
  file_.Reset(openat(directory.fd(), name.text, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC,
                     S_IRUSR | S_IWUSR));
  if (file_.get() < 0) return false;
  const size_t page = PageBytes();
  // All of it is written, so that it has memory: the kernel only ever changes words that are there.
  std::vector<uint8_t> bytes(kLifelineBytes);
  const FileHead head{kLifelineMagic, {directory.place().device, directory.place().inode}};
  std::memcpy(bytes.data(), &head, sizeof head);
  // Other users who may open the channels may read it, but not write.
  constexpr mode_t kRead = S_IRUSR | S_IRGRP | S_IROTH;
  bool done = fchmod(file_.get(), S_IRUSR | S_IWUSR | (permissions & kRead)) == 0 &&
              WriteAt(file_.get(), bytes.data(), bytes.size(), 0);
  if (done) {
    void* range =
        mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (range != MAP_FAILED) base_ = static_cast<uint8_t*>(range);
    done = base_ != nullptr && mmap(base_ + page, page, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_FIXED, file_.get(), 0) != MAP_FAILED;
  }
  if (!done) {
    unlinkat(directory.fd(), name.text, 0);
    if (base_ != nullptr) munmap(base_, 2 * page);
    base_ = nullptr;
    file_.Reset(-1);
    return false;
  }
  free_slots_.reserve(kMostSlots);
  for (uint32_t slot = kMostSlots; slot-- > 0;) free_slots_.push_back(slot);
  return true;
}

void Lifeline::RemoveName() {
  if (base_ != nullptr) unlinkat(directory_.get(), LifelineName(id_).text, 0);
}

Lifeline::~Lifeline() {
  RemoveName();
  if (base_ != nullptr) munmap(base_, 2 * PageBytes());
  // directory_ is closed, and the lock with it.
}

std::atomic<uint32_t>& Lifeline::SlotWord(uint32_t slot) const {
  return *reinterpret_cast<std::atomic<uint32_t>*>(base_ + PageBytes() + SlotOffset(slot));
}

bool Lifeline::Store(uint32_t slot, uint32_t value) {
  return WriteAt(file_.get(), &value, sizeof value, SlotOffset(slot));
}

uint32_t Lifeline::TakeSlot() {
  if (list_ == nullptr || free_slots_.empty()) return kNoSlot;
  const uint32_t slot = free_slots_.back();
  std::atomic<uint32_t>& word = SlotWord(slot);
  list_->Announce(word);
  const bool is_stored = Store(slot, list_->thread_id() | kHasWaiters);
  if (is_stored) list_->Link(word);
  list_->Settle();
  if (!is_stored) return kNoSlot;
  free_slots_.pop_back();
  return slot;
}

void Lifeline::GiveBack(uint32_t slot) {
  if (slot == kNoSlot) return;
  list_->Unlink(SlotWord(slot));
  // A death before this store leaves the word as it is, which does no harm: the role has been left.
  Store(slot, 0);
  free_slots_.push_back(slot);
}

std::shared_ptr<Lifeline> Lifelines::Get(const Directory& directory, const std::string& path,
                                         uint32_t permissions, RobustList* list) {
  for (auto entry = lifelines_.begin(); entry != lifelines_.end();) {
    entry = entry->second.expired() ? lifelines_.erase(entry) : std::next(entry);
  }
  const auto found = lifelines_.find(path);
  if (found != lifelines_.end()) {
    std::shared_ptr<Lifeline> known = found->second.lock();
    if (!known->is_full()) return known;
  }
  RemoveAbandonedLifelines(directory);
  std::shared_ptr<Lifeline> made = Lifeline::Make(directory, permissions, list);
  if (made != nullptr) lifelines_[path] = made;
  return made;
}

void Lifelines::RemoveNames() {
  for (const auto& [path, lifeline] : lifelines_) {
    if (const std::shared_ptr<Lifeline> known = lifeline.lock()) known->RemoveName();
  }
}

// --- a peer's

std::unique_ptr<PeerSlot> PeerSlot::Open(const char* directory, uint64_t id, uint32_t slot,
                                         bool* is_marked) {
  *is_marked = false;
  const FileDescriptor place(OpenPlace(directory));
  FileDescriptor file;
  uint32_t value = 0;
  if (place.get() < 0 || !OpenSlot(place.get(), id, slot, &file, &value)) return nullptr;
  *is_marked = value == kMarked;
  if (IsVacant(value)) return nullptr;
  const size_t page = PageBytes();
  void* mapped = mmap(nullptr, page, PROT_READ, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* word =
      reinterpret_cast<std::atomic<uint32_t>*>(static_cast<uint8_t*>(mapped) + SlotOffset(slot));
  return std::unique_ptr<PeerSlot>(new PeerSlot(mapped, word, value));
}

PeerSlot::~PeerSlot() { munmap(page_, PageBytes()); }

SlotState PeerSlot::Check() const {
  if (Holds(Word())) return SlotState::Held;
  return Holds({word_, kMarked}) ? SlotState::Marked : SlotState::Other;
}

// --- asked by others

bool IsLifelineHeld(int directory, uint64_t id) {
  struct flock lock = ByteLock(id, F_WRLCK);
  if (fcntl(directory, F_OFD_GETLK, &lock) != 0) return true;
  return lock.l_type != F_UNLCK;
}

bool IsLifelineHeld(const char* directory, uint64_t id) {
  const FileDescriptor place(OpenPlace(directory));
  return place.get() < 0 || IsLifelineHeld(place.get(), id);
}

bool IsSlotMarked(int directory, uint64_t id, uint32_t slot) {
  FileDescriptor file;
  uint32_t value = 0;
  return OpenSlot(directory, id, slot, &file, &value) && value == kMarked;
}

void RemoveLifeline(int directory, uint64_t id) {
  if (id != kNoLifeline) unlinkat(directory, LifelineName(id).text, 0);
}

namespace {

// Has the owner of this lifeline locked another directory, which shows the same files (overlayfs
// and what is below it)?
bool IsOfAnotherPlace(const Directory& directory, const char* name) {
  const FileDescriptor file(
      openat(directory.fd(), name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  FileHead head;
  if (file.get() < 0 || !ReadAt(file.get(), &head, sizeof head, 0)) return false;
  const DirectoryId here = directory.place();
  return head.magic == kLifelineMagic && !(here == DirectoryId{head.place[0], head.place[1]});
}

}  // namespace

void RemoveAbandonedLifelines(const Directory& directory) {
  for (const std::string& name : NamesBeginningWith(directory.fd(), kPrefix)) {
    const uint64_t id = std::strtoull(name.c_str() + std::strlen(kPrefix), nullptr, 16);
    const bool is_lifeline = id != kNoLifeline && name == LifelineName(id).text;
    if (!is_lifeline || IsLifelineHeld(directory.fd(), id)) continue;
    if (!IsOfAnotherPlace(directory, name.c_str())) RemoveLifeline(directory.fd(), id);
  }
}

}  // namespace smipc
