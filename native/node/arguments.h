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

inline Napi::Value Answer(const Napi::CallbackInfo& info, const Result& result) {
  return Napi::Number::New(info.Env(), static_cast<int32_t>(result.status));
}

// The properties of an object. Through Node-API's C functions, because reading one fails while the
// worker is being terminated, at any moment, and node-addon-api ends the process then.
class Properties {
 public:
  Properties(napi_env env, napi_value object) : env_(env), object_(object) {}

  // False: a property could not be read.
  bool ok() const { return ok_; }

  double Number(const char* name) {
    double number = 0;
    Check(napi_get_value_double(env_, Get(name), &number));
    return number;
  }
  bool Truth(const char* name) {
    bool truth = false;
    Check(napi_get_value_bool(env_, Get(name), &truth));
    return truth;
  }
  std::string Text(const char* name) {
    napi_value value = Get(name);
    size_t length = 0;
    Check(napi_get_value_string_utf8(env_, value, nullptr, 0, &length));
    std::string text(length, '\0');
    // One more, for the terminating zero, which std::string has room for.
    Check(napi_get_value_string_utf8(env_, value, text.data(), length + 1, &length));
    return text;
  }

 private:
  napi_value Get(const char* name) {
    napi_value value = nullptr;
    Check(napi_get_named_property(env_, object_, name, &value));
    return value;
  }
  void Check(napi_status status) { ok_ = ok_ && status == napi_ok; }

  napi_env env_;
  napi_value object_;
  bool ok_ = true;
};

template <typename Call>
void Export(Napi::Env env, napi_value exports, const char* name, Call call) {
  Napi::Object(env, exports).Set(name, Napi::Function::New(env, call, name));
}

}  // namespace smipc

#endif  // SMIPC_NODE_ARGUMENTS_H_
