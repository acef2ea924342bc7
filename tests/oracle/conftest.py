"""What the oracle tests share: torchvision and timm, also without torchvision's own operators."""

import importlib
import re
import sys

import pytest
import torch


@pytest.fixture(scope="session")
def torchvision():
    """Import torchvision.

    Beside a torch of another build (a CPU build with torchvision from PyPI) its compiled operators
    do not load, and its import stops at "operator torchvision::nms does not exist". Its models need
    none of them, so each operator that it asks for is declared, without code. With a matching build
    the plain import works and nothing is declared.
    """
    declared = torch.library.Library("torchvision", "FRAGMENT")
    while True:
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
            declared.define(f"{missing[1]}() -> ()")
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]  # half imported


@pytest.fixture(scope="session")
def timm(torchvision):
    """Import timm, which imports torchvision."""
    return importlib.import_module("timm")
