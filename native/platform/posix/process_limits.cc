#include "platform/process_limits.h"

#include <sys/resource.h>

#include <limits>

namespace smipc {

namespace {

template <typename Resource>  // an int, or an enumeration of glibc's
double LimitOf(Resource resource) {
  rlimit limit{};
  const bool is_limited = getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return is_limited ? static_cast<double>(limit.rlim_cur) : std::numeric_limits<double>::infinity();
}

}  // namespace

// Not from /proc, because that takes a descriptor.
Limits GetLimits() {
  return {LimitOf(RLIMIT_NOFILE), LimitOf(RLIMIT_AS), LimitOf(RLIMIT_FSIZE), LimitOf(RLIMIT_NPROC)};
}

}  // namespace smipc
