"""What all tests share: the network is closed but for loopback, and `scripts/` can be imported."""

import runpy
import sys
from pathlib import Path

TESTS = Path(__file__).parent
runpy.run_path(str(TESTS / "offline" / "sitecustomize.py"))
sys.path.append(str(TESTS.parent / "scripts"))
