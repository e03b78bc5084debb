// Arguments and results of the calls that are made seldom, and so go through node-addon-api.
#ifndef SMIPC_NODE_ARGUMENTS_H_
#define SMIPC_NODE_ARGUMENTS_H_

#include <napi.h>

#include <string>

#include "node/binding.h"
#include "status.h"

namespace smipc {

inline Addon& AddonOf(const Napi::CallbackInfo& info) {
  return **info.Env().GetInstanceData<AddonPointer>();
}

inline std::string Text(const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); }
inline uint32_t Number(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }
inline uint64_t Size(const Napi::Value& value) {
  return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
}
inline bool Truth(const Napi::Value& value) { return value.As<Napi::Boolean>().Value(); }

// The Float64Array that a call fills; contract.h says with what.
inline double* Fields(const Napi::Value& value) { return value.As<Napi::Float64Array>().Data(); }

template <typename Call>
void Export(Napi::Env env, napi_value exports, const char* name, Call call) {
  Napi::Object(env, exports).Set(name, Napi::Function::New(env, call, name));
}

}  // namespace smipc

#endif  // SMIPC_NODE_ARGUMENTS_H_
