// Whether a byte that is mapped is that of a file which was opened once more.
#include "platform/posix/same_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "check.h"
#include "platform/posix/descriptor.h"
#include "platform/segment.h"
#include "temporary.h"

namespace smipc {
namespace {

constexpr size_t kBytes = 3 * 4096;

class MappedFile {
 public:
  explicit MappedFile(const std::string& path)
      : file_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    CHECK_EQ(ftruncate(Descriptor(file_), kBytes), 0);
    bytes_ = static_cast<uint8_t*>(
        mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, Descriptor(file_), 0));
    CHECK(bytes_ != MAP_FAILED);
  }
  ~MappedFile() { munmap(bytes_, kBytes); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  uint8_t* at(uint64_t offset) const { return bytes_ + offset; }

 private:
  File file_;
  uint8_t* bytes_ = nullptr;
};

TEST(TheSameFileIsTheSameMemory) {
  const TemporaryDirectory place;
  const MappedFile mapped(place.PathOf("a"));
  CHECK_EQ(link(place.PathOf("a").c_str(), place.PathOf("b").c_str()), 0);
  for (const char* name : {"a", "b"}) {
    const File again(open(place.PathOf(name).c_str(), O_RDWR | O_CLOEXEC));
    for (const uint64_t offset : {uint64_t{0}, uint64_t{4095}, uint64_t{kBytes - 1}}) {
      CHECK(CheckSameMemory(mapped.at(offset), again, offset).ok());
      CHECK_EQ(*mapped.at(offset), 0);
    }
  }
}

TEST(AnotherFileIsAnotherMemory) {
  const TemporaryDirectory place;
  const MappedFile mapped(place.PathOf("a"));
  const MappedFile other(place.PathOf("b"));
  const File again(open(place.PathOf("b").c_str(), O_RDWR | O_CLOEXEC));
  CHECK_EQ(CheckSameMemory(mapped.at(77), again, 77).status, Status::UnusableDirectory);
  // Whatever stands there.
  for (int value = 0; value < 256; value++) {
    *other.at(77) = static_cast<uint8_t>(value);
    CHECK_EQ(CheckSameMemory(mapped.at(77), again, 77).status, Status::UnusableDirectory);
  }
}

// Beyond its end a mapping would be a SIGBUS.
TEST(AShorterFileIsAnotherMemory) {
  const TemporaryDirectory place;
  const MappedFile mapped(place.PathOf("a"));
  Put(place.PathOf("b"), "x");
  const File again(open(place.PathOf("b").c_str(), O_RDWR | O_CLOEXEC));
  CHECK_EQ(CheckSameMemory(mapped.at(1), again, 1).status, Status::UnusableDirectory);
}

}  // namespace
}  // namespace smipc
