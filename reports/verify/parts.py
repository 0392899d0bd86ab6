"""Checks the parts of a plan: that a run drilled its part and nothing else, and that merged parts are the whole plan.

Part of the verification, so it uses only Python's standard library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reports.journal.chains import ATTACHMENTS, MAIN, Chain, Record, machine_of
from reports.journal.choices import Inputs
from reports.journal.division import Division, decode, digest_of
from reports.judging.dividing import wrongly_divided


class PartsAgain:
    """What the journals say about parts, gathered while they are read."""

    def __init__(self) -> None:
        self._taken: dict[str, list[Record]] = {}  # by journal
        self._merged: Record | None = None
        self._seals: dict[str, Record] = {}  # the ends of the runs in it, by their first journal
        self._begun: dict[str, list[tuple[str, Inputs]]] = {}  # drills, with the journals that begin them
        self._not_run: set[str] = set()  # what the merged run itself records as NOT RUN
        self._attached: set[str] = set()

    @property
    def attachments(self) -> set[str]:
        """The digests of the divisions that the run holds."""
        return self._attached

    @property
    def one_of_several(self) -> bool:
        """Whether the run is one part, so that it lacks the drills of the others."""
        return bool(self._taken) and self._merged is None

    @property
    def incomplete(self) -> bool:
        """Whether a merged run has drills of its plan that no part began."""
        return self._merged is not None and bool(self._merged.get("division")) and any(
            journal == MAIN for begun in self._begun.values() for journal, _ in begun)

    def add(self, journal: str, entry: Record) -> None:
        """Take an entry."""
        what, drill = entry["what"], str(entry["drill"])
        match what["event"]:
            case "part taken":
                taken = {name: what[name] for name in ("part", "parts", "unit", "plan_sha256", "commit", "attached")}
                self._taken.setdefault(journal, []).append(taken)
                if what["attached"]:
                    self._attached.add(str(what["plan_sha256"]))
            case "runs merged" if journal == MAIN:
                self._merged = what
                if what.get("division"):
                    self._attached.add(str(what["division"]))
            case "run finished":
                self._seals[journal] = what
            case "drill started":
                self._begun.setdefault(drill, []).append((journal, Inputs(*what.get("inputs", ()))))
            case "drill finished" if journal == MAIN and what["verdict"] == "NOT RUN":
                self._not_run.add(drill)

    def problems(self, run_dir: Path, chains: Sequence[Chain], exit_status: int | None) -> Iterator[str]:
        """Yield each disagreement between journals and plan; `exit_status` is the run's, None if it broke off."""
        yield from self._sealed(chains)
        division = str(self._merged.get("division", "")) if self._merged is not None else ""
        plans = {str(taken["plan_sha256"]) for each in self._taken.values() for taken in each}
        if self._merged is not None and (plans or division) and plans - {division}:
            others = ", ".join(sorted(plans - {division}))
            yield f"parts name the plan {others}, the merged run is of the plan {division or 'none'}"
        yield from self._one_part_each()
        for digest in sorted(self._attached):
            try:
                content = (run_dir / ATTACHMENTS / digest).read_bytes()
                plan = decode(content)
            except (OSError, ValueError) as error:
                yield f"the plan {ATTACHMENTS}/{digest} cannot be read: {error}"
                continue
            if digest_of(content) != digest:
                yield f"the plan {ATTACHMENTS}/{digest} was changed: its SHA-256 is not its name"
            yield from wrongly_divided(plan)
            yield from self._against(plan, merged=self._merged)
        if exit_status == 0 and self.incomplete:
            yield "the run states exit status 0, but parts of its plan were not drilled"

    def summary(self) -> str:
        """Describe what was checked; empty for a run that has nothing to do with parts."""
        if self._merged is not None and self._merged.get("division"):
            lacking = sum(any(journal == MAIN for journal, _ in begun) for begun in self._begun.values())
            return (f"plan: {len(self._begun)} drills, each once in the part that holds it, {lacking} of them NOT RUN because no "
                    f"part drilled them; SHA-256 {self._merged['division']}")
        for taken in (one for each in self._taken.values() for one in each):
            held = "" if taken["attached"] else " (the plan itself is not here)"
            return f"part: {taken['unit']} {taken['part']} of {taken['parts']}, of the plan {taken['plan_sha256']}{held}"
        return ""

    def _one_part_each(self) -> Iterator[str]:
        """Check that all journals of a machine name one part, before its first drill."""
        numbers = {kept["name"]: one.get("part") for one in (self._merged or {}).get("parts", ()) for kept in one["journals"]}
        known: dict[str, Record] = {}
        for journal, each in sorted(self._taken.items()):
            for taken in each:
                if known.setdefault(machine_of(journal), taken) != taken:
                    yield f"{journal}: it names another part than the journals of the same run"
                if self._merged is not None and numbers.get(journal) != taken["part"]:
                    yield f"{journal}: it is of part {taken['part']}, the merged run calls it part {numbers.get(journal)}"

    def _sealed(self, chains: Sequence[Chain]) -> Iterator[str]:
        """Check that each part's own last entry names the ends of its journals."""
        ends: Mapping[str, Chain] = {chain.name: chain for chain in chains}
        for one in (self._merged or {}).get("parts", ()):
            seal = next((self._seals[kept["name"]] for kept in one["journals"] if kept["name"] in self._seals), None)
            if seal is None:
                if one["exit_status"] is not None:
                    yield f"{one['run_id']}, a part of this run, has no last entry, but an exit status"
                continue
            if seal["exit_status"] != one["exit_status"]:
                yield f"{one['run_id']}, a part of this run, ended with {seal['exit_status']}, not {one['exit_status']}"
            names = {kept["original"]: kept["name"] for kept in one["journals"]}
            for original, head in seal["heads"].items():
                chain = ends.get(names.get(original, ""))
                if chain is None or head != (chain.before_head if original == MAIN else chain.head):
                    yield f"{one['run_id']}, a part of this run, did not end with {names.get(original, original)} as it is here"

    def _against(self, plan: Division, *, merged: Record | None) -> Iterator[str]:
        """Hold what was begun against the plan."""
        planned = {one.drill: one for one in plan.drills}
        own = {taken["part"] for each in self._taken.values() for taken in each} if merged is None else None
        numbers = {kept["name"]: one.get("part") for one in (merged or {}).get("parts", ()) for kept in one["journals"]}
        for drill, begun in self._begun.items():
            one = planned.get(drill)
            if one is None or (own is not None and one.part not in own):
                yield f"{drill} was drilled, and the plan does not hold it{'' if one is None else ' in this part'}"
                continue
            if len(begun) > 1:
                yield f"{drill} was begun {len(begun)} times: in {', '.join(journal for journal, _ in begun)}"
            for journal, inputs in begun:
                if inputs != one.inputs:
                    yield f"{drill} was drilled with other inputs than the plan states"
                if merged is not None and journal != MAIN and numbers.get(journal) != one.part:
                    yield f"{drill} belongs to part {one.part} of the plan and was drilled in {journal}"
                if merged is not None and journal == MAIN and drill not in self._not_run:
                    yield f"{drill} stands in the merged run's own journal and is not NOT RUN there"
        if merged is not None:
            yield from (f"{drill} is in the plan and has no entry" for drill in sorted(planned.keys() - self._begun.keys()))
            missing = sorted({one.part for one in plan.drills} - set(numbers.values()))
            if missing != sorted(merged.get("unreported", ())):
                yield f"parts {missing} of the plan have no run here, the journal names {merged.get('unreported')}"
