/* The other half of the power-loss layer: begins an experiment, ends it, and rebuilds what is left.
 *
 *   gcc -O2 -o powerloss tool.c
 *   powerloss snapshot ROOT SHADOW                what is in ROOT now counts as durable
 *   powerloss cut ROOT SHADOW                     from now on no sync succeeds; who tries is killed
 *   powerloss recover ROOT SHADOW [--torn SEED]   ROOT becomes what a disk would still hold
 *
 * ROOT and SHADOW must be on one file system, neither inside the other. */
#include "shadow.h"
#include <ftw.h>
#include <search.h>
#include <time.h>

enum { OPEN_DIRS_MAX = 64, WAIT_FOR_DEATH_MS = 10000, POLL_MS = 5, EXIT_USAGE = 2 };

static int snapshot(void);
static int cut(void);
static int recover(const char *torn_seed);

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    int torn = argc == 6 && strcmp(verb, "recover") == 0 && strcmp(argv[4], "--torn") == 0;
    if (argc != 4 && !torn) {
        fputs("usage: powerloss snapshot|cut|recover ROOT SHADOW [--torn SEED]\n", stderr);
        return EXIT_USAGE;
    }
    if (!realpath(argv[2], watched_root))
        return complain("%s", argv[2]), 1;
    if (strcmp(verb, "snapshot") == 0 && mkdir(argv[3], 0700) != 0 && errno != EEXIST)
        return complain("%s", argv[3]), 1;
    if (!realpath(argv[3], shadow_dir))
        return complain("%s", argv[3]), 1;
    if (strcmp(verb, "snapshot") == 0)
        return snapshot() != 0;
    if (strcmp(verb, "cut") == 0)
        return cut() != 0;
    if (strcmp(verb, "recover") == 0)
        return recover(torn ? argv[5] : NULL) != 0;
    fprintf(stderr, "powerloss: no command \"%s\"\n", verb);
    return EXIT_USAGE;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind;
    return at->level == 0 ? 0 : remove(path);
}

/* Removes what is in `dir`, not `dir` itself. */
static int empty_dir(const char *dir)
{
    return nftw(dir, remove_one, OPEN_DIRS_MAX, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : complain("cannot empty %s", dir);
}

static int own_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    struct stat root;
    (void)st, (void)kind, (void)at;
    return stat(watched_root, &root) != 0 ? -1 : lchown(path, root.st_uid, root.st_gid);
}

static int refuse_unsuitable_dirs(void)
{
    struct stat root, shadow;
    if (lies_in(shadow_dir, watched_root) || lies_in(watched_root, shadow_dir)) {
        fputs("powerloss: ROOT and SHADOW must not contain each other\n", stderr);
        return -1;
    }
    if (stat(watched_root, &root) != 0 || stat(shadow_dir, &shadow) != 0)
        return complain("%s", shadow_dir);
    if (!S_ISDIR(root.st_mode) || root.st_dev != shadow.st_dev) {
        fputs("powerloss: ROOT and SHADOW must be directories on one file system\n", stderr);
        return -1;
    }
    return 0;
}

static int begin_shadow(void)
{
    if (access(SHADOW_PATH("", "root"), F_OK) == 0)
        return empty_dir(shadow_dir);
    int dir = open(shadow_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = dir < 0 ? NULL : fdopendir(dir);
    if (!list)
        return complain("%s", shadow_dir);
    struct dirent *d;
    int foreign = 0;
    while (!foreign && (d = readdir(list)))
        foreign = strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
    closedir(list);
    if (foreign)
        fprintf(stderr, "powerloss: %s has files that are not a shadow's; give an empty directory\n", shadow_dir);
    return foreign ? -1 : 0;
}

static int snapshot(void)
{
    if (refuse_unsuitable_dirs() != 0 || begin_shadow() != 0)
        return -1;
    if (mkdir(SHADOW_PATH("", "data"), 0700) != 0 || mkdir(SHADOW_PATH("", "dirs"), 0700) != 0)
        return complain("cannot write in %s", shadow_dir);
    int root = open(watched_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || persist_tree(root) != 0)
        return complain("cannot copy %s", watched_root);
    close(root);
    FILE *marker = fopen(SHADOW_PATH("", "root"), "we");
    if (!marker || fputs(watched_root, marker) < 0 || fclose(marker) != 0)
        return complain("cannot write in %s", shadow_dir);
    /* the watched program may run as another user: the owner of the root gets the shadow */
    if (geteuid() == 0 && nftw(shadow_dir, own_one, OPEN_DIRS_MAX, FTW_PHYS) != 0)
        return complain("cannot give %s to the owner of the root", shadow_dir);
    return 0;
}

static int cut(void)
{
    if (check_shadow() != 0)
        return -1;
    int fd = open(SHADOW_PATH("", "cut"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? complain("cannot cut the power of %s", watched_root) : close(fd);
}

/* Waits until no watched process lives; one that did could write into the recovered root. */
static int wait_for_death(void)
{
    int alive = open(SHADOW_PATH("", "alive"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (alive < 0)
        return complain("%s/alive", shadow_dir);
    for (int waited_ms = 0; waited_ms <= WAIT_FOR_DEATH_MS; waited_ms += POLL_MS) {
        if (flock(alive, LOCK_EX | LOCK_NB) == 0)
            return close(alive);
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
    close(alive);
    fprintf(stderr, "powerloss: processes still use %s; kill them before recovering\n", watched_root);
    return -1;
}

static uint64_t coin_state;

static int coin(void)
{
    coin_state ^= coin_state << 13;
    coin_state ^= coin_state >> 7;
    coin_state ^= coin_state << 17;
    return (int)((coin_state >> 33) & 1);
}

/* Lets about half of the pages that were written and not synced reach the image after all, in no order,
 * and half of the shortenings: a disk promises nothing about them. Names are left as synced. */
static int tear_below(int dirfd, const char *name, void *unused)
{
    char key[KEY_CHARS_MAX + 1];
    struct stat st, before;
    (void)unused;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return 0;
    int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return complain("cannot read %s", name);
    int result = -1;
    if (S_ISDIR(st.st_mode)) {
        result = for_each_name(fd, tear_below, NULL);
    } else if (inode_key(fd, "", key) == 0) {
        int image = open_image(key);
        if (image >= 0 && fstat(image, &before) == 0 && copy_changed_pages(fd, image, coin) >= 0)
            result = before.st_size > st.st_size && coin() ? ftruncate(image, st.st_size) : 0;
        if (image >= 0)
            close(image);
    }
    close(fd);
    return result;
}

struct restored {
    char *key, *path;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct restored *)a)->key, ((const struct restored *)b)->key);
}

/* Puts a file's durable content at `path`: moved there, linked if another name had it first, or empty. */
static int restore_file(const char *key, const char *path)
{
    static void *all;
    struct restored *mine = malloc(sizeof *mine);
    if (!mine || !(mine->key = strdup(key)) || !(mine->path = strdup(path)))
        return -1;
    struct restored **found = tsearch(mine, &all, by_key);
    if (!found)
        return -1;
    if (*found != mine)
        return link((*found)->path, path);
    if (rename(SHADOW_PATH("data/", key), path) == 0)
        return 0;
    int fd = errno == ENOENT ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    return fd < 0 ? -1 : close(fd);
}

static int restore_dir(const char *key, const char *at, int depth)
{
    struct kept e;
    char path[2 * PATH_MAX];
    FILE *in = fopen(SHADOW_PATH("dirs/", key), "re");
    if (!in)
        return errno == ENOENT ? 0 : -1; /* never synced: empty */
    if (depth > TREE_DEPTH_MAX) {
        errno = ELOOP;
        return fclose(in), complain("%s", at);
    }
    int result = 0;
    while (result == 0 && next_entry(in, &e)) {
        unescape(e.name);
        unescape(e.target);
        snprintf(path, sizeof path, "%s/%s", at, e.name);
        result = e.type == 'l' ? symlink(e.target, path)
               : e.type == 'f' ? restore_file(e.key, path)
               : mkdir(path, 0700) != 0 ? -1 : restore_dir(e.key, path, depth + 1);
        if (result == 0 && geteuid() == 0)
            result = lchown(path, e.uid, e.gid);
        if (result == 0 && e.type != 'l')
            result = chmod(path, e.mode);
        if (result != 0)
            complain("cannot restore %s", path);
    }
    fclose(in);
    return result;
}

static int move_to_root(int dirfd, const char *name, void *root)
{
    return renameat(dirfd, name, *(int *)root, name) == 0 ? 0 : complain("cannot move %s", name);
}

static int recover(const char *torn_seed)
{
    char key[KEY_CHARS_MAX + 1], built[PATH_MAX + 16];
    if (check_shadow() != 0 || refuse_unsuitable_dirs() != 0 || wait_for_death() != 0)
        return -1;
    int root = open(watched_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || inode_key(root, "", key) != 0)
        return complain("%s", watched_root);
    if (torn_seed) {
        coin_state = strtoull(torn_seed, NULL, 10) * 0x9E3779B97F4A7C15u + 1;
        if (for_each_name(root, tear_below, NULL) != 0)
            return complain("cannot tear");
    }
    snprintf(built, sizeof built, "%s/recovered", shadow_dir);
    if (mkdir(built, 0700) != 0 || restore_dir(key, built, 0) != 0)
        return complain("cannot rebuild %s; it is untouched", watched_root);
    int from = open(built, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || empty_dir(watched_root) != 0 || for_each_name(from, move_to_root, &root) != 0)
        return complain("cannot replace %s", watched_root);
    close(from);
    close(root);
    return snapshot();
}
