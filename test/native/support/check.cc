#include "check.h"

#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace check {

namespace {

constexpr unsigned kPatienceSeconds = 30;
constexpr int kMostMessages = 10;

const Case* first_case = nullptr;
std::atomic<int> failures{0};
const char* skip_reason = nullptr;
char context[200] = "";
char running[100] = "";
uint64_t seed = 0;
bool is_seed_shown = false;

void Say(const char* text) {
  if (write(STDOUT_FILENO, text, std::strlen(text)) < 0) std::_Exit(4);
}

void OnAlarm(int /*signal*/) {
  Say("FAIL ");
  Say(running);
  Say(": no progress for 30 s ");
  Say(context);
  Say("\n");
  std::_Exit(3);
}

bool IsChosen(const Case& test, int count, char** arguments) {
  bool has_filter = false;
  for (int i = 1; i < count; i++) {
    if (std::strncmp(arguments[i], "--", 2) == 0) continue;
    has_filter = true;
    if (std::strstr(test.name, arguments[i]) != nullptr) return true;
    if (std::strstr(test.file, arguments[i]) != nullptr) return true;
  }
  return !has_filter;
}

void ChooseSeed(int count, char** arguments) {
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) std::abort();
  // Before any thread is started.
  const char* given = std::getenv("SEED");  // NOLINT(concurrency-mt-unsafe)
  for (int i = 1; i < count; i++) {
    if (std::strncmp(arguments[i], "--seed=", 7) == 0) given = arguments[i] + 7;
  }
  if (given != nullptr) seed = std::strtoull(given, nullptr, 0);
}

}  // namespace

Case::Case(const char* case_file, const char* case_name, void (*case_body)())
    : file(case_file), name(case_name), body(case_body) {
  // In the order of the file.
  const Case** last = &first_case;
  while (*last != nullptr) last = &(*last)->next;
  *last = this;
}

void Fail(const char* file, int line, const char* what) {
  if (++failures > kMostMessages) return;
  std::printf("     %s:%d: %s %s\n", file, line, what, context);
  std::fflush(stdout);
}

void FailEqual(const char* file, int line, const char* what, __int128 actual, __int128 expected) {
  char text[300];
  std::snprintf(text, sizeof text, "%s, but it is %lld (0x%llx), not %lld", what,
                static_cast<long long>(actual), static_cast<unsigned long long>(actual),
                static_cast<long long>(expected));
  Fail(file, line, text);
}

bool HasFailed() { return Failures() != 0; }

uint64_t Failures() { return static_cast<uint64_t>(failures); }

void ForgetFailures() { failures = 0; }

void Skip(const char* why) { skip_reason = why; }

void Context(const char* format, ...) {
  char text[sizeof context - 3];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::snprintf(context, sizeof context, "(%s)", text);
}

void KeepAlive() { alarm(kPatienceSeconds); }

uint64_t Seed() {
  if (!is_seed_shown) std::printf("     --seed=%llu\n", static_cast<unsigned long long>(seed));
  is_seed_shown = true;
  std::fflush(stdout);
  return seed;
}

namespace {

// 1 passed, 0 skipped, -1 failed.
int Run(const Case& test) {
  failures = 0;
  skip_reason = nullptr;
  context[0] = '\0';
  std::snprintf(running, sizeof running, "%s", test.name);
  KeepAlive();
  const auto start = std::chrono::steady_clock::now();
  test.body();
  const auto took = std::chrono::steady_clock::now() - start;
  const bool has_failed = failures != 0;
  const bool is_skipped = !has_failed && skip_reason != nullptr;
  std::printf("%s %s", has_failed ? "FAIL" : is_skipped ? "skip" : "ok  ", test.name);
  if (is_skipped) {
    std::printf(": %s\n", skip_reason);
  } else {
    std::printf(" (%lld ms)\n",
                static_cast<long long>(
                    std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  }
  std::fflush(stdout);
  return has_failed ? -1 : is_skipped ? 0 : 1;
}

int RunAll(int count, char** arguments) {
  struct sigaction action {};
  action.sa_handler = OnAlarm;
  sigaction(SIGALRM, &action, nullptr);
  ChooseSeed(count, arguments);
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  for (const Case* test = first_case; test != nullptr; test = test->next) {
    if (!IsChosen(*test, count, arguments)) continue;
    const int outcome = Run(*test);
    passed += outcome > 0 ? 1 : 0;
    failed += outcome < 0 ? 1 : 0;
    skipped += outcome == 0 ? 1 : 0;
  }
  std::printf("%d passed, %d failed", passed, failed);
  if (skipped != 0) std::printf(", %d skipped", skipped);
  std::printf("\n");
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace check

int main(int count, char** arguments) { return check::RunAll(count, arguments); }
