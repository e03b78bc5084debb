#include "platform/thread.h"

namespace smipc {

struct Thread::State {};

Thread::Thread() = default;
Thread::~Thread() = default;

Result Thread::Start(const char* /*name*/, Body /*body*/, void* /*argument*/) {
  return Result(Status::NotSupported);
}

void Thread::Join() {}

uint32_t CurrentThreadId() { return 1; }

uint32_t CurrentProcessId() { return 0; }

}  // namespace smipc
