// The calls to JavaScript that open an endpoint, tell of it and its peer, and leave; and those
// about channels in which this environment has no role. byte_calls.cc has the calls that move
// bytes.
#include <string>
#include <vector>

#include "channel/registry.h"
#include "node/arguments.h"
#include "node/contract.h"
#include "platform/directory.h"

namespace smipc {
namespace {

// --- opening

// From an OpenSettings of lib/environment/addon.ts. False: the worker is being terminated.
bool ReadRequest(const Napi::CallbackInfo& info, napi_value settings, OpenRequest* request) {
  Properties properties(info.Env(), settings);
  request->directory = properties.Text("directory");
  request->name = properties.Text("name");
  request->is_writer = properties.Truth("isWriter");
  request->create = static_cast<CreateMode>(properties.Number("create"));
  request->capacity = static_cast<uint64_t>(properties.Number("capacity"));
  request->framing = static_cast<Framing>(properties.Number("framing"));
  request->permissions = static_cast<uint32_t>(properties.Number("permissions"));
  request->busy_poll_us = static_cast<uint32_t>(properties.Number("busyPollUs"));
  request->bell = kNoBell;
  request->is_resumable = properties.Truth("isResumable");
  return properties.ok();
}

// endpointOpen(id, settings, details): handle | status
Napi::Value EndpointOpen(const Napi::CallbackInfo& info) {
  const uint32_t id = Number(info[0]);
  Endpoint* endpoint = nullptr;
  Details details;
  const AddonPointer& addon = *info.Env().GetInstanceData<AddonPointer>();
  OpenRequest request{};
  if (!ReadRequest(info, info[1], &request)) return Answer(info, Result(Status::Closed));
  details.result = addon->environment.Open(id, request, &endpoint, &details.holder_pid);
  if (details.result.ok()) details.capacity = endpoint->segment().capacity();
  Fill(Fields(info[2]), details);
  if (!details.result.ok()) return Answer(info, details.result);
  auto* handle = new Handle{addon, id, endpoint, endpoint, nullptr};
  const auto forget = [](Napi::Env, Handle* forgotten) {
    forgotten->addon->environment.Forget(forgotten->id);
    delete forgotten;
  };
  const auto external = Napi::External<Handle>::New(info.Env(), handle, forget);
  // No handle: the worker is being terminated.
  if (external.IsEmpty()) forget(info.Env(), handle);
  return external;
}

// memoryShortage(figures): file of the limit for which endpointOpen has just failed, or ''
Napi::Value ReadShortage(const Napi::CallbackInfo& info) {
  const MemoryShortage& shortage = AddonOf(info).environment.shortage();
  double* figures = Fields(info[0]);
  figures[0] = static_cast<double>(shortage.limit);
  figures[1] = static_cast<double>(shortage.used);
  return Napi::String::New(info.Env(), shortage.file);
}

// roleWaitStart(id, directory, name, permissions, details): status
Napi::Value RoleWaitStart(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[1]);
  const std::string name = Text(info[2]);
  Details details;
  details.result = AddonOf(info).environment.StartRoleWait(
      Number(info[0]), {directory.c_str(), name.c_str(), Number(info[3])});
  Fill(Fields(info[4]), details);
  return Answer(info, details.result);
}

// roleWaitStop(id)
void RoleWaitStop(const Napi::CallbackInfo& info) {
  AddonOf(info).environment.StopOnlooker(Number(info[0]));
}

// --- an endpoint

Handle& HandleOf(const Napi::CallbackInfo& info) {
  return *info[0].As<Napi::External<Handle>>().Data();
}
RingEnd& EndOf(const Napi::CallbackInfo& info) { return *HandleOf(info).end; }
// Calls that are made for channels only.
Endpoint& EndpointOf(const Napi::CallbackInfo& info) { return *HandleOf(info).channel; }

// endpointStatus(handle, snapshot): status
Napi::Value EndpointStatus(const Napi::CallbackInfo& info) {
  Snapshot snapshot{};
  const Status status = EndOf(info).TakeSnapshot(&snapshot);
  Fill(Fields(info[1]), snapshot);
  return Answer(info, Result(status));
}

// endpointCounters(handle, counters)
void EndpointCounters(const Napi::CallbackInfo& info) {
  Fill(Fields(info[1]), EndOf(info).counters());
}

// endpointHasEnded(handle): whether the writer has ended and every byte has been read
Napi::Value EndpointHasEnded(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), EndOf(info).HasEnded());
}

// endpointPeer(handle): presence
Napi::Value EndpointPeer(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<uint32_t>(EndOf(info).Peer()));
}

// endpointTenures(handle, tenures)
void EndpointTenures(const Napi::CallbackInfo& info) {
  const Endpoint& endpoint = EndpointOf(info);
  Fill(Fields(info[1]), Tenures{endpoint.OwnTenure(), endpoint.position(), endpoint.messages(),
                                endpoint.delivered(), endpoint.PeerTenure()});
}

// endpointMessages(handle): written, or read, since the channel was made
Napi::Value EndpointMessages(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(EndOf(info).messages()));
}

// endpointTakeRefusal(handle, refusal): whether an opener was turned away since the last call
Napi::Value EndpointTakeRefusal(const Napi::CallbackInfo& info) {
  Refusal refusal;
  const bool is_new = EndOf(info).TakeRefusal(&refusal);
  if (is_new) Fill(Fields(info[1]), refusal);
  return Napi::Boolean::New(info.Env(), is_new);
}

// endpointAwaitNextPeer(handle, awaits)
void EndpointAwaitNextPeer(const Napi::CallbackInfo& info) {
  EndpointOf(info).AwaitNextPeer(Truth(info[1]));
}

// endpointConsume(handle, size)
void EndpointConsume(const Napi::CallbackInfo& info) { EndOf(info).Consume(Size(info[1])); }

// endpointMarkDelivered(handle, size)
void EndpointMarkDelivered(const Napi::CallbackInfo& info) {
  EndpointOf(info).MarkDelivered(Size(info[1]));
}

// endpointPublish(handle, size)
void EndpointPublish(const Napi::CallbackInfo& info) { EndOf(info).Publish(Size(info[1])); }

// endpointDrainedOrArm(handle): 1 | 0 | status
Napi::Value EndpointDrainedOrArm(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(EndOf(info).DrainedOrArm()));
}

// endpointEnd(handle)
void EndpointEnd(const Napi::CallbackInfo& info) { EndOf(info).End(); }

// endpointLeave(handle)
void EndpointLeave(const Napi::CallbackInfo& info) { EndOf(info).LeaveRing(); }

// --- channels in which this environment has no role

// defaultDirectory(): its absolute path
Napi::Value GetDefaultDirectory(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), DefaultDirectory());
}

// listNames(directory, permissions, details): array of names | status
Napi::Value ListNamesIn(const Napi::CallbackInfo& info) {
  std::vector<std::string> names;
  Details details;
  Directory directory;
  details.result = directory.Open(Text(info[0]).c_str(), Number(info[1]));
  if (details.result.ok()) details.result = ListNames(directory, &names);
  Fill(Fields(info[2]), details);
  if (!details.result.ok()) return Answer(info, details.result);
  const Napi::Array list = Napi::Array::New(info.Env(), names.size());
  for (uint32_t i = 0; i < names.size(); i++) {
    list.Set(i, Napi::String::New(info.Env(), names[i]));
  }
  return list;
}

// inspect(directory, name, permissions, snapshot, details): status
Napi::Value InspectChannel(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[0]);
  const std::string name = Text(info[1]);
  Snapshot snapshot{};
  Details details;
  details.result = Inspect({directory.c_str(), name.c_str(), Number(info[2])}, &snapshot);
  Fill(Fields(info[3]), snapshot);
  Fill(Fields(info[4]), details);
  return Answer(info, details.result);
}

// layoutVersion(directory, name): version | status
Napi::Value ReadLayoutVersion(const Napi::CallbackInfo& info) {
  constexpr uint32_t kAnyPermissions = 0777;  // it is only talked about
  Directory directory;
  File file;
  Result done = directory.Open(Text(info[0]).c_str(), kAnyPermissions);
  if (done.ok()) done = OpenSegmentFile(directory, Text(info[1]).c_str(), &file);
  if (!done.ok()) return Answer(info, done);
  return Napi::Number::New(info.Env(), LayoutVersionOf(file));
}

// remove(directory, name, permissions, force, details): status
Napi::Value RemoveChannel(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[0]);
  const std::string name = Text(info[1]);
  Details details;
  details.result = Remove({directory.c_str(), name.c_str(), Number(info[2])}, Truth(info[3]),
                          &details.holder_pid);
  Fill(Fields(info[4]), details);
  return Answer(info, details.result);
}

// sweep(directory, name, permissions, includesUnread, patienceMs, snapshot, details): status
Napi::Value SweepChannel(const Napi::CallbackInfo& info) {
  const std::string directory = Text(info[0]);
  const std::string name = Text(info[1]);
  Snapshot swept{};
  Details details;
  details.result = Sweep({directory.c_str(), name.c_str(), Number(info[2])},
                         {Truth(info[3]), Number(info[4])}, &swept);
  Fill(Fields(info[5]), swept);
  Fill(Fields(info[6]), details);
  return Answer(info, details.result);
}

}  // namespace

void ExportEndpointCalls(napi_env env, napi_value exports) {
  const auto add = [&](const char* name, auto call) { Export(env, exports, name, call); };
  add("endpointOpen", EndpointOpen);
  add("endpointStatus", EndpointStatus);
  add("endpointCounters", EndpointCounters);
  add("endpointHasEnded", EndpointHasEnded);
  add("endpointPeer", EndpointPeer);
  add("endpointTenures", EndpointTenures);
  add("endpointMessages", EndpointMessages);
  add("endpointTakeRefusal", EndpointTakeRefusal);
  add("endpointAwaitNextPeer", EndpointAwaitNextPeer);
  add("endpointConsume", EndpointConsume);
  add("endpointMarkDelivered", EndpointMarkDelivered);
  add("endpointPublish", EndpointPublish);
  add("endpointDrainedOrArm", EndpointDrainedOrArm);
  add("endpointEnd", EndpointEnd);
  add("endpointLeave", EndpointLeave);
  add("memoryShortage", ReadShortage);
  add("roleWaitStart", RoleWaitStart);
  add("roleWaitStop", RoleWaitStop);
  add("defaultDirectory", GetDefaultDirectory);
  add("listNames", ListNamesIn);
  add("inspect", InspectChannel);
  add("layoutVersion", ReadLayoutVersion);
  add("remove", RemoveChannel);
  add("sweep", SweepChannel);
}

}  // namespace smipc
