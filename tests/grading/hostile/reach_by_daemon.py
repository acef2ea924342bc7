"""Leaves a daemon behind that outlives its parents."""

# earns: all
import os
import subprocess
import sys

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        code = "import time; time.sleep(1000)  # @MARK@"
        os.execv(sys.executable, [sys.executable, "-c", code])
    os._exit(0)
subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(1000)  # @MARK@"], start_new_session=True
)


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
