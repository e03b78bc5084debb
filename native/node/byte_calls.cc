// The calls to JavaScript that move bytes, or lend the ring: for every chunk one, so they go
// through Node-API's C functions. JavaScript has checked the arguments.
#include "node/binding.h"

namespace smipc {
namespace {

napi_value Count(napi_env env, int64_t count) {
  napi_value value = nullptr;
  napi_create_double(env, static_cast<double>(count), &value);
  return value;
}

// Gets the arguments, and the first one, a handle.
template <size_t kCount>
Handle& Unpack(napi_env env, napi_callback_info info, napi_value (&arguments)[kCount]) {
  size_t count = kCount;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void* handle = nullptr;
  napi_get_value_external(env, arguments[0], &handle);
  return *static_cast<Handle*>(handle);
}

// By way of a double, which Node-API hands out with fewer checks than an integer.
int64_t Integer(napi_env env, napi_value argument) {
  double value = 0;
  napi_get_value_double(env, argument, &value);
  return static_cast<int64_t>(value);
}

// --- to and from a Uint8Array

struct Move {
  RingEnd& end;
  uint8_t* bytes;
  uint64_t size;
  uint64_t extra;  // Read, Peek: min. Write: behind
  Wait wait;
};

// (handle, Uint8Array, offset, length, extra, wait): count | status
template <typename Call>
napi_value MoveBytes(napi_env env, napi_callback_info info, Call call) {
  napi_value arguments[6];
  RingEnd& end = *Unpack(env, info, arguments).end;
  void* bytes = nullptr;
  size_t available = 0;
  napi_get_typedarray_info(env, arguments[1], nullptr, &available, &bytes, nullptr, nullptr);
  const int64_t offset = Integer(env, arguments[2]);
  const int64_t length = Integer(env, arguments[3]);
  // JavaScript has checked the range, but a call that waited may find the memory transferred away,
  // or a resizable buffer shrunk.
  if (offset < 0 || length < 0 ||
      static_cast<uint64_t>(offset) + static_cast<uint64_t>(length) > available) {
    return Count(env, static_cast<int64_t>(Status::Detached));
  }
  const Move move{end, static_cast<uint8_t*>(bytes) + offset, static_cast<uint64_t>(length),
                  static_cast<uint64_t>(Integer(env, arguments[4])), Integer(env, arguments[5])};
  return Count(env, call(move));
}

// endpointRead(handle, target, offset, length, min, wait)
napi_value EndpointRead(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info, [](const Move& move) {
    return move.end.Read(move.bytes, move.size, move.extra, move.wait);
  });
}

// endpointPeek(handle, target, offset, length, min, wait)
napi_value EndpointPeek(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info, [](const Move& move) {
    return move.end.Peek(move.bytes, move.size, move.extra, move.wait);
  });
}

// endpointWrite(handle, source, offset, length, behind, wait)
napi_value EndpointWrite(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info, [](const Move& move) {
    return move.end.Write(move.bytes, move.size, move.extra, move.wait);
  });
}

// --- in the ring itself

// endpointReadable(handle, min, wait), endpointWritable(handle, size, wait): count | status
template <int64_t (RingEnd::*kAmount)(uint64_t, Wait)>
napi_value EndpointAmount(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  RingEnd& end = *Unpack(env, info, arguments).end;
  const auto least = static_cast<uint64_t>(Integer(env, arguments[1]));
  return Count(env, (end.*kAmount)(least, Integer(env, arguments[2])));
}

// endpointLend(handle, size): ArrayBuffer of that many bytes that can be read, or be written
napi_value EndpointLend(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Endpoint& endpoint = *Unpack(env, info, arguments).channel;
  const auto size = static_cast<size_t>(Integer(env, arguments[1]));
  napi_value buffer = nullptr;
  // No finalizer: what is lent is taken back in the same turn, by endpointTakeBack.
  const napi_status made =
      napi_create_external_arraybuffer(env, endpoint.Lend(), size, nullptr, nullptr, &buffer);
  if (made == napi_ok) return buffer;
  endpoint.TakeBack();
  return nullptr;  // no memory, or the worker is being terminated
}

// endpointTakeBack(handle, buffer)
napi_value EndpointTakeBack(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Endpoint& endpoint = *Unpack(env, info, arguments).channel;
  // Detached or not: if not, the ring stays mapped as long as the endpoint's handle lives.
  if (napi_detach_arraybuffer(env, arguments[1]) == napi_ok) endpoint.TakeBack();
  return nullptr;
}

}  // namespace

void ExportByteCalls(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback call;
  } calls[] = {
      {"endpointRead", EndpointRead},
      {"endpointPeek", EndpointPeek},
      {"endpointWrite", EndpointWrite},
      {"endpointReadable", EndpointAmount<&RingEnd::Readable>},
      {"endpointWritable", EndpointAmount<&RingEnd::Writable>},
      {"endpointLend", EndpointLend},
      {"endpointTakeBack", EndpointTakeBack},
  };
  for (const auto& [name, call] : calls) {
    napi_value function = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  }
}

}  // namespace smipc
