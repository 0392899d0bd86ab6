"""Reads a .feature file and refuses, with file and line, what pytest-bdd would silently drop or run incompletely.

pytest-bdd keeps only one of several scenarios with the same name. It runs an outline without rows, and a step whose column
is missing, with the placeholder unreplaced.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from gherkin.dialect import Dialect
from gherkin.errors import CompositeParserException
from gherkin.parser import Parser

from reports.errors import UsageError
from reports.plugin.compat import Feature, GherkinParseError, Scenario, read_feature, test_name

_PLACEHOLDER = re.compile(r"<(.+?)>")  # pytest-bdd's syntax


def read_text(path: Path) -> str:
    """Read a feature's text; raises UsageError if it is not UTF-8 or begins with a byte order mark."""
    content = path.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[:error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: not UTF-8 text; save the feature as UTF-8") from error
    if text.startswith("\ufeff"):
        raise UsageError(f"{path}:1: begins with a byte order mark; save the feature as UTF-8 without it")
    return text


def is_readable(path: Path) -> bool:
    """Return whether a feature's text can be read at all."""
    try:
        read_text(path)
    except UsageError:
        return False
    return True


def checked_feature(path: Path) -> Feature:
    """Parse a feature and ensure that every scenario will run, once for each row of its examples.

    Raises UsageError, with file and line, for what is not Gherkin, for a file without scenarios, scenarios that share a name, an
    outline without rows, and a placeholder without a column.
    """
    scenarios = _scenarios(path)
    _refuse_lost(path, [(scenario["name"], scenario["location"]["line"]) for scenario, _ in scenarios])
    for scenario, language in scenarios:
        _refuse_without_rows(path, scenario, language)
        _refuse_without_column(path, scenario)
    try:
        feature = read_feature(path)
    except GherkinParseError as error:
        raise UsageError(f"{path}:{error.line}: {error.message}") from error
    _refuse_shared(path, feature)
    return feature


def expanded_names(path: Path) -> list[str]:
    """List the names of all scenarios, of outlines once per row of their examples; raises like `checked_feature`."""
    return [scenario.name for scenario in _expanded(checked_feature(path))]


def expanded_steps(path: Path) -> set[str]:
    """Return the texts of all steps of all scenarios, of outlines with the values of each row; raises like `checked_feature`."""
    return {step.name for scenario in _expanded(checked_feature(path)) for step in scenario.steps}


def _expanded(feature: Feature) -> Iterator[Scenario]:
    """Yield each scenario, and each row of an outline."""
    for template in feature.scenarios.values():
        rows = [row for examples in template.examples for row in examples.as_contexts()]
        yield from (template.render(row) for row in rows or [{}])


def _scenarios(path: Path) -> list[tuple[dict[str, Any], str]]:
    """Return every scenario in the file, as parsed by the Gherkin grammar, with the file's language."""
    try:
        feature = Parser().parse(read_text(path)).get("feature")
    except CompositeParserException as error:
        first = error.errors[0]
        raise UsageError(f"{path}:{first.location['line']}: not Gherkin: {first}") from error
    if not feature:
        return []
    # gherkin-official types its own envelopes too narrowly: a child is a background, a scenario or a rule.
    children = cast("list[dict[str, Any]]", feature["children"])
    rules = [child["rule"] for child in children if "rule" in child]
    children += [inner for rule in rules for inner in rule["children"]]
    return [(child["scenario"], feature["language"]) for child in children if "scenario" in child]


def _refuse_lost(path: Path, named: list[tuple[str, int]]) -> None:
    counted = Counter(name for name, _ in named)
    if not counted:
        raise UsageError(f"{path}: no scenario; expected at least one 'Scenario:'")
    for name, times in counted.items():
        if times > 1:
            lines = ", ".join(str(line) for other, line in named if other == name)
            raise UsageError(
                f"{path}: the scenario {name!r} appears {times} times (lines {lines}); all but one would "
                "never run: give each a unique name, even under different Rules"
            )
    by_test: dict[str, str] = {}
    for name, line in named:
        other = by_test.setdefault(test_name(name), name)
        if other != name:
            raise UsageError(f"{path}:{line}: {name!r} and {other!r} differ only in punctuation; rename one")


def _refuse_without_rows(path: Path, scenario: dict[str, Any], language: str) -> None:
    dialect = Dialect.for_name(language)
    outline = dialect is not None and scenario["keyword"] in dialect.scenario_outline_keywords
    for examples in scenario["examples"]:
        if not examples.get("tableBody"):
            raise UsageError(f"{path}:{examples['location']['line']}: the examples of {scenario['name']!r} have no row; "
                             "expected a table with a header and at least one row")
    if outline and not scenario["examples"]:
        raise UsageError(f"{path}:{scenario['location']['line']}: the outline {scenario['name']!r} has no 'Examples:'; add "
                         "a table with at least one row, or make it a plain scenario")


def _refuse_without_column(path: Path, scenario: dict[str, Any]) -> None:
    for examples in scenario["examples"]:
        columns = [cell["value"] for cell in examples["tableHeader"]["cells"]]
        for line, text in _texts(scenario):
            for placeholder in _PLACEHOLDER.findall(text):
                if placeholder not in columns:
                    raise UsageError(f"{path}:{line}: no column {placeholder!r} in the examples in line "
                                     f"{examples['location']['line']}; they have: {', '.join(columns)}")


def _texts(scenario: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield all texts of a scenario that may contain placeholders, each with its line."""
    yield scenario["location"]["line"], scenario["name"]
    for step in scenario["steps"]:
        yield step["location"]["line"], step["text"]
        if "docString" in step:
            yield step["docString"]["location"]["line"], step["docString"]["content"]
        for row in step.get("dataTable", {}).get("rows", ()):
            yield from ((cell["location"]["line"], cell["value"]) for cell in row["cells"])


def _refuse_shared(path: Path, feature: Feature) -> None:
    """Raise UsageError if two rows yield the same name: they would be a single drill in the report."""
    counted = Counter((scenario.line_number, scenario.name) for scenario in _expanded(feature))
    for (line, name), times in counted.items():
        if times > 1:
            raise UsageError(f"{path}:{line}: {times} rows of the examples result in the same name {name!r}; put a column that "
                             "distinguishes them into the scenario's name, as in 'Scenario Outline: Crash of <unit>'")
