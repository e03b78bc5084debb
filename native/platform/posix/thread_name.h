// What POSIX lacks for posix/thread.cc.
#ifndef SMIPC_PLATFORM_POSIX_THREAD_NAME_H_
#define SMIPC_PLATFORM_POSIX_THREAD_NAME_H_

namespace smipc {

// Gives the calling thread a name, of at most 15 characters.
void NameCurrentThread(const char* name);

}  // namespace smipc

#endif  // SMIPC_PLATFORM_POSIX_THREAD_NAME_H_
