// Signals all the time, one every 100 µs or so, at any moment. Nothing fails with
// EINTR, nothing is lost, and no wait is over before its time.
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "channel/endpoint.h"
#include "channel/registry.h"
#include "check.h"
#include "child.h"
#include "party.h"
#include "pattern.h"
#include "platform/directory.h"
#include "platform/posix/descriptor.h"
#include "victim.h"

namespace smipc {
namespace {

std::atomic<uint64_t> signals{0};

void OnSignal(int /*signal*/) { signals.fetch_add(1, std::memory_order_relaxed); }

// Interrupts this thread, at every place, until the process ends.
void RainOnThisThread() {
  struct sigaction action {};
  action.sa_handler = OnSignal;  // without SA_RESTART
  sigaction(SIGUSR1, &action, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR1;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  timer_t timer{};
  constexpr timespec kEvery{0, 100 * 1000};
  const itimerspec times{kEvery, kEvery};
  const bool done = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
                    timer_settime(timer, 0, &times, nullptr) == 0;
  if (!done) std::abort();
}

// Runs `body` in a child, for its timer ends with it.
template <typename Body>
void InTheRain(Body body) {
  if (check::kWatchesThreads) return check::Skip("forks");
  Child child([&](Child&) {
    RainOnThisThread();
    body();
    CHECK(signals > 0);
    return 0;
  });
  CHECK_EQ(child.Wait(), 0);
}

constexpr int64_t kParkMs = 20;

TEST(NothingFailsInARainOfSignals) {
  InTheRain([] {
    ForEachWay([](const Way& way) {
      const TemporaryDirectory place;
      const Pattern pattern(5, uint64_t{1} << 20);
      for (int round = 0; round < 20; round++) {
        check::KeepAlive();
        Party writing(way, place);
        Party reading(way, place);
        File bell;
        CHECK(writing.environment().OpenBell(place.path(), 0600, true, &bell).ok());
        writing.environment().TrustBell(place.path());
        OpenRequest request = writing.Request(true);
        request.capacity = uint64_t{1} << (round == 0 ? 26 : 12);  // the first takes a while
        Endpoint* writer = writing.Open(request);
        CHECK_EQ(writing.result.status, Status::Ok);
        CHECK_EQ(writing.result.error, 0);
        Endpoint* reader = reading.Open(false);
        CHECK_EQ(reading.result.status, Status::Ok);
        REQUIRE(writer != nullptr && reader != nullptr);

        CHECK(writing.environment().StartRoleWait(1000, writing.PathOf("a")).ok());
        writing.environment().StopOnlooker(1000);
        Snapshot snapshot{};
        CHECK_EQ(Inspect(writing.PathOf("a"), &snapshot).status, Status::Ok);
        CHECK_EQ(snapshot.reader, Presence::Open);

        constexpr uint64_t kSize = 3000;
        uint8_t bytes[kSize];
        for (uint64_t at = 0; at < 10 * kSize; at += kSize) {
          CHECK_EQ(writer->Write(pattern.From(at), kSize, 0, kParkMs), kSize);
          CHECK_EQ(reader->Read(bytes, kSize, kSize, kParkMs), kSize);
          CHECK(pattern.Matches(bytes, kSize, at));
        }
        writer->End();
        CHECK_EQ(reader->Read(bytes, 1, 1, kReturn), Answer(Status::PeerEnded));
        CHECK(writing.Close(writer));
        CHECK(reading.Close(reader));
        writing.environment().CloseBell(place.path());
        CHECK(place.Names().empty());
        uint32_t pid = 0;
        CHECK_EQ(Remove(writing.PathOf("a"), true, &pid).status, Status::NotFound);
      }
    });
  });
}

// A parked thread checks again as often as it is interrupted, and still hears what it waits for.
TEST(AParkedThreadIsNotLostInARainOfSignals) {
  InTheRain([] {
    ForEachWay([](const Way& way) {
      const TemporaryDirectory place;
      Party reading(way, place);
      Endpoint* reader = reading.Open(false);
      REQUIRE(reader != nullptr);
      std::thread other([&] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);
        Party writing(way, place);
        Endpoint* writer = writing.Open(true);
        if (!CHECK(writer != nullptr)) return;
        const uint8_t byte = 1;
        for (int i = 0; i < 50; i++) {
          SleepMs(1);
          CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
        }
        writer->End();
        CHECK(writing.Close(writer));
      });
      int64_t count = 0;
      int64_t total = 0;
      uint8_t bytes[100];
      while (count >= 0) {
        count = reader->Read(bytes, sizeof bytes, 1, kPatienceMs);
        total += std::max<int64_t>(count, 0);
      }
      other.join();
      CHECK_EQ(count, Answer(Status::PeerEnded));
      CHECK_EQ(total, 50);
    });
  });
}

// Whether a signal interrupts a call at just the right moment is a matter of chance, and of the
// kernel: that a call failed with EINTR, every second time, is what strace makes it believe.
TEST(WhatASignalInterruptsIsDoneAgain) {
  if (check::kWatchesThreads || check::kWatchesMemory) return check::Skip("about system calls");
  if (!CanTrace()) {
    CHECK(!"strace is installed (apt install strace)");
    return;
  }
  const Way way{WaitMode::Together, RoleScheme::RobustList};
  for (const char* call : {"fallocate", "flock", "pread64", "write", "futex_waitv"}) {
    check::Context("%s", call);
    const TemporaryDirectory place;
    Victim victim([] {},
                  [&] {
                    Party writing(way, place);
                    Party reading(way, place);
                    File bell;
                    CHECK(reading.environment().OpenBell(place.path(), 0600, true, &bell).ok());
                    uint32_t token = 1;
                    CHECK_EQ(read(Descriptor(bell), &token, sizeof token), sizeof token);
                    CHECK_EQ(token, kFirstToken);
                    reading.environment().TrustBell(place.path());
                    OpenRequest request = writing.Request(true);
                    request.capacity = 4 << 20;
                    Endpoint* writer = writing.Open(request);
                    Endpoint* reader = reading.Open(false);
                    REQUIRE(writer != nullptr && reader != nullptr);
                    uint8_t byte = 1;
                    for (int i = 0; i < 4; i++) {
                      CHECK_EQ(reader->Read(&byte, 1, 1, kArm), 0);
                      CHECK_EQ(writer->Write(&byte, 1, 0, kReturn), 1);
                      CHECK_EQ(read(Descriptor(bell), &token, sizeof token), sizeof token);
                      CHECK_EQ(reader->Read(&byte, 1, 1, kReturn), 1);
                      CHECK_EQ(reader->Read(&byte, 1, 1, kParkMs), 0);
                    }
                    CHECK(writing.Close(writer));
                    CHECK(reading.Close(reader));
                    CHECK(place.Names().size() == 1);
                  });
    REQUIRE(victim.Prepare());
    CHECK(victim.Tamper(std::string(call) + ":error=EINTR:when=1+2"));
  }
}

TEST(TheLockIsWaitedForAsLongInARainOfSignals) {
  InTheRain([] {
    const TemporaryDirectory place;
    Directory holder;
    Directory waiting;
    REQUIRE(holder.Open(place.path().c_str(), 0600).ok());
    REQUIRE(waiting.Open(place.path().c_str(), 0600).ok());
    const DirectoryLock lock(holder);
    constexpr int64_t kWaitMs = 300;
    const auto start = std::chrono::steady_clock::now();
    CHECK_EQ(waiting.Lock(kWaitMs).status, Status::Locked);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(kWaitMs));
  });
}

}  // namespace
}  // namespace smipc
