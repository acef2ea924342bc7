"""Look at the reader's machine and say what is missing and how to mend it.

Only the standard library is imported at the top.
"""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from dlcourse import runtime

GIB = 1024**3
NEEDED_PYTHON = (3, 11)
NEEDED_MEMORY = 2  # GiB: the most a lesson takes
NEEDED_DISK = 1  # GiB: downloads of the optional data sets
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans "
                                                                                  "CN",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "PingFang SC", "PingFang HK", "Hiragino Sans GB",
    "Heiti TC",
    "STHeiti", "Songti SC", "Arial Unicode MS", "Microsoft YaHei", "SimHei", "SimSun", "Droid Sans "
                                                                                       "Fallback",
)  # fmt: skip
# What figures of one's own need: a missing one is told but does not make the doctor fail.
OPTIONAL = {
    "fonts for Chinese text": "for figures of your own; chapter 06 shows Chinese in the browser, "
    "with the browser's fonts"
}
Finding = tuple[bool, str]


def check_python() -> Finding:
    """Check that Python is 3.11 or newer."""
    found = platform.python_version()
    if sys.version_info[:2] < NEEDED_PYTHON:
        return False, f"install Python 3.11 or newer (this is {found})"
    return True, f"{found} in {sys.prefix}"


def check_torch() -> Finding:
    """Check that PyTorch imports, and name the device that lessons will use."""
    import torch

    return (
        True,
        f"{torch.__version__}, device {runtime.pick_device()}, CPU threads "
        f"{torch.get_num_threads()}",
    )


def check_lab() -> Finding:
    """Check that JupyterLab or Colab is there to show the notebooks."""
    if _installed("google.colab"):
        return True, "not needed: this is Colab"
    if not _installed("jupyterlab"):
        return False, runtime.installation("lab")
    return True, importlib.metadata.version("jupyterlab")


def check_widgets() -> Finding:
    """Check the widget libraries, and that JupyterLab will find the browser's half of them."""
    versions = [
        f"{name} {importlib.metadata.version(name)}" for name in ("anywidget", "ipywidgets")
    ]
    if _installed("jupyterlab") and not _installed("google.colab"):
        from jupyter_core.paths import jupyter_path

        folders = [Path(folder) for folder in jupyter_path("labextensions")]
        for extension in ("anywidget", "@jupyter-widgets/jupyterlab-manager"):
            if not any((folder / extension / "package.json").is_file() for folder in folders):
                package = extension.replace(
                    "@jupyter-widgets/jupyterlab-manager", "jupyterlab_widgets"
                )
                return (
                    False,
                    f"JupyterLab cannot see {extension}: pip install --force-reinstall {package}",
                )
    return True, ", ".join(versions)


def check_fonts() -> Finding:
    """Check whether figures could show Chinese; pages use the browser's own fonts."""
    from matplotlib import font_manager

    present = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in CHINESE_FONTS if name in present), None)
    if found:
        return True, found
    by_system = {
        "Linux": "apt install fonts-noto-cjk",
        "Windows": "add the optional feature 'Chinese (Simplified) Supplemental Fonts' in Settings",
    }
    return False, by_system.get(platform.system(), "install Noto Sans CJK SC")


def check_memory() -> Finding:
    """Check that the machine, or the container, has the memory of a lesson."""
    total = _memory()
    if total is None:
        return True, f"unknown; a lesson takes up to {NEEDED_MEMORY} GiB"
    if total < NEEDED_MEMORY * GIB:
        return (
            False,
            f"close other programs or use Colab: {total / GIB:.1f} GiB, a lesson takes up to "
            f"{NEEDED_MEMORY}",
        )
    return True, f"{total / GIB:.1f} GiB"


def check_disk() -> Finding:
    """Check that downloads have room in the data home."""
    folder = _nearest(runtime.data_home())
    free = shutil.disk_usage(folder).free / GIB
    if free < NEEDED_DISK:
        return (
            False,
            f"free some space: {free:.1f} GiB left in {folder}, data sets take up to {NEEDED_DISK}",
        )
    return True, f"{free:.1f} GiB free in {folder}"


def check_data_home() -> Finding:
    """Check that downloads may be written where they go; nothing is made."""
    home = runtime.data_home()
    folder = _nearest(home)
    if not os.access(folder, os.W_OK | os.X_OK):
        return False, f"{home} cannot be written: set DLCOURSE_DATA to a folder that can"
    return True, str(home)


CHECKS: dict[str, Callable[[], Finding]] = {
    "Python": check_python,
    "torch and device": check_torch,
    "JupyterLab": check_lab,
    "widgets": check_widgets,
    "fonts for Chinese text": check_fonts,
    "memory": check_memory,
    "disk": check_disk,
    "data home": check_data_home,
}


def checks() -> list[tuple[str, bool, str]]:
    """Return (name, ok, message) of every check: what is there, else how to mend it."""
    found = []
    for name, check in CHECKS.items():
        try:
            found.append((name, *check()))
        except ModuleNotFoundError as missing:
            found.append(
                (name, False, f"{runtime.installation('lab')} ({missing.name} is not installed)")
            )
        except Exception as error:  # a doctor must not fall ill
            found.append((name, False, f"install again: {runtime.installation('lab')} ({error})"))
    return found


def main() -> int:
    """Print a line for each check; return 1 if something that a lesson needs is missing, else 0."""
    found = checks()
    for name, ok, message in found:
        note = f" ({OPTIONAL[name]})" if name in OPTIONAL else ""
        print(f"[ok] {name}: {message}" if ok else f"[fix: {message}] {name}{note}")
    return int(any(not ok and name not in OPTIONAL for name, ok, _ in found))


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the parent package is missing
        return False


def _nearest(path: Path) -> Path:
    """Return `path` or the nearest of its parents that exists."""
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _memory() -> int | None:
    """Return the bytes of memory that this process may use at most, None where nobody tells."""
    limits = []
    if hasattr(os, "sysconf"):  # Linux, macOS
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    elif sys.platform == "win32":
        import ctypes

        kilobytes = ctypes.c_ulonglong()
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
        limits.append(kilobytes.value * 1024)
    container = Path("/sys/fs/cgroup/memory.max")  # Linux: "max" or bytes
    if container.is_file() and (text := container.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits, default=None)
