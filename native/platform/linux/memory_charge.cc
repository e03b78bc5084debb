#include "platform/linux/memory_charge.h"

#include <algorithm>
#include <cstring>

namespace smipc {

namespace {

// Left over for the process itself, which has more to do than to open a channel.
constexpr uint64_t kSpareBytes = uint64_t{4} << 20;

// Digits at the start of a text; the largest number if they are too many. False: there are none.
bool ParseNumber(const char* text, uint64_t* number) {
  if (*text < '0' || *text > '9') return false;
  uint64_t sum = 0;
  for (; *text >= '0' && *text <= '9'; text++) {
    if (__builtin_mul_overflow(sum, uint64_t{10}, &sum) ||
        __builtin_add_overflow(sum, static_cast<uint64_t>(*text - '0'), &sum)) {
      sum = UINT64_MAX;
      break;
    }
  }
  *number = sum;
  return true;
}

// A file that holds one number. False: it is not there, or says "max".
bool ReadNumber(const std::string& path, uint64_t* number) {
  std::string text;
  return ReadShortText(path, &text) && ParseNumber(text.c_str(), number);
}

// A file with a line for each figure: "name 123" or "Name:   123 kB". Zero if it is not there.
uint64_t FigureIn(const std::string& text, const char* name) {
  const size_t length = std::strlen(name);
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    if (text.compare(at, length, name) == 0) {
      const size_t value = text.find_first_not_of(' ', at + length);
      uint64_t number = 0;
      if (value != std::string::npos) ParseNumber(text.c_str() + value, &number);
      return number;
    }
    if (text.find('\n', at) == std::string::npos) break;
  }
  return 0;
}

uint64_t Less(uint64_t from, uint64_t what) { return from > what ? from - what : 0; }
uint64_t Plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

struct Machine {
  uint64_t total = 0;  // memory and swap
  uint64_t available = UINT64_MAX;
  uint64_t free_swap = 0;
};

Machine ReadMachine(const std::string& proc) {
  Machine machine;
  std::string text;
  if (!ReadShortText(proc + "/meminfo", &text)) return machine;
  const auto bytes = [&](const char* name) { return FigureIn(text, name) * 1024; };
  machine.free_swap = bytes("SwapFree:");
  if (text.find("MemAvailable:") == std::string::npos) return machine;
  machine.total = bytes("MemTotal:") + bytes("SwapTotal:");
  machine.available = bytes("MemAvailable:") + machine.free_swap;
  return machine;
}

// How much the kernel could move from the groups to swap.
uint64_t ReadSwapRoom(const std::string& proc, const MemoryGroups& groups) {
  // Zero: nothing of a group is ever swapped.
  uint64_t swappiness = 0;
  const std::string file = groups.is_v1 ? groups.directories.front() + "/memory.swappiness"
                                        : proc + "/sys/vm/swappiness";
  if (ReadNumber(file, &swappiness) && swappiness == 0) return 0;
  uint64_t room = ReadMachine(proc).free_swap;
  if (groups.is_v1) return room;  // limited together with memory: memory.memsw
  for (const std::string& directory : groups.directories) {
    uint64_t limit = 0;
    uint64_t used = 0;
    if (!ReadNumber(directory + "/memory.swap.max", &limit)) continue;
    ReadNumber(directory + "/memory.swap.current", &used);
    room = std::min(room, Less(limit, used));
  }
  return room;
}

struct Limit {
  std::string file;
  uint64_t bytes = 0;
  uint64_t used = 0;

  bool Leaves(uint64_t wanted) const { return Less(bytes, used) >= wanted; }
};

// What v1 says for "no limit" is the largest number of pages, in bytes.
constexpr uint64_t kNoLimit = uint64_t{1} << 62;

// False: there is no such limit.
bool ReadLimit(const std::string& directory, const char* name, const char* usage, Limit* limit) {
  limit->file = directory + name;
  return ReadNumber(limit->file, &limit->bytes) && limit->bytes < kNoLimit &&
         ReadNumber(directory + usage, &limit->used);
}

// Memory that the kernel reclaims before it kills a process.
struct Reclaimable {
  uint64_t cached = 0;
  uint64_t swappable = 0;
};

Reclaimable ReadReclaimable(const std::string& directory, bool is_v1) {
  std::string stat;
  if (!ReadShortText(directory + "/memory.stat", &stat)) return {};
  if (is_v1) {
    return {FigureIn(stat, "total_active_file ") + FigureIn(stat, "total_inactive_file "),
            FigureIn(stat, "total_active_anon ") + FigureIn(stat, "total_inactive_anon ")};
  }
  return {FigureIn(stat, "active_file ") + FigureIn(stat, "inactive_file ") +
              FigureIn(stat, "slab_reclaimable "),
          FigureIn(stat, "active_anon ") + FigureIn(stat, "inactive_anon ")};
}

// Does a v1 group count what is charged to the groups in it? (Kernels before 5.11 let it choose.)
bool CountsChildren(const std::string& directory) {
  uint64_t counts = 1;
  return !ReadNumber(directory + "/memory.use_hierarchy", &counts) || counts != 0;
}

bool IsShort(Limit limit, uint64_t cached, uint64_t swap, uint64_t charge,
             MemoryShortage* shortage) {
  limit.used = Less(limit.used, cached);
  if (Plus(Less(limit.bytes, limit.used), swap) >= charge) return false;
  *shortage = {limit.file, limit.bytes, limit.used};
  return true;
}

}  // namespace

uint64_t ChargeOf(uint64_t file_bytes) {
  // Two page tables of 8 bytes a page, and the index of the file, which is about 9.
  return file_bytes + file_bytes / 128 + kSpareBytes;
}

bool IsMachineShort(const std::string& proc, uint64_t charge, MemoryShortage* shortage) {
  const Machine machine = ReadMachine(proc);
  if (machine.available >= charge) return false;
  *shortage = {proc + "/meminfo", machine.total, Less(machine.total, machine.available)};
  return true;
}

bool AreGroupsShort(const std::string& proc, const MemoryGroups& groups, uint64_t charge,
                    MemoryShortage* shortage) {
  bool is_own = true;
  for (const std::string& directory : groups.directories) {
    const bool is_above = !is_own;
    is_own = false;
    // Of memory alone, and (v1) of memory and swap together.
    Limit memory;
    Limit both;
    const bool has_limit =
        groups.is_v1
            ? ReadLimit(directory, "/memory.limit_in_bytes", "/memory.usage_in_bytes", &memory)
            : ReadLimit(directory, "/memory.max", "/memory.current", &memory);
    if (!has_limit) continue;
    // A v1 group has a limit of both only if it has one of memory.
    const bool has_both = groups.is_v1 && ReadLimit(directory, "/memory.memsw.limit_in_bytes",
                                                    "/memory.memsw.usage_in_bytes", &both);
    if (memory.Leaves(charge) && (!has_both || both.Leaves(charge))) continue;
    // Only now the figures that take longer to read: those above also count what the kernel would
    // reclaim.
    if (groups.is_v1 && is_above && !CountsChildren(directory)) return false;
    const auto [cached, swappable] = ReadReclaimable(directory, groups.is_v1);
    if (has_both && IsShort(both, cached, 0, charge, shortage)) return true;
    const uint64_t swap = std::min(ReadSwapRoom(proc, groups), Plus(swappable, charge));
    if (IsShort(memory, cached, swap, charge, shortage)) return true;
  }
  return false;
}

}  // namespace smipc
