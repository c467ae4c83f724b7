/* A preloaded library that decides what would survive a power cut: only what was synced.
 *
 * It replaces fsync, fdatasync, syncfs and sync for files under $POWERLOSS_ROOT and copies at each
 * of them what becomes durable into $POWERLOSS_SHADOW (see shadow.h). Writes are not intercepted:
 * a sync compares the file with its image and copies the pages that differ, so that no way of
 * writing (mmap, copy_file_range, a raw system call) can be overlooked.
 *
 *   gcc -O2 -shared -fPIC -o libpowerloss.so powerloss.c
 *
 * Environment: POWERLOSS_ROOT, POWERLOSS_SHADOW, POWERLOSS_MODE=strict|ext4,
 * POWERLOSS_CUT_AT=N, POWERLOSS_REAL_SYNC=1. README.md explains them. */
#include "shadow.h"
#include <signal.h>

enum { ALIVE_FD_MIN = 200, EXIT_MISCONFIGURED = 97 };

static int watching, keeps_names, real_sync;
static unsigned long long cut_at_sync; /* 0: never */

static void refuse(const char *what, const char *value)
{
    fprintf(stderr, "powerloss: %s = \"%s\" cannot be used\n", what, value ? value : "");
    _exit(EXIT_MISCONFIGURED);
}

/* Reads the environment. Anything wrong ends the process: a test must not run unwatched. */
__attribute__((constructor)) static void start_watching(void)
{
    const char *root = getenv("POWERLOSS_ROOT"), *shadow = getenv("POWERLOSS_SHADOW");
    const char *mode = getenv("POWERLOSS_MODE"), *cut = getenv("POWERLOSS_CUT_AT");
    const char *real = getenv("POWERLOSS_REAL_SYNC");
    if (!root)
        return;
    if (!realpath(root, watched_root))
        refuse("POWERLOSS_ROOT", root);
    if (!shadow || !realpath(shadow, shadow_dir) || check_shadow() != 0)
        refuse("POWERLOSS_SHADOW", shadow);
    if (mode && strcmp(mode, "strict") != 0 && strcmp(mode, "ext4") != 0)
        refuse("POWERLOSS_MODE", mode);
    keeps_names = mode && strcmp(mode, "ext4") == 0;
    real_sync = real && strcmp(real, "1") == 0;
    if (cut) {
        char *end;
        cut_at_sync = strtoull(cut, &end, 10);
        if (*end || !cut_at_sync)
            refuse("POWERLOSS_CUT_AT", cut);
    }
    int alive = open(SHADOW_PATH("", "alive"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (alive < 0 || flock(alive, LOCK_SH) != 0)
        refuse("POWERLOSS_SHADOW", shadow);
    int high = fcntl(alive, F_DUPFD_CLOEXEC, ALIVE_FD_MIN); /* out of the way of low numbers */
    if (high >= 0)
        close(alive);
    watching = 1;
}

/* Counts this sync among those of all processes and cuts the power if it is the one to fail. */
static int count_sync(void)
{
    unsigned long long count = 0;
    int counter = open(SHADOW_PATH("", "syncs"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (counter < 0 || flock(counter, LOCK_EX) != 0)
        return complain("cannot count syncs");
    if (pread(counter, &count, sizeof count, 0) < 0)
        count = 0;
    count++;
    int result = pwrite(counter, &count, sizeof count, 0) == sizeof count ? 0 : complain("cannot count syncs");
    close(counter);
    if (result == 0 && count >= cut_at_sync) {
        int cut = open(SHADOW_PATH("", "cut"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (cut < 0)
            return complain("cannot cut the power");
        close(cut);
    }
    return result;
}

/* 0 to go on; the process is gone if the power is. */
static int power_is_on(void)
{
    if (cut_at_sync && count_sync() != 0)
        return -1;
    if (access(SHADOW_PATH("", "cut"), F_OK) == 0)
        kill(getpid(), SIGKILL);
    return 0;
}

/* One entry of a directory becomes durable, and with it the removal of the names that the same
 * inode had before in that directory. Everything else stays as it was last synced. */
static int persist_one_entry(int dirfd, const char *name)
{
    char dir_key[KEY_CHARS_MAX + 1], line[LINE_CHARS_MAX], old_line[LINE_CHARS_MAX], now_key[KEY_CHARS_MAX + 1];
    struct kept e, old;
    if (inode_key(dirfd, "", dir_key) != 0)
        return complain("cannot identify the directory of %s", name);
    int found = describe(dirfd, name, &e);
    if (found != 1)
        return found;
    print_entry(&e, line);
    int lock = lock_names();
    if (lock < 0)
        return -1;
    int known = 0, failed = 0, result = 0;
    FILE *in = fopen(SHADOW_PATH("dirs/", dir_key), "re");
    if (!in && errno != ENOENT)
        return close(lock), complain("cannot read the entries of directory %s", dir_key);
    while (in && !known && fgets(old_line, sizeof old_line, in))
        known = strcmp(old_line, line) == 0;
    if (!known) {
        FILE *out = begin_entries();
        if (in)
            rewind(in);
        while (out && in && next_entry(in, &old)) {
            int replaced = strcmp(old.name, e.name) == 0;
            if (!replaced && strcmp(old.key, e.key) == 0) {
                char plain[NAME_CHARS_MAX + 1];
                unescape(strcpy(plain, old.name));
                replaced = inode_key(dirfd, plain, now_key) != 0 || strcmp(now_key, old.key) != 0;
            }
            if (!replaced) {
                print_entry(&old, old_line);
                failed |= fputs(old_line, out) < 0;
            }
        }
        result = out ? finish_entries(out, dir_key, failed | (fputs(line, out) < 0)) : -1;
        if (result != 0)
            complain("cannot keep the entry %s", name);
    }
    if (in)
        fclose(in);
    close(lock);
    return result;
}

/* As ext4 does: syncing an inode also keeps the name under which it is reached now, and its parents'. */
static int persist_name(int fd, const char *path_now)
{
    char path[PATH_MAX], key[KEY_CHARS_MAX + 1], key_there[KEY_CHARS_MAX + 1];
    struct stat st;
    if (fstat(fd, &st) != 0 || inode_key(fd, "", key) != 0)
        return complain("cannot identify %s", path_now);
    if (st.st_nlink == 0 || inode_key(AT_FDCWD, path_now, key_there) != 0 || strcmp(key, key_there) != 0)
        return 0; /* deleted or renamed meanwhile */
    strcpy(path, path_now);
    while (strcmp(path, watched_root) != 0) {
        char *slash = strrchr(path, '/');
        *slash = 0;
        int dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dirfd < 0)
            return errno == ENOENT ? 0 : complain("cannot open %s", path);
        int result = persist_one_entry(dirfd, slash + 1);
        close(dirfd);
        if (result != 0)
            return result;
    }
    return 0;
}

/* The path of `fd` if it is under the root. */
static int watched_path(int fd, char path[PATH_MAX])
{
    char self[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(self, path, PATH_MAX - 1);
    if (n < 0)
        return 0;
    path[n] = 0;
    return lies_in(path, watched_root);
}

static int persist(int fd, const char *path)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -1;
    int result = S_ISDIR(st.st_mode) ? persist_entries(fd) : S_ISREG(st.st_mode) ? persist_content(fd) : 0;
    return result == 0 && keeps_names ? persist_name(fd, path) : result;
}

static int persist_root(void)
{
    int root = open(watched_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return complain("cannot open %s", watched_root);
    int result = persist_tree(root);
    close(root);
    return result;
}

/* A sync of `fd` by system call `number`; a failure to keep the image is an I/O error. */
static int sync_one(int fd, long number)
{
    char path[PATH_MAX];
    int before = errno;
    if (!watching || !watched_path(fd, path))
        return errno = before, (int)syscall(number, fd);
    if (power_is_on() != 0 || (number == SYS_syncfs ? persist_root() : persist(fd, path)) != 0) {
        errno = EIO;
        return -1;
    }
    errno = before;
    return real_sync ? (int)syscall(number, fd) : 0;
}

int fsync(int fd) { return sync_one(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_one(fd, SYS_fdatasync); }
int syncfs(int fd) { return sync_one(fd, SYS_syncfs); }

void sync(void)
{
    if (watching && (power_is_on() != 0 || persist_root() != 0))
        abort(); /* sync() cannot report */
    if (!watching || real_sync)
        syscall(SYS_sync);
}
