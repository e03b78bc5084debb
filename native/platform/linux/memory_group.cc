#include "platform/linux/memory_group.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "platform/file.h"
#include "platform/posix/descriptor.h"
#include "platform/posix/directory_names.h"

namespace smipc {

namespace {

constexpr size_t kBufferBytes = 4096;

// A read of no more than `end_bytes` is the last.
bool Read(const std::string& path, size_t end_bytes, std::string* text) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return false;
  text->clear();
  char buffer[kBufferBytes];
  for (;;) {
    const ssize_t length = read(Descriptor(file), buffer, sizeof buffer);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return false;
    text->append(buffer, static_cast<size_t>(length));
    if (static_cast<size_t>(length) <= end_bytes) return true;
  }
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t from = 0;
  for (size_t at; (at = text.find(separator, from)) != std::string::npos; from = at + 1) {
    parts.push_back(text.substr(from, at - from));
  }
  parts.push_back(text.substr(from));
  return parts;
}

bool Contains(const std::vector<std::string>& list, const char* item) {
  for (const std::string& part : list) {
    if (part == item) return true;
  }
  return false;
}

// proc(5): space, tab, newline and backslash are written as \ooo.
std::string Unescape(const std::string& text) {
  const auto digit = [&](size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '7' ? text[at] - '0' : -1;
  };
  std::string plain;
  for (size_t i = 0; i < text.size(); i++) {
    const bool is_escape =
        text[i] == '\\' && digit(i + 1) >= 0 && digit(i + 2) >= 0 && digit(i + 3) >= 0;
    if (!is_escape) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(digit(i + 1) * 64 + digit(i + 2) * 8 + digit(i + 3));
    i += 3;
  }
  return plain;
}

// The names in a path of a cgroup; how many ".." it begins with goes to `ups`.
std::vector<std::string> NamesOf(const std::string& path, size_t* ups) {
  std::vector<std::string> names;
  *ups = 0;
  for (const std::string& name : Split(path, '/')) {
    if (name.empty()) continue;
    // Only the beginning can go up: from the root of a cgroup namespace to a group outside it.
    if (name == ".." && names.empty()) {
      ++*ups;
    } else {
      names.push_back(name);
    }
  }
  return names;
}

// The directories of a group and of those above it in one mount; none if the group is elsewhere.
std::vector<std::string> DirectoriesIn(const CgroupMount& mount, const std::string& group) {
  size_t root_ups = 0;
  size_t group_ups = 0;
  const std::vector<std::string> root = NamesOf(mount.root, &root_ups);
  const std::vector<std::string> names = NamesOf(group, &group_ups);
  if (root_ups > group_ups) {
    // Mounted from above the group, if it is no side branch. The names in between are not told, so
    // the limits there are not known, but those of the mounted group are.
    if (!root.empty()) return {};
    return {mount.point};
  }
  if (root_ups < group_ups || root.size() > names.size()) return {};
  for (size_t i = 0; i < root.size(); i++) {
    if (names[i] != root[i]) return {};
  }
  std::vector<std::string> directories{mount.point};
  for (size_t i = root.size(); i < names.size(); i++) {
    directories.insert(directories.begin(), directories.front() + "/" + names[i]);
  }
  for (size_t i = 0; i < mount.above; i++) {
    const std::string& below = directories.back();
    directories.push_back(below.substr(0, below.rfind('/')));
  }
  return directories;
}

bool HoldsProcess(const std::string& directory, int pid) {
  std::string list;
  return ReadText(directory + "/cgroup.procs", &list) &&
         Contains(Split(list, '\n'), std::to_string(pid).c_str());
}

// The directory `levels` below `top` where `group` holds the process; empty if there is none.
std::string FindHolder(const std::string& top, size_t levels, const std::string& group, int pid) {
  if (levels == 0) return HoldsProcess(top + group, pid) ? top : std::string();
  const File directory(open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return {};
  for (const std::string& name : NamesBeginningWith(directory, "")) {
    if (name == "." || name == "..") continue;
    std::string below = top;
    below.append("/").append(name);
    std::string found = FindHolder(below, levels - 1, group, pid);
    if (!found.empty()) return found;
  }
  return {};
}

// The own group's path, and which kind of hierarchy it is in.
std::string FindGroup(const std::string& membership, bool* is_v1) {
  // Lines of "hierarchy:controllers:path". A controller is in one hierarchy only, so if v1 has that
  // of memory, v2 (hierarchy 0, without a list) does not.
  std::string group;
  *is_v1 = false;
  for (const std::string& line : Split(membership, '\n')) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_memory = Contains(Split(controllers, ','), "memory");
    const bool is_v2 = line.compare(0, second + 1, "0::") == 0;
    if (!is_memory && (!is_v2 || *is_v1)) continue;
    *is_v1 = is_memory;
    group = line.substr(second + 1);
  }
  return group;
}

}  // namespace

bool ReadText(const std::string& path, std::string* text) { return Read(path, 0, text); }

bool ReadShortText(const std::string& path, std::string* text) {
  return Read(path, kBufferBytes - 1, text);
}

std::vector<MountLine> ParseMountinfo(const std::string& mountinfo) {
  std::vector<MountLine> lines;
  for (const std::string& line : Split(mountinfo, '\n')) {
    const std::vector<std::string> fields = Split(line, ' ');
    // Six fields, optional ones, a dash, and three more.
    size_t dash = 6;
    while (dash < fields.size() && fields[dash] != "-") dash++;
    if (dash + 3 >= fields.size()) continue;
    lines.push_back({fields[2], Unescape(fields[3]), Unescape(fields[4]), fields[dash + 1],
                     Unescape(fields[dash + 3])});
  }
  return lines;
}

std::string OptionOf(const std::string& options, const std::string& name) {
  for (const std::string& option : Split(options, ',')) {
    if (option.compare(0, name.size() + 1, name + "=") == 0) return option.substr(name.size() + 1);
  }
  return {};
}

std::vector<CgroupMount> ParseCgroupMounts(const std::string& mountinfo) {
  std::vector<CgroupMount> mounts;
  for (const MountLine& line : ParseMountinfo(mountinfo)) {
    const bool is_v1 = line.type == "cgroup" && Contains(Split(line.options, ','), "memory");
    if (is_v1 || line.type == "cgroup2") mounts.push_back({is_v1, line.root, line.point});
  }
  return mounts;
}

void FindNamespaceRoots(const std::string& membership, int pid, std::vector<CgroupMount>* mounts) {
  bool is_v1 = false;
  const std::string group = FindGroup(membership, &is_v1);
  size_t group_ups = 0;
  NamesOf(group, &group_ups);
  if (group.empty() || group_ups != 0) return;
  for (CgroupMount& mount : *mounts) {
    size_t ups = 0;
    const bool is_above = NamesOf(mount.root, &ups).empty() && ups > 0;
    if (mount.is_v1 != is_v1 || !is_above) continue;
    const std::string found = FindHolder(mount.point, ups, group == "/" ? "" : group, pid);
    if (!found.empty()) mount = {is_v1, "/", found, ups};
  }
}

MemoryGroups FindMemoryGroups(const std::string& membership,
                              const std::vector<CgroupMount>& mounts) {
  MemoryGroups groups;
  const std::string group = FindGroup(membership, &groups.is_v1);
  if (group.empty()) return groups;
  for (const CgroupMount& mount : mounts) {
    if (mount.is_v1 != groups.is_v1) continue;
    // The same hierarchy may be mounted several times, and one mount show more than another.
    std::vector<std::string> directories = DirectoriesIn(mount, group);
    if (directories.size() > groups.directories.size()) groups.directories = std::move(directories);
  }
  return groups;
}

}  // namespace smipc
