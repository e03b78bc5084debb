// A pipe of the system: what is written into one end comes out of the other, and no program that is
// started inherits either.
#include "platform/pipe.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "check.h"
#include "platform/posix/descriptor.h"

namespace smipc {
namespace {

TEST(WhatIsWrittenIsRead) {
  File reader;
  File writer;
  REQUIRE(MakePipe(&reader, &writer).ok());
  const std::string text = "sent";
  CHECK_EQ(write(Descriptor(writer), text.data(), text.size()), 4);
  writer.Close();
  char bytes[8];
  CHECK_EQ(read(Descriptor(reader), bytes, sizeof bytes), 4);
  CHECK(std::string(bytes, 4) == text);
  CHECK_EQ(read(Descriptor(reader), bytes, sizeof bytes), 0);
}

TEST(NoProgramInheritsIt) {
  File reader;
  File writer;
  REQUIRE(MakePipe(&reader, &writer).ok());
  for (const File* end : {&reader, &writer}) {
    CHECK_EQ(fcntl(Descriptor(*end), F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(Descriptor(*end), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST(WithoutDescriptorsItFails) {
  rlimit limit;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit none = {3, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  File reader;
  File writer;
  const Result made = MakePipe(&reader, &writer);
  setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(made.status == Status::System && made.error == EMFILE);
  CHECK(!reader.is_open() && !writer.is_open());
}

}  // namespace
}  // namespace smipc
