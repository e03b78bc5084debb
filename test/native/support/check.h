// A test harness: named cases, checks that no build leaves out, and a watchdog.
//
//     TEST(DoesSomething) { CHECK_EQ(Sum(1, 2), 3); }
//
// check.cc has main(): it runs the cases one after the other, prints a line for each and "N passed,
// M failed", and exits with 1 if one failed. Arguments: which cases to run, as parts of the names
// of their files or of their own (all of them if there are none), and --seed=N for the random ones
// (or SEED=N in the environment).
#ifndef SMIPC_TEST_CHECK_H_
#define SMIPC_TEST_CHECK_H_

#include <cstdint>
#include <initializer_list>
#include <type_traits>

namespace check {

#if defined(__SANITIZE_THREAD__)
constexpr bool kWatchesThreads = true;
#else
constexpr bool kWatchesThreads = false;
#endif
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kWatchesMemory = true;
#else
constexpr bool kWatchesMemory = false;
#endif

// How often to do something: the sanitizers make everything slower.
constexpr uint64_t Times(uint64_t plain, uint64_t address, uint64_t thread) {
  return kWatchesThreads ? thread : kWatchesMemory ? address : plain;
}

struct Case {
  Case(const char* case_file, const char* case_name, void (*case_body)());

  const char* file;
  const char* name;
  void (*body)();
  mutable const Case* next = nullptr;
};

// Marks the running case as failed and says where and why. May be called from any thread.
void Fail(const char* file, int line, const char* what);
void FailEqual(const char* file, int line, const char* what, __int128 actual, __int128 expected);
// The running case, or (after a fork) the child's part of it.
bool HasFailed();
uint64_t Failures();
// In a child: what failed before is the parent's business.
void ForgetFailures();
// The running case cannot be run here. The caller returns.
void Skip(const char* why);
// What the case is doing, in the messages of its failures. Printf's format; main thread only.
__attribute__((format(printf, 1, 2))) void Context(const char* format, ...);
// The case fails 30 s after its start or the last call of this.
void KeepAlive();

// For random cases: of this run, printed when it is first used.
uint64_t Seed();

// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
class Random {
 public:
  // What the standard calls it. NOLINTNEXTLINE(readability-identifier-naming)
  using result_type = uint64_t;
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return UINT64_MAX; }

  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t operator()() {
    uint64_t bits = state_ += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
  }

 private:
  uint64_t state_;
};

// Numbers of all types, and enumerations, made comparable.
template <typename T>
constexpr __int128 Number(T value) {
  if constexpr (std::is_enum_v<T>) {
    return static_cast<std::underlying_type_t<T>>(value);
  } else {
    static_assert(std::is_integral_v<T>);
    return value;
  }
}

inline bool That(bool holds, const char* file, int line, const char* what) {
  if (!holds) Fail(file, line, what);
  return holds;
}

template <typename A, typename B>
bool Equal(A actual, B expected, const char* file, int line, const char* what) {
  if (Number(actual) == Number(expected)) return true;
  FailEqual(file, line, what, Number(actual), Number(expected));
  return false;
}

}  // namespace check

#define TEST(name)                                         \
  static void name();                                      \
  static const check::Case k##name{__FILE__, #name, name}; \
  static void name()

// A failure is counted, and the case goes on.
#define CHECK(condition) check::That((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(actual, expected) \
  check::Equal((actual), (expected), __FILE__, __LINE__, #actual " == " #expected)

// For functions that return nothing: after a failure they go no further.
#define REQUIRE(condition)         \
  do {                             \
    if (!CHECK(condition)) return; \
  } while (0)
#define REQUIRE_EQ(actual, expected)         \
  do {                                       \
    if (!CHECK_EQ(actual, expected)) return; \
  } while (0)

#endif  // SMIPC_TEST_CHECK_H_
