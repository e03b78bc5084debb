// Where the fuzzers' channels are: one directory for all inputs, empty before each.
#ifndef SMIPC_FUZZ_PLACE_H_
#define SMIPC_FUZZ_PLACE_H_

#include <memory>
#include <string>
#include <vector>

#include "channel/endpoint.h"
#include "channel/environment.h"
#include "channel/registry.h"
#include "input.h"
#include "platform/directory.h"
#include "platform/posix/descriptor.h"
#include "temporary.h"

namespace smipc {

constexpr const char* kName = "a";
constexpr uint32_t kPermissions = 0600;
// A FIFO in the directory, open but not listened to, into which tokens can be written.
constexpr uint64_t kFifo = 1;
// The id of a lifeline whose lock is held (native/platform/lifeline.h).
constexpr uint64_t kHeldLifeline = 7;

class Place {
 public:
  Place();

  const std::string& path() const { return directory_.path(); }
  int directory() const { return Descriptor(opened_.file()); }
  const Directory& opened() const { return opened_; }
  ChannelPath channel() const { return {path().c_str(), kName, kPermissions}; }

  // A new segment that stands under the name. It is one of a few that are used again and again,
  // because making and mapping them takes most of the time. Until the next call it stays mapped.
  // (What it is for stands in the file; identity() of the one that is returned does not know.)
  const Segment& PutSegment(uint64_t capacity, RoleScheme scheme, Framing framing,
                            bool is_resumable);
  // With bytes that tell where they stand.
  static void FillRing(const Segment& segment);

  // Around each input. Nothing is left of one but files: Clean removes them, and demands that
  // nothing else is, neither an open descriptor nor a mapping. (LeakSanitizer looks for memory.)
  void Begin();
  void Clean();

 private:
  TemporaryDirectory directory_;
  Directory opened_;
  int fifo_ = -1;
  File lifeline_holder_;
  int first_free_descriptor_ = 0;
  uint64_t mapped_before_ = 0;
  std::vector<std::unique_ptr<Segment>> spares_;
};

// The one of this process.
Place& ThePlace();

// The lock of a role in the file that stands under the name, held as by another process until it is
// closed. Not held: another open file has it.
bool HoldLock(bool of_writer, File* holder);

Facilities ChooseFacilities(Input& input);
OpenRequest ChooseRequest(Input& input, bool is_writer);

// Checks of what calls return, for any input. `most`: what was asked for.
void CheckOpened(const Result& result);
void CheckMoved(int64_t answer, uint64_t most);
void CheckSnapshot(const Snapshot& snapshot);
void CheckInspected(const Result& result, const Snapshot& snapshot);
void CheckRemoved(const Result& result);
void CheckPresence(Presence presence);
// Lets the waiter thread check, and takes what it reports.
void TakeWakes(Environment& environment);

}  // namespace smipc

#endif  // SMIPC_FUZZ_PLACE_H_
