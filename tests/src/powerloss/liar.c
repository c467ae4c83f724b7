/* A preloaded library that makes a liar of the disk: a sync of a file whose path contains
 * $LIAR_WORD answers success and does nothing; every other sync goes on to the next library.
 * A test that a server survives power cuts has to fail on such a disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int lies(int fd)
{
    char link[32], path[4096];
    const char *word = getenv("LIAR_WORD");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return word && strstr(path, word);
}

static int next(const char *name, int fd)
{
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return sync(fd);
}

int fsync(int fd)
{
    return lies(fd) ? 0 : next("fsync", fd);
}

int fdatasync(int fd)
{
    return lies(fd) ? 0 : next("fdatasync", fd);
}
