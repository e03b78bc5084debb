// What the two files of the boundary to JavaScript share. No napi.h: only binding.cc needs it.
#ifndef SMIPC_NODE_BINDING_H_
#define SMIPC_NODE_BINDING_H_

#include <node_api.h>

#include <cstdint>
#include <memory>

#include "channel/channel.h"

namespace smipc {

struct Addon;

// What a JavaScript handle stands for. Holds the Addon, because at the end of an environment
// finalizers run in no fixed order.
struct Handle {
  std::shared_ptr<Addon> addon;
  uint32_t id;
  Channel* channel;
};

// Adds the calls of binding_bytes.cc to what the addon exports.
void ExportByteCalls(napi_env env, napi_value exports);

}  // namespace smipc

#endif  // SMIPC_NODE_BINDING_H_
