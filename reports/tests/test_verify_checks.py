"""The account of checks is judged again from the recorded answers: a doctored cell is refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from reports.journal.chains import Record
from reports.journal.kinds import Kind
from reports.verify.rejudge import Drill, problems

CHECK = "systemctl is-active shop"
LONG = "active\n" * 300


@dataclass(frozen=True)
class Told:
    """What is recorded of a drill with one check, asked twice while all was well and once under a fault that it does not see."""

    commands: tuple[Record, ...]
    cells: tuple[Record, ...]
    missed: tuple[Record, ...]
    noticed: bool = False


def typed(started: float, stdout: str = "active\n", *, role: str = "diagnosis", text: str = CHECK, status: int = 0) -> Record:
    return {"event": "command finished", "command_id": f"Section / {text}", "role": role, "documented": text, "rendered": text,
            "exit_status": status, "stdout": {"text": stdout, "sha256": ""}, "stderr": {"text": "", "sha256": ""},
            "ended_by": "itself", "failure": "", "behind": 0, "renamed": None,
            "started": {"mono": started, "utc": "2026-11-27T17:00:00.000000Z"}, "finished": {"mono": started + 0.1}}


def cell(moment: str, result: str, why: str, asked_at: float, healthy_at: tuple[float, ...], **more: object) -> Record:
    return {"event": "check compared", "check": CHECK, "command_id": f"Section / {CHECK}", "heading": "Section", "caption": "",
            "line": 3, "fault": "" if moment == "healthy" else "shop hangs", "moment": moment, "result": result, "why": why,
            "asked_at": asked_at, "healthy_at": list(healthy_at), "looks_at": True, "because": "", "well": "", "broken": "",
            "probe": "", "margin_s": None, "correction_of": ""} | more


def missed(kind: Kind, subject: str) -> Record:
    return {"event": "missed", "kind": str(kind), "subject": subject, "message": "it says the same", "place": None}


BLIND = cell("under the fault", "blind", "it answers as when all is well", 30.0, (1.0, 2.0))
HONEST = Told(commands=(typed(1.0), typed(2.0), typed(30.0)), cells=(cell("healthy", "quiet", "", 2.0, (1.0,)), BLIND),
              missed=(missed(Kind.BLIND, CHECK), missed(Kind.UNNOTICED, "shop hangs")))


def disagreements(told: Told, read: Callable[[str], str] | None = None) -> list[str]:
    started, finished = {"arm": "remedy", "scenario": "hung"}, {"verdict": "ERROR"}
    drill = Drill("drill", started, finished, read=read) if read else Drill("drill", started, finished)
    fault = {"event": "fault injected", "started": {"mono": 20.0}, "finished": {"mono": 20.0}}
    noticed = {"event": "objective", "kind": "unnoticed fault", "subject": "shop hangs", "target": None, "measured": None,
               "bound": 0.0, "at_most": True, "met": told.noticed}
    for entry in (*told.commands[:2], told.cells[0], fault, *told.commands[2:], *told.cells[1:], noticed, *told.missed):
        drill.add(40.0, entry)
    return list(problems(drill, ()))


def test_an_honest_account_holds() -> None:
    assert disagreements(HONEST) == []


def test_a_long_answer_is_read_from_its_attachment() -> None:
    digest = "a" * 64
    long = replace(HONEST, commands=tuple(
        one | {"stdout": {"text": "active\n", "tail": "active\n", "sha256": digest}} for one in HONEST.commands))
    assert disagreements(long, {digest: LONG}.__getitem__) == []
    with pytest.raises(ValueError, match="no attachment"):
        disagreements(long)
    other = (*long.commands[:2], typed(30.0, LONG.replace("active\n", "failed\n", 1)))
    assert "its answers make it 'different'" in disagreements(replace(long, commands=other), {digest: LONG}.__getitem__)[0]


@pytest.mark.parametrize(("doctored", "named"), [
    (replace(HONEST, cells=(HONEST.cells[0], BLIND | {"result": "notices"}), noticed=True, missed=()), "make it 'blind'"),
    (replace(HONEST, cells=(HONEST.cells[0], BLIND | {"healthy_at": [1.0]})), "while all was well it answered at [1.0, 2.0]"),
    (replace(HONEST, cells=(HONEST.cells[0], BLIND | {"asked_at": 2.0})), "was asked at another moment: healthy"),
    (replace(HONEST, cells=(HONEST.cells[0], BLIND | {"asked_at": 31.0})), "no such command was typed then"),
    (replace(HONEST, cells=(HONEST.cells[0] | {"broken": "("}, BLIND)), "its reading is no pattern"),
    (replace(HONEST, noticed=True), "does not agree with what the checks told"),
    (replace(HONEST, missed=HONEST.missed[1:]), f"'blind check: {CHECK}' failed but is not among"),
    (replace(HONEST, missed=(*HONEST.missed, missed(Kind.FALSE_ALARM, CHECK))), "is called missed, but no entry shows it"),
    (replace(HONEST, cells=(cell("healthy", "cries wolf", "", 2.0, (1.0,)), BLIND)), "make it 'quiet'"),
])
def test_a_doctored_account_is_refused(doctored: Told, named: str) -> None:
    assert any(named in text for text in disagreements(doctored)), disagreements(doctored)


@pytest.mark.parametrize(("back_at", "result"), [(None, "false success"), (31.0, "undecided"), (25.5, "true")])
def test_a_verification_is_held_against_the_samples(back_at: float | None, result: str) -> None:
    rows = [[at, at, at, at < 20.0 or (back_at is not None and at >= back_at), "200"] for at in (0.05 * n for n in range(800))]
    margin_s = {"false success": 10.05, "undecided": None, "true": 4.55}[result]
    why = {"false success": "it says well while users are not served: `active`",
           "undecided": "the service changed while it was asked", "true": "it says well while users are served: `active`"}[result]
    lied = [missed(Kind.FALSE_SUCCESS, CHECK)] if result == "false success" else []
    after = cell("after the remedy", result, why, 30.0, (1.0, 2.0), probe="API", margin_s=margin_s)
    drill = Drill("drill", {"arm": "remedy", "scenario": "hung"}, {"verdict": "ERROR"}, probes={"API": {"probe": "API"}},
                  samples={"API": rows})
    remedy = typed(25.0, text="systemctl restart shop", role="remedy")
    fault = {"event": "fault injected", "started": {"mono": 20.0}, "finished": {"mono": 20.0}}
    for entry in (typed(1.0), typed(2.0), fault, remedy, typed(30.0, role="verification"), after, *lied):
        drill.add(40.0, entry)
    assert list(problems(drill, ())) == []
    other = after | {"result": "true" if result != "true" else "false success"}
    drill.checks.cells[-1] = drill.checks.cells[-1]._replace(entry=other)
    assert any(f"make it {result!r}" in text for text in problems(drill, ()))


def test_each_asking_is_judged_by_its_own_answers() -> None:
    """A diagnosis that told the fault from health says nothing of one that was asked after it."""
    notices = cell("under the fault", "different", "new: failed", 30.0, (1.0, 2.0))
    met = {"event": "objective", "kind": "unnoticed fault", "subject": "shop hangs", "target": None, "measured": None,
           "bound": 0.0, "at_most": True, "met": True}
    drill = Drill("drill", {"arm": "remedy", "scenario": "hung"}, {"verdict": "ERROR"})
    fault = {"event": "fault injected", "started": {"mono": 20.0}, "finished": {"mono": 20.0}}
    for entry in (typed(1.0), typed(2.0), fault, typed(30.0, "failed\n"), notices, met,
                  typed(35.0), BLIND | {"asked_at": 35.0}, met | {"met": False}, *HONEST.missed):
        drill.add(40.0, entry)
    assert list(problems(drill, ())) == []
