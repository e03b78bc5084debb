// Lets a binary that is linked against a new glibc be loaded with an old one, back to 2.28.
// prebuild.js compiles this file into the binaries for glibc; nothing else does.
//
// The linker takes the newest version of each symbol of the C library at hand. Some versions are
// newer than what they do: glibc 2.32 to 2.34 moved libpthread into libc, and stat() out of inline
// functions. What is defined here is taken instead, and calls what every glibc since 2.28 has, the
// new ones too. native/node/exports.map keeps all of it to the binary itself. packaging/binary.js
// checks the versions that are left: a symbol that it complains of gets its place here.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include <memory>
#include <typeinfo>

// The first version of this architecture's symbols in glibc, and of pthread_setname_np, which is
// younger than some architectures. Also the number by which an older glibc's stat functions know
// which struct they fill (_STAT_VER in its bits/stat.h).
#if defined __x86_64__
#define SMIPC_FIRST "GLIBC_2.2.5"
#define SMIPC_FIRST_SETNAME "GLIBC_2.12"
constexpr int kStatVersion = 1;
#elif defined __aarch64__
#define SMIPC_FIRST "GLIBC_2.17"
#define SMIPC_FIRST_SETNAME "GLIBC_2.17"
constexpr int kStatVersion = 0;
#elif defined __s390x__
#define SMIPC_FIRST "GLIBC_2.2"
#define SMIPC_FIRST_SETNAME "GLIBC_2.12"
constexpr int kStatVersion = 1;
#elif defined __powerpc64__ && defined __LITTLE_ENDIAN__
#define SMIPC_FIRST "GLIBC_2.17"
#define SMIPC_FIRST_SETNAME "GLIBC_2.17"
constexpr int kStatVersion = 1;
#else
#error "the versions of this architecture's symbols in glibc are missing here"
#endif

extern "C" {

// --- 2.34: libpthread's functions, which older ones have under the architecture's first version.

#define SMIPC_OLDER(name, version) __asm__(".symver older_" #name "," #name "@" version)

int older_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
SMIPC_OLDER(pthread_create, SMIPC_FIRST);
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*main)(void*),
                   void* argument) noexcept {
  return older_pthread_create(thread, attributes, main, argument);
}

int older_pthread_join(pthread_t, void**);
SMIPC_OLDER(pthread_join, SMIPC_FIRST);
int pthread_join(pthread_t thread, void** result) { return older_pthread_join(thread, result); }

int older_pthread_attr_setstacksize(pthread_attr_t*, size_t);
SMIPC_OLDER(pthread_attr_setstacksize, SMIPC_FIRST);
int pthread_attr_setstacksize(pthread_attr_t* attributes, size_t bytes) noexcept {
  return older_pthread_attr_setstacksize(attributes, bytes);
}

int older_pthread_setname_np(pthread_t, const char*);
SMIPC_OLDER(pthread_setname_np, SMIPC_FIRST_SETNAME);
int pthread_setname_np(pthread_t thread, const char* name) noexcept {
  return older_pthread_setname_np(thread, name);
}

int older_pthread_sigmask(int, const sigset_t*, sigset_t*);
SMIPC_OLDER(pthread_sigmask, SMIPC_FIRST);
int pthread_sigmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  return older_pthread_sigmask(how, set, before);
}

// --- 2.33: stat() and its kin, which every program had a copy of until then, made of these.

int __xstat64(int version, const char* path, struct stat64* result);
int __fxstat64(int version, int descriptor, struct stat64* result);
int __fxstatat64(int version, int directory, const char* path, struct stat64* result, int flags);

int stat64(const char* path, struct stat64* result) noexcept {
  return __xstat64(kStatVersion, path, result);
}
int fstat64(int descriptor, struct stat64* result) noexcept {
  return __fxstat64(kStatVersion, descriptor, result);
}
int fstatat64(int directory, const char* path, struct stat64* result, int flags) noexcept {
  return __fxstatat64(kStatVersion, directory, path, result, flags);
}

// --- 2.32: whether a shared_ptr may count without atomic instructions. Not here: Node has threads.

extern char __libc_single_threaded;
char __libc_single_threaded = 0;

}  // extern "C"

// --- libstdc++ of GCC 12 and 9, called by its headers. GCC 8 has neither.

namespace std {

// Of new[] with a size that no memory has. Without exceptions the process ends by either.
void __throw_bad_array_new_length() { __throw_bad_alloc(); }

// Whether a deleter is asked for with the tag of a make_shared that was compiled with type
// information. Nothing here is.
bool _Sp_make_shared_tag::_S_eq(const type_info&) noexcept { return false; }

}  // namespace std
