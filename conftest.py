"""pytest wiring: which plugins speak, and how a .feature file becomes tests. Everything else is in its package."""

from pathlib import Path

import pytest

from steps.drill.collecting import FeatureFile, rendered_scenario_name
from steps.vocabulary import VOCABULARY

pytest_plugins = [
    "reports.plugin.plugin",
    "steps.drill.run",
    *(f"steps.vocabulary.{module}" for module in VOCABULARY),
]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> FeatureFile | None:
    """Collect .feature files."""
    if file_path.suffix == ".feature":
        return FeatureFile.from_parent(parent, path=file_path)
    return None


def pytest_drill_scenario_name(item: pytest.Function) -> str:
    """The name of an item's scenario."""
    return rendered_scenario_name(item)
