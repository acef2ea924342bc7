"""Blocks all signals and sleeps in C."""

# earns: cosine standardise learn
import signal
import time

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
time.sleep(10_000)
