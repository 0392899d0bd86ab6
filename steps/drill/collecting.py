"""Collects .feature files: each scenario becomes a test, and no scenario can get lost silently.

Scenarios that cannot run are refused here, before a container starts: pytest-bdd reports a missing step only at run time.
"""

import inspect
import types
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import pytest
from pytest_bdd import scenario

from reports.errors import UsageError
from reports.journal.events import Arm
from reports.judging.findings import read_findings, scenarios_named
from reports.plugin.compat import Feature, Step, StepFunctionContext, allow_tags, scenario_of, step_definition, test_name
from steps.drill.act import ActStep
from steps.drill.feature_file import checked_feature, expanded_names, expanded_steps, is_readable, read_text


class FeatureFile(pytest.Module):
    """A .feature file as a module of tests."""

    def __init__(self, *about: Any, **more: Any) -> None:  # noqa: ANN401 - pytest's own parameters
        super().__init__(*about, **more)
        self.definitions: dict[tuple[str, str], StepFunctionContext | None] = {}
        """Cache of step definitions by type and text: pytest-bdd searches all fixtures of the run for each lookup."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Collect a test per scenario, or a single failing test for an unreadable file, so that all other files still run."""
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
    """Represents an unreadable .feature file, and fails with the reason."""

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
    """Return the scenario's name with the values of its examples filled in."""
    return scenario_of(item).name


def arm_of(item: pytest.Function) -> Arm:
    """Return the arm of a drill."""
    callspec = getattr(item, "callspec", None)
    return cast("Arm", callspec.params.get("drill_arm", "remedy")) if callspec is not None else "remedy"


def injects_fault(item: pytest.Function) -> bool:
    """Return whether a step of a drill injects a fault."""
    acts = [definition.step_func for definition in definitions(item)]
    return any(isinstance(act, ActStep) and act.act.breaks for act in acts)


def definitions(item: pytest.Function) -> list[StepFunctionContext]:
    """Find the definition of each step of a drill.

    Raises UsageError for a step without a definition, and for a doc string or data table that its step does not accept.
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
            raise UsageError(f"{feature_file}:{step.line_number}: the step {step.name!r} does not accept a {what}, "
                             "which would be ignored: remove it")


HARMLESS = 'the operator follows the correction of finding "{finding}" while all is well'
"""The step of a drill which shows that a correction changes nothing and loses nothing where nothing is broken."""


def check_corrections_harmless(folder: Path, corrections: Iterable[str]) -> None:
    """Raise UsageError if a finding's correction is typed as a remedy and no drill shows that it does no harm while all is well.

    `corrections` are the ids of the findings. A correction that only looks can do no harm; one that cannot be typed while all is
    well says why in its finding.
    """
    features = sorted(folder.glob("*.feature"))
    if not all(map(is_readable, features)):
        return
    there = set[str]().union(*map(expanded_steps, features))
    missing = [finding for finding in corrections if HARMLESS.format(finding=finding) not in there]
    if missing:
        raise UsageError(
            f"{folder / 'findings.toml'}: {', '.join(missing)}: the correction is a remedy, and no drill shows that it does no "
            f"harm where nothing is broken; add the step {HARMLESS.format(finding=missing[0])!r} to a scenario of "
            f"{folder / 'corrections.feature'}, or state in the finding why it cannot be typed while all is well: "
            'only_in_incident = "…"')


def all_collected(folder: Path, items: Iterable[pytest.Function]) -> bool:
    """Return whether every scenario of the folder's features is among the items."""
    features = sorted(folder.glob("*.feature"))
    names = {rendered_scenario_name(item) for item in items}
    return all(is_readable(feature) and names.issuperset(expanded_names(feature)) for feature in features)


def check_scenarios_named(folder: Path) -> None:
    """Raise UsageError if findings.toml of a system names a scenario that none of its features has."""
    file = folder / "findings.toml"
    features = sorted(folder.glob("*.feature"))
    if not all(map(is_readable, features)):
        return  # an unreadable feature is reported already, and may contain the scenario
    named = scenarios_named(read_findings(file, folder.name))
    there = {name for feature in features for name in expanded_names(feature)}
    for name, ids in named.items():
        if name not in there:
            close = get_close_matches(name, there, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise UsageError(f"{file}: {', '.join(ids)} names a scenario that no feature has: {name!r}{hint}")
