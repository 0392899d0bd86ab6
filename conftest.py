"""pytest wiring: which plugins speak, and how a .feature file becomes tests. Everything else is in its package."""

from pathlib import Path

import pytest

from reports.errors import UsageError
from steps.drill.collecting import FeatureFile, check_drills, rendered_scenario_name

pytest_plugins = [
    "reports.plugin.plugin",
    "steps.drill.run",
    "steps.vocabulary.stack",
    "steps.vocabulary.faults",
    "steps.vocabulary.remedy",
    "steps.vocabulary.recovery",
    "steps.vocabulary.data",
]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> FeatureFile | None:
    """Collect .feature files."""
    if file_path.suffix == ".feature":
        return FeatureFile.from_parent(parent, path=file_path)
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse what could not run before anything is started."""
    try:
        check_drills(items)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_drill_scenario_name(item: pytest.Function) -> str:
    """The name of an item's scenario."""
    return rendered_scenario_name(item)
