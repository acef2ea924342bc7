"""Stops its own process with SIGSTOP."""

# earns: cosine standardise learn
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
