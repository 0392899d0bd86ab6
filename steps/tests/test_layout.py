"""Imports go one way: features -> steps -> environments and reports; inside a package no room imports one above it."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "reports": (("__init__", "errors", "machine"), ("journal",), ("judging",), ("verify",), ("run",), ("wording",), ("page",),
                ("github",), ("evidence",), ("plugin", "__main__")),
    "environments": (("__init__", "machine"), ("hosts",), ("images",), ("probes",), ("state",), ("faults",), ("systems",),
                     ("setup",)),
    "steps": (("__init__", "runbook"), ("drill",), ("vocabulary",), ("reference", "findings")),
}
"""Each package's rooms, the ground first; rooms in one tuple share a floor. A room imports from lower floors and from itself."""
PUBLIC_BDD = {"given", "parsers", "scenario", "scenarios", "step", "then", "when"}
"""What pytest-bdd documents."""
PRIVATE_NAMES = re.compile(r"\b(?:item|node|config|session|request|mark|capmanager|manager)\._\w+")
SHARED = {"journal", "errors"}
"""What environments may use of reports."""


def modules_of(source: str) -> set[str]:
    """Return all modules that a source text imports, also those inside functions and under TYPE_CHECKING."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def product_files(package: str) -> list[Path]:
    return [file for file in (ROOT / package).rglob("*.py") if not {"tests", "rootfs"} & set(file.relative_to(ROOT).parts)]


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def upward(package: str, file: Path, source: str) -> set[str]:
    """Return the imports of a file that lead to a room on its own floor or above, its own room excepted."""
    floors = {room: floor for floor, rooms in enumerate(ROOMS[package]) for room in rooms}
    own = room_of(".".join(file.relative_to(ROOT).with_suffix("").parts))
    assert own in floors, f"{file}: the room {own!r} has no floor in ROOMS"
    rooms = {module: room_of(module) for module in modules_of(source) if module.split(".")[0] == package and "." in module}
    return {module for module, room in rooms.items() if room in floors and room != own and floors[room] >= floors[own]}


@pytest.mark.parametrize("package", ROOMS)
def test_no_room_imports_upward(package):
    wrong = {str(file.relative_to(ROOT)): found for file in product_files(package)
             if (found := upward(package, file, file.read_text(encoding="utf-8")))}
    assert not wrong


def test_an_upward_import_is_detected():
    file = ROOT / "reports" / "judging" / "rules.py"
    assert upward("reports", file, "from reports.page.html import report_html") == {
        "reports.page.html", "reports.page.html.report_html"}
    assert not upward("reports", file, "from reports.journal.events import Sample")


def private(source: str) -> set[str]:
    """Return the undocumented modules of pytest, pytest-bdd and pytest-xdist that a source text imports, and its uses of them."""
    modules = {module for module in modules_of(source) if module.split(".")[0] in {"_pytest", "xdist"}
               or (module.startswith("pytest_bdd.") and module.removeprefix("pytest_bdd.") not in PUBLIC_BDD)}
    return modules | set(PRIVATE_NAMES.findall(source))


def test_private_interfaces_of_pytest_are_used_in_one_module_only():
    users = {str(file.relative_to(ROOT)) for package in ROOMS for file in product_files(package)
             if private(file.read_text(encoding="utf-8"))}
    assert users == {"reports/plugin/compat.py"}


@pytest.mark.parametrize("source", ["from _pytest.mark import Mark", "import xdist", "from pytest_bdd.scenario import scenario",
                                    "item.session._fixturemanager", "pytest.mark._markers", "item._request"])
def test_a_private_interface_is_detected(source):
    assert private(source)
    assert not private("import pytest\nfrom pytest_bdd import parsers, scenario\nself._session")


def test_every_room_has_a_floor():
    for package, floors in ROOMS.items():
        there = {path.stem for path in (ROOT / package).iterdir()
                 if path.suffix == ".py" or (path.name not in {"tests", "out", "__pycache__"} and any(path.rglob("*.py")))}
        assert there == {room for rooms in floors for room in rooms}, package


@pytest.mark.parametrize("file", product_files("reports"), ids=lambda file: str(file.relative_to(ROOT)))
def test_reports_import_neither_steps_nor_environments(file):
    assert not {name for name in modules_of(file.read_text(encoding="utf-8")) if name.split(".")[0] in {"steps", "environments"}}


@pytest.mark.parametrize("file", product_files("environments"), ids=lambda file: str(file.relative_to(ROOT)))
def test_environments_import_only_shared_modules(file):
    names = {name for name in modules_of(file.read_text(encoding="utf-8")) if name.split(".")[0] in {"steps", "reports"}}
    assert not {name for name in names if name.split(".")[0] == "steps"}
    assert {name.split(".")[1] for name in names if "." in name} <= SHARED


LOADED = """
import runpy, sys
sys.argv = ["verify", "--help"]
try:
    runpy.run_module("reports.verify", run_name="__main__")
except SystemExit:
    pass
ours = {name for name in sys.modules if name.split(".")[0] in {"reports", "steps", "environments"}}
foreign = {name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names) - {"reports", "__main__"}
print(sorted(foreign))
print(sorted(ours))
"""


def test_the_verification_imports_only_the_standard_library():
    # -S leaves out site-packages: an import of a library would fail even where it is installed.
    done = subprocess.run([sys.executable, "-S", "-E", "-s", "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True,
                          timeout=60)
    foreign, ours = done.stdout.splitlines()[-2:]
    assert foreign == "[]"
    assert "reports.judging.rules" in ours


def test_conftest_is_wiring_only():
    assert len((ROOT / "conftest.py").read_text(encoding="utf-8").splitlines()) < 100


def test_the_oldest_pytest_is_stated_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [bound] = [text for text in project["project"]["dependencies"] if text.startswith("pytest>=")]
    assert bound == f"pytest>={project['tool']['pytest']['ini_options']['minversion']}"


def test_the_top_level_matches_the_design():
    expected = {"pyproject.toml", "requirements.lock", "conftest.py", "features", "steps", "environments", "reports", "docs",
                "Makefile", "README.md", "CHANGELOG.md", ".ci", ".github", ".gitignore"}
    ignored = {".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__"}
    assert {path.name for path in ROOT.iterdir()} - ignored == expected
