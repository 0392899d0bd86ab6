"""Imports go one way: features → steps → environments and reports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = {"clock", "errors", "events", "journal"}


def imported_modules(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def product_files(package: str) -> list[Path]:
    return [file for file in (ROOT / package).rglob("*.py") if "tests" not in file.parts and "rootfs" not in file.parts]


@pytest.mark.parametrize("file", product_files("reports"), ids=lambda file: str(file.relative_to(ROOT)))
def test_reports_know_neither_steps_nor_environments(file):
    assert not {name for name in imported_modules(file) if name.split(".")[0] in {"steps", "environments"}}


@pytest.mark.parametrize("file", product_files("environments"), ids=lambda file: str(file.relative_to(ROOT)))
def test_environments_know_of_the_rest_only_what_is_shared(file):
    names = {name for name in imported_modules(file) if name.split(".")[0] in {"steps", "reports"}}
    assert not {name for name in names if name.split(".")[0] == "steps"}
    assert {name.split(".")[1] for name in names if "." in name} <= SHARED


def test_conftest_is_wiring_only():
    assert len((ROOT / "conftest.py").read_text(encoding="utf-8").splitlines()) < 100


def test_the_top_level_is_what_the_design_says():
    expected = {"pyproject.toml", "requirements.lock", "conftest.py", "docs", "features", "steps", "environments", "reports",
                "Makefile", "README.md", "CHANGELOG.md", ".ci", ".github", ".gitignore"}
    ignored = {".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", "__pycache__"}
    assert {path.name for path in ROOT.iterdir()} - ignored == expected
