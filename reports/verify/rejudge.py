"""Re-judges a drill from its journal: each figure from the raw samples, each objective, the data, and the verdict.

Part of the verification, so it uses only Python's standard library. It applies the rules that judged the drill
(reports.judging); the results must agree with those recorded in the journal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, assert_never

from reports.journal.chains import Record
from reports.journal.kinds import NORMAL_SUBJECTS, Expected, Kind, Place, Reason, name_of
from reports.judging.obedience import MOVES, Span, further_steps, is_up
from reports.judging.rules import (
    HOLD_DOWN_S,
    Measurement,
    baseline_of,
    find_outage,
    judge_at_least,
    judge_at_most,
    known_at,
    recovery_from,
    stays_bad,
    steadiness,
    verdict,
)
from reports.verify.changes import ChangesAgain
from reports.verify.checks import Account, Read

NOT_JUDGED = frozenset({"INCONCLUSIVE", "ERROR", "NOT RUN"})
"""Verdicts that claim nothing about the document: they state a reason, and there is nothing to re-judge."""
_SAME = 1e-6


class Sample(NamedTuple):
    """A sample as stored in the journal: a list of its fields."""

    scheduled: float
    sent: float
    answered: float | None
    good: bool
    outcome: str
    value: float | None = None


@dataclass(frozen=True)
class Finding:
    """The parts of a listed finding that judging needs."""

    finding_id: str
    fails: tuple[Expected, ...]
    follows: tuple[Expected, ...]
    drills: tuple[str, ...]
    place: Place | None
    fixed: bool

    @classmethod
    def of(cls, listed: Record) -> Finding:
        """Read the journal's entry."""
        fails, follows = (tuple(Expected(Kind(one["kind"]), one["subject"]) for one in listed.get(name, ()))
                          for name in ("fails", "follows"))
        return cls(listed["finding_id"], fails, follows, tuple(listed["drills"]), _place(listed.get("place")),
                   listed.get("action", {}).get("status") == "fixed")


@dataclass(frozen=True)
class Missed:
    """A miss on which the verdict is based."""

    kind: Kind
    subject: str
    message: str
    place: Place | None

    @property
    def name(self) -> str:
        """Kind and subject, for messages."""
        return name_of(self.kind, self.subject)

    @classmethod
    def of(cls, entry: Record) -> Missed:
        """Read the journal's entry."""
        return cls(Kind(entry["kind"]), entry.get("subject", ""), entry["message"], _place(entry.get("place")))


@dataclass(frozen=True)
class Stated:
    """An objective as recorded in the journal: its time, its figure, and what the operator had done by then."""

    at: float
    kind: Kind
    subject: str
    entry: Record
    last_remedy: float | None  # monotonic second at which the last remedy command had ended
    last_finished: float | None  # the same for the last command of any role
    last_exit_status: int | None  # of the last command that was typed

    @property
    def name(self) -> str:
        """Kind and subject, for messages."""
        return name_of(self.kind, self.subject)

    @property
    def figure(self) -> Measurement | None:
        """Return the measurement; None if it was not reached, or if there is no figure."""
        measured = self.entry.get("measured")
        return None if measured is None else Measurement(measured, self.entry["bound"])


def _no_attachment(digest: str) -> str:
    raise ValueError(f"no attachment {digest} can be read")


@dataclass
class Drill:
    """The entries of a drill, gathered while its journal is read."""

    drill_id: str
    started: Record
    finished: Record | None = None
    fault_at: float | None = None
    injected_at: float | None = None  # when the injection had ended
    last_remedy: float | None = None
    last_finished: float | None = None
    last_exit_status: int | None = None
    probes: dict[str, Record] = field(default_factory=dict)
    samples: dict[str, list[list[Any]]] = field(default_factory=dict)
    objectives: list[Stated] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    failed: list[tuple[Kind, str]] = field(default_factory=list)  # commands and symptoms that must be among the misses
    accounts: dict[str, Record] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)  # when the writes of a client, which had ended, were looked for
    changes: ChangesAgain = field(default_factory=ChangesAgain)
    remedies: list[Record] = field(default_factory=list)  # typed after the fault, without corrections
    read: Read = field(default=_no_attachment)

    def __post_init__(self) -> None:
        self.checks = Account(self.read, fault_at=self.fault_at)

    def add(self, at: float, what: Record, whole: str = "") -> None:
        """Add an entry, in journal order; `whole` is the text of its attachment. Raises KeyError or ValueError if malformed."""
        event = what["event"]
        self.ended |= dict.fromkeys(_ended_by(what), at)
        if event in {"command finished", "state taken", "changes listed"}:
            self.changes.add(what, whole)
        if event == "samples taken":
            self.samples.setdefault(what["probe"], []).extend(what["samples"])
        elif event == "probe started":
            self.probes[what["probe"]] = what
        elif event == "fault injected" and self.fault_at is None:
            self.fault_at = self.checks.fault_at = what["started"]["mono"]
            self.injected_at = what["finished"]["mono"]
        elif event == "command finished":
            self._command(what)
        elif event == "check compared":
            self.checks.compared(at, what)
        elif event == "objective":
            self.objectives.append(Stated(at, Kind(what["kind"]), what.get("subject", ""), what, self.last_remedy,
                                          self.last_finished, self.last_exit_status))
        elif event == "missed":
            self.missed.append(Missed.of(what))
        elif event == "data account":
            self.accounts[what["workload"]] = what
        elif event == "symptom observed":
            arm = self.started["arm"]
            if what["matches"] == (arm == "no-fault") and arm != "no-remedy":
                self.failed.append((Kind.NO_FAULT if arm == "no-fault" else Kind.SYMPTOM, what["documented"]))
        elif event == "drill finished":
            self.finished = what

    def _command(self, what: Record) -> None:
        self.checks.typed(what)
        self.last_finished = what["finished"]["mono"]
        if what["role"] == "remedy":
            self.last_remedy = self.last_finished
            if self.fault_at is not None and not what.get("correction_of") and not MOVES.fullmatch(what["documented"]):
                self.remedies.append(what)
        if what["ended_by"] != "person":
            self.last_exit_status = what["exit_status"]
        if what["failure"]:
            kind = Kind.RENAMED_COMMAND if what.get("renamed") else Kind.COMMAND
            self.failed.append((kind, " ".join(what["documented"].split())))


def _ended_by(what: Record) -> Iterator[str]:
    """Yield the writing client whose writes this entry accounts for, or says that nobody can read."""
    if what["event"] == "data account":
        yield what["workload"]
    elif what["event"] == "objective" and what["kind"] == Kind.UNDECIDED:
        yield what.get("subject", "")


def problems(drill: Drill, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield every disagreement between the recorded results and the samples and entries."""
    if drill.finished is None:
        return
    for stated in drill.objectives:
        yield from _target(stated)
        yield from _stated(drill, stated)
    yield from _obeyed(drill, [stated for stated in drill.objectives if stated.kind is Kind.OBEDIENT])
    for name, account in drill.accounts.items():
        good = sum(1 for row in drill.samples.get(name, ()) if row[3])
        if name in drill.probes and good != account["acknowledged"]:
            yield f"{name}: {account['acknowledged']} acknowledged writes are stated, the samples show {good}"
    yield from drill.checks.problems(lambda probe, at: _known(drill, probe, at))
    known = {(missed.kind, missed.subject) for missed in drill.missed}
    unmet = [*drill.failed, *drill.checks.misses(), *drill.changes.failed(),
             *((stated.kind, stated.subject) for stated in drill.objectives if not stated.entry["met"])]
    yield from (f"{name_of(*key)!r} failed but is not among what the verdict rests on"
                for key in dict.fromkeys(unmet) if key not in known)
    for missed in drill.missed:
        yield from _shown(missed, unmet)
    yield from drill.changes.problems()
    yield from _verdict(drill, findings)


def _target(stated: Stated) -> Iterator[str]:
    """Judge the figure against its target."""
    entry, target = stated.entry, stated.entry.get("target")
    if target is not None:
        met = judge_at_most(stated.figure, target) if entry["at_most"] else judge_at_least(stated.figure, target)
        if met != entry["met"]:
            yield f"{stated.name!r} is called {'met' if entry['met'] else 'missed'}, but its figure and target say otherwise"


def _stated(drill: Drill, stated: Stated) -> Iterator[str]:  # noqa: PLR0912 - one case for each kind
    """Check the objective by the rule of its kind. A new kind without a case does not type-check."""
    match stated.kind:
        case Kind.RECOVERY:
            # A documented remedy that only looks has no remedy command: the last command counts.
            what, last = "remedy command", stated.last_remedy
            if last is None:
                what, last = "command", stated.last_finished
            if stated.entry.get("counted_from") != last:
                yield f"{stated.name!r} counts from {stated.entry.get('counted_from')}, but the last {what} ended at {last}"
            yield from _time(drill, stated)
        case Kind.RESOLUTION | Kind.ESCALATION | Kind.FAIL_OVER:
            if stated.entry.get("counted_from") is not None:
                yield f"{stated.name!r} does not count from the beginning of the outage"
            yield from _time(drill, stated)
        case Kind.CONTROL | Kind.HALF_REMEDY:
            yield from _goes_on(drill, stated)
        case Kind.ACTIVITY:
            if drill.fault_at is None or stated.last_finished is None:
                yield f"{stated.name!r} is stated without a fault or without a command"
            else:
                yield from _agree(stated, Measurement(max(stated.last_finished - drill.fault_at, 0.0), 0.0), "the commands")
        case Kind.LOST:
            yield from _account(drill, stated, "lost", *(["duplicated"] if stated.entry.get("target") is not None else []))
        case Kind.EXPECTED_LOSS:
            yield from _account(drill, stated, "lost")
        case Kind.DIVERGENCE:
            if stated.subject in drill.accounts:
                yield from _account(drill, stated, "diverged")
        case Kind.UNDECIDED:
            if stated.subject in drill.accounts:
                yield f"{stated.name!r} is stated, but there is an account of these writes"
        case Kind.DIAGNOSIS:
            if stated.entry["met"] != (stated.last_exit_status not in {0, None}):
                yield f"{stated.name!r} does not agree with exit status {stated.last_exit_status} of the last command"
        case Kind.NORMAL:
            if stated.subject not in NORMAL_SUBJECTS:
                yield f"{stated.name!r} is none of {', '.join(NORMAL_SUBJECTS)}"
            elif stated.subject == "steady":
                yield from _steady(drill, stated)
        case Kind.UNNOTICED:
            if stated.entry["met"] != drill.checks.told(stated.subject):  # in the journal's order
                yield f"{stated.name!r} does not agree with what the checks told under this fault"
        case Kind.OBEDIENT:
            return  # all of them together, see `_obeyed`
        case Kind.OUTCOME | Kind.DATA_KEPT:  # observed once: cannot be re-judged
            if stated.figure is not None:
                yield f"{stated.name!r} is a statement, but it has a figure"
        case (Kind.COMMAND | Kind.RENAMED_COMMAND | Kind.SYMPTOM | Kind.NO_FAULT | Kind.PROMISE | Kind.BLIND | Kind.UNUSABLE
              | Kind.HEALTHY_CHECK | Kind.FALSE_SUCCESS | Kind.FALSE_ALARM | Kind.CHANGE):
            yield f"{stated.name!r} is stated as an objective, which this kind is not"
        case _ as new:
            assert_never(new)


def _steady(drill: Drill, stated: Stated) -> Iterator[str]:
    """Re-judge the steady state on the probes that still ran: writing clients end with the account of their writes."""
    at = stated.entry.get("counted_from")
    if at is None:
        yield f"{stated.name!r} does not say when it was judged"
        return
    found = {}
    for name, rows in drill.samples.items():
        probe, samples = drill.probes[name], [Sample(*row) for row in rows]
        interval_s, timeout_s = probe["interval_s"], probe.get("timeout_s", 0.0)
        if drill.ended.get(name, math.inf) > stated.at and any(known_at(sample, timeout_s) > at for sample in samples):
            found[name] = steadiness(samples, at, baseline_of(interval_s), interval_s, timeout_s)
    if (set(found.values()) == {"steady"}) != stated.entry["met"]:
        seen = ", ".join(f"{name} was {what}" for name, what in sorted(found.items())) or "no probe ran"
        yield f"{stated.name!r} is called {'met' if stated.entry['met'] else 'missed'}, its samples say otherwise: {seen}"


def _obeyed(drill: Drill, stated: Sequence[Stated]) -> Iterator[str]:
    """Re-judge the end of an obedient section on each probe, and every further step that was typed while the service was back."""
    ends = [one for one in stated if one.subject == one.entry.get("measured_on")]
    samples = {one.subject: _samples(drill, one) or [] for one in ends}
    for one in ends:
        since = one.entry["counted_from"] - (one.last_remedy or 0.0)
        if since < HOLD_DOWN_S:
            yield f"{one.name!r} was judged {since:.3f} s after the last remedy command, before the service could have held"
        if is_up(samples[one.subject], one.entry["counted_from"]) != one.entry["met"]:
            yield f"{one.name!r} is called {'met' if one.entry['met'] else 'missed'}, its samples say otherwise"
    primary = next((name for name in samples if drill.probes.get(name, {}).get("primary")), None)
    claimed = {(one.subject, one.entry["counted_from"], one.entry["met"]) for one in stated if one not in ends}
    if primary is None:
        if stated:
            yield "an obedient operator is judged without a look at the end of the section"
        return
    typed = {what["started"]["mono"]: " ".join(what["documented"].split()) for what in drill.remedies}
    spans = [Span(what["started"]["mono"], what["finished"]["mono"]) for what in drill.remedies]
    steps = further_steps(spans, samples, primary, ends[0].entry["counted_from"])
    again = {(typed[step.started], step.started, not step.probe) for step in steps}
    for text, _, met in sorted(claimed ^ again):
        yield (f"{name_of(Kind.OBEDIENT, text)!r}: that the service {'stays up' if met else 'is away again'} is stated or shown, "
               "not both")


def _shown(missed: Missed, unmet: Sequence[tuple[Kind, str]]) -> Iterator[str]:
    """Check that other entries show each recorded miss. A new kind without a case does not type-check."""
    match missed.kind:
        case Kind.PROMISE | Kind.NO_FAULT:  # shown by the document and the probes, not by an entry of the drill
            return
        case (Kind.RECOVERY | Kind.RESOLUTION | Kind.ESCALATION | Kind.ACTIVITY | Kind.HALF_REMEDY | Kind.CONTROL | Kind.FAIL_OVER
              | Kind.SYMPTOM | Kind.OUTCOME | Kind.HEALTHY_CHECK | Kind.DIAGNOSIS | Kind.COMMAND
              | Kind.RENAMED_COMMAND | Kind.BLIND | Kind.UNUSABLE | Kind.UNNOTICED | Kind.FALSE_SUCCESS | Kind.FALSE_ALARM
              | Kind.CHANGE | Kind.OBEDIENT | Kind.LOST | Kind.UNDECIDED | Kind.EXPECTED_LOSS | Kind.DIVERGENCE | Kind.DATA_KEPT
              | Kind.NORMAL):
            if (missed.kind, missed.subject) not in unmet:
                yield f"{missed.name!r} is called missed, but no entry shows it"
        case _ as new:
            assert_never(new)


def _account(drill: Drill, stated: Stated, *fields: str) -> Iterator[str]:
    """Compare a number of writes with the data account."""
    account = drill.accounts.get(stated.subject)
    if account is None:
        yield f"{stated.name!r} is stated without an account of these writes"
        return
    writes = sum(account.get(name, 0) for name in fields)
    if stated.figure is None or stated.figure.value_s != writes:
        yield f"{stated.name!r} states {stated.entry.get('measured')} writes, the data account {writes}"


def _goes_on(drill: Drill, stated: Stated) -> Iterator[str]:
    """Re-judge whether the outage persisted."""
    known = _samples(drill, stated)
    if known is None:
        yield from _no_sample(stated)
        return
    held = stays_bad(known, stated.entry.get("counted_from") or 0.0)
    yield from _agree(stated, Measurement(stated.entry["target"] if held else 0.0, 0.0), "its samples")


def _time(drill: Drill, stated: Stated) -> Iterator[str]:
    """Re-measure the outage from the samples known when it was judged."""
    known = _samples(drill, stated)
    if known is None or drill.fault_at is None:
        yield from _no_sample(stated)
        return
    since, interval_s = stated.entry.get("counted_from"), drill.probes[stated.entry["measured_on"]]["interval_s"]
    outage = find_outage(known, fault_at=drill.fault_at, injected_at=drill.injected_at, hold_down_s=HOLD_DOWN_S,
                         interval_s=interval_s)
    again: Measurement | None = Measurement(0.0, 0.0)  # no outage
    if outage is not None:
        again = outage.duration if since is None else recovery_from(outage, since)
    yield from _agree(stated, again, "its samples")


def _samples(drill: Drill, stated: Stated) -> list[Sample] | None:
    """Return the samples known when the objective was judged; None without a probe or a fault."""
    probe = drill.probes.get(stated.entry.get("measured_on", ""))
    if probe is None or drill.fault_at is None:
        return None
    return _known(drill, probe["probe"], stated.at)


def _known(drill: Drill, name: str, at: float) -> list[Sample]:
    """Return a probe's samples whose outcome was known by then."""
    limit_s = drill.probes[name].get("timeout_s", 0.0) if name in drill.probes else 0.0
    samples = [Sample(*row) for row in drill.samples.get(name, ())]
    return [sample for sample in samples if (sample.sent + limit_s if sample.answered is None else sample.answered) <= at]


def _no_sample(stated: Stated) -> Iterator[str]:
    yield f"{stated.name!r} is measured on {stated.entry.get('measured_on', '')!r}, of which there is no sample"


def _agree(stated: Stated, again: Measurement | None, source: str) -> Iterator[str]:
    if not _same(again, stated.figure):
        yield f"{stated.name!r} states {_figure(stated.figure)}, {source} give {_figure(again)}"


def _same(one: Measurement | None, other: Measurement | None) -> bool:
    if one is None or other is None:
        return one is other
    return (math.isclose(one.value_s, other.value_s, abs_tol=_SAME) and math.isclose(one.bound_s, other.bound_s, abs_tol=_SAME))


def _figure(figure: Measurement | None) -> str:
    return "no end" if figure is None else f"{figure.value_s:.3f} ± {figure.bound_s:.3f} s"


def _verdict(drill: Drill, findings: Sequence[Finding]) -> Iterator[str]:
    finished, started = drill.finished or {}, drill.started
    if finished["verdict"] in NOT_JUDGED:
        return
    judged = verdict(drill.missed, findings if started["arm"] == "remedy" else (), started["scenario"], drill.checks.undecided())
    stated = tuple(Reason(one["message"], _place(one.get("place")), tuple(one["findings"])) for one in finished["reasons"])
    if judged.verdict != finished["verdict"]:
        yield f"the verdict is {finished['verdict']}, but what was missed makes it {judged.verdict}"
    elif list(judged.findings) != list(finished["findings"]):
        yield f"it names the findings {', '.join(finished['findings'])}, but {', '.join(judged.findings) or 'none'} showed"
    elif judged.reasons != stated:
        yield "its reasons are not those that follow from what was missed"


def _place(entry: Record | None) -> Place | None:
    return None if entry is None else Place(entry["file"], entry["line"])
