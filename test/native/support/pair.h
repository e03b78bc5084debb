// Two parties in one process, that share a channel or are to.
#ifndef SMIPC_TEST_PAIR_H_
#define SMIPC_TEST_PAIR_H_

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "channel/endpoint.h"
#include "check.h"
#include "party.h"
#include "temporary.h"

namespace smipc {

// Two environments that have opened nothing yet.
struct Parties {
  explicit Parties(const Way& way) : first(way, directory), second(way, directory) {}

  TemporaryDirectory directory;
  Party first;
  Party second;
  uint8_t bytes[100] = {};
};

// Two environments with an end each of the channel "a", of 4096 bytes.
struct Pair {
  explicit Pair(const Way& way)
      : writing(way, directory),
        reading(way, directory),
        writer(writing.Open(true)),
        reader(reading.Open(false)) {
    if (!CHECK(writer != nullptr && reader != nullptr)) std::abort();
  }
  bool HasName() const { return !directory.Names().empty(); }
  int64_t Write(uint64_t size) { return writer->Write(bytes.data(), size, 0, kReturn); }
  int64_t Read(uint64_t size, uint64_t min = 1) {
    return reader->Read(bytes.data(), size, min, kReturn);
  }
  int64_t ReadOrArm(uint64_t size, uint64_t min = 1) {
    return reader->Read(bytes.data(), size, min, kArm);
  }

  TemporaryDirectory directory;
  Party writing;
  Party reading;
  Endpoint* writer;
  Endpoint* reader;
  std::vector<uint8_t> bytes = std::vector<uint8_t>(20000);
};

}  // namespace smipc

#endif  // SMIPC_TEST_PAIR_H_
