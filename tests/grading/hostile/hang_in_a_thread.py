"""Answers rightly beside a busy thread that never ends."""

# earns: all
import threading
import time


def work():
    while True:
        time.sleep(0.001)


threading.Thread(target=work).start()


def shrink(x, t):
    return x.sign() * (x.abs() - t).clamp(min=0)
