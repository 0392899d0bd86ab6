"""What comes of a check's answers: on the healthy replica, under a fault, and after a remedy."""

from dataclasses import replace

import pytest

from reports.journal.events import Role, Sample
from reports.journal.kinds import Kind
from reports.journal.readings import Reading
from reports.judging.checks import (
    Answer,
    judge_after_remedy,
    judge_healthy,
    judge_under_fault,
    miss_of,
    says,
    served_around,
    told_at_end,
)

NONE = Reading()
ACTIVE = Reading(well="^active$")
TROUBLE = Reading(broken="ERROR")


def answer(stdout: str, at: float = 40.0, *, status: int | None = 0, stderr: str = "", ended_by: str = "itself",
           behind: int = 0) -> Answer:
    return Answer(command="check", exit_status=status, stdout=stdout, stderr=stderr, ended_by=ended_by, behind=behind, started=at,
                  finished=at + 0.2, asked="2026-11-27T17:00:00.000000Z")


HEALTHY = [answer("active\n", 10.0), answer("active\n", 12.0)]


@pytest.mark.parametrize(("reading", "given", "said"), [
    (NONE, answer("active"), ""),
    (ACTIVE, answer("active\n"), "well"), (ACTIVE, answer("inactive\n"), "broken"), (ACTIVE, answer(""), "broken"),
    (ACTIVE, answer("active\n", status=3), "well"),  # what is read, not how it ended
    (ACTIVE, answer("active\n", status=None, ended_by="time-out"), "broken"),
    (TROUBLE, answer("INFO fine\n"), "well"), (TROUBLE, answer("ERROR no\n"), "broken"),
    (TROUBLE, answer("", status=1), "well"),  # grep found nothing
    (TROUBLE, answer("", status=1, stderr="cannot connect\n"), "broken"),  # it could not look
    (TROUBLE, answer("", stderr="ERROR on stderr\n"), "broken"),
    (Reading(well="ok", broken="not ok"), answer("not ok"), "broken"),
])
def test_what_a_person_reads_off(reading: Reading, given: Answer, said: str) -> None:
    assert says(reading, given) == said


@pytest.mark.parametrize(("answers", "reading", "result"), [
    (HEALTHY, NONE, "quiet"), (HEALTHY, ACTIVE, "quiet"), (HEALTHY, Reading(well="^running"), "cries wolf"),
    ([answer("ERROR"), answer("fine")], TROUBLE, "quiet"),  # once is chance
    ([answer("", status=1, stderr="cat: /etc/shadow: Permission denied\n")] * 2, NONE, "unusable"),
    ([answer("", status=127, stderr="bash: mongo: command not found\n")] * 2, Reading(well="ok"), "unusable"),
    ([answer("a log\n", status=130, ended_by="Ctrl-C", behind=1)] * 2, NONE, "unusable"),
    ([answer("a log\n", status=130, ended_by="Ctrl-C")] * 2, NONE, "quiet"),
])
def test_the_healthy_replica(answers: list[Answer], reading: Reading, result: str) -> None:
    assert judge_healthy(answers, reading).result == result


@pytest.mark.parametrize(("now", "reading", "result", "why"), [
    (answer("active\n"), NONE, "blind", "it answers as when all is well"),
    (answer("active\n"), Reading(broken="^active$"), "blind", "it answers as when all is well"),  # whatever a reading says
    (answer("failed\n", status=3), NONE, "different", "exit status 3 instead of 0"),
    (answer("failed\n", status=3), ACTIVE, "notices", "exit status 3 instead of 0"),
    (answer("active\nand more\n"), ACTIVE, "blind", "it reads as if all were well: `active`"),
    (answer("failed\n"), Reading(well="^running$"), "blind", "it reads as broken when all is well, too"),
    (answer("", status=127, stderr="bash: systemctl: command not found\n"), ACTIVE, "unusable", "systemctl: command not found"),
    (answer("", status=None, ended_by="time-out"), NONE, "different", "it does not end"),
    (answer("", status=1, stderr="cat: /run/shop.pid: No such file or directory\n"), ACTIVE,
     "notices", "exit status 1 instead of 0"),
])
def test_under_a_fault(now: Answer, reading: Reading, result: str, why: str) -> None:
    assert judge_under_fault(HEALTHY, now, reading) == (result, why)


def test_what_cannot_be_used_while_all_is_well_is_unusable_under_a_fault_too() -> None:
    denied = [answer("", status=1, stderr="cat: /etc/shadow: Permission denied\n")] * 2
    assert judge_under_fault(denied, answer("root\n"), NONE).result == "unusable"


@pytest.mark.parametrize(("now", "reading", "role", "healthy", "served", "result"), [
    (answer("active\n"), ACTIVE, "verification", [], True, "true"),
    (answer("active\n"), ACTIVE, "verification", [], False, "false success"),
    (answer("failed\n"), ACTIVE, "verification", [], True, "false alarm"),
    (answer("failed\n"), ACTIVE, "verification", [], False, "true"),
    (answer("failed\n"), ACTIVE, "verification", [], None, "undecided"),
    (answer("active\n"), NONE, "verification", HEALTHY, False, "false success"),  # the healthy answer says well
    (answer("other\n"), NONE, "verification", HEALTHY, False, "silent"),
    (answer("active\n"), NONE, "verification", [], False, "silent"),
    (answer("", status=7), NONE, "verification", [], True, "false alarm"),
    (answer("", status=7), NONE, "verification", [], False, "true"),
    (answer("", status=1), NONE, "diagnosis", [], True, "silent"),  # grep found nothing
    (answer("active\n"), ACTIVE, "remedy", [], False, "false success"),
    (answer("", status=127, stderr="bash: curl: command not found\n"), NONE, "verification", [], True, "unusable"),
])
def test_after_a_remedy(now: Answer, reading: Reading, role: Role, healthy: list[Answer],
                        served: bool | None, result: str) -> None:
    assert judge_after_remedy(healthy, now, reading, role, served=served).result == result


def samples(*changes: float, until: float = 60.0, every: float = 0.05) -> list[Sample]:
    """Good until the first change, then bad until the second, and so on."""
    return [Sample(at, at, at + 0.01, sum(at >= change for change in changes) % 2 == 0, "200")
            for at in (every * n for n in range(int(until / every)))]


@pytest.mark.parametrize(("changes", "served", "margin_s"), [
    ((20.0,), False, 20.05), ((20.0, 30.0), True, 10.05), ((20.0, 38.5), True, 1.55), ((20.0, 41.5), False, 1.3),
    ((20.0, 39.5), None, None), ((20.0, 40.1), None, None), ((20.0, 41.0), None, None), ((20.0, 30.0, 40.5), None, None),
])
def test_users_are_served_or_not_for_a_second_on_either_side(changes: tuple[float, ...], served: bool | None,
                                                             margin_s: float | None) -> None:
    seen, margin = served_around(samples(*changes), answer("active\n"))
    assert seen is served
    assert margin == (None if margin_s is None else pytest.approx(margin_s, abs=0.06))


def test_without_samples_on_both_sides_nothing_is_known() -> None:
    assert served_around([], answer("active\n")) == (None, None)
    assert served_around(samples(until=40.1), answer("active\n")) == (None, None)
    assert served_around([one for one in samples() if one.sent > 40.05], answer("active\n")) == (None, None)


def test_a_remedy_that_closes_with_a_status_tells_of_its_end() -> None:
    long = replace(answer("active\n", 20.0), finished=40.0)
    assert served_around(samples(10.0, 30.0), long) == (None, None)
    assert served_around(samples(10.0, 30.0), told_at_end(long))[0] is True


def test_fields_of_a_full_screen_program_are_compared_one_by_one() -> None:
    """As `pm2 monit` draws them: without line ends, the cursor saved and restored between them."""
    def screen(memory_mb: int, uptime: int) -> str:
        return f"Logs\x1b8\x1b7[ 0] app  Mem: {memory_mb} MB  CPU:  2 %  online\x1b8\x1b7Restarts0Uptime{uptime}sScript\x1b8"

    healthy = [answer(screen(98, 6), 10.0), answer(screen(102, 11), 15.0)]
    reading = Reading(well=r"Mem: +[1-3]?\d?\d MB")
    assert judge_under_fault(healthy, answer(screen(498, 35)), reading).result == "notices"
    assert judge_under_fault(healthy, answer(screen(101, 36)), reading).result == "blind"


@pytest.mark.parametrize(("result", "looks_at", "correction", "failure", "kind"), [
    ("blind", True, False, "", Kind.BLIND), ("blind", False, False, "", None), ("blind", True, True, "", None),
    ("unusable", False, False, "", Kind.UNUSABLE), ("unusable", True, False, "exit status 127", None),
    ("cries wolf", True, False, "", Kind.HEALTHY_CHECK), ("false success", True, False, "", Kind.FALSE_SUCCESS),
    ("false success", False, False, "", None), ("false alarm", True, True, "", Kind.FALSE_ALARM),
    ("false alarm", False, True, "", None),
    ("true", True, False, "", None), ("undecided", True, False, "", None), ("silent", True, False, "", None),
    ("quiet", True, False, "", None), ("different", True, False, "", None), ("notices", True, False, "", None),
])
def test_which_cells_are_misses(result: str, looks_at: bool, correction: bool, failure: str, kind: Kind | None) -> None:
    assert miss_of(result, looks_at=looks_at, correction=correction, failure=failure) == kind  # type: ignore[arg-type] # a parameter
