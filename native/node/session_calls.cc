// The calls to JavaScript about servers and their clients: listening, calling, sessions and the
// connections in them. byte_calls.cc and endpoint_calls.cc have what is done with the end of a
// connection.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "core/hidden_name.h"
#include "node/arguments.h"
#include "node/contract.h"
#include "platform/random.h"
#include "session/caller.h"
#include "session/listener.h"
#include "session/session.h"

namespace smipc {
namespace {

// What a handle of a listener or a session stands for. `holder` lives until Environment::Forget.
template <typename Holder>
struct HolderHandle {
  AddonPointer addon;
  uint32_t id;
  Holder* holder;
};

template <typename Holder>
Napi::Value HandleFor(const Napi::CallbackInfo& info, uint32_t id, Holder* holder) {
  const AddonPointer& addon = *info.Env().GetInstanceData<AddonPointer>();
  auto* handle = new HolderHandle<Holder>{addon, id, holder};
  const auto forget = [](Napi::Env, HolderHandle<Holder>* forgotten) {
    forgotten->addon->environment.Forget(forgotten->id);
    delete forgotten;
  };
  const auto external = Napi::External<HolderHandle<Holder>>::New(info.Env(), handle, forget);
  // No handle: the worker is being terminated.
  if (external.IsEmpty()) forget(info.Env(), handle);
  return external;
}

template <typename Holder>
Holder& HolderOf(const Napi::CallbackInfo& info) {
  return *info[0].As<Napi::External<HolderHandle<Holder>>>().Data()->holder;
}

// From a ConnectionSettings of lib/environment/addon.ts. False: the worker is being terminated.
bool ReadRequest(const Napi::CallbackInfo& info, napi_value settings, OpenRequest* request) {
  Properties properties(info.Env(), settings);
  request->directory = properties.Text("directory");
  request->name = properties.Text("name");
  request->permissions = static_cast<uint32_t>(properties.Number("permissions"));
  request->busy_poll_us = static_cast<uint32_t>(properties.Number("busyPollUs"));
  request->terms.framing = static_cast<Framing>(properties.Number("framing"));
  request->terms.up_capacity = static_cast<uint64_t>(properties.Number("upCapacity"));
  request->terms.down_capacity = static_cast<uint64_t>(properties.Number("downCapacity"));
  request->bell = kNoBell;
  return properties.ok();
}

template <typename Holder>
Napi::Value OpenHolder(const Napi::CallbackInfo& info, const OpenRequest& request) {
  const uint32_t id = Number(info[0]);
  Holder* holder = nullptr;
  Details details;
  details.result = AddonOf(info).environment.OpenAs(id, request, &holder, &details.holder_pid);
  Fill(Fields(info[2]), details);
  return details.result.ok() ? HandleFor(info, id, holder) : Answer(info, details.result);
}

// --- listening

// listenerOpen(id, settings, details): handle | status
Napi::Value ListenerOpen(const Napi::CallbackInfo& info) {
  OpenRequest request{};
  if (!ReadRequest(info, info[1], &request)) return Answer(info, Result(Status::Closed));
  request.is_writer = false;
  request.create = CreateMode::Auto;
  request.capacity = kListenerCapacity;
  request.framing = Framing::Listener;
  return OpenHolder<Listener>(info, request);
}

// listenerTake(handle, ids): count. 0: there are none, and there will be a wake-up.
Napi::Value ListenerTake(const Napi::CallbackInfo& info) {
  auto ids = info[1].As<Napi::Float64Array>();
  uint64_t calls[16];
  const size_t most = std::min<size_t>(ids.ElementLength(), 16);
  const size_t count = HolderOf<Listener>(info).TakeCalls(calls, most);
  for (size_t i = 0; i < count; i++) ids[i] = static_cast<double>(calls[i]);
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

// listenerRefuse(handle, id)
void ListenerRefuse(const Napi::CallbackInfo& info) {
  HolderOf<Listener>(info).Refuse(Size(info[1]));
}

// listenerLeave(handle)
void ListenerLeave(const Napi::CallbackInfo& info) { HolderOf<Listener>(info).Leave(); }

// --- calling

using CallerHandle = Napi::External<Caller>;

Caller& CallerOf(const Napi::CallbackInfo& info) { return *info[0].As<CallerHandle>().Data(); }

// callerOpen(id, directory, name, permissions, details): handle | status
Napi::Value CallerOpen(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[1]);
  const std::string name = Text(info[2]);
  Environment& environment = AddonOf(info).environment;
  std::unique_ptr<Caller> caller;
  Details details;
  const uint32_t id = Number(info[0]);
  details.result = Caller::Open(environment.waiter(), environment.peer_bells(), id,
                                {directory.c_str(), name.c_str(), Number(info[3])}, &caller,
                                &details.holder_pid);
  Fill(Fields(info[4]), details);
  if (!details.result.ok()) return Answer(info, details.result);
  Caller* opened = caller.get();
  environment.AddOnlooker(id, std::move(caller));
  return CallerHandle::New(info.Env(), opened);
}

// callerFraming(handle): the place in kFramings
Napi::Value CallerFraming(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(CallerOf(info).framing()));
}

// callerCall(handle, session): whether it is in the backlog
Napi::Value CallerCall(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), CallerOf(info).Call(Size(info[1])));
}

// callerTakeBack(handle, session)
void CallerTakeBack(const Napi::CallbackInfo& info) { CallerOf(info).TakeBack(Size(info[1])); }

// callerWasRefused(handle, session): boolean
Napi::Value CallerWasRefused(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), CallerOf(info).TakeRefusal(Size(info[1])));
}

// callerServer(handle): presence
Napi::Value CallerServer(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(CallerOf(info).Server()));
}

// --- sessions

// newSessionId(): a number below 2^53, not 0
Napi::Value NewSessionId(const Napi::CallbackInfo& info) {
  uint64_t number = 0;
  while (number == 0) {
    if (!MakeRandom(&number)) break;
    number &= (uint64_t{1} << 53) - 1;
  }
  return Napi::Number::New(info.Env(), static_cast<double>(number));
}

// sessionName(id): of its file
Napi::Value SessionName(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), HiddenName(kSessionPrefix, Size(info[0])).text());
}

// sessionMake(id, settings, details): handle | status. For a client.
Napi::Value SessionMake(const Napi::CallbackInfo& info) {
  OpenRequest request{};
  if (!ReadRequest(info, info[1], &request)) return Answer(info, Result(Status::Closed));
  request.is_writer = true;
  request.create = CreateMode::Always;
  request.framing = Framing::Session;
  request.capacity = Session::CapacityFor(&request.terms);
  request.reserved = Session::ReservedFor(request.terms);
  return OpenHolder<Session>(info, request);
}

// sessionTake(id, settings, details): handle | status. For a server.
Napi::Value SessionTake(const Napi::CallbackInfo& info) {
  OpenRequest request{};
  if (!ReadRequest(info, info[1], &request)) return Answer(info, Result(Status::Closed));
  request.is_writer = false;
  request.create = CreateMode::Never;
  request.capacity = kMinCapacity;
  request.framing = Framing::Session;
  return OpenHolder<Session>(info, request);
}

// sessionConnect(handle, framing, details): slot | -1: there is no free one | status below -1
Napi::Value SessionConnect(const Napi::CallbackInfo& info) {
  uint32_t slot = 0;
  MemoryShortage shortage;
  Details details;
  details.result =
      HolderOf<Session>(info).Connect(static_cast<Framing>(Number(info[1])), &slot, &shortage);
  if (!details.result.ok()) {
    Fill(Fields(info[2]), details);
    return Answer(info, details.result);
  }
  const double number = slot == Session::kNoFreeSlot ? -1.0 : static_cast<double>(slot);
  return Napi::Number::New(info.Env(), number);
}

// sessionGiveUp(handle, died)
void SessionGiveUp(const Napi::CallbackInfo& info) {
  HolderOf<Session>(info).GiveUp(Truth(info[1]));
}

// sessionAccept(handle, slot, framing): what has come there
Napi::Value SessionAccept(const Napi::CallbackInfo& info) {
  const Session::Arrival arrival =
      HolderOf<Session>(info).Accept(Number(info[1]), static_cast<Framing>(Number(info[2])));
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(arrival));
}

// sessionDrop(handle, slot)
void SessionDrop(const Napi::CallbackInfo& info) { HolderOf<Session>(info).Drop(Number(info[1])); }

// sessionSetAccepts(handle, accepts)
void SessionSetAccepts(const Napi::CallbackInfo& info) {
  HolderOf<Session>(info).SetAccepts(Truth(info[1]) ? Accepts::Yes : Accepts::NoLonger);
}

// sessionEnd(handle, slot, isWriter): handle of the end
Napi::Value SessionEnd(const Napi::CallbackInfo& info) {
  const AddonPointer& addon = *info.Env().GetInstanceData<AddonPointer>();
  const std::shared_ptr<Connection>& connection =
      HolderOf<Session>(info).connection(Number(info[1]));
  SlotEnd* end = Truth(info[2]) ? &connection->writer : &connection->reader;
  auto* handle = new Handle{addon, 0, end, nullptr, connection};
  const auto forget = [](Napi::Env, Handle* forgotten) { delete forgotten; };
  const auto external = Napi::External<Handle>::New(info.Env(), handle, forget);
  if (external.IsEmpty()) forget(info.Env(), handle);
  return external;
}

// sessionTakeReady(handle, slots): count
Napi::Value SessionTakeReady(const Napi::CallbackInfo& info) {
  auto slots = info[1].As<Napi::Uint32Array>();  // of kMostConnections
  const size_t count = HolderOf<Session>(info).TakeReady(slots.Data());
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

// sessionRest(handle, polls): a Rested
Napi::Value SessionRest(const Napi::CallbackInfo& info) {
  const Session::Rested rested = HolderOf<Session>(info).Rest(Truth(info[1]));
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(rested));
}

// sessionPeer(handle): presence
Napi::Value SessionPeer(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(),
                           static_cast<uint32_t>(HolderOf<Session>(info).PeerOfSession()));
}

// sessionLeave(handle)
void SessionLeave(const Napi::CallbackInfo& info) { HolderOf<Session>(info).Leave(); }

}  // namespace

void ExportSessionCalls(napi_env env, napi_value exports) {
  const auto add = [&](const char* name, auto call) { Export(env, exports, name, call); };
  add("listenerOpen", ListenerOpen);
  add("listenerTake", ListenerTake);
  add("listenerRefuse", ListenerRefuse);
  add("listenerLeave", ListenerLeave);
  add("callerOpen", CallerOpen);
  add("callerFraming", CallerFraming);
  add("callerCall", CallerCall);
  add("callerTakeBack", CallerTakeBack);
  add("callerWasRefused", CallerWasRefused);
  add("callerServer", CallerServer);
  add("newSessionId", NewSessionId);
  add("sessionName", SessionName);
  add("sessionMake", SessionMake);
  add("sessionTake", SessionTake);
  add("sessionConnect", SessionConnect);
  add("sessionGiveUp", SessionGiveUp);
  add("sessionAccept", SessionAccept);
  add("sessionDrop", SessionDrop);
  add("sessionSetAccepts", SessionSetAccepts);
  add("sessionEnd", SessionEnd);
  add("sessionTakeReady", SessionTakeReady);
  add("sessionRest", SessionRest);
  add("sessionPeer", SessionPeer);
  add("sessionLeave", SessionLeave);
}

}  // namespace smipc
