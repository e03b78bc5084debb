// The calls from JavaScript that move bytes, or lend the ring. There is one for every chunk, so
// they go through Node-API's C functions. As in binding.cc, JavaScript has checked the arguments.
#include "node/binding.h"

namespace smipc {
namespace {

napi_value Count(napi_env env, int64_t count) {
  napi_value value = nullptr;
  napi_create_double(env, static_cast<double>(count), &value);
  return value;
}

// Gets the arguments, of which the last ones may be missing, and the channel that the first one,
// its handle, stands for. Returns how many were given.
template <size_t kMost>
size_t Unpack(napi_env env, napi_callback_info info, napi_value (&arguments)[kMost],
              Channel** channel) {
  size_t count = kMost;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void* handle = nullptr;
  napi_get_value_external(env, arguments[0], &handle);
  *channel = static_cast<Handle*>(handle)->channel;
  return count;
}

// --- to and from a Uint8Array

struct Move {
  bool is_sound;  // the range lies in the array
  Channel* channel;
  uint8_t* bytes;
  uint64_t size;
  double extra;  // min, behind, or a time limit that stands in their place
  double timeout_ms;
};

// Arguments (handle, Uint8Array, offset, length, extra, timeoutMs); the last ones may be missing.
Move UnpackMove(napi_env env, napi_callback_info info) {
  Move move{false, nullptr, nullptr, 0, 0, 0};
  napi_value arguments[6];
  const size_t count = Unpack(env, info, arguments, &move.channel);
  void* bytes = nullptr;
  size_t available = 0;
  napi_get_typedarray_info(env, arguments[1], nullptr, &available, &bytes, nullptr, nullptr);
  double offset = 0;
  double length = 0;
  napi_get_value_double(env, arguments[2], &offset);
  napi_get_value_double(env, arguments[3], &length);
  if (count > 4) napi_get_value_double(env, arguments[4], &move.extra);
  if (count > 5) napi_get_value_double(env, arguments[5], &move.timeout_ms);
  move.bytes = static_cast<uint8_t*>(bytes) + static_cast<size_t>(offset);
  move.size = static_cast<uint64_t>(length);
  // JavaScript has checked the range, but a call that waited may find the memory transferred away,
  // or a resizable buffer shrunk.
  move.is_sound = offset >= 0 && length >= 0 && offset + length <= static_cast<double>(available);
  return move;
}

// (handle, Uint8Array, offset, length, …): count | status
template <typename Call>
napi_value MoveBytes(napi_env env, napi_callback_info info, Call call) {
  const Move move = UnpackMove(env, info);
  return Count(env, move.is_sound ? call(move) : static_cast<int64_t>(Status::Detached));
}

// channelRead, channelReadOrArm, channelPeekOrArm(handle, target, offset, length, min)
template <int64_t (Channel::*kRead)(uint8_t*, uint64_t, uint64_t)>
napi_value ChannelRead(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info, [](const Move& move) {
    return (move.channel->*kRead)(move.bytes, move.size, static_cast<uint64_t>(move.extra));
  });
}

// channelReadOrPark(handle, target, offset, length, min, timeoutMs). 0: try again
napi_value ChannelReadOrPark(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info, [](const Move& move) {
    return move.channel->ReadOrPark(move.bytes, move.size, static_cast<uint64_t>(move.extra),
                                    static_cast<int64_t>(move.timeout_ms));
  });
}

// channelWrite(handle, source, offset, length)
napi_value ChannelWrite(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info,
                   [](const Move& move) { return move.channel->Write(move.bytes, move.size); });
}

// channelWriteOrArm(handle, source, offset, length, behind)
napi_value ChannelWriteOrArm(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info, [](const Move& move) {
    return move.channel->WriteOrArm(move.bytes, move.size, static_cast<uint64_t>(move.extra));
  });
}

// channelWriteOrPark(handle, source, offset, length, timeoutMs)
napi_value ChannelWriteOrPark(napi_env env, napi_callback_info info) {
  return MoveBytes(env, info, [](const Move& move) {
    return move.channel->WriteOrPark(move.bytes, move.size, static_cast<int64_t>(move.extra));
  });
}

// --- in the ring itself

struct Query {
  Channel* channel;
  uint64_t amount;
  int64_t timeout_ms;
};

// Arguments (handle, amount, timeoutMs); the last one may be missing.
Query UnpackQuery(napi_env env, napi_callback_info info) {
  Query query{nullptr, 0, 0};
  napi_value arguments[3];
  const size_t count = Unpack(env, info, arguments, &query.channel);
  int64_t amount = 0;
  napi_get_value_int64(env, arguments[1], &amount);
  query.amount = static_cast<uint64_t>(amount);
  if (count > 2) napi_get_value_int64(env, arguments[2], &query.timeout_ms);
  return query;
}

// channelReadable, channelReadableOrArm(handle, min), channelWritable, channelWritableOrArm(handle,
// size): count | status
template <int64_t (Channel::*kQuery)(uint64_t)>
napi_value ChannelQuery(napi_env env, napi_callback_info info) {
  const Query query = UnpackQuery(env, info);
  return Count(env, (query.channel->*kQuery)(query.amount));
}

// channelReadableOrPark(handle, min, timeoutMs), channelWritableOrPark(handle, size, timeoutMs):
// count | status. 0: try again
template <int64_t (Channel::*kQuery)(uint64_t, int64_t)>
napi_value ChannelQueryOrPark(napi_env env, napi_callback_info info) {
  const Query query = UnpackQuery(env, info);
  return Count(env, (query.channel->*kQuery)(query.amount, query.timeout_ms));
}

// channelLend(handle, size): ArrayBuffer of `size` bytes that can be read, or be written
napi_value ChannelLend(napi_env env, napi_callback_info info) {
  const Query query = UnpackQuery(env, info);
  napi_value buffer = nullptr;
  // No finalizer: what is lent is taken back in the same turn, by channelTakeBack.
  const napi_status made = napi_create_external_arraybuffer(
      env, query.channel->Lend(), query.amount, nullptr, nullptr, &buffer);
  if (made == napi_ok) return buffer;
  query.channel->TakeBack();
  return nullptr;  // no memory, or the worker is being terminated
}

// channelTakeBack(handle, buffer)
napi_value ChannelTakeBack(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Channel* channel = nullptr;
  Unpack(env, info, arguments, &channel);
  // Detached or not: if not, the ring stays mapped as long as the channel's handle lives.
  if (napi_detach_arraybuffer(env, arguments[1]) == napi_ok) channel->TakeBack();
  return nullptr;
}

}  // namespace

void ExportByteCalls(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback call;
  } calls[] = {
      {"channelRead", ChannelRead<&Channel::Read>},
      {"channelReadOrArm", ChannelRead<&Channel::ReadOrArm>},
      {"channelPeekOrArm", ChannelRead<&Channel::PeekOrArm>},
      {"channelReadOrPark", ChannelReadOrPark},
      {"channelWrite", ChannelWrite},
      {"channelWriteOrArm", ChannelWriteOrArm},
      {"channelWriteOrPark", ChannelWriteOrPark},
      {"channelReadable", ChannelQuery<&Channel::Readable>},
      {"channelReadableOrArm", ChannelQuery<&Channel::ReadableOrArm>},
      {"channelReadableOrPark", ChannelQueryOrPark<&Channel::ReadableOrPark>},
      {"channelWritable", ChannelQuery<&Channel::Writable>},
      {"channelWritableOrArm", ChannelQuery<&Channel::WritableOrArm>},
      {"channelWritableOrPark", ChannelQueryOrPark<&Channel::WritableOrPark>},
      {"channelLend", ChannelLend},
      {"channelTakeBack", ChannelTakeBack},
  };
  for (const auto& [name, call] : calls) {
    napi_value function = nullptr;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  }
}

}  // namespace smipc
