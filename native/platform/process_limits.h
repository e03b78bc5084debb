// Platform seam: what the system allows this process. Asked only to say in an error which limit was
// reached, which may be that of open files: so asking opens none.
#ifndef SMIPC_PLATFORM_PROCESS_LIMITS_H_
#define SMIPC_PLATFORM_PROCESS_LIMITS_H_

namespace smipc {

// A limit that does not exist, or is not known, is infinity.
struct Limits {
  double descriptors;          // open files
  double address_space_bytes;  // mappings, all together
  double file_bytes;           // the size of one file
  double threads;              // of all processes of the user
};

Limits GetLimits();

}  // namespace smipc

#endif  // SMIPC_PLATFORM_PROCESS_LIMITS_H_
