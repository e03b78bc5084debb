#include "platform/thread.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstddef>

#include "platform/posix/thread_name.h"

namespace smipc {

namespace {

// Enough for a wait's 128 words (word_wait.h) and for Node-API's thread-safe call.
constexpr size_t kStackBytes = 256 * 1024;

}  // namespace

struct Thread::State {
  static void* Main(void* state) {
    const auto* self = static_cast<State*>(state);
    NameCurrentThread(self->name);
    self->body(self->argument);
    return nullptr;
  }

  pthread_t thread{};
  const char* name;
  Body body;
  void* argument;
};

Thread::Thread() = default;
Thread::~Thread() = default;

Result Thread::Start(const char* name, Body body, void* argument) {
  auto state = std::make_unique<State>();
  state->name = name;
  state->body = body;
  state->argument = argument;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  // All signals are blocked here, for the new thread to inherit the mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&state->thread, &attributes, State::Main, state.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) return {Status::System, error};
  state_ = std::move(state);
  return {};
}

void Thread::Join() {
  pthread_join(state_->thread, nullptr);
  state_.reset();
}

uint32_t CurrentProcessId() { return static_cast<uint32_t>(getpid()); }

}  // namespace smipc
