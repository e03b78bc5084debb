// The boundary to JavaScript, and the only file that knows of Node-API: unpack, call, pack. The
// JavaScript side of every function here is declared in lib/addon.ts, and is its only caller; it
// has checked the arguments, so nothing is checked twice.
//
// No uv_* symbol is used, so that one binary serves every runtime with Node-API. The calls that
// move bytes go through Node-API's C functions, because they are called for every chunk.

#include <napi.h>

#include <memory>
#include <string>

#include "environment.h"

namespace smipc {
namespace {

// One per JavaScript environment, as its instance data.
struct Addon {
  explicit Addon(const Facilities& facilities) : environment(facilities, Notify, this) {}

  // Waiter thread: has the wake callback called on the environment's thread.
  static void Notify(void* self) {
    napi_call_threadsafe_function(static_cast<Addon*>(self)->wake, nullptr, napi_tsfn_nonblocking);
  }

  napi_threadsafe_function wake = nullptr;
  Environment environment;
};

// What a JavaScript handle stands for. Holds the Addon, because at the end of an environment
// finalizers run in no order that could be relied on.
struct Handle {
  std::shared_ptr<Addon> addon;
  uint32_t id;
  Channel* channel;
};

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

napi_value Count(napi_env env, int64_t count) {
  napi_value value = nullptr;
  napi_create_double(env, static_cast<double>(count), &value);
  return value;
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

// --- calls that open, look and leave

// initialize(onWake, forceRoleLocks, forceWaitApart)
Napi::Value Initialize(const Napi::CallbackInfo& info) {
  Facilities facilities = Facilities::Detect();
  if (Truth(info[1])) facilities.may_use_robust_lists = false;
  if (Truth(info[2])) facilities.wait_mode = WaitMode::Apart;
  auto* pointer = new AddonPointer(std::make_shared<Addon>(facilities));
  info.Env().SetInstanceData<AddonPointer>(pointer);
  Addon* addon = pointer->get();

  const napi_status made = napi_create_threadsafe_function(
      info.Env(), info[0], nullptr, Napi::String::New(info.Env(), "smipc"), 0, 1, nullptr, nullptr,
      nullptr, nullptr, &addon->wake);
  if (made != napi_ok) {
    Napi::Error::New(info.Env(), "napi_create_threadsafe_function").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  // Only a wait that somebody expects the end of may hold the event loop: holdLoop().
  napi_unref_threadsafe_function(info.Env(), addon->wake);
  // Hooks run in reverse order, so this one, added after the thread-safe function's own, ends the
  // waiter threads while they may still call it.
  napi_add_env_cleanup_hook(
      info.Env(), [](void* data) { static_cast<Addon*>(data)->environment.Shutdown(); }, addon);
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
napi_value TakeWakes(napi_env env, napi_callback_info info) {
  napi_value argument = nullptr;
  size_t count = 1;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  void* ids = nullptr;
  size_t most = 0;
  napi_get_typedarray_info(env, argument, nullptr, &most, &ids, nullptr, nullptr);
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  Addon& addon = **static_cast<AddonPointer*>(data);
  const size_t taken = addon.environment.TakeWakes(static_cast<uint32_t*>(ids), most);
  return Count(env, static_cast<int64_t>(taken));
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

// --- calls that move bytes

struct Move {
  bool is_sound;  // the range lies in the array
  Channel* channel;
  uint8_t* bytes;
  uint64_t size;
  double extra;  // min, behind, or a time limit that stands in their place
  double timeout_ms;
};

// Arguments (handle, Uint8Array, offset, length, extra, timeoutMs); the last ones may be missing.
Move Unpack(napi_env env, napi_callback_info info) {
  napi_value arguments[6];
  size_t count = 6;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void* handle = nullptr;
  napi_get_value_external(env, arguments[0], &handle);
  void* bytes = nullptr;
  size_t available = 0;
  napi_get_typedarray_info(env, arguments[1], nullptr, &available, &bytes, nullptr, nullptr);
  double offset = 0;
  double length = 0;
  Move move{false, static_cast<Handle*>(handle)->channel, nullptr, 0, 0, 0};
  napi_get_value_double(env, arguments[2], &offset);
  napi_get_value_double(env, arguments[3], &length);
  if (count > 4) napi_get_value_double(env, arguments[4], &move.extra);
  if (count > 5) napi_get_value_double(env, arguments[5], &move.timeout_ms);
  move.bytes = static_cast<uint8_t*>(bytes) + static_cast<size_t>(offset);
  move.size = static_cast<uint64_t>(length);
  // JavaScript has checked the range, but a call that waited may find the memory transferred away,
  // or a resizable buffer shrunk.
  move.is_sound = offset >= 0 && length >= 0 && offset + length <= static_cast<double>(available);
  return move;
}

napi_value Detached(napi_env env) { return Count(env, static_cast<int64_t>(Status::Detached)); }

// channelRead(handle, target, offset, length, min): count | status
napi_value ChannelRead(napi_env env, napi_callback_info info) {
  const Move move = Unpack(env, info);
  if (!move.is_sound) return Detached(env);
  return Count(env, move.channel->Read(move.bytes, move.size, static_cast<uint64_t>(move.extra)));
}

// channelReadOrArm(handle, target, offset, length, min): count | status
napi_value ChannelReadOrArm(napi_env env, napi_callback_info info) {
  const Move move = Unpack(env, info);
  if (!move.is_sound) return Detached(env);
  return Count(env,
               move.channel->ReadOrArm(move.bytes, move.size, static_cast<uint64_t>(move.extra)));
}

// channelPeekOrArm(handle, target, offset, length, min): count | status
napi_value ChannelPeekOrArm(napi_env env, napi_callback_info info) {
  const Move move = Unpack(env, info);
  if (!move.is_sound) return Detached(env);
  return Count(env,
               move.channel->PeekOrArm(move.bytes, move.size, static_cast<uint64_t>(move.extra)));
}

// channelReadOrPark(handle, target, offset, length, min, timeoutMs): count | status. 0: look again
napi_value ChannelReadOrPark(napi_env env, napi_callback_info info) {
  const Move move = Unpack(env, info);
  if (!move.is_sound) return Detached(env);
  return Count(env,
               move.channel->ReadOrPark(move.bytes, move.size, static_cast<uint64_t>(move.extra),
                                        static_cast<int64_t>(move.timeout_ms)));
}

// channelWrite(handle, source, offset, length): count | status
napi_value ChannelWrite(napi_env env, napi_callback_info info) {
  const Move move = Unpack(env, info);
  if (!move.is_sound) return Detached(env);
  return Count(env, move.channel->Write(move.bytes, move.size));
}

// channelWriteOrArm(handle, source, offset, length, behind): count | status
napi_value ChannelWriteOrArm(napi_env env, napi_callback_info info) {
  const Move move = Unpack(env, info);
  if (!move.is_sound) return Detached(env);
  return Count(env,
               move.channel->WriteOrArm(move.bytes, move.size, static_cast<uint64_t>(move.extra)));
}

// channelWriteOrPark(handle, source, offset, length, timeoutMs): count | status
napi_value ChannelWriteOrPark(napi_env env, napi_callback_info info) {
  const Move move = Unpack(env, info);
  if (!move.is_sound) return Detached(env);
  return Count(env,
               move.channel->WriteOrPark(move.bytes, move.size, static_cast<int64_t>(move.extra)));
}

// channelDrainedOrArm(handle): 1 | 0 | status
Napi::Value ChannelDrainedOrArm(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(ChannelOf(info).DrainedOrArm()));
}

// --- calls that lend the ring

// Arguments (handle, amount, timeoutMs); the last one may be missing.
struct Look {
  Channel* channel;
  uint64_t amount;
  int64_t timeout_ms;
};

Look UnpackLook(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void* handle = nullptr;
  napi_get_value_external(env, arguments[0], &handle);
  Look look{static_cast<Handle*>(handle)->channel, 0, 0};
  int64_t amount = 0;
  napi_get_value_int64(env, arguments[1], &amount);
  look.amount = static_cast<uint64_t>(amount);
  if (count > 2) napi_get_value_int64(env, arguments[2], &look.timeout_ms);
  return look;
}

// channelReadable(handle, min): count | status
napi_value ChannelReadable(napi_env env, napi_callback_info info) {
  const Look look = UnpackLook(env, info);
  return Count(env, look.channel->Readable(look.amount));
}

// channelReadableOrArm(handle, min): count | status
napi_value ChannelReadableOrArm(napi_env env, napi_callback_info info) {
  const Look look = UnpackLook(env, info);
  return Count(env, look.channel->ReadableOrArm(look.amount));
}

// channelReadableOrPark(handle, min, timeoutMs): count | status. 0: look again
napi_value ChannelReadableOrPark(napi_env env, napi_callback_info info) {
  const Look look = UnpackLook(env, info);
  return Count(env, look.channel->ReadableOrPark(look.amount, look.timeout_ms));
}

// channelWritable(handle, size): count | status
napi_value ChannelWritable(napi_env env, napi_callback_info info) {
  const Look look = UnpackLook(env, info);
  return Count(env, look.channel->Writable(look.amount));
}

// channelWritableOrArm(handle, size): count | status
napi_value ChannelWritableOrArm(napi_env env, napi_callback_info info) {
  const Look look = UnpackLook(env, info);
  return Count(env, look.channel->WritableOrArm(look.amount));
}

// channelWritableOrPark(handle, size, timeoutMs): count | status. 0: look again
napi_value ChannelWritableOrPark(napi_env env, napi_callback_info info) {
  const Look look = UnpackLook(env, info);
  return Count(env, look.channel->WritableOrPark(look.amount, look.timeout_ms));
}

// channelLend(handle, size): ArrayBuffer of so many bytes that can be read, or be written
napi_value ChannelLend(napi_env env, napi_callback_info info) {
  const Look look = UnpackLook(env, info);
  napi_value buffer = nullptr;
  // No finalizer: what is lent is taken back in the same turn, by channelTakeBack.
  const napi_status made = napi_create_external_arraybuffer(env, look.channel->Lend(), look.amount,
                                                            nullptr, nullptr, &buffer);
  if (made == napi_ok) return buffer;
  look.channel->TakeBack();
  return nullptr;  // no memory, or the worker is being terminated
}

// channelTakeBack(handle, buffer)
napi_value ChannelTakeBack(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void* handle = nullptr;
  napi_get_value_external(env, arguments[0], &handle);
  // Detached or not: if not, the ring stays mapped as long as the channel's handle lives.
  if (napi_detach_arraybuffer(env, arguments[1]) == napi_ok) {
    static_cast<Handle*>(handle)->channel->TakeBack();
  }
  return nullptr;
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

// --- registration

void ExportRaw(const Napi::Env& env, Napi::Object& exports, const char* name, napi_callback call) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
  exports.Set(name, function);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, auto call) {
    exports.Set(name, Napi::Function::New(env, call, name));
  };
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
  add("channelMarkDelivered", ChannelMarkDelivered);
  add("channelEnd", ChannelEnd);
  add("channelLeave", ChannelLeave);
  add("channelDrainedOrArm", ChannelDrainedOrArm);
  add("inspect", InspectChannel);
  add("remove", RemoveChannel);
  add("roleWaitStart", RoleWaitStart);
  add("roleWaitStop", RoleWaitStop);
  add("holdLoop", HoldLoop);
  add("prepareForExit", PrepareForExit);
  ExportRaw(env, exports, "takeWakes", TakeWakes);
  ExportRaw(env, exports, "channelRead", ChannelRead);
  ExportRaw(env, exports, "channelReadOrArm", ChannelReadOrArm);
  ExportRaw(env, exports, "channelPeekOrArm", ChannelPeekOrArm);
  ExportRaw(env, exports, "channelReadOrPark", ChannelReadOrPark);
  ExportRaw(env, exports, "channelWrite", ChannelWrite);
  ExportRaw(env, exports, "channelWriteOrArm", ChannelWriteOrArm);
  ExportRaw(env, exports, "channelWriteOrPark", ChannelWriteOrPark);
  ExportRaw(env, exports, "channelReadable", ChannelReadable);
  ExportRaw(env, exports, "channelReadableOrArm", ChannelReadableOrArm);
  ExportRaw(env, exports, "channelReadableOrPark", ChannelReadableOrPark);
  ExportRaw(env, exports, "channelWritable", ChannelWritable);
  ExportRaw(env, exports, "channelWritableOrArm", ChannelWritableOrArm);
  ExportRaw(env, exports, "channelWritableOrPark", ChannelWritableOrPark);
  ExportRaw(env, exports, "channelLend", ChannelLend);
  ExportRaw(env, exports, "channelTakeBack", ChannelTakeBack);
  return exports;
}

}  // namespace
}  // namespace smipc

static Napi::Object InitSmipc(Napi::Env env, Napi::Object exports) {
  return smipc::Init(env, exports);
}
NODE_API_MODULE(smipc, InitSmipc)
