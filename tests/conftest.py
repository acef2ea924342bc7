"""Tests reach no other machine: the guard that kernels get closes this process's network too."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).parent / "offline" / "sitecustomize.py"))
