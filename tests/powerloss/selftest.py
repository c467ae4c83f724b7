#!/usr/bin/env python3
"""Proves that the power-loss layer tells durable from not durable: on plain files, SQLite and PostgreSQL.

Prints one PASS or FAIL line per claim and exits non-zero if one failed. Needs gcc, Python's sqlite3 and
PostgreSQL's server programs ($PG_BIN, else the newest under /usr/lib/postgresql); runs PostgreSQL as user
postgres when started as root. `selftest.py --seed N` repeats a run; `--only WORD` runs matching claims.
"""

import argparse, contextlib, glob, os, pwd, random, shutil, signal, sqlite3, subprocess, sys, tempfile, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMITS = 200             # acknowledged commits or inserts per database experiment
SWEEP_COMMITS = 12        # commits of the experiment that is cut at each of its syncs
SWEEP_SYNCS_MAX = 100     # a sweep that has not ended by then is a defect
ANSWER_S_MAX = 30         # no single program here takes longer
EXIT_MISCONFIGURED = 97   # what a watched program returns when the layer's environment is wrong


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    args.add_argument("--only", default="")
    args = args.parse_args()
    random.seed(args.seed)
    print(f"seed {args.seed}", flush=True)
    failed = []
    with tempfile.TemporaryDirectory(prefix="powerloss-") as base:
        lab = Lab(Path(base))
        for claim in CLAIMS:
            sentence = claim.__name__.replace("_", " ")
            if args.only not in sentence:
                continue
            begin = time.monotonic()
            try:
                note = claim(lab)
            except Exception as reason:  # a claim may fail in any way; the others still run
                failed.append(sentence)
                print(f"FAIL {sentence}: {type(reason).__name__}: {reason}", flush=True)
            else:
                took = time.monotonic() - begin
                print(f"PASS {sentence} ({took:.1f} s){': ' + note if note else ''}", flush=True)
        for server in lab.servers:  # those of claims that failed half-way
            server.kill()
    print(f"{len(failed)} failed")
    sys.exit(1 if failed else 0)


class Lab:
    """A temporary directory with the compiled layer; hands out experiments."""

    def __init__(self, base):
        self.base, self.count, self.pg_template, self.servers = base, 0, None, []
        base.chmod(0o755)
        self.library, self.tool = base / "libpowerloss.so", base / "powerloss"
        gcc = ["gcc", "-O2", "-Wall", "-Wextra"]
        subprocess.run([*gcc, "-shared", "-fPIC", "-o", self.library, HERE / "powerloss.c"], check=True)
        subprocess.run([*gcc, "-o", self.tool, HERE / "tool.c"], check=True)

    def experiment(self, mode="strict"):
        self.count += 1
        here = self.base / f"{self.count}"
        (here / "root").mkdir(parents=True)
        return Experiment(self, here / "root", here / "shadow", mode)


class Experiment:
    """One root directory under the layer: fill it, snapshot, run programs, recover, look."""

    def __init__(self, lab, root, shadow, mode):
        self.lab, self.root, self.shadow, self.mode = lab, root, shadow, mode

    def env(self, **more):
        layer = dict(LD_PRELOAD=str(self.lab.library), POWERLOSS_ROOT=str(self.root),
                     POWERLOSS_SHADOW=str(self.shadow), POWERLOSS_MODE=self.mode)
        return {**os.environ, **layer, **{k: str(v) for k, v in more.items()}}

    def tool(self, verb, *more):
        done = subprocess.run([self.lab.tool, verb, self.root, self.shadow, *map(str, more)],
                              capture_output=True, text=True, timeout=ANSWER_S_MAX)
        check(done.returncode == 0, f"powerloss {verb}: {done.stderr}")

    def snapshot(self):
        self.tool("snapshot")

    def cut(self):
        self.tool("cut")

    def recover(self, *more):
        self.tool("recover", *more)

    def python(self, code, **env):
        """Runs `code` in the root under the layer, with `os` and helpers imported; returns its exit code."""
        return subprocess.run([sys.executable, "-ES", "-c", FILE_HELPERS + code], cwd=self.root,
                              env=self.env(**env), timeout=ANSWER_S_MAX).returncode

    def after_cut(self, code):
        """Snapshot, run `code`, cut; what is left as {name: content}."""
        self.snapshot()
        check(self.python(code) == 0, "the program under the layer failed")
        self.recover()
        return {str(p.relative_to(self.root)): p.read_text() if p.is_file() else None
                for p in sorted(self.root.rglob("*"))}


FILE_HELPERS = """
import os
def put(name, text, sync, flags=os.O_CREAT | os.O_TRUNC):
    fd = os.open(name, os.O_WRONLY | flags, 0o640)
    os.write(fd, text.encode())
    if sync: os.fsync(fd)
    os.close(fd)
def sync_dir(name='.'):
    fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(fd)
    os.close(fd)
"""


def check(truth, otherwise):
    if not truth:
        raise AssertionError(otherwise)


def same(found, expected):
    check(found == expected, f"found {found}, expected {expected}")


# --- plain files -------------------------------------------------------------------------------------


def a_write_that_was_not_synced_is_lost(lab):
    e = lab.experiment()
    (e.root / "a").write_text("old")
    same(e.after_cut("put('a', 'newer', sync=False)"), {"a": "old"})


def a_synced_write_is_kept(lab):
    e = lab.experiment()
    (e.root / "a").write_text("old")
    same(e.after_cut("put('a', 'newer', sync=True); put('a', 'newest', sync=False)"), {"a": "newer"})


def fdatasync_keeps_content_and_size(lab):
    e = lab.experiment()
    (e.root / "a").write_text("old")
    code = "fd = os.open('a', os.O_RDWR | os.O_APPEND); os.write(fd, b'+more'); os.fdatasync(fd)"
    same(e.after_cut(code), {"a": "old+more"})


def a_shortening_is_kept_only_if_synced(lab):
    e = lab.experiment()
    (e.root / "a").write_text("long"), (e.root / "b").write_text("long")
    code = "os.truncate('a', 1); fd = os.open('b', os.O_RDWR); os.ftruncate(fd, 1); os.fsync(fd)"
    same(e.after_cut(code), {"a": "long", "b": "l"})


def a_write_through_mmap_is_kept_once_the_file_is_synced(lab):
    e = lab.experiment()
    (e.root / "a").write_text("old"), (e.root / "b").write_text("old")
    code = """
import mmap
for name in 'ab':
    fd = os.open(name, os.O_RDWR)
    mmap.mmap(fd, 3)[:] = b'new'
    if name == 'a': os.fsync(fd)
"""
    same(e.after_cut(code), {"a": "new", "b": "old"})


def a_new_file_needs_its_directory_synced_in_strict_mode(lab):
    code = "put('a', 'x', sync=True); put('b', 'y', sync=False)"
    same(lab.experiment().after_cut(code), {})
    same(lab.experiment().after_cut(code + "; sync_dir()"), {"a": "x", "b": ""})


def a_new_synced_file_keeps_its_name_in_ext4_mode(lab):
    code = "os.makedirs('d/e'); put('d/e/a', 'x', sync=True); put('d/e/b', 'y', sync=False)"
    same(lab.experiment("ext4").after_cut(code), {"d": None, "d/e": None, "d/e/a": "x"})


def a_rename_needs_its_directory_synced_in_strict_mode(lab):
    code = "put('t', 'new', sync=True); os.rename('t', 'a')"
    for more, left in [("", {"a": "old"}), ("; sync_dir()", {"a": "new"})]:
        e = lab.experiment()
        (e.root / "a").write_text("old")
        same(e.after_cut(code + more), left)


def a_rename_of_an_unsynced_file_leaves_an_empty_file(lab):
    e = lab.experiment()
    (e.root / "a").write_text("old")
    same(e.after_cut("put('t', 'new', sync=False); os.rename('t', 'a'); sync_dir()"), {"a": ""})


def a_rename_then_a_sync_of_the_file_is_kept_in_ext4_mode(lab):
    code = "put('t', 'new', sync=True); os.rename('t', 'a'); put('a', 'newer', sync=True, flags=0)"
    same(lab.experiment("ext4").after_cut(code), {"a": "newer"})


def a_new_directory_needs_its_parent_synced_in_strict_mode(lab):
    code = "os.mkdir('d'); put('d/t', 'x', sync=True); os.rename('d/t', 'd/a'); sync_dir('d')"
    same(lab.experiment().after_cut(code), {})
    same(lab.experiment().after_cut(code + "; sync_dir()"), {"d": None, "d/a": "x"})


def a_removal_needs_its_directory_synced(lab):
    for more, left in [("", {"a": "x"}), ("; sync_dir()", {})]:
        e = lab.experiment()
        (e.root / "a").write_text("x")
        same(e.after_cut("os.remove('a')" + more), left)


def a_reused_inode_number_is_not_mistaken_for_the_deleted_file(lab):
    e = lab.experiment()
    (e.root / "a").write_text("durable")
    code = """
os.remove('a')
for i in range(50):
    put(f'n{i}', 'other', sync=True)
"""
    same(e.after_cut(code), {"a": "durable"})


def a_sync_by_another_process_covers_what_the_first_wrote(lab):
    e = lab.experiment()
    (e.root / "a").write_text("old")
    code = """
if os.fork() == 0:
    put('a', 'from the child', sync=False)
    os._exit(0)
os.wait()
fd = os.open('a', os.O_RDWR); os.fsync(fd)
"""
    same(e.after_cut(code), {"a": "from the child"})


def concurrent_syncs_of_one_file_never_take_back_what_was_acknowledged(lab):
    """Two processes of two threads each; every one looks into the image right after its sync."""
    e = lab.experiment()
    (e.root / "a").write_bytes(b"0" * 4 * 4096)
    e.snapshot()
    code = """
import glob, threading
threading.excepthook = lambda _: os._exit(8)
fd = os.open('a', os.O_RDWR)
image = os.open(glob.glob(os.environ['POWERLOSS_SHADOW'] + '/data/*')[0], os.O_RDONLY)
def write(mine):
    for i in range(6000):
        os.pwrite(fd, b'%08d' % i, mine * 4096)
        os.fsync(fd)
        if int(os.pread(image, 8, mine * 4096)) != i: os._exit(9)
child = os.fork()
threads = [threading.Thread(target=write, args=[mine + (2 if child else 0)]) for mine in range(2)]
for t in threads: t.start()
for t in threads: t.join()
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if child else 0)
"""
    same(e.python(code), 0)


def links_modes_odd_names_and_directories_come_back(lab):
    e = lab.experiment()
    code = """
os.mkdir('d'); put('d/a b\\n%', 'x', sync=True); os.link('d/a b\\n%', 'd/hard')
os.symlink('d/hard', 'soft'); os.chmod('d/hard', 0o604); sync_dir('d'); sync_dir()
"""
    same(e.after_cut(code), {"d": None, "d/a b\n%": "x", "d/hard": "x", "soft": "x"})
    hard = (e.root / "d/hard").stat()
    same((hard.st_nlink, hard.st_mode & 0o777, os.readlink(e.root / "soft")), (2, 0o604, "d/hard"))


def sync_and_syncfs_keep_everything(lab):
    for call in ["os.sync()", "import ctypes; ctypes.CDLL(None).syncfs(os.open('.', os.O_RDONLY))"]:
        e = lab.experiment()
        same(e.after_cut(f"os.mkdir('d'); put('d/a', 'x', sync=False); {call}"), {"d": None, "d/a": "x"})


def a_second_cut_counts_from_the_first_recovery(lab):
    e = lab.experiment()
    same(e.after_cut("put('a', 'x', sync=True); sync_dir()"), {"a": "x"})
    check(e.python("put('a', 'lost', sync=False); put('b', 'lost', sync=True)") == 0, "program failed")
    e.recover()
    same(sorted(p.name for p in e.root.iterdir()), ["a"])
    same((e.root / "a").read_text(), "x")


def torn_recovery_mixes_old_and_new_pages(lab):
    e = lab.experiment()
    pages = 64
    (e.root / "a").write_text("o" * 4096 * pages)
    e.snapshot()
    check(e.python(f"put('a', 'n' * {4096 * pages}, sync=False, flags=0)") == 0, "program failed")
    e.recover("--torn", 7)
    seen = (e.root / "a").read_text()
    kinds = [seen[i * 4096:(i + 1) * 4096] for i in range(pages)]
    check(all(k in ("o" * 4096, "n" * 4096) for k in kinds), "a page is neither old nor new")
    new = sum(k[0] == "n" for k in kinds)
    check(10 < new < 54, f"{new} of {pages} pages are new")


def after_the_cut_a_process_dies_at_its_next_sync(lab):
    e = lab.experiment()
    e.snapshot()
    e.cut()
    same(e.python("put('a', 'x', sync=True)"), -signal.SIGKILL)


def recovery_waits_for_watched_processes_to_die(lab):
    e = lab.experiment()
    e.snapshot()
    code = FILE_HELPERS + "os.write(1, b'.'); os.read(0, 1); put('a', 'x', sync=True); sync_dir()"
    child = subprocess.Popen([sys.executable, "-ES", "-c", code], cwd=e.root, env=e.env(),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.read(1)
    recovery = subprocess.Popen([lab.tool, "recover", e.root, e.shadow])
    with contextlib.suppress(subprocess.TimeoutExpired):
        recovery.wait(0.2)
        check(False, "recovered while a process lived")
    child.communicate(b".", timeout=ANSWER_S_MAX)
    same(recovery.wait(ANSWER_S_MAX), 0)
    same((e.root / "a").read_text(), "x")


def a_wrong_environment_stops_the_program(lab):
    e = lab.experiment()
    with open(os.devnull, "w") as quiet:
        run = lambda **env: subprocess.run(["true"], env=e.env(**env), stderr=quiet).returncode
        same(run(), EXIT_MISCONFIGURED)  # no snapshot yet
        e.snapshot()
        same(run(), 0)
        same(run(POWERLOSS_MODE="lenient"), EXIT_MISCONFIGURED)
        same(run(POWERLOSS_CUT_AT="soon"), EXIT_MISCONFIGURED)


# --- SQLite ------------------------------------------------------------------------------------------

SQLITE_WORKER = """
import os, sqlite3, sys
path, synchronous, commits, at_end = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
db = sqlite3.connect(path, isolation_level=None)
db.execute('PRAGMA journal_mode = WAL')
db.execute('PRAGMA synchronous = ' + synchronous)
db.execute('CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)')
for i in range(commits):
    db.execute('INSERT INTO t VALUES (?, ?)', (i, 'x' * 100))
    os.write(1, b'%d\\n' % i)
    if i == commits // 2 and at_end == 'close':
        db.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
if at_end == 'wait': sys.stdin.read()
db.close()
"""


def sqlite_worker(e, synchronous, commits, at_end, **env):
    return subprocess.Popen([sys.executable, "-ES", "-c", SQLITE_WORKER, "db", synchronous, str(commits), at_end],
                            cwd=e.root, env=e.env(**env), stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def sqlite_rows(path):
    """The ids in the database; checks its integrity."""
    db = sqlite3.connect(path)
    same(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
    known = db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 't'").fetchone()[0]
    rows = {row[0] for row in db.execute("SELECT id FROM t")} if known else set()
    db.close()
    return rows


def sqlite_after_kill(lab, mode, synchronous):
    """Kills a worker after a random number of its commits: (acknowledged ids, ids after recovery)."""
    e = lab.experiment(mode)
    db = sqlite3.connect(e.root / "db")
    db.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
    db.close()
    e.snapshot()
    worker = sqlite_worker(e, synchronous, COMMITS, "wait")
    acknowledged = {int(worker.stdout.readline()) for _ in range(random.randrange(COMMITS // 4, COMMITS + 1))}
    worker.kill()
    acknowledged |= {int(line) for line in worker.communicate()[0].split()}
    e.recover()
    return acknowledged, sqlite_rows(e.root / "db")


def sqlite_with_synchronous_full_keeps_every_acknowledged_commit(lab):
    notes = []
    for mode in ["strict", "ext4"]:
        acknowledged, rows = sqlite_after_kill(lab, mode, "FULL")
        check(acknowledged <= rows, f"{mode}: lost {sorted(acknowledged - rows)}")
        notes.append(f"{mode} {len(acknowledged)} acknowledged, {len(rows)} found")
    return "; ".join(notes)


def sqlite_with_synchronous_normal_or_off_loses_acknowledged_commits(lab):
    notes = []
    for synchronous in ["NORMAL", "OFF"]:
        for mode in ["strict", "ext4"]:
            acknowledged, rows = sqlite_after_kill(lab, mode, synchronous)
            check(acknowledged - rows, f"{synchronous} in {mode} mode lost nothing")
            notes.append(f"{synchronous} {mode} {len(acknowledged)} acknowledged, {len(rows)} found")
    return "; ".join(notes)


def sqlite_sweep(lab, mode, torn):
    """Cuts at the first sync, the second, …, from an empty directory to the closed database."""
    for cut_at in range(1, SWEEP_SYNCS_MAX):
        e = lab.experiment(mode)
        e.snapshot()
        worker = sqlite_worker(e, "FULL", SWEEP_COMMITS, "close", POWERLOSS_CUT_AT=cut_at)
        acknowledged = {int(line) for line in worker.communicate(timeout=ANSWER_S_MAX)[0].split()}
        e.recover(*(["--torn", cut_at] if torn else []))
        rows = sqlite_rows(e.root / "db")
        check(acknowledged <= rows, f"{mode}, cut at sync {cut_at}: lost {sorted(acknowledged - rows)}")
        check(len(rows) <= len(acknowledged) + 1, f"{mode}, cut at sync {cut_at}: more rows than begun")
        if worker.returncode == 0:
            same(len(rows), SWEEP_COMMITS)
            return f"{mode} {cut_at - 1} cuts"
        same(worker.returncode, -signal.SIGKILL)
    raise AssertionError("the worker never reached its end")


def sqlite_survives_a_cut_at_each_of_its_syncs(lab):
    return "; ".join([sqlite_sweep(lab, "strict", False), sqlite_sweep(lab, "ext4", False)])


def sqlite_survives_a_cut_at_each_of_its_syncs_with_torn_pages(lab):
    return sqlite_sweep(lab, "strict", True)


# --- PostgreSQL --------------------------------------------------------------------------------------


def pg_program(name):
    chosen = os.environ.get("PG_BIN")
    found = [chosen] if chosen else sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    check(found, "no PostgreSQL server programs; set PG_BIN")
    return f"{found[-1]}/{name}"


def pg_user():
    if os.geteuid() != 0:
        return {}
    who = pwd.getpwnam("postgres")
    return dict(user=who.pw_uid, group=who.pw_gid, extra_groups=[])


def pg_run(name, *args):
    done = subprocess.run([pg_program(name), *map(str, args)], capture_output=True, text=True, cwd="/",
                          timeout=ANSWER_S_MAX, **pg_user())
    check(done.returncode == 0, f"{name}: {done.stderr}")
    return done.stdout.strip()


PG_CONFIG = """
listen_addresses = ''
shared_buffers = 16MB
max_connections = 10
wal_level = minimal
max_wal_senders = 0
min_wal_size = 4MB
max_wal_size = 16MB
"""


class Postgres:
    """A server on an experiment's root, watched if `layer`, with extra lines of configuration."""

    def __init__(self, e, *settings, layer=True):
        self.e, self.sockets = e, e.root.parent / "sockets"
        self.sockets.mkdir(exist_ok=True)
        self.log = open(e.root.parent / "log", "a")
        shutil.chown(self.sockets, *([pg_user()["user"], pg_user()["group"]] if pg_user() else [os.getuid()]))
        options = [word for s in (f"unix_socket_directories={self.sockets}", *settings) for word in ("-c", s)]
        self.main = subprocess.Popen([pg_program("postgres"), "-D", e.root, *options], cwd="/",
                                     env=e.env() if layer else os.environ, stdout=self.log, stderr=self.log,
                                     **pg_user())
        e.lab.servers.append(self)
        deadline = time.monotonic() + ANSWER_S_MAX
        while self.main.poll() is None and not self.answers():
            check(time.monotonic() < deadline, "PostgreSQL does not answer")
        if self.main.poll() is not None:
            raise RuntimeError("PostgreSQL did not start: " + (e.root.parent / "log").read_text()[-400:])

    def answers(self):
        ready = [pg_program("pg_isready"), "-q", "-t", "1", "-h", self.sockets]
        return subprocess.run(ready, **pg_user()).returncode == 0 or time.sleep(0.02)

    def psql(self, *args):
        return pg_run("psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", self.sockets, "-d", "postgres", *args)

    def insert(self, before, statements):
        """Starts a client that runs `before` and then the statements, one commit each."""
        client = subprocess.Popen([pg_program("psql"), "-X", "-qAt", "-h", self.sockets, "-d", "postgres"], cwd="/",
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, **pg_user())
        with contextlib.suppress(BrokenPipeError):
            client.stdin.write((before + "\n" + "\n".join(statements) + "\n").encode())
            client.stdin.flush()
        return client

    def kill(self):
        """kill -9 of all its processes, found by their parent, while the parent cannot start others."""
        self.e.lab.servers.remove(self)
        if self.main.poll() is not None:  # it did not start; its children went with it
            return self.log.close()
        self.main.send_signal(signal.SIGSTOP)
        for stat in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid, rest = int(stat.split("/")[2]), Path(stat).read_text().rsplit(")", 1)[1].split()
                if int(rest[1]) == self.main.pid:
                    os.kill(pid, signal.SIGKILL)
        self.main.kill()
        self.main.wait(ANSWER_S_MAX)
        self.log.close()


def pg_experiment(lab, mode):
    """An experiment whose root is a fresh cluster with table `t`; the cluster is made once and copied."""
    e = lab.experiment(mode)
    if not lab.pg_template:
        lab.pg_template = template = lab.base / "template"
        template.mkdir()
        if pg_user():
            shutil.chown(template, pg_user()["user"], pg_user()["group"])
        pg_run("initdb", "-D", template, "--wal-segsize=1", "--no-sync", "-A", "trust", "--no-locale", "-U",
               pwd.getpwuid(pg_user().get("user", os.getuid())).pw_name)
        with open(template / "postgresql.conf", "a") as config:
            config.write(PG_CONFIG)
        subprocess.run([pg_program("postgres"), "--single", "-D", template, "postgres"], check=True, text=True,
                       input="CREATE TABLE t (id int PRIMARY KEY, text text)", capture_output=True, cwd="/", **pg_user())
    e.root.rmdir()
    subprocess.run(["cp", "-a", lab.pg_template, e.root], check=True)
    e.snapshot()
    return e


def pg_after_kill(e, *settings, before="", checkpoint=False):
    """Inserts until COMMITS are acknowledged, cuts the power, kills all: the acknowledged ids."""
    server = Postgres(e, *settings)
    statements = [f"INSERT INTO t VALUES ({i}, repeat('x', 5000)) RETURNING id;" for i in range(2 * COMMITS)]
    if checkpoint:
        statements.insert(COMMITS // 2, "CHECKPOINT;")
    client = server.insert(before, statements)
    acknowledged = {int(client.stdout.readline()) for _ in range(COMMITS)}
    e.cut()
    server.kill()
    return acknowledged | {int(line) for line in client.communicate(timeout=ANSWER_S_MAX)[0].split()}


def pg_rows(e):
    """Starts the recovered cluster unwatched; the ids in `t`, by its rows and by its index."""
    server = Postgres(e, "fsync=off", layer=False)  # only to look: real syncs would cost seconds here
    try:
        rows = server.psql("-c", "SELECT id FROM t WHERE text = repeat('x', 5000)")
        by_index = server.psql("-c", "SET enable_seqscan = off; SELECT id FROM t WHERE id >= 0 ORDER BY id")
    finally:
        server.kill()
    rows = {int(line) for line in rows.split()}
    same({int(line) for line in by_index.split()}, rows)
    return rows


NEW_TABLE = "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, text text);"


def postgres_keeps_every_acknowledged_insert_in_ext4_mode(lab):
    notes = []
    for torn in [(), ("--torn", random.randrange(1, 1 << 30))]:
        e = pg_experiment(lab, "ext4")
        acknowledged = pg_after_kill(e, before=NEW_TABLE, checkpoint=True)
        e.recover(*torn)
        rows = pg_rows(e)
        check(acknowledged <= rows, f"{torn}: lost {sorted(acknowledged - rows)}")
        notes.append(f"{'torn, ' if torn else ''}{len(acknowledged)} acknowledged, {len(rows)} found")
    return "; ".join(notes)


def postgres_in_strict_mode_keeps_inserts_into_a_table_that_was_there_before(lab):
    e = pg_experiment(lab, "strict")
    acknowledged = pg_after_kill(e, checkpoint=True)
    e.recover()
    rows = pg_rows(e)
    check(acknowledged <= rows, f"lost {sorted(acknowledged - rows)}")
    return f"{len(acknowledged)} acknowledged, {len(rows)} found"


def pg_loss(e, acknowledged):
    """How a recovered cluster shows that acknowledged rows are gone; fails if they are all there."""
    try:
        rows = pg_rows(e)
    except (AssertionError, RuntimeError) as reason:
        words = str(reason)
        known = ["could not open file", "unexpected zero page", "could not read block", "did not start", "found set()"]
        check(any(k in words for k in known), f"failed in an unknown way: {words}")
        return f"broken ({next(k for k in known if k in words)})"
    check(acknowledged - rows, "nothing was lost")
    return f"{len(acknowledged)} acknowledged, {len(rows)} found"


def postgres_in_strict_mode_loses_a_table_made_before_a_checkpoint(lab):
    """PostgreSQL 15 never syncs the directory of a new table: it needs what ext4 gives."""
    e = pg_experiment(lab, "strict")
    acknowledged = pg_after_kill(e, before=NEW_TABLE, checkpoint=True)
    e.recover()
    return pg_loss(e, acknowledged)


def postgres_without_fsync_or_synchronous_commit_loses_acknowledged_inserts(lab):
    notes = []
    for settings in [("fsync=off",), ("synchronous_commit=off", "wal_writer_delay=10s")]:
        e = pg_experiment(lab, "ext4")
        acknowledged = pg_after_kill(e, *settings)
        e.recover()
        notes.append(f"{settings[0]} {pg_loss(e, acknowledged)}")
    return "; ".join(notes)


# --- what it costs -----------------------------------------------------------------------------------

SYNC_TIMER = """
import sys, time
fd = os.open('a', os.O_RDWR)
begin = time.perf_counter()
for i in range(50):
    os.pwrite(fd, b'%d' % i, i * 64)
    os.fdatasync(fd)
print(int((time.perf_counter() - begin) * 1e6 / 50))
"""


def the_cost_is_measured(lab):
    """Microseconds per fdatasync after a small write, by size of the file; commits and inserts a second."""
    notes = []
    for size in [16 << 10, 1 << 20, 16 << 20]:
        e = lab.experiment()
        (e.root / "a").write_bytes(b"x" * size)
        e.snapshot()
        times = []
        for env in [os.environ, e.env(), e.env(POWERLOSS_MODE="ext4")]:
            timer = [sys.executable, "-ES", "-c", FILE_HELPERS + SYNC_TIMER]
            times.append(subprocess.run(timer, cwd=e.root, env=env, check=True, capture_output=True).stdout.decode().strip())
        notes.append(f"sync of {size >> 10} KiB: real {times[0]} µs, strict {times[1]} µs, ext4 {times[2]} µs")
    for mode, env in [("real", dict(LD_PRELOAD="")), ("strict", {}), ("ext4", {})]:
        e = lab.experiment(mode if mode != "real" else "strict")
        e.snapshot()
        worker = sqlite_worker(e, "FULL", 500, "end", **env)
        worker.stdout.readline()
        begin = time.monotonic()
        worker.communicate(timeout=ANSWER_S_MAX)
        notes.append(f"SQLite {mode} {499 / (time.monotonic() - begin):.0f} commits/s")
    for layer in [False, True]:
        server = Postgres(pg_experiment(lab, "ext4"), layer=layer)
        client = server.insert("", [f"INSERT INTO t VALUES ({i}, 'x') RETURNING id;" for i in range(500)])
        client.stdout.readline()
        begin = time.monotonic()
        client.communicate(timeout=ANSWER_S_MAX)
        notes.append(f"PostgreSQL {'ext4' if layer else 'real'} {499 / (time.monotonic() - begin):.0f} inserts/s")
        server.kill()
    return "".join("\n     " + note for note in notes)


CLAIMS = [
    a_write_that_was_not_synced_is_lost,
    a_synced_write_is_kept,
    fdatasync_keeps_content_and_size,
    a_shortening_is_kept_only_if_synced,
    a_write_through_mmap_is_kept_once_the_file_is_synced,
    a_new_file_needs_its_directory_synced_in_strict_mode,
    a_new_synced_file_keeps_its_name_in_ext4_mode,
    a_rename_needs_its_directory_synced_in_strict_mode,
    a_rename_of_an_unsynced_file_leaves_an_empty_file,
    a_rename_then_a_sync_of_the_file_is_kept_in_ext4_mode,
    a_new_directory_needs_its_parent_synced_in_strict_mode,
    a_removal_needs_its_directory_synced,
    a_reused_inode_number_is_not_mistaken_for_the_deleted_file,
    a_sync_by_another_process_covers_what_the_first_wrote,
    concurrent_syncs_of_one_file_never_take_back_what_was_acknowledged,
    links_modes_odd_names_and_directories_come_back,
    sync_and_syncfs_keep_everything,
    a_second_cut_counts_from_the_first_recovery,
    torn_recovery_mixes_old_and_new_pages,
    after_the_cut_a_process_dies_at_its_next_sync,
    recovery_waits_for_watched_processes_to_die,
    a_wrong_environment_stops_the_program,
    sqlite_with_synchronous_full_keeps_every_acknowledged_commit,
    sqlite_with_synchronous_normal_or_off_loses_acknowledged_commits,
    sqlite_survives_a_cut_at_each_of_its_syncs,
    sqlite_survives_a_cut_at_each_of_its_syncs_with_torn_pages,
    postgres_keeps_every_acknowledged_insert_in_ext4_mode,
    postgres_in_strict_mode_keeps_inserts_into_a_table_that_was_there_before,
    postgres_in_strict_mode_loses_a_table_made_before_a_checkpoint,
    postgres_without_fsync_or_synchronous_commit_loses_acknowledged_inserts,
    the_cost_is_measured,
]

if __name__ == "__main__":
    main()
