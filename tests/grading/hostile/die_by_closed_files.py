"""Closes every open file and socket."""

# earns: cosine standardise learn
import os

os.closerange(3, 4096)
