"""How an operator who follows a whole section is judged: by pure functions, and again by the verification."""

import pytest

from reports.journal.events import Sample
from reports.journal.kinds import Kind
from reports.judging.obedience import MOVES, Span, Step, further_steps, is_away, is_up
from reports.verify.rejudge import Drill, problems

API, FRONT = "API", "frontend"


def samples(*bad: tuple[float, float], until: float = 60.0, every: float = 0.1, unanswered: bool = False) -> list[Sample]:
    """Sample every `every` seconds; those sent within a `bad` span fail."""
    taken = []
    for number in range(round(until / every)):
        sent = number * every
        good = not any(since <= sent < to for since, to in bad)
        answered = None if unanswered and not good else sent + 0.01
        taken.append(Sample(scheduled=sent, sent=sent, answered=answered, good=good, outcome="200" if good else "502"))
    return taken


@pytest.mark.parametrize(("bad", "at", "up"), [
    ((), 30.0, True),
    (((10.0, 24.0),), 30.0, True),
    (((10.0, 26.0),), 30.0, False),  # not back for the hold-down time yet
    (((10.0, 60.0),), 30.0, False),
    (((30.0, 60.0),), 30.0, True),  # it goes away at that moment
])
def test_a_service_is_up_if_it_was_good_for_the_hold_down_time(bad, at, up):
    assert is_up(samples(*bad), at) == up


@pytest.mark.parametrize(("bad", "away"), [
    ((), False), (((10.0, 60.0),), True), (((10.0, 27.0),), False), (((27.0, 60.0),), False)])
def test_a_service_is_away_if_it_was_bad_for_the_hold_down_time(bad, away):
    assert is_away(samples(*bad), 30.0) == away


def test_a_service_without_samples_is_not_up():
    assert not is_up([], 30.0)
    assert not is_up(samples(until=30.0, every=2.0), 30.0), "too few to say so"


def test_requests_that_were_never_answered_count():
    assert not is_up(samples((26.0, 27.0), unanswered=True), 30.0)
    assert is_up(samples((28.5, 60.0), unanswered=True), 30.0), "they may still be answered"


RESTART, AGAIN = Span(20.0, 21.0), Span(40.0, 41.0)


def test_a_further_step_that_takes_the_service_away_is_named():
    steps = further_steps([RESTART, AGAIN], {API: samples((10.0, 22.0), (40.5, 43.0))}, API, 60.0)
    [step] = steps
    assert (step.started, step.probe, round(step.away_s, 1)) == (40.0, API, 2.5)


def test_a_further_step_that_leaves_the_service_up_is_judged_too():
    assert further_steps([RESTART, AGAIN], {API: samples((10.0, 22.0))}, API, 60.0) == (Step(40.0, "", 0.0),)


def test_a_slow_answer_is_no_outage():
    assert further_steps([RESTART, AGAIN], {API: samples((10.0, 22.0), (41.0, 41.2))}, API, 60.0) == (Step(40.0, "", 0.0),)


def test_a_step_while_the_service_is_down_is_not_judged():
    assert further_steps([RESTART, AGAIN], {API: samples((10.0, 38.0), (40.5, 60.0))}, API, 60.0) == ()


def test_the_first_remedy_is_never_a_further_step():
    assert further_steps([RESTART], {API: samples((20.0, 22.0))}, API, 60.0) == ()


def test_another_probe_of_the_users_sees_it_too():
    """The disk that the outage is measured on stays well; the users do not."""
    taken = {"use of /var": samples((10.0, 22.0)), API: samples((41.0, 50.0)), FRONT: samples()}
    [step] = further_steps([RESTART, AGAIN], taken, "use of /var", 60.0)
    assert step.probe == API


def test_a_step_answers_for_the_time_until_the_next_one():
    steps = further_steps([RESTART, Span(30.0, 31.0), AGAIN], {API: samples((10.0, 22.0), (40.5, 43.0))}, API, 60.0)
    assert [(step.started, step.probe) for step in steps] == [(30.0, ""), (40.0, API)]


@pytest.mark.parametrize(("text", "moves"), [
    ("cd /opt/app", True), ("cd /opt && rm -r data", False), ("systemctl restart x", False)])
def test_a_change_of_directory_is_no_remedy(text, moves):
    assert bool(MOVES.fullmatch(text)) == moves


def objective(subject: str, *, at: float, met: bool, on: str = API) -> dict[str, object]:
    return {"event": "objective", "kind": "obedient operator", "subject": subject, "sentence": "", "promised_by": "",
            "target": None, "measured": None,
            "bound": 0.0, "unit": "", "at_most": True, "met": met, "measured_on": on, "counted_from": at}


def command(text: str, span: Span) -> dict[str, object]:
    return {"event": "command finished", "role": "remedy", "documented": text, "started": {"mono": span.started},
            "finished": {"mono": span.finished}, "exit_status": 0, "ended_by": "itself", "failure": ""}


def judged_again(*stated: dict[str, object]) -> list[str]:
    """The verification's complaints about a section that restarts a service twice."""
    drill = Drill("drill", {"arm": "remedy", "scenario": "Obedient", "event": "drill started"})
    drill.add(0.0, {"event": "probe started", "probe": API, "primary": True, "interval_s": 0.1, "timeout_s": 2.0})
    rows = [[one.scheduled, one.sent, one.answered, one.good, one.outcome] for one in samples((10.0, 22.0), (40.5, 43.0))]
    drill.add(0.0, {"event": "samples taken", "probe": API, "samples": rows})
    drill.add(0.0, {"event": "fault injected", "started": {"mono": 10.0}, "finished": {"mono": 10.0}})
    for text, span in (("restart app", RESTART), ("cd /opt", Span(22.0, 22.1)), ("restart app again", AGAIN)):
        drill.add(span.finished, command(text, span))
    for one in stated:
        drill.add(60.0, one)
        if not one["met"]:
            drill.add(60.0, {"event": "missed", "kind": one["kind"], "subject": one["subject"], "message": "m"})
    drill.add(60.0, {"event": "drill finished", "verdict": "ERROR", "reasons": [], "findings": []})
    return list(problems(drill, ()))


ENDS_UP = objective(API, at=58.0, met=True)
TAKEN_AWAY = objective("restart app again", at=40.0, met=False)


def test_the_verification_agrees_with_a_true_account():
    assert judged_again(ENDS_UP, TAKEN_AWAY) == []


@pytest.mark.parametrize("stated", [
    (ENDS_UP,),  # the step that took the service away is not told
    (ENDS_UP, objective("restart app again", at=40.0, met=True)),
    (ENDS_UP, TAKEN_AWAY, objective("restart app", at=20.0, met=False)),
    (objective(API, at=58.0, met=False), TAKEN_AWAY),
    (objective(API, at=44.0, met=True), TAKEN_AWAY),
    (objective(API, at=40.4, met=True),),  # before the last step could show its effect
    (TAKEN_AWAY,),  # without the end of the section
])
def test_the_verification_finds_a_false_account(stated):
    assert any(str(Kind.OBEDIENT) in problem or "obedient" in problem for problem in judged_again(*stated))


def test_an_end_that_was_judged_before_the_service_could_have_held_is_named():
    early = objective(API, at=AGAIN.finished + 3.0, met=False)  # as the samples say
    assert [problem for problem in judged_again(early) if "before the service could have held" in problem]
