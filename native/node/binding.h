// What the files of the boundary to JavaScript share. Each unpacks, calls and packs: JavaScript
// (lib/environment/addon.ts declares the calls) is the only caller and has checked the arguments,
// so nothing is checked twice.
//
// No uv_* symbol is used, so that one binary serves every runtime with Node-API.
#ifndef SMIPC_NODE_BINDING_H_
#define SMIPC_NODE_BINDING_H_

#include <node_api.h>

#include <cstdint>
#include <memory>

#include "channel/endpoint.h"
#include "channel/environment.h"
#include "session/session.h"

namespace smipc {

// One per JavaScript environment, as its instance data (AddonPointer).
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

using AddonPointer = std::shared_ptr<Addon>;

// What a JavaScript handle stands for. Holds the Addon, because at the end of an environment
// finalizers run in no fixed order.
struct Handle {
  AddonPointer addon;
  uint32_t id;
  RingEnd* end;
  Endpoint* channel;                       // null: it is an end of a connection
  std::shared_ptr<Connection> connection;  // null: it is a channel's
};

// Each adds the calls of one file to what the addon exports.
void ExportEnvironmentCalls(napi_env env, napi_value exports);  // environment_calls.cc
void ExportEndpointCalls(napi_env env, napi_value exports);     // endpoint_calls.cc
void ExportByteCalls(napi_env env, napi_value exports);         // byte_calls.cc
void ExportSessionCalls(napi_env env, napi_value exports);      // session_calls.cc
void ExportContract(napi_env env, napi_value exports);          // contract.cc

}  // namespace smipc

#endif  // SMIPC_NODE_BINDING_H_
