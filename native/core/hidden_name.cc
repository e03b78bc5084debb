#include "core/hidden_name.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace smipc {

HiddenName::HiddenName(const char* prefix, uint64_t id) {
  std::snprintf(text_, sizeof text_, "%s%016llx", prefix, static_cast<unsigned long long>(id));
}

bool HiddenName::Parse(const char* prefix, const char* name, uint64_t* id) {
  const size_t length = std::strlen(prefix);
  if (std::strncmp(name, prefix, length) != 0) return false;
  const uint64_t number = std::strtoull(name + length, nullptr, 16);
  // Also refuses other ways to write the same number.
  if (std::strcmp(name, HiddenName(prefix, number).text()) != 0) return false;
  *id = number;
  return true;
}

}  // namespace smipc
