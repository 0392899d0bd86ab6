"""Kinds of misses, places in documents, and reasons of verdicts.

Shared by the judge, the verification and findings.toml. Standard library only: the verification must run where nothing else
is installed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of objectives and other possible misses of a drill. Findings name them by their value."""

    RECOVERY = "recovery"
    RESOLUTION = "time to resolution"
    ESCALATION = "escalation"
    ACTIVITY = "activity"  # subject: what the operator does, "rollback"
    HALF_REMEDY = "half a remedy"
    CONTROL = "control"  # without the remedy the outage persists
    NO_FAULT = "no-fault control"  # subject: the probe that did not stay good, or the symptom that appeared
    FAIL_OVER = "fail-over"  # subject: the probe
    SYMPTOM = "symptom"  # subject: the documented statement
    OUTCOME = "outcome"  # subject: the documented statement
    BLIND = "blind check"  # subject: the check; its answer does not tell the fault from health
    UNUSABLE = "unusable check"  # subject: the check
    HEALTHY_CHECK = "cries wolf"  # subject: the check; it reads as broken on the healthy replica
    UNNOTICED = "unnoticed fault"  # subject: the fault that no check tells from health
    FALSE_SUCCESS = "false success"  # subject: the check; it says well while users are not served
    FALSE_ALARM = "false alarm"  # subject: the check; it says broken while users are served
    CHANGE = "change"  # subject: what changed besides healing, without figures that vary from run to run
    OBEDIENT = "obedient operator"  # subject: what following the whole section leads to
    DIAGNOSIS = "diagnosis finds it"
    COMMAND = "command"  # subject: the documented text on one line
    RENAMED_COMMAND = "command with renamed tool"  # subject: the documented text on one line
    LOST = "lost"  # subject: the workload whose acknowledged writes are lost or stored twice
    UNDECIDED = "undecided"  # subject: the workload whose store cannot be read
    EXPECTED_LOSS = "expected loss"  # subject: the workload
    DIVERGENCE = "divergence"  # subject: the workload
    DATA_KEPT = "data kept"  # subject: the data
    PROMISE = "promise"  # subject: the field of the document that says something else
    NORMAL = "return to normal"  # subject: one of NORMAL_SUBJECTS


NORMAL_SUBJECTS = ("members", "alerts", "leftover", "steady")
WITHOUT_SUBJECT = frozenset({
    Kind.RECOVERY, Kind.RESOLUTION, Kind.ESCALATION, Kind.HALF_REMEDY, Kind.CONTROL, Kind.DIAGNOSIS})


@dataclass(frozen=True)
class Place:
    """A line of a file; paths inside the project are relative to it."""

    file: str
    line: int


@dataclass(frozen=True)
class Reason:
    """A reason of a verdict: its place (None if undocumented), and the findings that explain it."""

    message: str
    place: Place | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """A miss that a finding expects; a `*` in the subject matches any text."""

    kind: Kind
    subject: str = ""

    @property
    def name(self) -> str:
        """The kind with its subject, for messages."""
        return name_of(self.kind, self.subject)

    def matches(self, kind: Kind, subject: str) -> bool:
        """Return whether this matches a miss."""
        pattern = ".*".join(re.escape(part) for part in self.subject.split("*"))
        return kind == self.kind and re.fullmatch(pattern, subject, re.DOTALL) is not None


def name_of(kind: str, subject: str) -> str:
    """Name an objective or a miss in messages: "recovery", "command: sudo reboot"."""
    return f"{kind}: {subject}" if subject else str(kind)
