"""What student code can and cannot do in a room, tried by a real kernel in each kind of jail."""

import contextlib
import fcntl
import itertools
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

if sys.platform != "linux":
    pytest.skip("namespaces are Linux's", allow_module_level=True)

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from dlcourse.grading.rooms import syscalls, walls
from dlcourse.grading.rooms.isolation import Isolation, Room, RoomError, choose
from dlcourse.grading.rooms.limits import Limits

ROOT = Path(__file__).parents[3]
SECRET = "a-password-of-the-grader"
NAMES = {"jail": "pre-forked jail", "bwrap": "bwrap"}
SMALL = Limits(memory=512 << 20, processes=40, file=8 << 20, home=16 << 20)
counter = itertools.count()
# A room of bwrap takes seconds to open. What the two do in the very same code is tried in one.
ONCE = pytest.mark.parametrize("isolation", ["jail"], indirect=True)


@pytest.fixture(scope="module", params=NAMES)
def isolation(request: pytest.FixtureRequest) -> Iterator[Isolation]:
    if request.param == "bwrap" and not shutil.which("bwrap") and os.environ.get("CI") != "true":
        pytest.skip("bubblewrap is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLCOURSE_ISOLATION", request.param)
        patch.setenv("DLCOURSE_TEST_SECRET", SECRET)
        with choose() as isolation:
            assert isolation.name == NAMES[request.param]
            yield isolation


class Student:
    """A room with a kernel, driven as the grader does."""

    def __init__(self, isolation: Isolation, limits: Limits = SMALL):
        folder = isolation.folder()
        connection = str(folder / "kernel.json")
        write_connection_file(connection, transport="ipc", ip=f"{folder}/k", key=b"key")
        (folder / "files").mkdir()
        (folder / "files/given.txt").write_text("comes with the assignment")
        self.room: Room = isolation.start("kernel", folder, limits)
        self.room.wait_ready()
        self.client = BlockingKernelClient(connection_file=connection)
        self.client.load_connection_file()
        self.client.start_channels()
        self.name = f"dlc{os.getpid()}-{next(counter)}"  # by which the host finds its processes
        self.run(f"open('/proc/self/comm', 'w').write({self.name!r})")

    def run(self, code: str, seconds: float = 60) -> str:
        """Return what a cell prints, or its error."""
        texts: list[str] = []

        def keep(message: dict) -> None:
            content = message["content"]
            texts.append(
                content.get("text", "") + content.get("ename", "") + content.get("evalue", "")
            )

        self.client.execute_interactive(code, timeout=seconds, output_hook=keep)
        return "".join(texts)

    def ask(self, code: str, seconds: float = 60):
        """Return the data that a cell prints as JSON."""
        return json.loads(self.run(f"import json, os\n{code}", seconds))

    def close(self) -> None:
        self.client.stop_channels()
        self.room.kill()


@contextlib.contextmanager
def visit(isolation: Isolation, limits: Limits = SMALL) -> Iterator[Student]:
    student = Student(isolation, limits)
    try:
        yield student
    finally:
        student.close()


@pytest.fixture(scope="module")
def student(isolation: Isolation) -> Iterator[Student]:
    """A room for looking round; tests that break something open their own."""
    with visit(isolation) as student:
        yield student


def processes(name: str) -> list[Path]:
    """Return the host's processes of a name: forks inherit it, whatever else they do."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (path / "comm").read_text().strip() == name:
                found.append(path)
    return found


def find_helper(name: str, grader: int) -> psutil.Process:
    """Return the grader's own child that opened the room with processes of this name."""
    above = psutil.Process(int(processes(name)[0].name)).parents()
    return next(process for process in above if process.ppid() == grader)


def vanish(name: str) -> bool:
    """Say whether all processes of a name are gone, soon or after some patience."""
    end = time.monotonic() + 30
    while processes(name) and time.monotonic() < end:
        time.sleep(0.05)
    return not processes(name)


TRY = """
def attempt(action):
    try:
        action()
    except OSError as error:
        return error.strerror
    return "done"
"""


def test_honest_work_runs(student: Student) -> None:
    code = """
import torch, numpy, matplotlib.pyplot as plt, subprocess, sys, multiprocessing
from dlcourse import data, train
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(4, 2)).sum().backward(); optimizer.step()
plt.plot([1, 2]); plt.savefig("figure.png")
told = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout
with multiprocessing.Pool(2) as pool: squares = pool.map(abs, [-1, -2])
given = open("given.txt").read()
print(json.dumps([told, squares, given, os.getcwd(), os.path.getsize("figure.png") > 1000]))
"""
    told = ["42\n", [1, 2], "comes with the assignment", "/home/student", True]
    assert student.ask(code) == told


def test_the_network_is_closed_and_so_is_the_hosts_loopback(student: Student) -> None:
    abstract = f"\0{student.name}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as named:
        named.bind(abstract)
        named.listen()
        port = server.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # from here it can be reached
        code = f"""{TRY}
import socket
targets = [("127.0.0.1", {port}), ("192.0.2.1", 80)]
told = [attempt(lambda: socket.create_connection(target, 3)) for target in targets]
told.append(attempt(lambda: socket.socket(socket.AF_UNIX).connect({abstract!r})))
print(json.dumps([told, [name for _, name in socket.if_nameindex()]]))
"""
        told, interfaces = student.ask(code)
    assert "done" not in told
    assert interfaces == ["lo"]


def test_of_the_repository_only_python_and_the_package_can_be_seen(
    student: Student, tmp_path: Path
) -> None:
    (tmp_path / "gradebook.db").write_text("marks")
    inside = {path for path in (sys.prefix, sys.base_prefix) if Path(path).is_relative_to(ROOT)}
    allowed = {Path(path).relative_to(ROOT).parts[0] for path in inside} | {"src"}
    code = f"""
def names(path): return os.listdir(path) if os.path.isdir(path) else []
print(json.dumps([names({str(ROOT)!r}), names({str(ROOT / "src")!r}),
    os.path.exists({str(tmp_path)!r}), names("/home"), names(os.path.expanduser("~")),
    [name for name in names("/tmp") if name.startswith("dlc-")]]))
"""
    top, source, temporary, homes, home, rooms = student.ask(code)
    package = Path(walls.__file__).parents[2]
    assert set(top) <= allowed
    assert not package.is_relative_to(ROOT / "src") or source == [package.name]
    assert not temporary
    assert homes == ["student"]
    assert not any(name.startswith(".") for name in home)
    assert rooms == [student.room.folder.name]


def test_the_system_and_the_package_are_read_only(student: Student) -> None:
    code = f"""{TRY}
mounts = [line.split() for line in open("/proc/self/mountinfo")]
writable = [fields[4] for fields in mounts if "ro" not in fields[5].split(",")]
places = {[*walls.visible()][-1:]} + ["/", "/usr", "/etc"]
tried = [attempt(lambda: open(path + "/x", "w")) for path in places]
print(json.dumps([sorted(writable), tried]))
"""
    writable, tried = student.ask(code)
    allowed = {*walls.SMALL, *walls.devices(), "/proc"}
    assert set(writable) <= allowed
    assert not any(word == "done" for word in tried)


def test_no_process_of_the_host_can_be_seen_or_touched(student: Student) -> None:
    code = f"""{TRY}
import signal
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
files = ("environ", "mem", "maps")
tried = [attempt(lambda: open(f"/proc/1/{{name}}", "rb").read(1)) for name in files]
tried.append(attempt(lambda: os.listdir("/proc/1/fd")))
for number in signal.valid_signals():
    attempt(lambda: os.kill(1, number))
print(json.dumps([len(pids), tried]))
"""
    count, tried = student.ask(code)
    assert count <= 3  # the trusted first process, the kernel and perhaps a helper of a test before
    assert tried == ["Permission denied"] * 4
    assert student.run("print('alive')") == "alive\n"


def test_environment_and_command_lines_hold_nothing_of_ours(student: Student) -> None:
    code = """
texts = [repr(dict(os.environ))]
for name in os.listdir("/proc"):
    for part in ("environ", "cmdline"):
        try: texts.append(open(f"/proc/{name}/{part}").read())
        except OSError: pass
print(json.dumps([os.uname().nodename, *texts]))
"""
    host, *texts = student.ask(code)
    texts = " ".join(texts)
    assert "dlcourse.grading" in texts  # something was read
    assert SECRET not in texts
    assert str(ROOT / "tests") not in texts
    assert host != socket.gethostname()


def test_no_rights_and_no_further_namespaces(student: Student) -> None:
    code = """
import ctypes, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
alone = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({:#x}) + 1)"  # a kernel has threads
flags = [0x10000000, 0x10020000, 0x20000, 0x20000000, 0x40000000]
spaces = [subprocess.run([sys.executable, "-c", alone.format(flag)]).returncode for flag in flags]
mount = libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
rights = {status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
print(json.dumps([spaces, mount, sorted(rights), status["NoNewPrivs"].strip(), os.getgroups()]))
"""
    spaces, mount, rights, locked, groups = student.ask(code)
    assert spaces == [0] * 5  # 1 where one could be made
    assert mount == -1
    assert rights == ["0" * 16]
    assert locked == "1"
    assert os.geteuid() != 0 or groups == []


CALLS = """
import ctypes, errno, fcntl, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    number = numbers[name][os.uname().machine != "x86_64"]
    done = libc.syscall(number, *arguments, *[0] * (6 - len(arguments)))
    return errno.errorcode[ctypes.get_errno()] if done < 0 else done
def family(number):
    try: return socket.socket(number, socket.SOCK_STREAM).close()
    except OSError as error: return errno.errorcode[error.errno]
"""


def test_calls_round_the_walls_are_refused_and_nothing_ends(student: Student) -> None:
    code = f"""{CALLS}
numbers = {syscalls.REFUSED!r}
refused = {{call(name) for name in numbers}}
families = [family(number) for number in (40, 38, 17, 31, 44)]  # vsock, alg, packet, bluetooth, xdp
alone = "import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall({{}}, 0x10000011, 0, 0, 0, 0) + 1)"
clone = numbers["clone"] = {syscalls.JUDGED["clone"]!r}
clone = alone.format(clone[os.uname().machine != "x86_64"])
forked = subprocess.run([sys.executable, "-c", clone]).returncode
print(json.dumps([list(refused), families, forked]))
"""
    assert student.ask(code) == [["ENOSYS"], ["EAFNOSUPPORT"] * 5, 0]
    assert student.run("print('alive')") == "alive\n"


def test_a_file_that_all_rooms_read_carries_no_word(isolation: Isolation, student: Student) -> None:
    code = f"""{TRY}
import fcntl, socket, struct
path = {walls.__file__!r}
kept = open(path)
free = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
told = [attempt(lambda: fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    attempt(lambda: fcntl.lockf(kept, fcntl.LOCK_SH | fcntl.LOCK_NB))]
for command in (fcntl.F_GETLK, fcntl.F_OFD_GETLK):
    told.append(attempt(lambda: fcntl.fcntl(kept, command, free)))
for command in (fcntl.F_SETLEASE, fcntl.F_NOTIFY):
    told.append(attempt(lambda: fcntl.fcntl(kept, command, 0)))
print(json.dumps(told))
"""
    with open(walls.__file__) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # held here, as by another room
        told = student.ask(code)
        with visit(isolation) as other:
            assert other.ask(code) == told
        # and none that a student takes can be seen from here
        fcntl.flock(file, fcntl.LOCK_UN)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert told == ["done", "done"] + ["Invalid argument"] * 4


@ONCE
def test_what_honest_libraries_call_still_works(student: Student) -> None:
    code = """
import asyncio, dbm, os, pty, shutil, socket, sqlite3, subprocess, tempfile, threading, warnings
import filelock, torch
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from torch.utils.data import DataLoader, TensorDataset
warnings.simplefilter("ignore")
told = {}
batches = DataLoader(TensorDataset(torch.arange(8.0)), 2, num_workers=2)
told["loader"] = sum(b.sum().item() for (b,) in batches)
told["threads"] = sum(ThreadPoolExecutor(4).map(int, "123"))
with ProcessPoolExecutor(2) as pool: told["processes"] = sum(pool.map(int, "123"))
async def ask():
    process = await asyncio.create_subprocess_exec("echo", "6", stdout=-1)
    return int((await process.communicate())[0])
thread = ThreadPoolExecutor(1)  # the kernel's own thread has a running loop
told["asyncio"] = thread.submit(asyncio.run, ask()).result()
with filelock.FileLock("a.lock"): told["filelock"] = 6
with sqlite3.connect("a.db") as base:
    base.execute("create table t (x)"); base.execute("insert into t values (6)")
    told["sqlite"] = base.execute("select x from t").fetchone()[0]
with dbm.open("words", "c") as words: words["a"] = "6"
told["dbm"] = int(dbm.open("words")["a"])
near, far = socket.socketpair(); near.send(b"6"); told["sockets"] = int(far.recv(9))
shared = torch.arange(4.0).share_memory_(); told["shared"] = shared.sum().item()
told["interfaces"] = len(socket.if_nameindex()) * 6
piped = subprocess.run("echo 6 | cat", shell=True, capture_output=True, text=True)
told["shell"] = int(piped.stdout)
print(json.dumps(told))
"""
    told = student.ask(code)
    assert len(told) == 11
    assert set(told.values()) == {6, 28.0}


def test_outside_the_student_is_not_root(student: Student) -> None:
    status = dict(
        line.split(":", 1)
        for line in (processes(student.name)[0] / "status").read_text().splitlines()
    )
    assert "0" not in status["Uid"].split() + status["Gid"].split()


def test_a_fork_storm_stops_at_the_limit_and_others_live(
    isolation: Isolation, student: Student
) -> None:
    code = """
import time
count = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(1000)
        count += 1
except OSError as error:
    print(json.dumps([count, error.strerror]))
"""
    with visit(isolation) as storm:
        count, error = storm.ask(code)
        assert 0 < count < SMALL.processes
        assert error == "Resource temporarily unavailable"
        assert student.run("print(1)") == "1\n"
    assert processes(storm.name) == []


BOMBS = {
    "of processes": "for _ in range(4):\n"
    "    if os.fork() == 0: x = b'x' * (300 << 20); time.sleep(1000)",
    "of sockets that nobody reads": """
import socket
kept = []
for _ in range(20):
    kept.append(server := socket.socket(socket.AF_UNIX))
    server.bind(chr(0) + str(len(kept))); server.listen(4096)
    for _ in range(4000):
        with socket.socket(socket.AF_UNIX) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
            sender.connect(chr(0) + str(len(kept))); sender.setblocking(False)
            try:
                while True: sender.send(bytes(65536))
            except OSError: pass""",
}


@ONCE
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_memory_bomb_ends_its_room_only(
    isolation: Isolation, student: Student, bomb: str
) -> None:
    with visit(isolation) as bomber:
        bomber.client.execute(f"import os, time\n{BOMBS[bomb]}\ntime.sleep(1000)")
        end = time.monotonic() + 60
        while bomber.room.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        assert bomber.room.poll() == 137
        assert bomber.room.why == "used more than 0.5 GB of memory"
        assert student.run("print(1)") == "1\n"
    assert processes(bomber.name) == []


def test_one_process_gets_a_memory_error_and_goes_on(student: Student) -> None:
    assert "MemoryError" in student.run("x = bytearray(2 << 30)")
    assert student.run("print(1)") == "1\n"


def test_files_and_home_have_a_size_limit(isolation: Isolation) -> None:
    code = f"""{TRY}
def large():
    with open("big", "wb") as file: file.write(bytes({SMALL.file} + 1))
one = attempt(large)
os.remove("big")
def fill():
    for i in range(100):
        with open(f"{{at}}/{{i}}", "wb") as file: file.write(bytes(1 << 20))
told = []
for at in ("/home/student", "/tmp", "/dev/shm"):
    told.append(attempt(fill))
def many():
    for i in range(100_000): open(f"/tmp/{{i}}e", "w").close()
os.remove("/tmp/0")
print(json.dumps([one, told, attempt(many)]))
"""
    with visit(isolation) as hoarder:
        one, told, many = hoarder.ask(code)
    full = "No space left on device"
    assert one == "File too large"
    assert told == [full] * 3
    assert many == full or isolation.name == "bwrap"  # which cannot limit their number


def test_the_shared_folder_is_sealed(student: Student) -> None:
    folder = str(student.room.folder)
    code = f"""{TRY}
import socket
def bind(): socket.socket(socket.AF_UNIX).bind({folder + "/mine"!r})
print(json.dumps([attempt(lambda: open({folder + "/mine"!r}, "w")), attempt(bind),
    attempt(lambda: open({folder + "/kernel.json"!r}, "a")), os.access({folder!r}, os.R_OK)]))
"""
    sealed = "Read-only file system"
    assert student.ask(code) == [sealed, sealed, sealed, True]


def test_kill_leaves_no_process_and_no_folder(isolation: Isolation) -> None:
    code = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        os.close(0); os.close(1); os.close(2)
        time.sleep(1000)
    os._exit(0)
"""
    with visit(isolation) as student:
        student.run(code)
        assert len(processes(student.name)) >= 2
        student.room.kill()
        assert processes(student.name) == []
        assert not student.room.folder.exists()
        student.room.kill()  # once more does no harm
        assert student.room.poll() == 137


@ONCE
def test_a_kernel_deaf_to_signals_is_killed(isolation: Isolation) -> None:
    code = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
open("/tmp/deaf", "w").close()
while True: pass
"""
    with visit(isolation) as student:
        student.client.execute(code)
        process = processes(student.name)[0]
        deaf = process / "root/tmp/deaf"
        end = time.monotonic() + 30
        while not deaf.exists() and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(int(process.name), signal.SIGINT)
        assert student.room.poll() is None
        student.room.kill()
        assert processes(student.name) == []


@ONCE
def test_the_exit_status_of_a_kernel_is_told(isolation: Isolation) -> None:
    for code, status in (
        ("import os; os._exit(3)", 3),
        ("import ctypes; ctypes.string_at(0)", 139),
    ):
        with visit(isolation) as student:
            student.client.execute(code)
            end = time.monotonic() + 30
            while student.room.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            assert student.room.poll() == status


def test_a_room_sees_nothing_of_another(isolation: Isolation, student: Student) -> None:
    leave = """
import socket
for at in ("/home/student", "/tmp", "/dev/shm"): open(f"{at}/left", "w").write("mine")
server = socket.socket(socket.AF_UNIX); server.bind("\\0left"); server.listen()
"""
    look = f"""{TRY}
import socket
print(json.dumps([
    [at for at in ("/home/student", "/tmp", "/dev/shm") if os.path.exists(f"{{at}}/left")],
    attempt(lambda: socket.socket(socket.AF_UNIX).connect("\\0left")),
    [name for name in os.listdir("/tmp") if name.startswith("dlc-")]]))
"""
    student.run(leave)
    everywhere = ["/home/student", "/tmp", "/dev/shm"]
    assert student.ask(look)[:2] == [everywhere, "done"]
    with visit(isolation) as other:
        told = other.ask(look)
    assert told == [[], "Connection refused", [other.room.folder.name]]


@ONCE
def test_killing_the_parent_ends_its_rooms_and_the_next_one_opens(isolation: Isolation) -> None:
    with visit(isolation) as student:
        find_helper(student.name, os.getpid()).kill()
        assert vanish(student.name)
        with pytest.raises(RoomError, match="killed from outside"):
            student.room.poll()
    with visit(isolation) as student:
        assert student.run("print(1)") == "1\n"


def test_killing_the_grader_leaves_nothing_running(isolation: Isolation) -> None:
    script = f"""
import importlib.util, time
spec = importlib.util.spec_from_file_location("test_walls", {__file__!r})
this = importlib.util.module_from_spec(spec); spec.loader.exec_module(this)
isolation = this.choose()
student = this.Student(isolation)
print(student.name, student.room.folder, flush=True)
time.sleep(1000)
"""
    command = [sys.executable, "-c", script]
    grader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    name, folder = grader.stdout.readline().split()
    helper = find_helper(name, grader.pid).pid
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert vanish(name)
    end = time.monotonic() + 30
    while Path(f"/proc/{helper}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{helper}").exists()
    shutil.rmtree(folder, ignore_errors=True)  # or another grader has swept it already


def test_all_this_holds_for_an_ordinary_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("the tests above have just been that")
    if not shutil.which("bwrap") or not shutil.which("setpriv"):
        pytest.skip("bwrap and setpriv, which lend an ordinary user our Python, are not both here")
    nobody = pwd.getpwnam("nobody")
    command = [shutil.which("bwrap"), "--dev-bind", "/", "/"]
    # Python may be in root's closed home folder: open the way to it, and to nothing else there.
    paths = {Path(sys.base_prefix), Path(sys.prefix), ROOT}
    parents = {parent for path in paths for parent in path.parents}
    closed = {parent for parent in parents if not parent.stat().st_mode & 1}
    for path in sorted(p for p in parents if any(p.is_relative_to(c) for c in closed)):
        command += ["--perms", "0755", "--tmpfs" if path in closed else "--dir", str(path)]
    for path in sorted(p for p in paths if any(p.is_relative_to(c) for c in closed)):
        command += ["--ro-bind", str(path), str(path)]
    user = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    command += ["--", "setpriv", *user, sys.executable, "-m", "pytest", "-q"]
    command += ["-p", "no:cacheprovider"]
    # What costs most and does not depend on the user is left out.
    chosen = "not ordinary and not bomb and (not bwrap or sealed or rights or read_only)"
    command += [__file__, "-k", chosen]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
