"""The plan of which runs are parts: what each part should have drilled, and what no part did."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.errors import UsageError
from reports.evidence.mergeable import MergePart
from reports.journal.chains import sha256_of
from reports.journal.division import Division, PlannedDrill, decode, digest_of
from reports.journal.journal import ATTACHMENTS
from reports.judging.dividing import wrongly_divided
from reports.wording.parts import part_name


@dataclass(frozen=True)
class Divided:
    """A division with its bytes, and the parts that there are, by number."""

    division: Division
    content: bytes
    parts: dict[int, MergePart]

    @property
    def unreported(self) -> tuple[int, ...]:
        """The parts that hold drills and of which there is no run."""
        return tuple(sorted({one.part for one in self.division.drills} - set(self.parts)))

    def lacking(self) -> Iterator[tuple[PlannedDrill, str]]:
        """Yield the drills that no part began, with the reason."""
        for one in self.division.drills:
            part = self.parts.get(one.part)
            if part is None or one.drill not in part.drills:
                name = part_name(one.part, self.division.parts, self.division.unit)
                how = "did not report" if part is None else "broke off before it" if part.finished is None else "ended without it"
                yield one, f"{name} {how}"


def read_divided(parts: Sequence[MergePart], plan: Path | None) -> Divided | None:
    """Find the plan of the parts, in an attachment or in the file `plan`, and check it; None if they are no parts of a plan.

    Raises UsageError if the plan is not the one that the parts name, or a part drilled something else than its part.
    """
    taken = {part.taken.part: part for part in parts if part.taken is not None}
    first = next((part.taken for part in parts if part.taken is not None), None)
    if first is None:
        if plan is not None:
            raise UsageError(f"--plan {plan}: none of the runs is a part of a plan; leave it out")
        return None
    files = [part.run_dir / ATTACHMENTS / first.plan_sha256 for part in parts]
    file = plan or next((file for file in files if file.is_file()), None)
    if file is None:
        raise UsageError(f"the runs do not hold their plan, they only name its SHA-256, {first.plan_sha256}: give the file that "
                         "--drill-queue-to wrote, with --plan FILE")
    try:
        content = file.read_bytes()
        division = decode(content)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} does not say how a plan is divided: {error}") from error
    if digest_of(content) != first.plan_sha256:
        raise UsageError(f"{file} is not the plan that the runs are parts of: its SHA-256 is {sha256_of(file)}, they name "
                         f"{first.plan_sha256}")
    divided = Divided(division, content, taken)
    wrong = [*wrongly_divided(division), *_not_as_planned(divided)]
    if wrong:
        raise UsageError(f"{wrong[0]}{f' (and {len(wrong) - 1} more)' if len(wrong) > 1 else ''}")
    return divided


def _not_as_planned(divided: Divided) -> Iterator[str]:
    planned = {one.drill: one for one in divided.division.drills}
    for number, part in divided.parts.items():
        for drill, inputs in part.drills.items():
            one = planned.get(drill)
            if one is None or one.part != number:
                yield f"{part.name} holds {drill}, which is not in part {number} of the plan"
            elif one.inputs != inputs:
                yield f"{part.name} drilled {drill} with other inputs than the plan states"
