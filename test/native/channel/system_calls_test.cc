// A process that is killed before and after each of its system calls while it makes a channel,
// comes to one, uses it, ends it, leaves it, replaces it or removes it. At each call: no
// process ever sees a channel that is not complete, the peer hears of the death, no published byte
// is lost, the next owners of the name get both roles at once, and nothing is left in the directory
// when they are gone.
//
// Needs strace(1). FAULTS=full tries every point in all surroundings, with the next writer first
// and with the next reader first; otherwise a sample is tried, a seventh of the points in the usual
// surroundings and fewer in others. FAULTS_TABLE=FILE writes down what was tried, a line a point.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "child.h"
#include "loop.h"
#include "pattern.h"
#include "temporary.h"
#include "victim.h"
#include "watcher.h"

namespace smipc {
namespace {

constexpr int64_t kHearMs = 5000;
// Of how many points one is tried. Odd, so that both ways to die are.
constexpr uint64_t kSample = 43;
constexpr uint64_t kUsualSample = 7;
constexpr uint64_t kSome = 100;
constexpr uint64_t kFull = kMinCapacity;

constexpr Surroundings kSurroundings[] = {
    {"default", WaitMode::Together, RoleScheme::RobustList, true, true},
    {"roles", WaitMode::Together, RoleScheme::FileLock, true, true},
    {"waits", WaitMode::Apart, RoleScheme::RobustList, true, true},
    {"bells", WaitMode::Together, RoleScheme::RobustList, false, true},
    {"roles,waits,bells", WaitMode::Apart, RoleScheme::FileLock, false, true},
    {"no O_TMPFILE", WaitMode::Together, RoleScheme::RobustList, true, false},
};

bool IsFull() {
  // It is never set here. NOLINTNEXTLINE(concurrency-mt-unsafe)
  const char* wanted = std::getenv("FAULTS");
  return wanted != nullptr && std::strcmp(wanted, "full") == 0;
}

constexpr bool kWriter = true;
constexpr bool kReader = false;

int64_t Answer(Status status) { return static_cast<int64_t>(status); }

const char* NameOf(int64_t answer) {
  switch (static_cast<Status>(answer)) {
    case Status::Ok:
      return "-";
    case Status::PeerEnded:
      return "ended";
    case Status::PeerAborted:
      return "aborted";
    case Status::PeerDied:
      return "died";
    case Status::PeerClosed:
      return "closed";
    default:
      return "?";
  }
}

const Pattern& Stream() {
  static const Pattern kPattern(1, 4 * kFull);
  return kPattern;
}

// One end of a channel.
struct End {
  End(const Surroundings& surroundings, const std::string& directory, bool writes)
      : is_writer(writes), loop(surroundings, directory), channel(loop.Open(writes)) {}

  Header& header() const { return channel->segment().header(); }
  RoleRecord& peer() const { return is_writer ? header().reader : header().writer; }
  bool HasPeerCome() const { return peer().owner != 0 || peer().state != 0; }

  // Writes as much as fits, or reads what there is; asks to be woken for more. 0, or why there will
  // never be more.
  int64_t Read() {
    for (;;) {
      uint8_t bytes[2 * kFull];
      const int64_t count = is_writer ? channel->Write(Stream().From(moved), sizeof bytes, 0, kArm)
                                      : channel->Read(bytes, sizeof bytes, 1, kArm);
      if (count < 0) return count;
      if (!is_writer) CHECK(Stream().Matches(bytes, static_cast<uint64_t>(count), moved));
      moved += static_cast<uint64_t>(count);
      if (count == 0 || is_writer) return 0;
    }
  }
  // Looks, and from then on only when it is woken.
  void FallAsleep() {
    // The waiter thread reports a peer that is there once, as soon as it watches the channel.
    if (HasPeerCome()) CHECK(loop.Hear(kHearMs));
    constexpr int64_t kNow = 0;
    while (loop.Hear(kNow)) {
    }
    CHECK_EQ(Read(), 0);
    is_asleep = true;
  }
  // Until there will never be more; 0 if it is not told within the time.
  int64_t ReadToTheEnd() {
    int64_t answer = is_asleep ? 0 : Read();
    while (answer == 0 && loop.Hear(kHearMs)) answer = Read();
    return answer;
  }
  void Write(uint64_t size) {
    CHECK_EQ(channel->Write(Stream().From(moved), size, 0, kReturn), size);
    moved += size;
  }

  const bool is_writer;
  Loop loop;
  Endpoint* const channel;
  uint64_t moved = 0;
  bool is_asleep = false;
};

// What is there around the victim, in this process.
struct Stage {
  const Surroundings& surroundings;
  const std::string directory;
  std::unique_ptr<End> writer;
  std::unique_ptr<End> reader;

  End* Come(bool is_writer) {
    std::unique_ptr<End>& end = is_writer ? writer : reader;
    end = std::make_unique<End>(surroundings, directory, is_writer);
    if (end->channel == nullptr) std::abort();
    return end.get();
  }
  void ComeAsleep(bool is_writer) { Come(is_writer)->FallAsleep(); }
  // A process comes, does something, and is killed.
  void KillOne(bool is_writer, const std::function<void(End&)>& act) const {
    Child child([&](Child& self) {
      End end(surroundings, directory, is_writer);
      act(end);
      self.Tell();
      self.Hear();
      return 0;
    });
    CHECK(child.Hear());
    child.Kill();
  }
};

// A whole stream, whose writer has gone.
void LeaveStream(Stage& stage) {
  End* writer = stage.Come(kWriter);
  writer->Write(kSome);
  writer->channel->End();
  CHECK(writer->loop.Close(writer->channel));
  stage.writer.reset();
}

// What the victim has. It is never destroyed: it is killed.
struct Actor {
  Loop* loop = nullptr;
  End* end = nullptr;
};

using Prepare = std::function<void(Actor&, const Stage&)>;

// Has not opened anything, nor started a thread.
void AsNobody(Actor& actor, const Stage& stage) {
  actor.loop = new Loop(stage.surroundings, stage.directory);
}

// An actor whose waiter thread runs already.
void AsNobodyWithAThread(Actor& actor, const Stage& stage) {
  AsNobody(actor, stage);
  Endpoint* other = actor.loop->Open(kWriter, "other");
  if (other == nullptr || !actor.loop->Close(other)) std::abort();
}

void OpenAs(bool is_writer, Actor& actor, const Stage& stage) {
  actor.end = new End(stage.surroundings, stage.directory, is_writer);
  if (actor.end->channel == nullptr) std::abort();
  actor.loop = &actor.end->loop;
}

void AsReader(Actor& actor, const Stage& stage) { OpenAs(kReader, actor, stage); }

// Has written that many bytes.
Prepare AsWriter(uint64_t size) {
  return [size](Actor& actor, const Stage& stage) {
    OpenAs(kWriter, actor, stage);
    actor.end->Write(size);
  };
}

struct Scenario {
  // Below the temporary directory.
  const char* directory = "";
  // In this process, before the victim does anything.
  std::function<void(Stage&)> before = [](Stage&) {};
  // In the victim, before it is traced.
  std::function<void(Actor&, const Stage&)> prepare = AsNobody;
  // In this process, when the victim is prepared.
  std::function<void(Stage&)> between = [](Stage&) {};
  std::function<void(Actor&)> act;
  // What the victim's peer, or the next reader, may be told of its end.
  std::vector<Status> answers = {Status::PeerDied};
  // Bytes that have been published before the act, and must be had after it.
  uint64_t published = 0;
  // The act may take those bytes away, by its nature.
  bool takes_bytes = false;
  bool needs_bells = false;
};

// --- what is there in the end

struct Point {
  const char* scenario;
  const Scenario& plan;
  const Surroundings& surroundings;
  Traced whose;
  Call call;  // no name: the end of the act
  Death death;
  bool is_reader_first;
};

// What the channel's file says, before another process comes to it.
struct Remains {
  explicit Remains(const std::string& path) {
    Directory directory;
    HeaderView view;
    is_there = directory.Open(path.c_str(), 0600).ok() && view.Open(directory, "a").ok();
    if (!is_there) return;
    const Header& header = view.header();
    unread = header.head - header.tail;
    has_reader_come = header.reader.owner != 0 || header.reader.state != 0;
    has_ended = header.writer.state == static_cast<uint32_t>(RoleState::Ended);
  }
  bool is_there;
  uint64_t unread = 0;
  bool has_reader_come = false;
  bool has_ended = false;
};

// The writer writes and ends, and the reader gets all of it.
void Exchange(End& writer, End& reader) {
  writer.Write(kSome);
  writer.channel->End();
  reader.is_asleep = false;
  CHECK_EQ(reader.ReadToTheEnd(), Answer(Status::PeerEnded));
  CHECK_EQ(reader.moved, writer.moved);
  CHECK(reader.loop.Close(reader.channel));
  CHECK(writer.loop.Close(writer.channel));
}

class Judge {
 public:
  Judge(const Point& point, Stage& stage) : point_(point), stage_(stage) {}

  // What the survivor was told, for the table.
  int64_t Decide() {
    const Remains before(stage_.directory);
    int64_t answer = 0;
    if (stage_.writer != nullptr && stage_.reader != nullptr) {
      // The victim was a third one: they do not even notice.
      Exchange(*stage_.writer, *stage_.reader);
      stage_.writer.reset();
      stage_.reader.reset();
    } else if (End* survivor = Survivor()) {
      answer = AskSurvivor(*survivor);
    }
    if (stage_.reader == nullptr) CheckForBytes(before);
    // The survivor need not go for the victim's successor, but for its own.
    if (point_.is_reader_first == (stage_.reader != nullptr)) DismissSurvivor();
    const Remains remains(stage_.directory);
    if (point_.is_reader_first) {
      OpenReaderFirst(remains);
    } else {
      OpenWriterFirst(remains);
    }
    DismissSurvivor();
    return answer;
  }

 private:
  End* Survivor() const {
    return stage_.writer != nullptr ? stage_.writer.get() : stage_.reader.get();
  }

  void DismissSurvivor() {
    if (End* survivor = Survivor()) CHECK(survivor->loop.Close(survivor->channel));
    stage_.writer.reset();
    stage_.reader.reset();
  }

  bool IsExpected(int64_t answer) const {
    // Another thread may die before the act has begun.
    if (point_.whose != Traced::Main && answer == Answer(Status::PeerDied)) return true;
    const auto& answers = point_.plan.answers;
    return std::any_of(answers.begin(), answers.end(),
                       [&](Status status) { return Answer(status) == answer; });
  }

  int64_t AskSurvivor(End& survivor) {
    if (!survivor.HasPeerCome()) {
      // Dead before it came: the next one comes in its place.
      CHECK_EQ(survivor.channel->Peer(), Presence::Absent);
      End next(stage_.surroundings, stage_.directory, !survivor.is_writer);
      CHECK_EQ(next.loop.result.status, Status::Ok);
      if (next.channel == nullptr) return 0;
      CHECK_EQ(next.channel->Peer(), Presence::Open);
      if (survivor.is_writer) {
        CHECK_EQ(next.Read(), 0);
        CHECK_EQ(next.moved, survivor.moved);
      }
      Exchange(survivor.is_writer ? survivor : next, survivor.is_writer ? next : survivor);
      stage_.writer.reset();
      stage_.reader.reset();
      return 0;
    }
    const int64_t answer = survivor.ReadToTheEnd();
    CHECK(IsExpected(answer));
    if (!survivor.is_writer) {
      CHECK_EQ(survivor.moved, survivor.header().head.load());
      CHECK(survivor.moved >= point_.plan.published);
    }
    return answer;
  }

  void CheckForBytes(const Remains& remains) const {
    if (point_.plan.published == 0) return;
    if (remains.is_there && !remains.has_reader_come) {
      CHECK(remains.unread == point_.plan.published || point_.plan.takes_bytes);
    }
    if (!remains.is_there) CHECK(point_.plan.takes_bytes);
  }

  // A reader that may find what the victim has left.
  void ReadRemains(const Remains& remains) const {
    End reader(stage_.surroundings, stage_.directory, kReader);
    CHECK_EQ(reader.loop.result.status, Status::Ok);
    if (reader.channel == nullptr) return;
    if (reader.channel->Peer() == Presence::Absent) {
      CHECK(!remains.is_there || remains.has_reader_come || remains.unread == 0);
    } else {
      CHECK(remains.is_there && !remains.has_reader_come);
      const int64_t answer = reader.ReadToTheEnd();
      CHECK(remains.has_ended ? answer == Answer(Status::PeerEnded) : IsExpected(answer));
      CHECK_EQ(reader.moved, remains.unread);
    }
    CHECK(reader.loop.Close(reader.channel));
  }

  void OpenReaderFirst(const Remains& remains) const {
    ReadRemains(remains);
    End reader(stage_.surroundings, stage_.directory, kReader);
    CHECK_EQ(reader.loop.result.status, Status::Ok);
    if (reader.channel == nullptr) return;
    CHECK_EQ(reader.channel->Peer(), Presence::Absent);
    reader.FallAsleep();
    End writer(stage_.surroundings, stage_.directory, kWriter);
    CHECK_EQ(writer.loop.result.status, Status::Ok);
    if (writer.channel != nullptr) Exchange(writer, reader);
  }

  void OpenWriterFirst(const Remains& remains) const {
    auto writer = std::make_unique<End>(stage_.surroundings, stage_.directory, kWriter);
    if (writer->loop.result.status == Status::Undrained) {
      // A whole stream that no reader has come for.
      CHECK(remains.is_there && remains.has_ended && !remains.has_reader_come);
      ReadRemains(remains);
      writer = std::make_unique<End>(stage_.surroundings, stage_.directory, kWriter);
    }
    CHECK_EQ(writer->loop.result.status, Status::Ok);
    if (writer->channel == nullptr) return;
    CHECK_EQ(writer->channel->Peer(), Presence::Absent);
    End reader(stage_.surroundings, stage_.directory, kReader);
    CHECK_EQ(reader.loop.result.status, Status::Ok);
    if (reader.channel == nullptr) return;
    CHECK_EQ(reader.channel->Peer(), Presence::Open);
    Exchange(*writer, reader);
  }

  const Point& point_;
  Stage& stage_;
};

// --- one point

std::string Join(const std::vector<std::string>& names) {
  std::string text;
  for (std::string name : names) {
    // The random part says nothing.
    if (name[0] == '.') name.resize(name.find('-'));
    text += (text.empty() ? "" : " ") + name;
  }
  return text;
}

class Table {
 public:
  Table() {
    // It is never set here. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* path = std::getenv("FAULTS_TABLE");
    if (path != nullptr) file_ = std::fopen(path, "ae");
  }
  ~Table() {
    if (file_ != nullptr) std::fclose(file_);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  void Add(const Point& point, Hit hit, int64_t answer, const std::string& left,
           bool has_failed) const {
    if (file_ == nullptr) return;
    constexpr const char* kThreads[] = {"acting", "waiter", "born"};
    const bool is_end = hit == Hit::AtTheEnd;
    const char* when = point.death == Death::Before ? "before"
                       : hit == Hit::Later          ? "later"
                                                    : "after";
    std::fprintf(file_, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", point.scenario,
                 point.surroundings.name, kThreads[static_cast<int>(point.whose)],
                 is_end ? "(end)" : point.call.name.c_str(), is_end ? 0 : point.call.ordinal,
                 is_end ? "after" : when, point.is_reader_first ? "reader" : "writer",
                 NameOf(answer), left.c_str(), has_failed ? "FAILED" : "ok");
    std::fflush(file_);
  }

 private:
  FILE* file_ = nullptr;
};

// Kills a victim at the point, and judges. Without a call it returns the calls of the act, and
// `*hit` says where it died.
std::vector<Call> Try(const Point& point, const TemporaryDirectory& place, const Watcher& watcher,
                      Hit* where) {
  check::KeepAlive();
  check::Context("%s, %s %s %d", point.surroundings.name,
                 point.death == Death::Before ? "before" : "after", point.call.name.c_str(),
                 point.call.ordinal);
  const uint64_t failures = check::Failures();
  const Scenario& plan = point.plan;
  Stage stage{point.surroundings, place.path() + plan.directory, nullptr, nullptr};
  std::vector<Call> calls;
  Hit& hit = *where;
  hit = Hit::AtTheEnd;
  Actor actor;
  {
    Victim victim([&] { plan.prepare(actor, stage); }, [&] { plan.act(actor); });
    plan.before(stage);
    if (!CHECK(victim.Prepare())) return calls;
    plan.between(stage);
    if (point.call.name.empty()) {
      calls = victim.Trace(point.whose);
    } else {
      hit = victim.KillAt(point.whose, point.call, point.death);
    }
  }
  const std::vector<std::string> left = NamesIn(stage.directory);
  const int64_t answer = Judge(point, stage).Decide();
  CHECK(NamesIn(stage.directory).empty());
  CHECK_EQ(watcher.wrong(), 0);
  static const Table kTable;
  kTable.Add(point, hit, answer, Join(left), check::Failures() != failures);
  return calls;
}

// --- all points

// As a kernel or a file system without O_TMPFILE answers.
void ForbidNamelessFiles() {
  constexpr uint32_t kFlags = offsetof(seccomp_data, args) + 2 * sizeof(uint64_t);  // openat(2)
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFlags),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_TMPFILE),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_TMPFILE, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof filter / sizeof *filter, filter};
  const bool done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  if (!done) std::abort();
}

// The calls of `some` that were among `others` too.
std::vector<Call> InBoth(std::vector<Call> some, const std::vector<Call>& others) {
  const auto is_alone = [&](const Call& call) {
    return std::none_of(others.begin(), others.end(), [&](const Call& other) {
      return other.name == call.name && other.ordinal == call.ordinal;
    });
  };
  some.erase(std::remove_if(some.begin(), some.end(), is_alone), some.end());
  return some;
}

void KillAtEachCall(const char* scenario, const Scenario& plan, const Surroundings& surroundings,
                    uint64_t stride, uint64_t offset) {
  const TemporaryDirectory place;
  const Watcher watcher(place.path() + plan.directory);
  for (const Traced whose : {Traced::Main, Traced::Waiter, Traced::Born}) {
    if (whose != Traced::Main && stride > kUsualSample) continue;
    Point point{scenario, plan, surroundings, whose, {}, Death::After, offset % 2 == 0};
    Hit hit;
    std::vector<Call> calls = Try(point, place, watcher, &hit);
    // Once more: what a first thread of a process asks of the C library comes only once, and how
    // often a thread waits for another is a matter of chance.
    if (whose == Traced::Main) {
      calls = InBoth(calls, Try(point, place, watcher, &hit));
      CHECK(!calls.empty());
    }
    uint64_t count = offset;
    uint64_t tried = 0;
    uint64_t missed = 0;
    for (const Call& call : calls) {
      for (const Death death : {Death::Before, Death::After}) {
        // The waiter threads hear no signals but SIGKILL.
        if (death == Death::After && whose != Traced::Main) continue;
        if (count++ % stride != 0) continue;
        for (const bool is_reader_first : {true, false}) {
          if (!IsFull() && is_reader_first != (count / stride % 2 == 0)) continue;
          point.call = call;
          point.death = death;
          point.is_reader_first = is_reader_first;
          Try(point, place, watcher, &hit);
          tried++;
          missed += hit == Hit::AtTheEnd ? 1 : 0;
          if (check::Failures() > 20) return;
        }
      }
    }
    // Chance may have been the same in both traces. Not often.
    if (whose == Traced::Main) CHECK(missed <= 2 + tried / 10);
  }
}

void KillAtEachCall(const char* scenario, const Scenario& plan) {
  if (check::kWatchesThreads || check::kWatchesMemory) return check::Skip("about system calls");
  if (!CanTrace()) {
    std::printf("     strace(1) is not installed: apt install strace\n");
    check::Fail(__FILE__, __LINE__, "strace is needed to kill a process at a system call");
    return;
  }
  check::Random random(check::Seed());
  bool is_first = true;
  for (const Surroundings& surroundings : kSurroundings) {
    if (plan.needs_bells && !surroundings.has_bells) continue;
    const uint64_t stride = IsFull() ? 1 : is_first ? kUsualSample : kSample;
    const uint64_t offset = random() % (2 * stride);
    is_first = false;
    if (surroundings.has_nameless_files) {
      KillAtEachCall(scenario, plan, surroundings, stride, offset);
      continue;
    }
    Child child([&](Child&) {
      ForbidNamelessFiles();
      KillAtEachCall(scenario, plan, surroundings, stride, offset);
      return 0;
    });
    alarm(0);  // the child has a watchdog of its own, and may take longer than ours allows
    CHECK_EQ(child.Wait(), 0);
    check::KeepAlive();
  }
}

// --- the acts

using A = Actor&;
using S = Stage&;

void ComeAndOpen(A actor) { actor.loop->Open(kWriter); }
void ComeAndRead(A actor) { actor.loop->Open(kReader); }
void Leave(A actor) { actor.end->loop.Close(actor.end->channel); }

TEST(AWriterMakesAChannel) {
  Scenario plan;
  plan.act = ComeAndOpen;
  KillAtEachCall("a writer makes a channel", plan);
}

TEST(AReaderMakesAChannel) {
  Scenario plan;
  plan.prepare = AsNobodyWithAThread;
  plan.act = ComeAndRead;
  KillAtEachCall("a reader makes a channel", plan);
}

TEST(AWriterMakesTheDirectory) {
  Scenario plan;
  plan.directory = "/new";
  plan.before = [](S stage) { rmdir(stage.directory.c_str()); };
  plan.act = ComeAndOpen;
  KillAtEachCall("a writer makes the directory too", plan);
}

TEST(AWriterComesToAReader) {
  Scenario plan;
  plan.prepare = AsNobodyWithAThread;
  plan.between = [](S stage) { stage.ComeAsleep(kReader); };
  plan.act = ComeAndOpen;
  KillAtEachCall("a writer comes to a reader that sleeps", plan);
}

TEST(AReaderComesToAWriter) {
  Scenario plan;
  plan.prepare = AsNobodyWithAThread;
  plan.between = [](S stage) { stage.ComeAsleep(kWriter); };
  plan.act = ComeAndRead;
  plan.published = kFull;
  KillAtEachCall("a reader comes to a writer that sleeps", plan);
}

TEST(AReaderComesToAnEndedStream) {
  Scenario plan;
  plan.prepare = AsNobodyWithAThread;
  plan.between = LeaveStream;
  plan.act = ComeAndRead;
  plan.answers = {Status::PeerEnded};
  plan.published = kSome;
  KillAtEachCall("a reader comes to an ended stream", plan);
}

TEST(AReaderComesToABrokenStream) {
  Scenario plan;
  plan.before = [](S stage) { stage.KillOne(kWriter, [](End& end) { end.Write(kSome); }); };
  plan.act = ComeAndRead;
  plan.published = kSome;
  KillAtEachCall("a reader comes to a dead writer's stream", plan);
}

TEST(AWriterReplacesADeadWriter) {
  Scenario plan;
  plan.before = [](S stage) { stage.KillOne(kWriter, [](End& end) { end.Write(kSome); }); };
  plan.act = ComeAndOpen;
  plan.published = kSome;
  plan.takes_bytes = true;
  KillAtEachCall("a writer replaces a dead writer", plan);
}

TEST(AReaderReplacesADeadReader) {
  Scenario plan;
  plan.before = [](S stage) { stage.KillOne(kReader, [](End&) {}); };
  plan.act = ComeAndRead;
  KillAtEachCall("a reader replaces a dead reader", plan);
}

TEST(AWriterReplacesAnEndedOne) {
  Scenario plan;
  plan.prepare = AsNobodyWithAThread;
  plan.between = [](S stage) {
    End* writer = stage.Come(kWriter);
    writer->Write(kSome);
    stage.Come(kReader);
    writer->channel->End();
    CHECK(writer->loop.Close(writer->channel));
    stage.writer.reset();
  };
  plan.act = ComeAndOpen;
  plan.answers = {Status::PeerEnded};
  plan.published = kSome;
  KillAtEachCall("a writer replaces an ended one, whose reader is at it", plan);
}

TEST(AnOpenerIsTurnedAway) {
  Scenario plan;
  plan.prepare = AsNobodyWithAThread;
  plan.between = [](S stage) {
    stage.Come(kWriter);
    stage.Come(kReader);
  };
  plan.act = ComeAndOpen;
  KillAtEachCall("an opener is turned away: busy", plan);
}

TEST(AWriterEnds) {
  Scenario plan;
  plan.prepare = AsWriter(kSome);
  plan.between = [](S stage) { stage.ComeAsleep(kReader); };
  plan.act = [](A actor) { actor.end->channel->End(); };
  plan.answers = {Status::PeerEnded};
  plan.published = kSome;
  KillAtEachCall("a writer ends", plan);
}

TEST(AWriterEndsAndLeavesAStreamBehind) {
  Scenario plan;
  plan.prepare = AsWriter(kSome);
  plan.act = [](A actor) {
    actor.end->channel->End();
    Leave(actor);
  };
  plan.answers = {Status::PeerEnded};
  plan.published = kSome;
  KillAtEachCall("a writer ends and leaves, no reader yet", plan);
}

TEST(AWriterAborts) {
  Scenario plan;
  plan.prepare = AsWriter(kSome);
  plan.between = [](S stage) { stage.ComeAsleep(kReader); };
  plan.act = Leave;
  plan.answers = {Status::PeerAborted};
  plan.published = kSome;
  KillAtEachCall("a writer leaves without an end", plan);
}

TEST(AWriterAbortsAndLeavesBytesBehind) {
  Scenario plan;
  plan.prepare = AsWriter(kSome);
  plan.act = Leave;
  plan.answers = {Status::PeerAborted};
  plan.published = kSome;
  KillAtEachCall("a writer leaves without an end, no reader yet", plan);
}

TEST(AWriterIsTheLastOneOut) {
  Scenario plan;
  plan.prepare = AsWriter(0);
  plan.act = Leave;
  KillAtEachCall("a writer that wrote nothing leaves: the last one out", plan);
}

TEST(AReaderLeaves) {
  Scenario plan;
  plan.prepare = AsReader;
  plan.between = [](S stage) { stage.ComeAsleep(kWriter); };
  plan.act = Leave;
  plan.answers = {Status::PeerClosed};
  KillAtEachCall("a reader leaves a writer that sleeps", plan);
}

TEST(AReaderIsTheLastOneOut) {
  Scenario plan;
  plan.prepare = AsReader;
  plan.between = LeaveStream;
  plan.act = Leave;
  KillAtEachCall("a reader leaves: the last one out", plan);
}

TEST(AWriterWakesAReader) {
  Scenario plan;
  plan.prepare = AsWriter(kSome);
  plan.between = [](S stage) { stage.ComeAsleep(kReader); };
  plan.act = [](A actor) {
    actor.end->Write(kSome);
    actor.end->Write(kSome);
  };
  plan.published = kSome;
  KillAtEachCall("a writer writes, and wakes a reader that sleeps", plan);
}

TEST(AReaderWakesAWriter) {
  Scenario plan;
  plan.prepare = AsReader;
  plan.between = [](S stage) { stage.ComeAsleep(kWriter); };
  plan.act = [](A actor) { actor.end->Read(); };
  KillAtEachCall("a reader reads, and wakes a writer that sleeps", plan);
}

constexpr int64_t kParkMs = 10;

TEST(AReaderParks) {
  Scenario plan;
  plan.prepare = AsReader;
  plan.between = [](S stage) { stage.Come(kWriter); };
  plan.act = [](A actor) {
    uint8_t byte;
    actor.end->channel->Read(&byte, 1, 1, kParkMs);
  };
  KillAtEachCall("a reader parks its thread", plan);
}

TEST(AWriterParks) {
  Scenario plan;
  plan.prepare = AsWriter(kFull);
  plan.between = [](S stage) { stage.Come(kReader); };
  plan.act = [](A actor) {
    const uint8_t byte = *Stream().From(actor.end->moved);
    actor.end->channel->Write(&byte, 1, 0, kParkMs);
  };
  plan.published = kFull;
  KillAtEachCall("a writer parks its thread", plan);
}

TEST(AStreamIsRemoved) {
  Scenario plan;
  plan.between = LeaveStream;
  plan.act = [](A actor) {
    uint32_t holder_pid = 0;
    Remove(actor.loop->path(), false, &holder_pid);
  };
  plan.answers = {Status::PeerEnded};
  plan.published = kSome;
  plan.takes_bytes = true;
  KillAtEachCall("remove() of an ended stream", plan);
}

TEST(WhatADeadOwnerLeftIsRemoved) {
  Scenario plan;
  plan.before = [](S stage) { stage.KillOne(kReader, [](End&) {}); };
  plan.act = [](A actor) {
    uint32_t holder_pid = 0;
    Remove(actor.loop->path(), false, &holder_pid);
  };
  KillAtEachCall("remove() of what a dead reader left", plan);
}

TEST(AChannelInUseIsRemoved) {
  Scenario plan;
  plan.between = [](S stage) {
    stage.Come(kWriter);
    stage.Come(kReader);
  };
  plan.act = [](A actor) {
    uint32_t holder_pid = 0;
    Remove(actor.loop->path(), true, &holder_pid);
  };
  KillAtEachCall("remove() with force, of a channel in use", plan);
}

TEST(AChannelIsInspected) {
  Scenario plan;
  plan.between = [](S stage) {
    stage.Come(kWriter);
    stage.Come(kReader);
  };
  plan.act = [](A actor) {
    Snapshot snapshot{};
    Inspect(actor.loop->path(), &snapshot);
  };
  KillAtEachCall("inspect()", plan);
}

TEST(AnOpenerWaitsForARole) {
  Scenario plan;
  plan.prepare = AsNobodyWithAThread;
  plan.between = [](S stage) {
    stage.Come(kWriter);
    stage.Come(kReader);
  };
  plan.act = [](A actor) {
    constexpr uint32_t kWait = 1000;
    actor.loop->environment().StartRoleWait(kWait, actor.loop->path());
    actor.loop->environment().StopOnlooker(kWait);
  };
  KillAtEachCall("an opener begins and stops to wait for a role", plan);
}

TEST(AWritersProcessExits) {
  Scenario plan;
  plan.prepare = AsWriter(kSome);
  plan.between = [](S stage) { stage.ComeAsleep(kReader); };
  plan.act = [](A actor) { actor.loop->environment().PrepareForExit(); };
  plan.answers = {Status::PeerAborted};
  plan.published = kSome;
  KillAtEachCall("a writer's process exits", plan);
}

TEST(AReadersProcessExits) {
  Scenario plan;
  plan.prepare = AsReader;
  plan.between = [](S stage) { stage.ComeAsleep(kWriter); };
  plan.act = [](A actor) { actor.loop->environment().PrepareForExit(); };
  plan.answers = {Status::PeerClosed};
  KillAtEachCall("a reader's process exits", plan);
}

TEST(AWritersThreadIsTerminated) {
  Scenario plan;
  plan.prepare = AsWriter(kSome);
  plan.between = [](S stage) { stage.ComeAsleep(kReader); };
  plan.act = [](A actor) { actor.loop->environment().Shutdown(); };
  plan.answers = {Status::PeerAborted};
  plan.published = kSome;
  KillAtEachCall("a writer's thread is terminated", plan);
}

TEST(ABellIsMadeAmongAbandonedOnes) {
  Scenario plan;
  plan.needs_bells = true;
  plan.before = [](S stage) {
    stage.KillOne(kReader, [](End& end) {
      uint32_t holder_pid = 0;
      CHECK(Remove(end.loop.path(), true, &holder_pid).ok());
    });
  };
  plan.act = [](A actor) {
    actor.loop->OpenBell();
    actor.loop->CloseBell();
  };
  KillAtEachCall("a bell is made and removed, among abandoned ones", plan);
}

}  // namespace
}  // namespace smipc
