#include "platform/process_limits.h"

#include <limits>

namespace smipc {

Limits GetLimits() {
  constexpr double kUnknown = std::numeric_limits<double>::infinity();
  return {kUnknown, kUnknown, kUnknown, kUnknown};
}

}  // namespace smipc
