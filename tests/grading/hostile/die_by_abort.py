"""Aborts."""

# earns: cosine standardise learn
import os

os.abort()
