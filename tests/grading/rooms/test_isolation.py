"""Which isolation is chosen, what is said where there is none, and rooms without a jail's walls."""

import json
import os
import platform
import stat
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("rooms need Unix sockets", allow_module_level=True)

import pwd

from dlcourse.grading.rooms import isolation as modes
from dlcourse.grading.rooms import packages, walls
from dlcourse.grading.rooms.isolation import Isolation, RoomError, choose
from dlcourse.grading.rooms.kernel import Kernel
from dlcourse.grading.rooms.limits import Limits

# A container client that checks what it is told and then runs the room as it stands, without walls.
CLIENT = """#!{python}
import json, os, sys
arguments = sys.argv[1:]
with open({log!r}, "a") as log: log.write(json.dumps(arguments) + "\\n")
if arguments[0] != "run": sys.exit(0)
at = arguments.index("an/image")
expected = ["python", "-P", "-m", "dlcourse.grading.rooms.inside.supervise"]
if arguments[at + 1:-1] != expected: sys.exit("a strange command")
order = json.loads(arguments[-1])
order.update(walls="none", home={home!r})
os.execv({python!r}, [{python!r}, *arguments[at + 2:-1], json.dumps(order)])
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a fake docker on PATH; return the file in which it keeps its arguments."""
    log = tmp_path / "log"
    text = CLIENT.format(python=sys.executable, log=str(log), home=str(tmp_path / "home"))
    docker = tmp_path / "docker"
    docker.write_text(text)
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("DLCOURSE_ISOLATION", "container")
    monkeypatch.setenv("DLCOURSE_IMAGE", "an/image")
    return log


def test_a_container_is_started_with_every_lock(client: Path) -> None:
    with choose() as isolation:
        assert isolation.name == "container"
    run = json.loads(client.read_text().splitlines()[0])
    folder = json.loads(run[-1])["folder"]
    limits = Limits()
    locks = {"--rm", "--interactive", "--network=none", "--read-only", "--cap-drop=ALL"}
    locks |= {"--security-opt=no-new-privileges", f"--volume={folder}:{folder}"}
    locks |= {f"--tmpfs=/tmp:size={limits.home},mode=1777", f"--shm-size={limits.home}"}
    assert locks <= set(run)
    user = next(word for word in run if word.startswith("--user="))
    assert user not in ("--user=0:0", "--user=0")
    assert sum(word.startswith(("--volume", "-v", "--mount")) for word in run) == 1
    memory = next(int(word.split("=")[1]) for word in run if word.startswith("--memory="))
    assert limits.memory < memory < limits.memory + (2 << 30)


def test_a_client_without_a_daemon_is_refused_in_its_own_words(client: Path) -> None:
    docker = client.with_name("docker")
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the daemon' >&2; exit 125\n")
    with pytest.raises(ValueError, match="container: the room did not open: Cannot connect"):
        choose()


def test_refusal_is_one_line_that_names_the_reason_and_unsafe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DLCOURSE_IMAGE", raising=False)
    monkeypatch.setenv("DLCOURSE_ISOLATION", "bwrap,container")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ValueError, match="bubblewrap is not installed") as caught:
        choose()
    text = str(caught.value)
    assert "DLCOURSE_IMAGE names no image" in text
    assert "--unsafe" in text
    assert "\n" not in text


def test_an_unknown_mode_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLCOURSE_ISOLATION", "jail,vm")
    with pytest.raises(ValueError, match="'vm' is none of jail, bwrap, container"):
        choose()


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_other_systems_are_told_what_they_can_do(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.delenv("DLCOURSE_IMAGE", raising=False)
    monkeypatch.setattr(platform, "system", lambda: system)
    with pytest.raises(
        ValueError, match=f"this {system} .pre-forked jail: Linux only.*Linux machine"
    ):
        choose()


def test_a_course_inside_what_rooms_may_read_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DLCOURSE_ISOLATION", "bwrap")
    monkeypatch.setattr(modes.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.chdir(sys.prefix)
    with pytest.raises(ValueError, match="which rooms read: grade elsewhere"):
        choose()


def test_without_walls_a_room_is_a_plain_process_that_can_be_killed() -> None:
    with choose(unsafe=True) as isolation:
        assert isolation.name == "none"
        kernel = Kernel(isolation, Limits(), {})
        assert kernel.room.poll() is None
        kernel.close()
        assert kernel.room.poll() == 137
        assert not kernel.room.folder.exists()
        isolation.probe()


def test_a_room_that_does_not_open_says_why_and_is_gone() -> None:
    with choose(unsafe=True) as isolation:
        folder = isolation.folder()
        room = isolation.start("tea", folder, Limits())
        with pytest.raises(RoomError, match="no room is of the kind 'tea'"):
            room.wait_ready()
        assert not folder.exists()


def test_a_room_that_takes_too_long_is_given_up() -> None:
    with choose(unsafe=True) as isolation:
        folder = isolation.folder()
        room = isolation.start("kernel", folder, Limits(start_seconds=0))
        with pytest.raises(RoomError, match="it takes more than 0 s"):
            room.wait_ready()
        assert not folder.exists()


def test_the_path_of_a_folder_is_private_and_short() -> None:
    with choose(unsafe=True) as isolation:
        folder = isolation.folder()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(str(folder / "k-00000")) < 60
        inner = folder / "closed" / "in"
        inner.mkdir(parents=True)
        inner.parent.chmod(0)
    assert not folder.exists()


def test_a_room_that_fills_an_unsealed_folder_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    from dlcourse.grading.rooms.inside import supervise

    with Isolation() as isolation:
        folder = isolation.folder()
        order = supervise.Order("kernel", str(folder), Limits(home=1 << 20), "/home/student")
        monkeypatch.setattr(walls, "memory_used", lambda limit: 0)
        (folder / "half").write_bytes(bytes(1 << 20))
        assert supervise.excess(order, sealed=False) == ""
        (folder / "more").write_bytes(b"x")
        assert supervise.excess(order, sealed=False) == "stored more than 1 MB"
        assert supervise.excess(order, sealed=True) == ""


def lay(folder: Path, name: str = "site-packages") -> Path:
    """Make a folder of packages with one module, and put it on Python's path."""
    path = folder / name
    path.mkdir(parents=True)
    (path / "elsewhere.py").write_text("FOUND = 1\n")
    return path


def test_rooms_see_packages_wherever_the_path_names_them_but_nothing_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, course = tmp_path / "home", tmp_path / "course"
    shared = [lay(tmp_path / "opt"), lay(tmp_path / "usr", "dist-packages")]
    (tmp_path / "link").mkdir()
    linked = tmp_path / "link/site-packages"
    linked.symlink_to(lay(home / ".local/lib"))
    private = [linked, lay(course / "lib"), lay(home / ".venv"), lay(tmp_path / "opt", "code")]
    monkeypatch.setattr(sys, "path", [*sys.path, *map(str, [*shared, *private])])
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.chdir(course)
    assert set(map(str, shared)) <= set(walls.visible())
    assert not set(map(str, private)) & set(walls.visible())


def test_a_package_that_rooms_do_not_see_is_named_before_anybody_is_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unseen = lay(tmp_path / "code", "mine")
    monkeypatch.setattr(sys, "path", [str(unseen), *sys.path])
    says = f"elsewhere comes from {unseen / 'elsewhere.py'}, which rooms do not see"
    assert packages.find_unseen(walls.visible(), ["elsewhere", "json", "sys"]).startswith(says)
    assert (
        packages.find_unseen([*walls.visible(), str(unseen)], ["elsewhere", "nowhere_at_all"]) == ""
    )
    monkeypatch.setattr(modes, "WANTED", ("elsewhere.part",))
    monkeypatch.setenv("DLCOURSE_ISOLATION", "bwrap")
    monkeypatch.setattr(modes.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(ValueError, match=f"bwrap: {says}"):
        choose()


@pytest.mark.parametrize("kind", ["pth", "system-site-packages"])
def test_in_a_venv_that_borrows_packages_rooms_have_them_too(tmp_path: Path, kind: str) -> None:
    """The borrowed ones are those that run this test; a .pth file puts their place on the path."""
    options = ["--without-pip", *(["--system-site-packages"] if kind != "pth" else [])]
    subprocess.run([sys.executable, "-m", "venv", *options, tmp_path / "venv"], check=True)
    [site] = (tmp_path / "venv").glob("lib/python*/site-packages")
    borrowed = [path for path in sys.path if Path(path).name in packages.NAMES]
    source = Path(modes.__file__).parents[3]
    (site / "borrowed.pth").write_text("\n".join([*borrowed, str(source)]))
    script = """if True:
        from dlcourse.grading.rooms.isolation import choose
        from dlcourse.grading.rooms.kernel import Kernel
        from dlcourse.grading.rooms.limits import Limits
        with choose() as isolation:
            kernel = Kernel(isolation, Limits(), {})
            print(kernel.execute("import scipy.fft, sklearn; print('imported')", 60))
            kernel.close()
    """
    python = tmp_path / "venv/bin/python"
    environment = os.environ | {"DLCOURSE_ISOLATION": "jail"}
    done = subprocess.run(
        [python, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    if "cannot be isolated" in done.stderr and "comes from" not in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert "'text': 'imported" in done.stdout, done.stderr


def test_importing_it_brings_no_torch() -> None:
    code = "import sys, dlcourse.grading.rooms.isolation; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_root_gives_a_room_a_uid_that_nobody_uses() -> None:
    uid = walls.spare_uid()
    assert (uid is None) == (os.geteuid() != 0)
    assert uid is None or uid not in {user.pw_uid for user in pwd.getpwall()} | {0}


def test_folders_of_graders_that_were_killed_are_swept():
    """What is still somebody's stays."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = Path(f"/tmp/dlc-{gone.pid}-left")
    (left / "files").mkdir(parents=True)
    with choose(unsafe=True) as opened, choose(unsafe=True):
        assert not left.exists()
        held = opened.folder()
        choose(unsafe=True).close()
        assert held.exists()
    assert not held.exists()


linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@linux
@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_rooms_open_whatever_the_umask_of_who_grades(
    umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLCOURSE_ISOLATION", "jail")
    before = os.umask(umask)
    try:
        with choose() as isolation:
            kernel = Kernel(isolation, Limits(), {"folder/given.txt": b"given"})
            code = "import os; print(open('folder/given.txt').read(), oct(os.umask(0)))"
            (output,) = kernel.execute(code, 60)
            kernel.close()
    finally:
        os.umask(before)
    assert output["text"] == "given 0o22\n"


@linux
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user is the same outside and inside")
def test_the_probe_fails_where_a_students_room_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLCOURSE_ISOLATION", "jail")
    monkeypatch.setattr(modes, "UMASK", 0o077)
    with pytest.raises(ValueError, match="jail: the room did not open: PermissionError"):
        choose()
