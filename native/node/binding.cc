// The addon: what it exports to JavaScript.
#include "node/binding.h"

static napi_value Init(napi_env env, napi_value exports) {
  smipc::ExportEnvironmentCalls(env, exports);
  smipc::ExportEndpointCalls(env, exports);
  smipc::ExportByteCalls(env, exports);
  smipc::ExportContract(env, exports);
  return exports;
}
NAPI_MODULE(smipc, Init)
