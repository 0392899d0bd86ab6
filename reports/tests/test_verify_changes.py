"""The verification judges the account of changes again, from the states in the journal."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from reports.journal.chains import Record
from reports.journal.clock import FakeClock
from reports.journal.events import Arm, Output, StateTaken
from reports.journal.journal import Journal, Redactor
from reports.journal.states import Item, from_text, to_text
from reports.tests.verifying import Verified
from reports.verify.rejudge import Drill, problems

BEFORE = to_text([Item("production docker", "container", "grafana", {"state": "running"}),
                  Item("production docker", "volume", "data")])
AFTER = to_text([Item("production docker", "container", "grafana", {"state": "running"})])
ARM: Arm = "remedy"
COMMAND = {"command_id": "Fix / 1", "line": 12, "command": "docker volume prune -f"}
CHANGE = {"what": "volume data is gone", "detail": "", **COMMAND}
CLOCK = FakeClock(datetime(2026, 11, 27, 10, tzinfo=UTC))
Entries = list[tuple[Record, str]]


def account() -> Entries:
    """A drill whose remedy has removed a volume."""
    typed: Record = {
        "event": "command finished", "command_id": "Fix / 1", "line": 12, "role": "remedy", "failure": "",
        "documented": "docker volume prune -f", "started": {"mono": 2.0}, "finished": {"mono": 3.0}, "ended_by": "itself",
        "exit_status": 0, "stdout": {"text": ""}, "stderr": {"text": ""}}
    states: Entries = [({"event": "state taken", "moment": moment}, BEFORE)
                       for moment in ("healthy", "healthy", "after the fault")]
    return [*states, (typed, ""), ({"event": "state taken", "moment": "end", **COMMAND}, AFTER),
            ({"event": "changes listed", "judged": True, "changes": [dict(CHANGE)]}, ""),
            ({"event": "missed", "kind": "change", "subject": "volume data is gone", "message": "more", "place": None}, "")]


def judged(entries: Entries) -> list[str]:
    reason: Record = {"message": "more", "place": None, "findings": []}
    drill = Drill("drill", {"arm": ARM, "scenario": "pruned"}, {"verdict": "FAILED", "findings": [], "reasons": [reason]})
    for entry, whole in entries:
        drill.add(0.0, entry, whole)
    return [text for text in problems(drill, ()) if "change" in text or "state" in text]


def edit(event: str, **values: Any) -> Callable[[Entries], None]:
    def how(entries: Entries) -> None:
        next(entry for entry, _ in reversed(entries) if entry["event"] == event).update(values)

    return how


def without(event: str) -> Callable[[Entries], None]:
    def how(entries: Entries) -> None:
        entries[:] = [(entry, whole) for entry, whole in entries if entry["event"] != event]

    return how


def test_an_honest_account_holds():
    assert judged(account()) == []


@pytest.mark.parametrize(("how", "named"), [
    (edit("changes listed", changes=[]), "does not follow from the states: volume data is gone"),
    (edit("changes listed", changes=[{**CHANGE, "line": 13}]), "does not follow from the states"),
    (edit("changes listed", changes=[{**CHANGE, "allowed": "nobody needs it"}]), "does not follow from the states"),
    (edit("changes listed", judged=False), "is called missed, but no entry shows it"),
    (edit("changes listed", unread=["production docker"]), "names other unread sources"),
    (edit("state taken", command_id="Fix / 9"), "had not ended by then"),
    (without("missed"), "'change: volume data is gone' failed but is not among"),
    (without("command finished"), "had not ended by then"),
])
def test_a_forged_account_is_caught(how, named):
    entries = account()
    how(entries)
    assert any(named in text for text in judged(entries)), judged(entries)


def test_an_allowed_change_is_no_miss():
    entries = account()[:-1]
    reason = {"what": "volume * is gone", "reason": "a cache"}
    edit("changes listed", changes=[{**CHANGE, "allowed": "a cache"}], allowed=[reason])(entries)
    assert judged(entries) == []


def test_a_long_state_is_an_attachment_that_is_read_again(tmp_path, verified: Verified):
    journal = Journal(tmp_path / "journal.ndjson", CLOCK, Redactor())
    text = to_text([Item("production files", "file", f"/var/log/{number}", {"size": "1"}) for number in range(500)])
    now = CLOCK.now()
    output = journal.output(text)
    assert output.sha256
    assert journal.whole(output) == text
    journal.record(StateTaken(moment="healthy", state=output, started=now, finished=now))
    assert "attachments: all 1 have the SHA-256" in verified(tmp_path)[1]
    attachment = tmp_path / "attachments" / output.sha256
    attachment.write_text(text.replace("/var/log/7\t", "/var/log/x\t"))
    assert "was changed or swapped" in verified(tmp_path)[1]


def test_a_secret_in_a_state_does_not_reach_the_journal_and_the_account_is_the_same(tmp_path):
    journal = Journal(tmp_path / "journal.ndjson", CLOCK, Redactor())
    journal.keep_secret("opensesame")
    text = to_text([Item("db", "setting", "db: token", {"value": "opensesame"}),
                    Item("db", "setting", "db: port", {"value": "1"})])
    whole = journal.whole(journal.output(text))
    assert "opensesame" not in whole
    assert from_text(whole).keys() == from_text(text).keys()
    assert msgspec.json.encode(Output(text=whole))
