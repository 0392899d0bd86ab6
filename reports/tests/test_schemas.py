"""The published schemas are the code's own structures, and what is written can be read by anyone who knows only them."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reports.evidence.build import derive
from reports.evidence.schemas import FOLDER, schemas
from reports.tests.rich import rich_run


def validator(name: str) -> Draft202012Validator:
    """The published file, as a stranger would use it."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that holds all verdicts, arms and kinds of entries that one machine writes. Do not change it."""
    directory = tmp_path_factory.mktemp("schemas") / "20251109T100000Z-cccc"
    rich_run(directory)
    derive(directory)
    return directory


@pytest.fixture(scope="module")
def run(run_dir: Path) -> Any:
    return json.loads((run_dir / "run.json").read_bytes())


@pytest.fixture(scope="module")
def lines(run_dir: Path) -> list[Any]:
    return [json.loads(line) for line in (run_dir / "journal.ndjson").read_bytes().splitlines()]


def test_the_published_schemas_are_made_from_the_code() -> None:
    """Where this fails: `python -m reports schemas --write`, and raise the version where a reader must know."""
    assert {path.name: path.read_bytes() for path in FOLDER.glob("*.json")} == schemas()


def test_run_json_is_as_its_schema_says(run: Any) -> None:
    assert [error.message for error in validator("run").iter_errors(run)] == []


def test_every_line_of_a_journal_is_as_its_schema_says(lines: list[Any]) -> None:
    check = validator("journal")
    assert [(line["seq"], error.message) for line in lines for error in check.iter_errors(line)] == []
    assert {line["what"]["event"] for line in lines} >= {
        "run started", "document read", "finding listed", "drill started", "fault injected", "effect proven", "symptom observed",
        "command finished", "samples taken", "objective", "data account", "drill finished", "run finished"}


def _without(*path: str | int) -> Callable[[Any], None]:
    def cut(document: Any) -> None:
        for name in path[:-1]:
            document = document[name]
        del document[path[-1]]
    return cut


def _with(value: object, *path: str | int) -> Callable[[Any], None]:
    def put(document: Any) -> None:
        for name in path[:-1]:
            document = document[name]
        document[path[-1]] = value
    return put


DRILL = ("run", "scenarios", 0, "arms", 0)


@pytest.mark.parametrize("harm", [
    _without("summary"), _without("run", "scenarios"), _without(*DRILL, "verdict"), _with("GOOD", *DRILL, "verdict"),
    _with("1.5", *DRILL, "duration_s"), _with(None, *DRILL, "steps"), _with("2", "run", "entries"),
])
def test_a_run_json_that_is_otherwise_is_refused(run: Any, harm: Callable[[Any], None]) -> None:
    broken = copy.deepcopy(run)
    harm(broken)
    assert not validator("run").is_valid(broken)


@pytest.mark.parametrize(("event", "harm"), [
    ("drill finished", _without("what", "verdict")), ("drill finished", _with("GOOD", "what", "verdict")),
    ("drill started", _with("more", "what", "unknown")), ("samples taken", _with("0", "what", "samples", 0, 1)),
    ("symptom observed", _with("feeling", "what", "kind")), ("effect proven", _with({"mono": 1.0}, "what", "seen_at")),
    ("run started", _with("run stopped", "what", "event")), ("run started", _without("prev")), ("run started", _with(1, "more")),
])
def test_a_line_that_is_otherwise_is_refused(lines: list[Any], event: str, harm: Callable[[Any], None]) -> None:
    broken = copy.deepcopy(next(line for line in lines if line["what"]["event"] == event))
    harm(broken)
    assert not validator("journal").is_valid(broken)
