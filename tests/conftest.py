"""What all tests share: a closed network but for loopback, and perturbed trainings."""

import runpy
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
runpy.run_path(str(TESTS / "offline" / "sitecustomize.py"))

from dlcourse.authoring import perturbation  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--perturb", **perturbation.OPTION)


@pytest.fixture(scope="session", autouse=True)
def rounding(pytestconfig: pytest.Config) -> None:
    """Perturb what the tests' own process trains, if that is asked for."""
    if (seed := pytestconfig.getoption("perturb")) is not None:
        perturbation.perturb(seed)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    if (seed := config.getoption("perturb")) is not None:
        terminalreporter.write_line(perturbation.told(seed, "pytest"))
