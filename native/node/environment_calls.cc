// The calls to JavaScript about an environment: what it has once, its wake-ups, its bells, the
// event loop and the exit; and what the runtime and the system allow.
#include <memory>
#include <utility>

#include "node/arguments.h"
#include "node/contract.h"
#include "platform/monotonic.h"
#include "platform/pipe.h"
#include "platform/process_limits.h"

namespace smipc {
namespace {

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

// bellOpen(directory, permissions, mayMakeDirectory): what to listen to | status
Napi::Value BellOpen(const Napi::CallbackInfo& info) {
  File bell;
  const Result made =
      AddonOf(info).environment.OpenBell(Text(info[0]), Number(info[1]), Truth(info[2]), &bell);
  return Napi::Number::New(info.Env(), made.ok() ? static_cast<int32_t>(bell.Release())
                                                 : static_cast<int32_t>(made.status));
}

// bellTrust(directory): the event loop has heard it
void BellTrust(const Napi::CallbackInfo& info) {
  AddonOf(info).environment.TrustBell(Text(info[0]));
}

// bellIsThere(directory): boolean
Napi::Value BellIsThere(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), AddonOf(info).environment.IsBellThere(Text(info[0])));
}

// bellClose(directory)
void BellClose(const Napi::CallbackInfo& info) {
  AddonOf(info).environment.CloseBell(Text(info[0]));
}

// makePipe(ends): 0, and where its reader's and its writer's end are, which are the caller's |
// errno
Napi::Value MakeSystemPipe(const Napi::CallbackInfo& info) {
  auto ends = info[0].As<Napi::Int32Array>();
  File reader;
  File writer;
  const Result made = MakePipe(&reader, &writer);
  if (made.ok()) {
    ends[0] = static_cast<int32_t>(reader.Release());
    ends[1] = static_cast<int32_t>(writer.Release());
  }
  return Napi::Number::New(info.Env(), made.error);
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

constexpr double kNsPerMs = 1e6;

// monotonicMs(): the kernel's clock, even if those of JavaScript and the C library are replaced
Napi::Value GetMonotonicMs(const Napi::CallbackInfo& info) {
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
void GetProcessLimits(const Napi::CallbackInfo& info) { Fill(Fields(info[0]), GetLimits()); }

}  // namespace

void ExportEnvironmentCalls(napi_env env, napi_value exports) {
  const auto add = [&](const char* name, auto call) { Export(env, exports, name, call); };
  add("callWithoutContext", CallWithoutContext);
  add("getShared", GetShared);
  add("initialize", Initialize);
  add("bellOpen", BellOpen);
  add("bellTrust", BellTrust);
  add("bellIsThere", BellIsThere);
  add("bellClose", BellClose);
  add("makePipe", MakeSystemPipe);
  add("takeWakes", TakeWakes);
  add("holdLoop", HoldLoop);
  add("prepareForExit", PrepareForExit);
  add("monotonicMs", GetMonotonicMs);
  add("pause", Pause);
  add("canLend", CanLend);
  add("limits", GetProcessLimits);
}

}  // namespace smipc
