"""The exercise record: how it is read, when it is in the journal, what the report prints, and what the verification notices."""

from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.errors import UsageError
from reports.journal.exercise import Exercise
from reports.journal.journal import read_journal
from reports.judging.exercise import read_exercise
from reports.run.build import build_run
from reports.tests.made_up import EXERCISE
from reports.tests.pages import parsed
from reports.tests.verifying import Verified, forge, what
from reports.wording.exercise import FIELDS, exercise_lines

WHOLE = """
id = "EX-1"
purpose = "audit"
observers = ["A", "B"]
plan_approved_on = 2026-11-01
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "exercise.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_and_options_override_it(tmp_path: Path) -> None:
    options = ["id=EX-2", "exclusions=the second site", "exclusions=night shifts", "risk=R=7"]
    read = read_exercise(written(tmp_path, WHOLE), options)
    assert read == Exercise(id="EX-2", purpose="audit", observers=("A", "B"), plan_approved_on=date(2026, 11, 1).isoformat(),
                            exclusions=("the second site", "night shifts"), risk="R=7")


def test_without_a_file_and_options_nothing_is_stated() -> None:
    assert read_exercise(None) == Exercise()
    assert {value for _, value in exercise_lines(Exercise())} == {"not stated"}


def test_every_field_has_a_name_in_the_report() -> None:
    assert tuple(FIELDS) == Exercise.__struct_fields__


@pytest.mark.parametrize(("text", "message"), [
    ('observer = ["A"]', "unknown field 'observer' of an exercise record; did you mean 'observers'"),
    ('observers = "A"', "'observers' is a list of texts"),
    ("risk = 7", "'risk' is a text, not 7"),
    ('purpose = "audits"', "unknown purpose 'audits'; known: nightly, release, audit"),
    ('plan_approved_on = "last week"', "'plan_approved_on' is a date, YYYY-MM-DD, not 'last week'"),
    ("id =", "not TOML"),
])
def test_a_wrong_record_names_file_and_field(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=r"exercise\.toml: ") as raised:
        read_exercise(written(tmp_path, text))
    assert message in str(raised.value)


@pytest.mark.parametrize(("option", "message"), [
    ("id", "expected FIELD=VALUE"), ("owner=me", "unknown field 'owner'"), ("purpose=fun", "unknown purpose 'fun'")])
def test_a_wrong_option_is_named(option: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"--drill-exercise-set '{option}'") as raised:
        read_exercise(None, [option])
    assert message in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_exercise(tmp_path / "exercise.toml")


def test_secrets_leave_the_record() -> None:
    cleaned = Exercise(trigger="DB_PASSWORD=hunter2-hunter2", observers=("A",)).cleaned(lambda text: text.replace("hunter2", "x"))
    assert cleaned == Exercise(trigger="DB_PASSWORD=x-x", observers=("A",))


def test_run_json_holds_the_record_and_its_digest(derived_run: Path) -> None:
    told = msgspec.json.decode((derived_run / "run.json").read_bytes())["run"]["exercise"]
    record = msgspec.json.decode(msgspec.json.encode(EXERCISE))
    assert told == {"event": "exercise stated", "exercise": record, "sha256": EXERCISE.sha256}
    assert build_run(derived_run).exercise is not None


def test_the_report_prints_what_is_stated_and_what_is_not(derived_run: Path) -> None:
    page = parsed((derived_run / "report.html").read_text(encoding="utf-8"))
    facts = {"".join(one.find("dt").itertext()): "".join(one.find("dd").itertext())  # type: ignore[union-attr] # each has both
             for one in page.iter("div") if one.find("dt") is not None and one.find("dd") is not None}
    assert (facts["Purpose"], facts["Sponsor"], facts["Observers"]) == ("release", "not stated", "B. Observer; C. Auditor")
    assert facts["Trigger"] == "release 4.2 <b>of the API</b>"
    assert EXERCISE.sha256 in "".join(page.itertext())
    assert isinstance(page, ET.Element)


def test_the_record_stands_before_the_first_drill_and_the_verification_says_so(run_dir: Path, verified: Verified) -> None:
    names = [type(entry.what).__name__ for entry in read_journal(run_dir / "journal.ndjson")]
    assert names.index("ExerciseStated") < names.index("DrillStarted")
    assert f"ok   exercise record: stated before the first drill, SHA-256 {EXERCISE.sha256}" in verified(run_dir)[1]


def _moved(entries: list[dict[str, Any]]) -> None:
    at = next(number for number, entry in enumerate(entries) if entry["what"]["event"] == "exercise stated")
    entry, begun = entries.pop(at), next(one for one in entries if one["what"]["event"] == "drill started")
    entries.insert(entries.index(begun) + 1, entry)


def _changed(entries: list[dict[str, Any]]) -> None:
    what(next(entry for entry in entries if entry["what"]["event"] == "exercise stated"))["exercise"]["lead"] = "Z"  # type: ignore[index] # any JSON


@pytest.mark.parametrize(("harm", "message"), [
    (_moved, "the exercise record was stated when drills had begun"),
    (_changed, f"the exercise record does not have the digest {EXERCISE.sha256} that the journal names"),
])
def test_a_record_that_came_late_or_was_changed_does_not_hold(run_dir: Path, verified: Verified, harm: Any, message: str) -> None:
    forge(run_dir, harm)
    status, output = verified(run_dir)
    assert status == 1
    assert message in output


def test_a_run_json_with_another_record_does_not_hold(run_dir: Path, verified: Verified) -> None:
    path = run_dir / "run.json"
    path.write_bytes(path.read_bytes().replace(b'"lead": "A. Lead"', b'"lead": "Z. Lead"', 1))
    assert "run.json tells another exercise record than the journals" in verified(run_dir)[1]


def test_without_a_record_nothing_is_claimed(run_dir: Path, verified: Verified) -> None:
    def without(entries: list[dict[str, Any]]) -> None:
        entries[:] = [entry for entry in entries if entry["what"]["event"] != "exercise stated"]

    forge(run_dir, without)
    status, output = verified(run_dir)
    assert status == 0, output
    assert "-    exercise record: the journals hold none" in output
    assert "Not stated: no exercise record is in the journals." in (run_dir / "report.html").read_text(encoding="utf-8")
