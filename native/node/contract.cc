#include "node/contract.h"

#include <cstddef>

#include "node/binding.h"

namespace smipc {
namespace {

// One array that a call fills: for each place its name, and where the number comes from.
template <typename Source>
struct Field {
  const char* name;
  double (*get)(const Source&);
};

// Each table is both: what the call does, and what the contract says.

constexpr Field<Snapshot> kSnapshotFields[] = {
    {"capacity", [](const Snapshot& s) { return static_cast<double>(s.capacity); }},
    {"framing", [](const Snapshot& s) { return static_cast<double>(s.framing); }},
    {"bytesWritten", [](const Snapshot& s) { return static_cast<double>(s.written); }},
    {"bytesRead", [](const Snapshot& s) { return static_cast<double>(s.read); }},
    {"messagesWritten", [](const Snapshot& s) { return static_cast<double>(s.messages_written); }},
    {"messagesRead", [](const Snapshot& s) { return static_cast<double>(s.messages_read); }},
    {"writer", [](const Snapshot& s) { return static_cast<double>(s.writer); }},
    {"writerPid", [](const Snapshot& s) { return static_cast<double>(s.writer_pid); }},
    {"reader", [](const Snapshot& s) { return static_cast<double>(s.reader); }},
    {"readerPid", [](const Snapshot& s) { return static_cast<double>(s.reader_pid); }},
    {"isResumable", [](const Snapshot& s) { return s.is_resumable ? 1.0 : 0.0; }},
    {"writerGeneration",
     [](const Snapshot& s) { return static_cast<double>(s.writer_tenure.generation); }},
    {"writerSince", [](const Snapshot& s) { return static_cast<double>(s.writer_tenure.since); }},
    {"readerGeneration",
     [](const Snapshot& s) { return static_cast<double>(s.reader_tenure.generation); }},
    {"readerSince", [](const Snapshot& s) { return static_cast<double>(s.reader_tenure.since); }},
    {"writerSleeps", [](const Snapshot& s) { return s.writer_sleeps ? 1.0 : 0.0; }},
    {"readerSleeps", [](const Snapshot& s) { return s.reader_sleeps ? 1.0 : 0.0; }},
    {"writerWakeUps", [](const Snapshot& s) { return static_cast<double>(s.writer_wake_ups); }},
    {"readerWakeUps", [](const Snapshot& s) { return static_cast<double>(s.reader_wake_ups); }},
    {"writerIsWithinMessage",
     [](const Snapshot& s) { return s.writer_is_within_message ? 1.0 : 0.0; }},
    {"readerIsWithinMessage",
     [](const Snapshot& s) { return s.reader_is_within_message ? 1.0 : 0.0; }},
    {"refusedPid", [](const Snapshot& s) { return static_cast<double>(s.refused.pid); }},
    {"refusedIsWriter", [](const Snapshot& s) { return s.refused.is_writer ? 1.0 : 0.0; }},
    {"refusedFraming", [](const Snapshot& s) { return static_cast<double>(s.refused.framing); }},
    {"refusedIsResumable", [](const Snapshot& s) { return s.refused.is_resumable ? 1.0 : 0.0; }},
    {"isSpent", [](const Snapshot& s) { return s.is_spent ? 1.0 : 0.0; }},
    {"fileNumber", [](const Snapshot& s) { return static_cast<double>(s.file_number); }},
};

constexpr Field<Counters> kCounterFields[] = {
    {"pollsHit", [](const Counters& c) { return static_cast<double>(c.polls_hit); }},
    {"pollsMissed", [](const Counters& c) { return static_cast<double>(c.polls_missed); }},
    {"parks", [](const Counters& c) { return static_cast<double>(c.parks); }},
    {"wakeUpsRung", [](const Counters& c) { return static_cast<double>(c.wake_ups_rung); }},
    {"wakeUpsSuppressed",
     [](const Counters& c) { return static_cast<double>(c.wake_ups_suppressed); }},
};

constexpr Field<Tenures> kTenureFields[] = {
    {"ownGeneration", [](const Tenures& t) { return static_cast<double>(t.own.generation); }},
    {"position", [](const Tenures& t) { return static_cast<double>(t.position); }},
    {"messages", [](const Tenures& t) { return static_cast<double>(t.messages); }},
    {"delivered", [](const Tenures& t) { return static_cast<double>(t.delivered); }},
    {"peerGeneration", [](const Tenures& t) { return static_cast<double>(t.peer.generation); }},
    {"peerSince", [](const Tenures& t) { return static_cast<double>(t.peer.since); }},
    {"peerSinceMessages",
     [](const Tenures& t) { return static_cast<double>(t.peer.since_messages); }},
};

constexpr Field<Details> kDetailFields[] = {
    {"systemError", [](const Details& d) { return static_cast<double>(d.result.error); }},
    {"holderPid", [](const Details& d) { return static_cast<double>(d.holder_pid); }},
    {"capacity", [](const Details& d) { return static_cast<double>(d.capacity); }},
};

constexpr Field<Refusal> kRefusalFields[] = {
    {"pid", [](const Refusal& r) { return static_cast<double>(r.pid); }},
    {"isWriter", [](const Refusal& r) { return r.is_writer ? 1.0 : 0.0; }},
    {"framing", [](const Refusal& r) { return static_cast<double>(r.framing); }},
    {"isResumable", [](const Refusal& r) { return r.is_resumable ? 1.0 : 0.0; }},
};

constexpr Field<Limits> kLimitFields[] = {
    {"descriptors", [](const Limits& l) { return l.descriptors; }},
    {"addressSpaceBytes", [](const Limits& l) { return l.address_space_bytes; }},
    {"fileBytes", [](const Limits& l) { return l.file_bytes; }},
    {"threads", [](const Limits& l) { return l.threads; }},
};

struct NamedNumber {
  const char* name;
  int64_t value;
};

constexpr NamedNumber kStatuses[] = {
    {"Ok", static_cast<int64_t>(Status::Ok)},
    {"PeerEnded", static_cast<int64_t>(Status::PeerEnded)},
    {"PeerAborted", static_cast<int64_t>(Status::PeerAborted)},
    {"PeerDied", static_cast<int64_t>(Status::PeerDied)},
    {"PeerClosed", static_cast<int64_t>(Status::PeerClosed)},
    {"Busy", static_cast<int64_t>(Status::Busy)},
    {"Undrained", static_cast<int64_t>(Status::Undrained)},
    {"NotFound", static_cast<int64_t>(Status::NotFound)},
    {"Exists", static_cast<int64_t>(Status::Exists)},
    {"Incompatible", static_cast<int64_t>(Status::Incompatible)},
    {"OpenToOthers", static_cast<int64_t>(Status::OpenToOthers)},
    {"Locked", static_cast<int64_t>(Status::Locked)},
    {"Corrupt", static_cast<int64_t>(Status::Corrupt)},
    {"Closed", static_cast<int64_t>(Status::Closed)},
    {"System", static_cast<int64_t>(Status::System)},
    {"Detached", static_cast<int64_t>(Status::Detached)},
    {"Dying", static_cast<int64_t>(Status::Dying)},
    {"UnusableDirectory", static_cast<int64_t>(Status::UnusableDirectory)},
    {"NotSupported", static_cast<int64_t>(Status::NotSupported)},
    {"IdInUse", static_cast<int64_t>(Status::IdInUse)},
    {"Refused", static_cast<int64_t>(Status::Refused)},
};

constexpr NamedNumber kWaits[] = {{"Return", kReturn}, {"Arm", kArm}};

constexpr NamedNumber kPresences[] = {
    {"absent", static_cast<int64_t>(Presence::Absent)},
    {"open", static_cast<int64_t>(Presence::Open)},
    {"ended", static_cast<int64_t>(Presence::Ended)},
    {"aborted", static_cast<int64_t>(Presence::Aborted)},
    {"closed", static_cast<int64_t>(Presence::Closed)},
    {"died", static_cast<int64_t>(Presence::Died)},
};

constexpr NamedNumber kFramings[] = {
    {"bytes", static_cast<int64_t>(Framing::Bytes)},
    {"messages", static_cast<int64_t>(Framing::Messages)},
    {"objects", static_cast<int64_t>(Framing::Objects)},
    {"connections", static_cast<int64_t>(Framing::Listener)},
    {"session", static_cast<int64_t>(Framing::Session)},
};

constexpr NamedNumber kCreateModes[] = {
    {"auto", static_cast<int64_t>(CreateMode::Auto)},
    {"always", static_cast<int64_t>(CreateMode::Always)},
    {"never", static_cast<int64_t>(CreateMode::Never)},
};

constexpr NamedNumber kRested[] = {
    {"Not", static_cast<int64_t>(Session::Rested::Not)},
    {"Yes", static_cast<int64_t>(Session::Rested::Yes)},
    {"NotYet", static_cast<int64_t>(Session::Rested::NotYet)},
};

constexpr NamedNumber kArrivals[] = {
    {"None", static_cast<int64_t>(Session::Arrival::None)},
    {"Connection", static_cast<int64_t>(Session::Arrival::Connection)},
    {"Refused", static_cast<int64_t>(Session::Arrival::Refused)},
};

template <typename Source, size_t kCount>
void FillAll(double* fields, const Source& source, const Field<Source> (&table)[kCount]) {
  for (const Field<Source>& field : table) *fields++ = field.get(source);
}

void SetNumber(napi_env env, napi_value object, const char* name, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  napi_set_named_property(env, object, name, value);
}

// { name: place }
template <typename Source, size_t kCount>
void AddFields(napi_env env, napi_value contract, const char* name,
               const Field<Source> (&table)[kCount]) {
  napi_value places = nullptr;
  napi_create_object(env, &places);
  for (size_t i = 0; i < kCount; i++) SetNumber(env, places, table[i].name, static_cast<double>(i));
  napi_set_named_property(env, contract, name, places);
}

// { name: value }
template <size_t kCount>
void AddNumbers(napi_env env, napi_value contract, const char* name,
                const NamedNumber (&table)[kCount]) {
  napi_value numbers = nullptr;
  napi_create_object(env, &numbers);
  for (const auto& [key, value] : table) {
    SetNumber(env, numbers, key, static_cast<double>(value));
  }
  napi_set_named_property(env, contract, name, numbers);
}

// contract(): all of the above
napi_value GetContract(napi_env env, napi_callback_info) {
  napi_value contract = nullptr;
  napi_create_object(env, &contract);
  AddNumbers(env, contract, "status", kStatuses);
  AddNumbers(env, contract, "wait", kWaits);
  AddNumbers(env, contract, "presences", kPresences);
  AddNumbers(env, contract, "framings", kFramings);
  AddNumbers(env, contract, "createModes", kCreateModes);
  AddNumbers(env, contract, "arrivals", kArrivals);
  AddNumbers(env, contract, "rested", kRested);
  SetNumber(env, contract, "mostConnections", kMostConnections);
  SetNumber(env, contract, "changedBit", Session::kHasChanged);
  SetNumber(env, contract, "retiredBit", Environment::kRetiredBit);
  SetNumber(env, contract, "layoutVersion", kLayoutVersion);
  AddFields(env, contract, "snapshot", kSnapshotFields);
  AddFields(env, contract, "counters", kCounterFields);
  AddFields(env, contract, "tenures", kTenureFields);
  AddFields(env, contract, "details", kDetailFields);
  AddFields(env, contract, "refusal", kRefusalFields);
  AddFields(env, contract, "limits", kLimitFields);
  return contract;
}

}  // namespace

void Fill(double* fields, const Snapshot& source) { FillAll(fields, source, kSnapshotFields); }
void Fill(double* fields, const Counters& source) { FillAll(fields, source, kCounterFields); }
void Fill(double* fields, const Tenures& source) { FillAll(fields, source, kTenureFields); }
void Fill(double* fields, const Details& source) { FillAll(fields, source, kDetailFields); }
void Fill(double* fields, const Refusal& source) { FillAll(fields, source, kRefusalFields); }
void Fill(double* fields, const Limits& source) { FillAll(fields, source, kLimitFields); }

void ExportContract(napi_env env, napi_value exports) {
  napi_value function = nullptr;
  napi_create_function(env, "contract", NAPI_AUTO_LENGTH, GetContract, nullptr, &function);
  napi_set_named_property(env, exports, "contract", function);
}

}  // namespace smipc
