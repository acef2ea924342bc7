"""Waits for a lock that it holds."""

# earns: cosine standardise learn
import threading

lock = threading.Lock()


def shrink(x, t):
    lock.acquire()
    lock.acquire()
    return x
