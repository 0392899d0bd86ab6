"""Collects .feature files: each scenario becomes a test, and nothing of what is written can get lost on the way.

What could not run is refused here, before a container starts: pytest-bdd notices a missing step only when it is reached.
"""

import inspect
import types
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import scenario

from reports.errors import UsageError
from reports.judging.findings import read_findings, scenarios_named
from reports.plugin.compat import Feature, Step, StepFunctionContext, allow_tags, scenario_of, step_definition, test_name
from steps.drill.feature_file import checked_feature, expanded_names, is_readable, read_text


class FeatureFile(pytest.Module):
    """A .feature file as a module of tests."""

    def __init__(self, *about: Any, **more: Any) -> None:  # noqa: ANN401 - pytest's own parameters
        super().__init__(*about, **more)
        self.definitions: dict[tuple[str, str], StepFunctionContext | None] = {}
        """Definitions of its steps by type and text: pytest-bdd looks at every fixture of the run to find one."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Collect a test for each scenario, or one that fails where the file cannot be read, so that all others run."""
        try:
            read_text(self.path)
        except UsageError as error:
            return [_UnreadableFeature.from_parent(self, name="unreadable", message=str(error))]
        return super().collect()

    def _getobj(self) -> types.ModuleType:
        try:
            feature = checked_feature(self.path)
        except UsageError as error:
            raise self.CollectError(str(error)) from error
        allow_tags(_tags(feature))
        module = types.ModuleType(self.path.stem)
        for name in feature.scenarios:
            bound = scenario(self.path.name, name, features_base_dir=str(self.path.parent))(lambda: None)
            bound = pytest.mark.usefixtures("drill")(bound)
            setattr(module, test_name(name), bound)
        return module


class _UnreadableFeature(pytest.Item):
    """Stands for a .feature file that cannot be read, and fails with the reason."""

    def __init__(self, *, message: str, **more: Any) -> None:  # noqa: ANN401 - pytest's own parameters
        super().__init__(**more)
        self._message = message

    def runtest(self) -> None:
        """Fail."""
        pytest.fail(self._message, pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the file."""
        return self.path, None, self.path.name


def _tags(feature: Feature) -> Iterator[str]:
    yield from feature.tags
    for template in feature.scenarios.values():
        yield from template.tags
        yield from template.rule.tags if template.rule is not None else ()
        for examples in template.examples:
            yield from examples.tags


def drills_among(items: Iterable[pytest.Item]) -> list[pytest.Function]:
    """Return the items that are drills: scenarios of .feature files."""
    return [item for item in items if isinstance(item, pytest.Function) and isinstance(item.parent, FeatureFile)]


def rendered_scenario_name(item: pytest.Function) -> str:
    """Return the scenario's name with the values of its examples."""
    return scenario_of(item).name


def definitions(item: pytest.Function) -> list[StepFunctionContext]:
    """Find the definition of each step of a drill.

    Raises UsageError for a step that nobody defines, and for a doc string or a data table that its step does not take.
    """
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
        _refuse_unused(item.path, step, definition)
        found.append(definition)
    return found


def _refuse_unused(feature_file: Path, step: Step, definition: StepFunctionContext) -> None:
    takes = inspect.signature(definition.step_func).parameters
    for what, there, argument in (("doc string", step.docstring, "docstring"), ("data table", step.datatable, "datatable")):
        if there is not None and argument not in takes:
            raise UsageError(f"{feature_file}:{step.line_number}: the step {step.name!r} takes no {what}; what stands below it "
                             "would be ignored: remove it")


def check_scenarios_named(folder: Path) -> None:
    """Raise UsageError where the findings of a system name a scenario that none of its features has."""
    file = folder / "findings.toml"
    features = sorted(folder.glob("*.feature"))
    if not all(map(is_readable, features)):
        return  # one fails already, and may hold what a finding names
    named = scenarios_named(read_findings(file, folder.name))
    there = {name for feature in features for name in expanded_names(feature)}
    for name, ids in named.items():
        if name not in there:
            close = get_close_matches(name, there, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UsageError(f"{file}: {', '.join(ids)} names a scenario that no feature has: {name!r}{hint}")
