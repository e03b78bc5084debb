// The addon: what it exports to JavaScript.
#include "node/binding.h"

// The version of smipc that it was compiled for: the JavaScript of another one does not call it.
static void ExportVersion(napi_env env, napi_value exports) {
  napi_value version = nullptr;
  napi_create_string_utf8(env, SMIPC_VERSION, NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "version", version);
}

static napi_value Init(napi_env env, napi_value exports) {
  ExportVersion(env, exports);
  smipc::ExportEnvironmentCalls(env, exports);
  smipc::ExportEndpointCalls(env, exports);
  smipc::ExportByteCalls(env, exports);
  smipc::ExportSessionCalls(env, exports);
  smipc::ExportContract(env, exports);
  return exports;
}
NAPI_MODULE(smipc, Init)
