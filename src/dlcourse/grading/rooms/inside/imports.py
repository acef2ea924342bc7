"""What a student's process and a check find imported: all of it once, before they are forked."""

import gc
import importlib
import os
import pkgutil
import sys

# What a kernel or a check imports by the time it has answered once; found by comparing sys.modules.
WANTED = (
    *("torch", "matplotlib.pyplot", "ipykernel.kernelapp", "ipykernel.ipkernel", "sqlite3"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect"),
    *("IPython.core.logger", "IPython.extensions.storemagic", "tornado.platform.asyncio"),
    *("tornado.queues", "encodings.latin_1", "faulthandler", "resource"),
    *("dlcourse.checks", "dlcourse.data", "dlcourse.plot", "dlcourse.train", "dlcourse.widgets"),
    *("dlcourse.grading.rooms.inside.answering", "dlcourse.grading.rooms.inside.checks"),
)


def load() -> None:
    """Import what kernels and checks use; raise RuntimeError if that has started a thread."""
    # Nobody debugs here, and every kernel would import it anew.
    sys.modules["debugpy"] = None  # pyright: ignore[reportArgumentType]
    from dlcourse import checks

    assignments = (m.name for m in pkgutil.iter_modules(checks.__path__, "dlcourse.checks."))
    for name in (*WANTED, *assignments):
        importlib.import_module(name)
    import torch

    # The first optimizer brings torch._dynamo: two seconds of every submission that trains.
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    gc.collect()
    gc.freeze()  # a collection in a child would write to, and so copy, every page of these objects
    threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
    if threads != 1:
        # A fork takes one thread along, and the locks that the others hold for ever.
        raise RuntimeError(f"{threads} threads run after the imports; one may fork")
