#include "mounted.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "check.h"
#include "child.h"

namespace smipc {

namespace {

constexpr int kNotPermitted = 77;

// A namespace of our own, if need be with a user namespace in which we may mount.
bool LeaveMounts() {
  const std::string user = std::to_string(geteuid());
  const std::string group = std::to_string(getegid());
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    Put("/proc/self/setgroups", "deny");
    Put("/proc/self/uid_map", user + " " + user + " 1");
    Put("/proc/self/gid_map", group + " " + group + " 1");
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

}  // namespace

void OnMounted(const char* type, const char* options,
               const std::function<void(const TemporaryDirectory&, const Directory&)>& body) {
  if (check::kWatchesThreads) return check::Skip("forks");
  const TemporaryDirectory place;
  Child child([&](Child&) {
    if (!LeaveMounts() || mount("none", place.path().c_str(), type, 0, options) != 0) {
      return kNotPermitted;
    }
    if (chmod(place.path().c_str(), 0700) != 0) return kNotPermitted;
    Directory directory;
    CHECK(directory.Open(place.path().c_str(), 0600).ok());
    body(place, directory);
    return 0;
  });
  const int ending = child.Wait();
  if (ending == kNotPermitted) return check::Skip("mounting is not permitted");
  CHECK_EQ(ending, 0);
}

}  // namespace smipc
