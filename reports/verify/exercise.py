"""Checks the exercise record and the signed plan of a run: that they came first, and that the run is what they say.

Part of the verification, so it uses only Python's standard library.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from reports.journal.canonical import canonical_sha256
from reports.journal.chains import ATTACHMENTS, Record, machine_of
from reports.verify.signatures import Signed, check_envelope

_NAMES = {"exercise stated": "exercise record", "plan carried": "signed plan"}


class ExerciseAgain:
    """What the journals say about the exercise, gathered while they are read."""

    def __init__(self) -> None:
        self._records: dict[str, list[tuple[float, Record]]] = {}  # by the machine; (monotonic second, event)
        self._plans: dict[str, list[tuple[float, Record]]] = {}
        self._first_drill: dict[str, float] = {}
        self._drilled: set[str] = set()  # journals that hold a drill
        self._late: list[str] = []

    @property
    def attachments(self) -> set[str]:
        """The digests of the envelopes that the run carries."""
        return {plan["envelope"] for plans in self._plans.values() for _, plan in plans}

    def add(self, journal: str, entry: Record) -> None:
        """Take an entry."""
        machine, at, what = machine_of(journal), float(entry["at"]["mono"]), entry["what"]
        event = what["event"]
        if event in _NAMES and journal in self._drilled:
            self._late.append(f"{journal}: the {_NAMES[event]} was stated when drills had begun")
        match event:
            case "exercise stated":
                stated = {"exercise": dict(what["exercise"]), "sha256": str(what["sha256"])}
                self._records.setdefault(machine, []).append((at, stated))
            case "plan carried":
                carried = {"sha256": str(what["sha256"]), "envelope": str(what["envelope"])}
                self._plans.setdefault(machine, []).append((at, carried))
            case "drill started":
                self._drilled.add(journal)
                self._first_drill[machine] = min(at, self._first_drill.get(machine, at))

    def problems(self, run_json: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
        """Yield what is wrong with the record: its digest, its time, its number, and what run.json says of it."""
        yield from self._late
        for machine, drilled in sorted(self._first_drill.items()):
            if self._records and machine not in self._records:
                yield f"{machine}: no exercise record was stated before its first drill"
            if self._plans and machine not in self._plans:
                yield f"{machine}: no signed plan was carried before its first drill"
            for event, entries in (("exercise stated", self._records), ("plan carried", self._plans)):
                if any(at > drilled for at, _ in entries.get(machine, ())):
                    yield f"{machine}: the {_NAMES[event]} was stated when drills of another process had begun"
        stated = [what for records in self._records.values() for _, what in records]
        for what in stated:
            if canonical_sha256(what["exercise"]) != what["sha256"]:
                yield f"the exercise record does not have the digest {what['sha256']} that the journal names"
        if len({what["sha256"] for what in stated}) > 1:
            yield "the journals state different exercise records"
        told = run_json.get("run", {}).get("exercise") if isinstance(run_json, dict) else None
        if stated and (told or {}).get("exercise") != stated[0]["exercise"]:
            yield "run.json tells another exercise record than the journals"

    @property
    def summary(self) -> str:
        """Describe the record; empty where there is none."""
        digests = sorted({what["sha256"] for records in self._records.values() for _, what in records})
        return f"exercise record: stated before the first drill, SHA-256 {', '.join(digests)}" if digests else ""

    def plan(self, run_dir: Path, drills: Iterable[str], documents: Iterable[tuple[str, str]], *,
             complete: bool, keys: Sequence[Path] = ()) -> Iterator[Signed]:
        """Compare the signed plan with the run; `documents` are pairs of system and digest. Raises KeyFileError.

        A run that is `complete` must have an entry for each drill of its plan.
        """
        digests = {(plan["sha256"], plan["envelope"]) for plans in self._plans.values() for _, plan in plans}
        if not digests:
            for key in keys:
                yield Signed("does not hold", f"the run carries no plan that {key.name} could have signed")
            return
        if len({sha256 for sha256, _ in digests}) > 1:
            yield Signed("does not hold", "the journals carry different signed plans")
            return
        wrong = []
        for sha256, name in sorted(digests):
            envelope = run_dir / ATTACHMENTS / name
            try:
                payload = base64.b64decode(json.loads(envelope.read_bytes())["payload"], validate=True)
                planned = json.loads(payload)
                wrong += self._differences(planned, set(drills), set(documents), complete=complete)
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                yield Signed("does not hold", f"the signed plan cannot be read: {error!r}")
                return
            if hashlib.sha256(payload).hexdigest() != sha256:
                wrong.append(f"the plan in {ATTACHMENTS}/{name} does not have the digest {sha256} that the journal names")
        yield from (Signed("does not hold", text) for text in wrong)
        if not wrong:
            yield Signed("holds", f"signed plan: the run is what it holds, {_drills(len(planned['drills']))}, SHA-256 {sha256}")
        for _, name in sorted(digests):
            for key in keys:
                yield check_envelope(run_dir / ATTACHMENTS / name, key, "the signed plan")
        if not keys:
            yield Signed("not checked", "signatures of the plan: no --plan-key was given")

    def _differences(self, planned: Record, drills: set[str], documents: set[tuple[str, str]], *, complete: bool) -> list[str]:
        known = {one["drill"] for one in planned["drills"]}
        editions = {(one["system"], one["sha256"]) for one in planned["documents"]}
        wrong = [f"{drill} is not in the signed plan" for drill in sorted(drills - known)]
        left = sorted(known - drills)
        if left and complete:
            wrong.append(f"{_drills(len(left))} of the signed plan without an entry, {left[0]} first")
        wrong += [f"the document of {system} has SHA-256 {sha256}, which is not the edition that the signed plan names"
                  for system, sha256 in sorted(documents - editions)]
        stated = {json.dumps(what["exercise"], sort_keys=True) for records in self._records.values() for _, what in records}
        if stated != {json.dumps(planned["exercise"], sort_keys=True)}:
            wrong.append("the signed plan states another exercise record than the journals")
        return wrong


def _drills(count: int) -> str:
    return f"{count} {'drill' if count == 1 else 'drills'}"
