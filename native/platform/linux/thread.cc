#include "platform/thread.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/posix/thread_name.h"

namespace smipc {

void NameCurrentThread(const char* name) { pthread_setname_np(pthread_self(), name); }

uint32_t CurrentThreadId() { return static_cast<uint32_t>(syscall(SYS_gettid)); }

}  // namespace smipc
