/* The durable image: what a disk would still hold after a power cut.
 *
 * It lives in the shadow directory, beside the real one:
 *   root          the path of the directory that is watched
 *   data/KEY      the content of an inode, as of its last sync; no file: never synced
 *   dirs/KEY      the entries of a directory, as of its last sync, one a line
 *   alive         locked (shared) by every watched process; `recover` waits for it
 *   names         locked while a dirs/KEY is read and replaced
 *   cut           exists once the power is gone; a watched process that syncs then dies
 *   syncs         how many syncs there were, counted only for POWERLOSS_CUT_AT
 *
 * KEY is the file handle of an inode (number and generation), so content follows a rename,
 * and a new file that got the number of a deleted one is not mistaken for it.
 * All state is on disk and under locks: processes that fork, or share files, need no more.
 * Used by powerloss.c (the preloaded library) and tool.c (snapshot, cut, recover). */
#ifndef POWERLOSS_SHADOW_H
#define POWERLOSS_SHADOW_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

enum {
    PAGE_BYTES = 4096,                     /* unit of copying; a page of the image is never half new */
    CHUNK_BYTES = 8 * PAGE_BYTES,          /* read at once; two of these are on the stack */
    HANDLE_BYTES_MAX = 64,
    KEY_CHARS_MAX = 2 * HANDLE_BYTES_MAX + 16,
    NAME_CHARS_MAX = 3 * NAME_MAX,         /* escaped */
    TARGET_CHARS_MAX = 3 * PATH_MAX,       /* escaped */
    LINE_CHARS_MAX = KEY_CHARS_MAX + NAME_CHARS_MAX + TARGET_CHARS_MAX + 64,
    TREE_DEPTH_MAX = 64,
};

struct kept {
    char type; /* d, f or l; sockets, pipes and devices are not kept */
    char key[KEY_CHARS_MAX + 1];
    unsigned mode, uid, gid;
    char name[NAME_CHARS_MAX + 1];     /* escaped, as in the file */
    char target[TARGET_CHARS_MAX + 1]; /* of a symbolic link, escaped; "-" otherwise */
};

static char watched_root[PATH_MAX];
static char shadow_dir[PATH_MAX];

/* Says what failed, with errno's reason; returns -1 for the caller to pass on. */
__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
    int reason = errno;
    va_list args;
    va_start(args, format);
    fputs("powerloss: ", stderr);
    vfprintf(stderr, format, args);
    fprintf(stderr, ": %s\n", strerror(reason));
    va_end(args);
    errno = reason;
    return -1;
}

/* The path of something in the shadow directory: shadow_path(buf, "data/", key). */
static const char *shadow_path(char path[PATH_MAX + KEY_CHARS_MAX + 32], const char *kind, const char *name)
{
    snprintf(path, PATH_MAX + KEY_CHARS_MAX + 32, "%s/%s%s", shadow_dir, kind, name);
    return path;
}
#define SHADOW_PATH(kind, name) shadow_path((char[PATH_MAX + KEY_CHARS_MAX + 32]){0}, kind, name)

/* The identity of an inode: of `name` in `dirfd`, or of `dirfd` itself if `name` is empty. */
static int inode_key(int dirfd, const char *name, char key[KEY_CHARS_MAX + 1])
{
    union {
        struct file_handle head;
        char room[sizeof(struct file_handle) + HANDLE_BYTES_MAX];
    } handle;
    int mount_id, flags = *name ? 0 : AT_EMPTY_PATH;
    handle.head.handle_bytes = HANDLE_BYTES_MAX;
    int got = name_to_handle_at(dirfd, name, &handle.head, &mount_id, flags);
    if (got != 0 && errno == EOPNOTSUPP) {
        handle.head.handle_bytes = HANDLE_BYTES_MAX;
        got = name_to_handle_at(dirfd, name, &handle.head, &mount_id, flags | AT_HANDLE_FID);
    }
    if (got == 0) {
        int at = sprintf(key, "%x-", (unsigned)handle.head.handle_type);
        for (unsigned i = 0; i < handle.head.handle_bytes; i++)
            at += sprintf(key + at, "%02x", handle.head.f_handle[i]);
        return 0;
    }
    if (errno != EOPNOTSUPP && errno != EINVAL && errno != EPERM && errno != ENOSYS)
        return -1;
    struct statx st; /* a file system without handles: the time of birth tells reused numbers apart */
    if (statx(dirfd, name, flags | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &st) != 0)
        return -1;
    sprintf(key, "b-%llx-%llx-%x", (unsigned long long)st.stx_ino, (unsigned long long)st.stx_btime.tv_sec,
            st.stx_btime.tv_nsec);
    return 0;
}

/* Escapes what would break a line of words: controls, space, % and DEL, each as %XX. */
static void escape(const char *from, char *to)
{
    for (; *from; from++) {
        unsigned char c = (unsigned char)*from;
        if (c <= ' ' || c == '%' || c == 0x7f)
            to += sprintf(to, "%%%02X", c);
        else
            *to++ = (char)c;
    }
    *to = 0;
}

/* In place. */
static void unescape(char *text)
{
    char *to = text;
    for (char *from = text; *from; to++) {
        unsigned c;
        if (*from == '%' && sscanf(from + 1, "%2x", &c) == 1) {
            *to = (char)c;
            from += 3;
        } else {
            *to = *from++;
        }
    }
    *to = 0;
}

/* Describes `name` in `dirfd` as it is now. 1: done, 0: gone or of a kind that is not kept, -1: error. */
static int describe(int dirfd, const char *name, struct kept *e)
{
    struct stat st;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || inode_key(dirfd, name, e->key) != 0)
        return errno == ENOENT ? 0 : -1;
    e->type = S_ISREG(st.st_mode) ? 'f' : S_ISDIR(st.st_mode) ? 'd' : S_ISLNK(st.st_mode) ? 'l' : 0;
    if (!e->type)
        return 0;
    e->mode = st.st_mode & 07777;
    e->uid = st.st_uid;
    e->gid = st.st_gid;
    escape(name, e->name);
    strcpy(e->target, "-");
    if (e->type == 'l') {
        char target[PATH_MAX];
        ssize_t n = readlinkat(dirfd, name, target, sizeof target - 1);
        if (n < 0)
            return errno == ENOENT || errno == EINVAL ? 0 : -1;
        target[n] = 0;
        escape(target, e->target);
    }
    return 1;
}

static void print_entry(const struct kept *e, char line[LINE_CHARS_MAX])
{
    snprintf(line, LINE_CHARS_MAX, "%c %s %o %u %u %s %s\n", e->type, e->key, e->mode, e->uid, e->gid, e->name,
             e->target);
}

/* Reads the next line of a dirs file. 1: done, 0: end. */
static int next_entry(FILE *from, struct kept *e)
{
    char line[LINE_CHARS_MAX];
    char form[64];
    snprintf(form, sizeof form, "%%c %%%ds %%o %%u %%u %%%ds %%%ds", KEY_CHARS_MAX, NAME_CHARS_MAX,
             TARGET_CHARS_MAX);
    return fgets(line, sizeof line, from) &&
           sscanf(line, form, &e->type, e->key, &e->mode, &e->uid, &e->gid, e->name, e->target) == 7;
}

static int lock_names(void)
{
    int lock = open(SHADOW_PATH("", "names"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        complain("cannot lock %s/names", shadow_dir);
        if (lock >= 0)
            close(lock);
        return -1;
    }
    return lock;
}

/* Opens the file that will replace dirs/KEY in one step; only under the lock of names. */
static FILE *begin_entries(void) { return fopen(SHADOW_PATH("dirs/", "new"), "we"); }

static int finish_entries(FILE *out, const char *dir_key, int failed)
{
    if (fclose(out) != 0 || failed)
        return -1;
    return rename(SHADOW_PATH("dirs/", "new"), SHADOW_PATH("dirs/", dir_key));
}

/* Lists `dirfd` through `each` until one returns non-zero, which is then the result. */
static int for_each_name(int dirfd, int (*each)(int dirfd, const char *name, void *with), void *with)
{
    int own = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = own < 0 ? NULL : fdopendir(own);
    if (!list)
        return -1;
    int result = 0;
    struct dirent *d;
    while (result == 0 && (d = readdir(list)))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            result = each(dirfd, d->d_name, with);
    closedir(list);
    return result;
}

static int add_entry(int dirfd, const char *name, void *out)
{
    struct kept e;
    char line[LINE_CHARS_MAX];
    int found = describe(dirfd, name, &e);
    if (found != 1)
        return found;
    print_entry(&e, line);
    return fputs(line, out) < 0 ? -1 : 0;
}

/* The directory's entries of now become durable: creations, renames and removals in it. */
static int persist_entries(int dirfd)
{
    char key[KEY_CHARS_MAX + 1];
    int lock = lock_names();
    if (lock < 0)
        return -1;
    int result = -1;
    FILE *out = inode_key(dirfd, "", key) == 0 ? begin_entries() : NULL;
    if (out)
        result = finish_entries(out, key, for_each_name(dirfd, add_entry, out));
    if (result != 0)
        complain("cannot keep the entries of directory %s", key);
    close(lock);
    return result;
}

static ssize_t read_fully(int fd, char *to, off_t at)
{
    ssize_t total = 0, n;
    do {
        n = pread(fd, to + total, (size_t)(CHUNK_BYTES - total), at + total);
        total += n > 0 ? n : 0;
    } while (total < CHUNK_BYTES && (n > 0 || (n < 0 && errno == EINTR)));
    return n < 0 ? -1 : total;
}

/* Copies to `image` the pages in which it differs from `live` and that `chosen` accepts (NULL: all).
 * Returns the size of `live`, or -1. */
static off_t copy_changed_pages(int live, int image, int (*chosen)(void))
{
    char now[CHUNK_BYTES] __attribute__((aligned(PAGE_BYTES))), then[CHUNK_BYTES];
    for (off_t at = 0;; at += CHUNK_BYTES) {
        ssize_t have = read_fully(live, now, at), had = read_fully(image, then, at);
        if (have < 0 || had < 0)
            return -1;
        if (have != had || memcmp(now, then, (size_t)have) != 0)
            for (ssize_t i = 0; i < have; i += PAGE_BYTES) {
                size_t n = (size_t)(have - i < PAGE_BYTES ? have - i : PAGE_BYTES);
                if ((i + (ssize_t)n > had || memcmp(now + i, then + i, n) != 0) && (!chosen || chosen()) &&
                    pwrite(image, now + i, n, at + i) != (ssize_t)n)
                    return -1;
            }
        if (have < CHUNK_BYTES)
            return at + have;
    }
}

static int open_image(const char *key)
{
    int image = open(SHADOW_PATH("data/", key), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (image >= 0 && flock(image, LOCK_EX) != 0) {
        close(image);
        return -1;
    }
    return image;
}

/* The file's content of now becomes durable. Reads through `fd` itself where it can: closing a second
 * descriptor would release the fcntl locks that the process holds on the file (SQLite's, for one). */
static int persist_content(int fd)
{
    char key[KEY_CHARS_MAX + 1], self[32];
    int live = fd, result = -1;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
        live = open(self, O_RDONLY | O_CLOEXEC);
    }
    int image = live >= 0 && inode_key(fd, "", key) == 0 ? open_image(key) : -1;
    if (image >= 0) {
        off_t size = copy_changed_pages(live, image, NULL);
        result = size < 0 ? -1 : ftruncate(image, size);
    }
    if (result != 0)
        complain("cannot keep the content of descriptor %d", fd);
    if (image >= 0)
        close(image);
    if (live >= 0 && live != fd)
        close(live);
    return result;
}

/* Everything in `dirfd` and below becomes durable, as it is now. */
static int persist_tree(int dirfd);

static int persist_below(int dirfd, const char *name, void *unused)
{
    struct stat st;
    (void)unused;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return 0;
    int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : complain("cannot read %s", name);
    int result = S_ISDIR(st.st_mode) ? persist_tree(fd) : persist_content(fd);
    close(fd);
    return result;
}

static int persist_tree(int dirfd)
{
    int result = persist_entries(dirfd);
    return result != 0 ? result : for_each_name(dirfd, persist_below, NULL);
}

/* 1 if `path` is `dir` or lies below it. */
static int lies_in(const char *path, const char *dir)
{
    size_t n = strlen(dir);
    return strncmp(path, dir, n) == 0 && (path[n] == 0 || path[n] == '/');
}

/* Fails unless the shadow directory was made by `snapshot` for this very root. */
static int check_shadow(void)
{
    char made_for[PATH_MAX] = "";
    FILE *in = fopen(SHADOW_PATH("", "root"), "re");
    if (in) {
        size_t n = fread(made_for, 1, sizeof made_for - 1, in);
        made_for[n] = 0;
        fclose(in);
    }
    if (strcmp(made_for, watched_root) == 0)
        return 0;
    fprintf(stderr, "powerloss: %s is not a shadow of %s: run `powerloss snapshot` first\n", shadow_dir,
            watched_root);
    return -1;
}

#endif
