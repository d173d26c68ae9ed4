/* Every look at a path below $SLOW_ROOT takes $SLOW_MICROSECONDS longer; they are counted in the file $SLOW_COUNT.
 *
 * cc -shared -fPIC -O2 -o delay.so delay.c; LD_PRELOAD=./delay.so SLOW_ROOT=/tree SLOW_MICROSECONDS=5000 command
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>

static const char *root;
static size_t length;
static long microseconds;
static long *count;

__attribute__((constructor)) static void begin(void) {
    const char *place = getenv("SLOW_COUNT"), *delay = getenv("SLOW_MICROSECONDS");
    int file = place ? open(place, O_RDWR) : -1;
    root = getenv("SLOW_ROOT");
    length = root ? strlen(root) : 0;
    microseconds = delay ? atol(delay) : 0;
    if (file >= 0) {
        void *page = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        count = page == MAP_FAILED ? NULL : page;
        close(file);
    }
}

static void look(int directory, const char *path) {
    int below = path && (path[0] == '/' ? length && !strncmp(path, root, length) : directory != AT_FDCWD && *path);
    if (below) {
        struct timespec wait = {microseconds / 1000000, microseconds % 1000000 * 1000};
        if (count) __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
        nanosleep(&wait, NULL);
    }
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define PLAIN(type, name, arguments, call) type name arguments { REAL(name); look(AT_FDCWD, path); return real call; }
#define BESIDE(type, name, arguments, call) type name arguments { REAL(name); look(directory, path); return real call; }

PLAIN(int, stat, (const char *path, struct stat *out), (path, out))
PLAIN(int, stat64, (const char *path, struct stat64 *out), (path, out))
PLAIN(int, lstat, (const char *path, struct stat *out), (path, out))
PLAIN(int, lstat64, (const char *path, struct stat64 *out), (path, out))
PLAIN(int, access, (const char *path, int mode), (path, mode))
PLAIN(ssize_t, readlink, (const char *path, char *out, size_t size), (path, out, size))
PLAIN(DIR *, opendir, (const char *path), (path))
BESIDE(int, fstatat, (int directory, const char *path, struct stat *out, int flags), (directory, path, out, flags))
BESIDE(int, fstatat64, (int directory, const char *path, struct stat64 *out, int flags), (directory, path, out, flags))
BESIDE(int, faccessat, (int directory, const char *path, int mode, int flags), (directory, path, mode, flags))
BESIDE(ssize_t, readlinkat, (int directory, const char *path, char *out, size_t size), (directory, path, out, size))

#define OPENS(name) int name(const char *path, int flags, ...) { \
    REAL(name); va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    look(AT_FDCWD, path); return real(path, flags, mode); }
#define OPENS_AT(name) int name(int directory, const char *path, int flags, ...) { \
    REAL(name); va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    look(directory, path); return real(directory, path, flags, mode); }

OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)
