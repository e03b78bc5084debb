// File systems that a test mounts, in a mount namespace of a child's own.
#ifndef SMIPC_TEST_MOUNTED_H_
#define SMIPC_TEST_MOUNTED_H_

#include <functional>

#include "platform/directory.h"
#include "temporary.h"

namespace smipc {

// Runs `body` in a child, with the file system mounted at a directory. The case is skipped where a
// process may not do that.
void OnMounted(const char* type, const char* options,
               const std::function<void(const TemporaryDirectory&, const Directory&)>& body);

}  // namespace smipc

#endif  // SMIPC_TEST_MOUNTED_H_
