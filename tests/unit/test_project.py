"""What the project says of itself in several places is the same everywhere."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CONDA_NAMES = {"torch": "pytorch"}
# Lines of code that each part of the package may have with all nine chapters.
BUDGET = {
    "models": 9000,
    "data": 6500,
    "checks": 5000,
    "grading": 7850,  # full: a line in costs a line out; 7,600 before class lists came in
    "widgets": 2400,
    "classics": 1600,
    "llm": 1200,
    "authoring": 1850,  # a third of it proves homework, and leads from lesson to lesson
    "metrics boxes": 1000,
    "plot": 700,
    "rl": 700,
    "text": 600,
    "the rest": 2200,  # half of it is homework/, which grading runs submissions with
}


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_environment_yml_and_pyproject_agree():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    listed = {entry for entry in environment if isinstance(entry, str)} - {"pip"}
    wanted = {f"python{PROJECT['requires-python']}"}
    for requirement in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"]:
        name = re.match(r"[\w-]+", requirement)[0]
        wanted.add(requirement.replace(name, CONDA_NAMES.get(name, name), 1))
    assert listed == wanted
    # conda hands this list to pip as a requirements file, which knows few options.
    assert [entry["pip"] for entry in environment if isinstance(entry, dict)] == [["-e ."]]


def test_users_get_lower_bounds_and_no_pins():
    extras = PROJECT["optional-dependencies"].values()
    for text in PROJECT["dependencies"] + [entry for extra in extras for entry in extra]:
        requirement = Requirement(text)
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators <= {">="}, text
        assert operators or requirement.name == "dlcourse", text


def test_students_never_install_nbgrader():
    student = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"]
    assert not [entry for entry in student if "nbgrader" in entry]


def test_constraints_are_public_versions_that_the_floors_allow():
    pins = dict(line.split("==") for line in lines("constraints.txt"))
    assert all(re.fullmatch(r"[\d.]+(post\d+)?", version) for version in pins.values())
    assert pins["torch"] == "2.13.0"
    for text in PROJECT["dependencies"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[requirement.name]), text


# Each part of the package, and the extras that it may stand on besides the dependencies of all.
EXTRAS = {
    "": ["lab"],
    "authoring": ["lab", "grade", "dev"],
    "grading": ["grade", "dask", "postgres"],
}


@pytest.mark.parametrize("part", EXTRAS)
def test_every_import_is_declared_by_the_extra_that_needs_it(part):
    named = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][e] for e in EXTRAS[part])]
    declared = {canonicalize_name(Requirement(text).name) for texts in named for text in texts}
    known = packages_distributions()
    for path in (ROOT / "src").rglob("*.py"):
        if next(filter(path.parts.__contains__, EXTRAS), "") != part:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - set(sys.stdlib_module_names):
                brought = {canonicalize_name(each) for each in known.get(name, [name])}
                assert brought & {*declared, "dlcourse"}, f"{path.name} imports {name}"


def test_installing_the_course_on_colab_changes_nothing_there(tmp_path):
    """A resolver that may not move any of Colab's packages finds a solution."""
    listed = dict(line.split("==") for line in lines("tests/colab-constraints.txt"))
    command = [sys.executable, "-m", "uv", "pip", "compile", "-q", "pyproject.toml", "--no-header"]
    command += ["-c", "tests/colab-constraints.txt", "--no-annotate", "--python-version", "3.13"]
    command += ["--python-platform", "x86_64-manylinux_2_28"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ)
    if "error sending request" in done.stderr and not os.environ.get("CI"):
        pytest.skip("no package registry within reach")
    assert done.returncode == 0, done.stderr
    resolved = dict(re.findall(r"^([\w.-]+)==(\S+)", done.stdout, re.MULTILINE))
    assert {name: version for name, version in resolved.items() if name in listed} == {
        name: listed[name] for name in resolved if name in listed
    }
    assert {"torch", "ipywidgets", "mlxtend"} <= resolved.keys() & listed.keys()


def test_figures_of_the_design_hold_for_every_file():
    for path in (ROOT / "src").rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) < 300, path
    source = (ROOT / "src/dlcourse/train.py").read_text("utf-8")
    fit = next(n for n in ast.parse(source).body if getattr(n, "name", "") == "fit")
    assert fit.end_lineno - fit.lineno < 80


def test_no_part_of_the_package_has_outgrown_its_budget():
    package = ROOT / "src/dlcourse"
    lines = Counter()
    for path in [*package.rglob("*.py"), *package.rglob("*.js")]:
        name = path.relative_to(package).parts[0].removesuffix(".py")
        part = next((part for part in BUDGET if name in part.split()), "the rest")
        lines[part] += len(path.read_text("utf-8").splitlines())
    assert {part: count for part, count in lines.items() if count > BUDGET[part]} == {}


def test_contributors_read_the_layers_that_are_held():
    held = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    layers = "\n".join(held["contracts"][0]["layers"])
    assert f"```\n{layers}\n```" in text
