"""Collects .feature files: each scenario becomes a test, and nothing of what is written can get lost on the way.

pytest-bdd drops a scenario silently where two of one file share a name, and notices a missing step only when it is
reached; both are refused here before a container starts.
"""

import types
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import pytest
from gherkin.parser import Parser
from pytest_bdd import scenario

from reports.errors import UsageError
from reports.judging.findings import read_findings, scenarios_named
from reports.plugin.compat import StepFunctionContext, read_feature, scenario_of, step_definition, test_name


class FeatureFile(pytest.Module):
    """A .feature file as a module of tests."""

    def __init__(self, *about: Any, **more: Any) -> None:  # noqa: ANN401 - pytest's own parameters
        super().__init__(*about, **more)
        self.definitions: dict[tuple[str, str], StepFunctionContext | None] = {}
        """Definitions of its steps by type and text: pytest-bdd looks at every fixture of the run to find one."""

    def _getobj(self) -> types.ModuleType:
        _refuse_lost_scenarios(self.path)
        feature = read_feature(self.path)
        module = types.ModuleType(self.path.stem)
        for name in feature.scenarios:
            bound = scenario(self.path.name, name, features_base_dir=str(self.path.parent))(lambda: None)
            bound = pytest.mark.usefixtures("drill")(bound)
            setattr(module, test_name(name), bound)
        return module


def scenario_names(feature_file: Path) -> list[tuple[str, int]]:
    """Every scenario that stands in the file, with its line, as the Gherkin grammar sees it."""
    feature = Parser().parse(feature_file.read_text(encoding="utf-8")).get("feature")
    if not feature:
        return []
    # gherkin-official types its own envelopes too narrowly: a child is a background, a scenario or a rule.
    children = cast("list[dict[str, Any]]", feature["children"])
    rules = [child["rule"] for child in children if "rule" in child]
    children += [inner for rule in rules for inner in rule["children"]]
    found = [child["scenario"] for child in children if "scenario" in child]
    return [(scenario["name"], scenario["location"]["line"]) for scenario in found]


def drills_among(items: Iterable[pytest.Item]) -> list[pytest.Function]:
    """Return the items that are drills: scenarios of .feature files."""
    return [item for item in items if isinstance(item, pytest.Function) and isinstance(item.parent, FeatureFile)]


def rendered_scenario_name(item: pytest.Function) -> str:
    """Return the scenario's name with the values of its examples."""
    return scenario_of(item).name


def definitions(item: pytest.Function) -> list[StepFunctionContext]:
    """Find the definition of each step of a drill; raises UsageError for a step that nobody defines."""
    known = item.parent.definitions if isinstance(item.parent, FeatureFile) else {}
    found = []
    for step in scenario_of(item).steps:
        key = (step.type, step.name)
        definition = known[key] = known.get(key) or step_definition(item, step)
        if definition is None:
            raise UsageError(
                f"{item.path}:{step.line_number}: no step definition for {step.type} {step.name!r}; all sentences are in "
                "steps/REFERENCE.md (a time target reads like 'within 5 seconds', a name stands in double quotes)"
            )
        found.append(definition)
    return found


def _refuse_lost_scenarios(feature_file: Path) -> None:
    counted = Counter(name for name, _ in scenario_names(feature_file))
    if not counted:
        raise UsageError(f"{feature_file}: no scenario; expected at least one 'Scenario:'")
    for name, times in counted.items():
        if times > 1:
            lines = ", ".join(str(line) for other, line in scenario_names(feature_file) if other == name)
            raise UsageError(
                f"{feature_file}: the scenario {name!r} is there {times} times (lines {lines}); all but one would "
                "never run: give each a name of its own, also under different Rules"
            )
    pythonic = Counter(test_name(name) for name in counted)
    for name in counted:
        if pythonic[test_name(name)] > 1:
            raise UsageError(f"{feature_file}: {name!r} and another scenario differ only in signs; rename one")


def check_scenarios_named(folder: Path) -> None:
    """Raise UsageError where the findings of a system name a scenario that none of its features has."""
    file = folder / "findings.toml"
    named = scenarios_named(read_findings(file, folder.name))
    there = {name for feature in folder.glob("*.feature") for name in expanded_names(feature)}
    for name, ids in named.items():
        if name not in there:
            close = get_close_matches(name, there, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UsageError(f"{file}: {', '.join(ids)} names a scenario that no feature has: {name!r}{hint}")


def expanded_names(feature_file: Path) -> list[str]:
    """The names of all scenarios, those of outlines once for each example."""
    feature = read_feature(feature_file)
    names: list[str] = []
    for template in feature.scenarios.values():
        rows = [row for examples in template.examples for row in examples.as_contexts()]
        names.extend(template.render(row).name for row in rows or [{}])
    return names
