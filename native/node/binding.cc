// The boundary to JavaScript: unpack, call, pack. lib/environment/addon.ts declares every function
// here, and lib/ is its only caller. It has checked the arguments, so nothing is checked twice.
// binding_bytes.cc has the calls that move bytes.
//
// No uv_* symbol is used, so that one binary serves every runtime with Node-API.
#include "node/binding.h"

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

#include "channel/environment.h"
#include "platform/monotonic.h"
#include "platform/process_limits.h"

namespace smipc {

// One per JavaScript environment, as its instance data.
struct Addon {
  Addon(napi_env owner, const Facilities& facilities)
      : env(owner), environment(facilities, Notify, this) {}

  // Waiter thread: has the wake callback called on the environment's thread.
  static void Notify(void* self) {
    napi_call_threadsafe_function(static_cast<Addon*>(self)->wake, nullptr, napi_tsfn_nonblocking);
  }

  const napi_env env;
  napi_threadsafe_function wake = nullptr;
  napi_ref shared = nullptr;  // see getShared
  Environment environment;
};

namespace {

using AddonPointer = std::shared_ptr<Addon>;

Addon& AddonOf(const Napi::CallbackInfo& info) {
  return **info.Env().GetInstanceData<AddonPointer>();
}

// --- arguments and results

std::string Text(const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); }
uint32_t Number(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }
bool Truth(const Napi::Value& value) { return value.As<Napi::Boolean>().Value(); }

// Failures leave their details in a Float64Array that JavaScript passes along: errno, holder's pid.
Napi::Value Answer(const Napi::CallbackInfo& info, const Result& result, uint32_t holder_pid,
                   const Napi::Value& details) {
  double* detail = details.As<Napi::Float64Array>().Data();
  detail[0] = result.error;
  detail[1] = holder_pid;
  return Napi::Number::New(info.Env(), static_cast<int32_t>(result.status));
}

void Pack(const Snapshot& snapshot, double* fields) {
  fields[0] = static_cast<double>(snapshot.capacity);
  fields[1] = static_cast<double>(snapshot.framing);
  fields[2] = static_cast<double>(snapshot.written);
  fields[3] = static_cast<double>(snapshot.read);
  fields[4] = static_cast<double>(snapshot.writer);
  fields[5] = static_cast<double>(snapshot.writer_pid);
  fields[6] = static_cast<double>(snapshot.reader);
  fields[7] = static_cast<double>(snapshot.reader_pid);
  fields[8] = snapshot.is_resumable ? 1 : 0;
  fields[9] = static_cast<double>(snapshot.writer_tenure.generation);
  fields[10] = static_cast<double>(snapshot.writer_tenure.since);
  fields[11] = static_cast<double>(snapshot.reader_tenure.generation);
  fields[12] = static_cast<double>(snapshot.reader_tenure.since);
}

// --- calls that open, inspect and leave

// callWithoutContext(fn): what fn returned
Napi::Value CallWithoutContext(const Napi::CallbackInfo& info) {
  napi_value result = nullptr;
  // Without an async context of its own, Node takes the empty one, and this object as the resource.
  // The end of the call runs no ticks and no microtasks: JavaScript is on the stack.
  napi_make_callback(info.Env(), nullptr, Napi::Object::New(info.Env()), info[0], 0, nullptr,
                     &result);
  return {info.Env(), result};
}

// getShared(): what initialize() was given | undefined
Napi::Value GetShared(const Napi::CallbackInfo& info) {
  const auto* addon = info.Env().GetInstanceData<AddonPointer>();
  if (addon == nullptr) return info.Env().Undefined();
  napi_value shared = nullptr;
  napi_get_reference_value(info.Env(), (*addon)->shared, &shared);
  return {info.Env(), shared};
}

// initialize(shared, onWake, forceRoleLocks, forceWaitApart)
Napi::Value Initialize(const Napi::CallbackInfo& info) {
  const Facilities facilities = Facilities::Detect(!Truth(info[3]), !Truth(info[2]));
  auto addon = std::make_shared<Addon>(info.Env(), facilities);

  const napi_status made = napi_create_threadsafe_function(
      info.Env(), info[1], nullptr, Napi::String::New(info.Env(), "smipc"), 0, 1, nullptr, nullptr,
      nullptr, nullptr, &addon->wake);
  if (made != napi_ok) {
    Napi::Error::New(info.Env(), "napi_create_threadsafe_function").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  // Only a wait whose end the program expects may hold the event loop: see holdLoop().
  napi_unref_threadsafe_function(info.Env(), addon->wake);
  napi_create_reference(info.Env(), info[0], 1, &addon->shared);
  // Hooks run in reverse order, so this one, added after the thread-safe function's own, ends the
  // waiter threads while they may still call it.
  napi_add_env_cleanup_hook(
      info.Env(),
      [](void* data) {
        auto* ending = static_cast<Addon*>(data);
        ending->environment.Shutdown();
        napi_delete_reference(ending->env, ending->shared);
      },
      addon.get());
  info.Env().SetInstanceData<AddonPointer>(new AddonPointer(std::move(addon)));
  return info.Env().Undefined();
}

// bellOpen(directory, permissions, mayMakeDirectory): fd | status
Napi::Value BellOpen(const Napi::CallbackInfo& info) {
  int fd = -1;
  const Result made =
      AddonOf(info).environment.OpenBell(Text(info[0]), Number(info[1]), Truth(info[2]), &fd);
  return Napi::Number::New(info.Env(), made.ok() ? fd : static_cast<int32_t>(made.status));
}

// bellClose(directory)
void BellClose(const Napi::CallbackInfo& info) {
  AddonOf(info).environment.CloseBell(Text(info[0]));
}

// channelOpen(id, directory, name, isWriter, create, capacity, framing, permissions, busyPollUs,
//             isResumable, details): handle | status
Napi::Value ChannelOpen(const Napi::CallbackInfo& info) {
  const OpenRequest request{
      Text(info[1]),
      Text(info[2]),
      Truth(info[3]),
      static_cast<CreateMode>(Number(info[4])),
      static_cast<uint64_t>(info[5].As<Napi::Number>().DoubleValue()),
      static_cast<Framing>(Number(info[6])),
      Number(info[7]),
      Number(info[8]),
      kNoBell,
      Truth(info[9]),
  };
  const uint32_t id = Number(info[0]);
  Channel* channel = nullptr;
  uint32_t holder_pid = 0;
  const AddonPointer& addon = *info.Env().GetInstanceData<AddonPointer>();
  const Result opened = addon->environment.Open(id, request, &channel, &holder_pid);
  if (!opened.ok()) return Answer(info, opened, holder_pid, info[10]);
  auto* handle = new Handle{addon, id, channel};
  const auto forget = [](Napi::Env, Handle* forgotten) {
    forgotten->addon->environment.Forget(forgotten->id);
    delete forgotten;
  };
  const auto external = Napi::External<Handle>::New(info.Env(), handle, forget);
  // No handle: the worker is being terminated.
  if (external.IsEmpty()) forget(info.Env(), handle);
  return external;
}

Channel& ChannelOf(const Napi::CallbackInfo& info) {
  return *info[0].As<Napi::External<Handle>>().Data()->channel;
}

// channelStatus(handle, fields): status
Napi::Value ChannelStatus(const Napi::CallbackInfo& info) {
  Snapshot snapshot{};
  const Status status = ChannelOf(info).TakeSnapshot(&snapshot);
  Pack(snapshot, info[1].As<Napi::Float64Array>().Data());
  return Napi::Number::New(info.Env(), static_cast<int32_t>(status));
}

// channelHasEnded(handle): whether the writer has ended and every byte has been read
Napi::Value ChannelHasEnded(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ChannelOf(info).HasEnded());
}

// channelPeer(handle): presence
Napi::Value ChannelPeer(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(ChannelOf(info).Peer()));
}

// channelTenures(handle, fields): which owner this end is, where it stands, up to where messages
// were handed out before it came, and which owner the peer is or was, and where that one began
void ChannelTenures(const Napi::CallbackInfo& info) {
  const Channel& channel = ChannelOf(info);
  double* fields = info[1].As<Napi::Float64Array>().Data();
  const Tenure peer = channel.PeerTenure();
  fields[0] = static_cast<double>(channel.OwnTenure().generation);
  fields[1] = static_cast<double>(channel.position());
  fields[2] = static_cast<double>(channel.delivered());
  fields[3] = static_cast<double>(peer.generation);
  fields[4] = static_cast<double>(peer.since);
}

// channelAwaitNextPeer(handle, awaits)
void ChannelAwaitNextPeer(const Napi::CallbackInfo& info) {
  ChannelOf(info).AwaitNextPeer(Truth(info[1]));
}

// channelConsume(handle, size)
void ChannelConsume(const Napi::CallbackInfo& info) {
  ChannelOf(info).Consume(static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()));
}

// channelMarkDelivered(handle, size)
void ChannelMarkDelivered(const Napi::CallbackInfo& info) {
  ChannelOf(info).MarkDelivered(Number(info[1]));
}

// channelPublish(handle, size)
void ChannelPublish(const Napi::CallbackInfo& info) {
  ChannelOf(info).Publish(static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()));
}

// channelCounters(handle, fields)
void ChannelCounters(const Napi::CallbackInfo& info) {
  const Counters counters = ChannelOf(info).counters();
  double* fields = info[1].As<Napi::Float64Array>().Data();
  fields[0] = static_cast<double>(counters.polls_hit);
  fields[1] = static_cast<double>(counters.polls_missed);
  fields[2] = static_cast<double>(counters.parks);
  fields[3] = static_cast<double>(counters.wake_ups_rung);
  fields[4] = static_cast<double>(counters.wake_ups_suppressed);
}

// channelEnd(handle)
void ChannelEnd(const Napi::CallbackInfo& info) { ChannelOf(info).End(); }

// channelLeave(handle)
void ChannelLeave(const Napi::CallbackInfo& info) { ChannelOf(info).Leave(); }

// inspect(directory, name, permissions, fields, details): status
Napi::Value InspectChannel(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[0]);
  const std::string name = Text(info[1]);
  Snapshot snapshot{};
  const Result done = Inspect({directory.c_str(), name.c_str(), Number(info[2])}, &snapshot);
  Pack(snapshot, info[3].As<Napi::Float64Array>().Data());
  return Answer(info, done, 0, info[4]);
}

// remove(directory, name, permissions, force, details): status
Napi::Value RemoveChannel(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[0]);
  const std::string name = Text(info[1]);
  uint32_t holder_pid = 0;
  const Result done =
      Remove({directory.c_str(), name.c_str(), Number(info[2])}, Truth(info[3]), &holder_pid);
  return Answer(info, done, holder_pid, info[4]);
}

// memoryShortage(figures): file of the limit for which channelOpen has just failed, or ''
Napi::Value ReadShortage(const Napi::CallbackInfo& info) {
  const MemoryShortage& shortage = AddonOf(info).environment.shortage();
  double* figures = info[0].As<Napi::Float64Array>().Data();
  figures[0] = static_cast<double>(shortage.limit);
  figures[1] = static_cast<double>(shortage.used);
  return Napi::String::New(info.Env(), shortage.file);
}

// roleWaitStart(id, directory, name, permissions, details): status
Napi::Value RoleWaitStart(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[1]);
  const std::string name = Text(info[2]);
  const Result done = AddonOf(info).environment.StartRoleWait(
      Number(info[0]), {directory.c_str(), name.c_str(), Number(info[3])});
  return Answer(info, done, 0, info[4]);
}

// roleWaitStop(id)
void RoleWaitStop(const Napi::CallbackInfo& info) {
  AddonOf(info).environment.StopRoleWait(Number(info[0]));
}

// takeWakes(ids): count
Napi::Value TakeWakes(const Napi::CallbackInfo& info) {
  auto ids = info[0].As<Napi::Uint32Array>();
  const size_t taken = AddonOf(info).environment.TakeWakes(ids.Data(), ids.ElementLength());
  return Napi::Number::New(info.Env(), static_cast<double>(taken));
}

// holdLoop(isHeld): whether wake-ups to come keep the event loop alive
void HoldLoop(const Napi::CallbackInfo& info) {
  const napi_threadsafe_function wake = AddonOf(info).wake;
  if (Truth(info[0])) {
    napi_ref_threadsafe_function(info.Env(), wake);
  } else {
    napi_unref_threadsafe_function(info.Env(), wake);
  }
}

// prepareForExit()
void PrepareForExit(const Napi::CallbackInfo& info) { AddonOf(info).environment.PrepareForExit(); }

// channelDrainedOrArm(handle): 1 | 0 | status
Napi::Value ChannelDrainedOrArm(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(ChannelOf(info).DrainedOrArm()));
}

constexpr double kNsPerMs = 1e6;

// monotonicMs(): the kernel's clock, even if those of JavaScript and the C library are replaced
Napi::Value MonotonicMs(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(MonotonicNs()) / kNsPerMs);
}

// pause(ms): blocks the thread for that time, or less
void Pause(const Napi::CallbackInfo& info) {
  PauseNs(static_cast<int64_t>(info[0].As<Napi::Number>().DoubleValue() * kNsPerMs));
}

// canLend(): whether memory that is not V8's own may be shown to JavaScript
Napi::Value CanLend(const Napi::CallbackInfo& info) {
  uint8_t probe[1];
  napi_value buffer = nullptr;
  const napi_status made =
      napi_create_external_arraybuffer(info.Env(), probe, sizeof probe, nullptr, nullptr, &buffer);
  if (made == napi_ok) napi_detach_arraybuffer(info.Env(), buffer);
  return Napi::Boolean::New(info.Env(), made == napi_ok);
}

// limits(fields): what the system allows this process
void GetProcessLimits(const Napi::CallbackInfo& info) {
  const Limits limits = GetLimits();
  double* fields = info[0].As<Napi::Float64Array>().Data();
  fields[0] = limits.descriptors;
  fields[1] = limits.address_space_bytes;
  fields[2] = limits.file_bytes;
  fields[3] = limits.threads;
}

// --- registration

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, auto call) {
    exports.Set(name, Napi::Function::New(env, call, name));
  };
  add("callWithoutContext", CallWithoutContext);
  add("getShared", GetShared);
  add("initialize", Initialize);
  add("bellOpen", BellOpen);
  add("bellClose", BellClose);
  add("channelOpen", ChannelOpen);
  add("channelStatus", ChannelStatus);
  add("channelHasEnded", ChannelHasEnded);
  add("channelPeer", ChannelPeer);
  add("channelTenures", ChannelTenures);
  add("channelAwaitNextPeer", ChannelAwaitNextPeer);
  add("channelConsume", ChannelConsume);
  add("channelPublish", ChannelPublish);
  add("channelCounters", ChannelCounters);
  add("canLend", CanLend);
  add("monotonicMs", MonotonicMs);
  add("pause", Pause);
  add("channelMarkDelivered", ChannelMarkDelivered);
  add("channelEnd", ChannelEnd);
  add("channelLeave", ChannelLeave);
  add("channelDrainedOrArm", ChannelDrainedOrArm);
  add("memoryShortage", ReadShortage);
  add("inspect", InspectChannel);
  add("remove", RemoveChannel);
  add("roleWaitStart", RoleWaitStart);
  add("roleWaitStop", RoleWaitStop);
  add("takeWakes", TakeWakes);
  add("holdLoop", HoldLoop);
  add("prepareForExit", PrepareForExit);
  add("limits", GetProcessLimits);
  ExportByteCalls(env, exports);
  return exports;
}

}  // namespace
}  // namespace smipc

static Napi::Object InitSmipc(Napi::Env env, Napi::Object exports) {
  return smipc::Init(env, exports);
}
NODE_API_MODULE(smipc, InitSmipc)
