#include "platform/lifeline.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/hidden_name.h"
#include "core/role_state.h"
#include "platform/posix/byte_lock.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/directory_names.h"
#include "platform/posix/pages.h"
#include "platform/random.h"

namespace smipc {

namespace {

// What the kernel leaves in a word of a dead owner (handle_futex_death in kernel/futex/core.c).
constexpr uint32_t kMarked = kOwnerDied | kHasWaiters;

struct FileHead {
  uint64_t magic;
  uint64_t place[2];
};
static_assert(sizeof(FileHead) <= kSlotsAt);

off_t SlotOffset(uint32_t slot) { return static_cast<off_t>(kSlotsAt + slot * kSlotBytes); }

File OpenPlace(const char* directory) {
  return File(open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// True: all of it was read.
bool ReadAt(const File& file, void* target, size_t size, off_t offset) {
  ssize_t count;
  do {
    count = pread(Descriptor(file), target, size, offset);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(size);
}

bool WriteAt(const File& file, const void* source, size_t size, off_t offset) {
  ssize_t count;
  do {
    count = pwrite(Descriptor(file), source, size, offset);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(size);
}

// Opens a lifeline's file, and reads a slot of it. False: there is no such lifeline, or no such
// slot.
bool OpenSlot(const File& directory, uint64_t id, uint32_t slot, File* file, uint32_t* value) {
  if (id == kNoLifeline || slot >= kMostSlots) return false;
  const HiddenName name(kLifelinePrefix, id);
  // O_NONBLOCK: a FIFO that was put there instead must not hang us.
  *file = File(
      openat(Descriptor(directory), name.text(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (!file->is_open()) return false;
  FileHead head;
  return ReadAt(*file, &head, sizeof head, 0) && head.magic == kLifelineMagic &&
         ReadAt(*file, value, sizeof *value, SlotOffset(slot));
}

}  // namespace

// --- this environment's own

std::shared_ptr<Lifeline> Lifeline::Make(const Directory& directory, uint32_t permissions,
                                         MarkedWords* words) {
  std::shared_ptr<Lifeline> made(new Lifeline());
  made->place_ = directory.place();
  made->directory_ =
      File(openat(Descriptor(directory.file()), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  uint64_t number = 0;
  if (!made->directory_.is_open() || !MakeRandom(&number)) {
    return nullptr;
  }
  // Below 2^63, as every lock; not kNoLifeline.
  number = (number >> 1) | 1;
  if (!LockByte(made->directory_, number, ByteLock::Shared)) return nullptr;
  // A system that accepts the lock but forgets it would have every owner declared dead.
  if (!IsLifelineHeld(directory, number)) return nullptr;
  made->id_ = number;
  // Only now: a file whose lock is free is an abandoned one.
  if (words != nullptr && made->MakeFile(directory, permissions)) made->words_ = words;
  return made;
}

bool Lifeline::MakeFile(const Directory& directory, uint32_t permissions) {
  const HiddenName name(kLifelinePrefix, id_);
  const int place = Descriptor(directory.file());
  file_ = File(openat(place, name.text(), O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC,
                      S_IRUSR | S_IWUSR));
  if (!file_.is_open()) return false;
  const size_t page = PageBytes();
  // All of it is written, so that it has memory: the kernel only ever changes words that are there.
  std::vector<uint8_t> bytes(kLifelineBytes);
  const FileHead head{kLifelineMagic, {directory.place().volume, directory.place().number}};
  std::memcpy(bytes.data(), &head, sizeof head);
  // Other users who may open the channels may read it, but not write.
  constexpr mode_t kRead = S_IRUSR | S_IRGRP | S_IROTH;
  bool done = fchmod(Descriptor(file_), S_IRUSR | S_IWUSR | (permissions & kRead)) == 0 &&
              WriteAt(file_, bytes.data(), bytes.size(), 0);
  if (done) {
    void* range =
        mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (range != MAP_FAILED) base_ = static_cast<uint8_t*>(range);
    done = base_ != nullptr && mmap(base_ + page, page, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_FIXED, Descriptor(file_), 0) != MAP_FAILED;
  }
  if (!done) {
    unlinkat(place, name.text(), 0);
    if (base_ != nullptr) munmap(base_, 2 * page);
    base_ = nullptr;
    file_.Close();
    return false;
  }
  free_slots_.reserve(kMostSlots);
  for (uint32_t slot = kMostSlots; slot-- > 0;) free_slots_.push_back(slot);
  return true;
}

void Lifeline::RemoveName() {
  if (base_ != nullptr)
    unlinkat(Descriptor(directory_), HiddenName(kLifelinePrefix, id_).text(), 0);
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
  return WriteAt(file_, &value, sizeof value, SlotOffset(slot));
}

uint32_t Lifeline::TakeSlot() {
  if (words_ == nullptr || free_slots_.empty()) return kNoSlot;
  const uint32_t slot = free_slots_.back();
  std::atomic<uint32_t>& word = SlotWord(slot);
  words_->Announce(word);
  const bool is_stored = Store(slot, words_->owner_id() | kHasWaiters);
  if (is_stored) words_->Link(word);
  words_->Settle();
  if (!is_stored) return kNoSlot;
  free_slots_.pop_back();
  return slot;
}

void Lifeline::GiveBack(uint32_t slot) {
  if (slot == kNoSlot) return;
  words_->Unlink(SlotWord(slot));
  // A death before this store leaves the word as it is, which does no harm: the role has been left.
  Store(slot, 0);
  free_slots_.push_back(slot);
}

// --- a peer's

void PeerSlot::Open(const char* directory, uint64_t id, uint32_t slot, bool* is_marked) {
  *is_marked = false;
  const File place = OpenPlace(directory);
  File file;
  uint32_t value = 0;
  if (!place.is_open() || !OpenSlot(place, id, slot, &file, &value)) return;
  *is_marked = value == kMarked;
  if (IsVacant(value)) return;
  void* page = mmap(nullptr, PageBytes(), PROT_READ, MAP_SHARED, Descriptor(file), 0);
  if (page == MAP_FAILED) return;
  auto* word =
      reinterpret_cast<std::atomic<uint32_t>*>(static_cast<uint8_t*>(page) + SlotOffset(slot));
  word_ = {word, value};
}

void PeerSlot::Close() {
  if (!is_open()) return;
  // The slot stands in the page that was mapped.
  auto* byte = reinterpret_cast<uint8_t*>(word_.word);
  munmap(byte - reinterpret_cast<uintptr_t>(byte) % PageBytes(), PageBytes());
  word_ = {nullptr, 0};
}

SlotState PeerSlot::Check() const {
  if (Holds(word_)) return SlotState::Held;
  return Holds({word_.word, kMarked}) ? SlotState::Marked : SlotState::Other;
}

// --- asked by others

bool IsLifelineHeld(const Directory& directory, uint64_t id) {
  return IsByteLocked(directory.file(), id);
}

bool IsLifelineHeld(const char* path, const FileId& directory, uint64_t id) {
  const File place = OpenPlace(path);
  struct stat info;
  if (!place.is_open() || fstat(Descriptor(place), &info) != 0) return true;
  return !(IdOf(info) == directory) || IsByteLocked(place, id);
}

bool IsSlotMarked(const Directory& directory, uint64_t id, uint32_t slot) {
  File file;
  uint32_t value = 0;
  return OpenSlot(directory.file(), id, slot, &file, &value) && value == kMarked;
}

void RemoveLifeline(const Directory& directory, uint64_t id) {
  if (id != kNoLifeline)
    unlinkat(Descriptor(directory.file()), HiddenName(kLifelinePrefix, id).text(), 0);
}

namespace {

// Has the owner of this lifeline locked another directory, which shows the same files (overlayfs
// and what is below it)?
bool IsOfAnotherPlace(const Directory& directory, const char* name) {
  const File file(
      openat(Descriptor(directory.file()), name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  FileHead head;
  if (!file.is_open() || !ReadAt(file, &head, sizeof head, 0)) return false;
  const FileId here = directory.place();
  return head.magic == kLifelineMagic && !(here == FileId{head.place[0], head.place[1]});
}

}  // namespace

bool IsAbandonedLifeline(const Directory& directory, const char* name) {
  uint64_t id = kNoLifeline;
  const bool is_lifeline = HiddenName::Parse(kLifelinePrefix, name, &id);
  if (!is_lifeline || id == kNoLifeline || IsLifelineHeld(directory, id)) return false;
  return !IsOfAnotherPlace(directory, name);
}

void RemoveAbandonedLifelines(const Directory& directory) {
  const File& file = directory.file();
  for (const std::string& name : NamesBeginningWith(file, kLifelinePrefix, kNamesFoundSoon)) {
    if (IsAbandonedLifeline(directory, name.c_str())) unlinkat(Descriptor(file), name.c_str(), 0);
  }
}

}  // namespace smipc
