"""A run's plan as data: what will be drilled, by which document, as which exercise. Written before the run, signed by people.

`pytest features --drill-plan --drill-plan-to PLAN` writes it, `python -m reports plan PLAN --sign --key KEY` signs it, and
`pytest features --drill-signed-plan PLAN.dsse.json` refuses to drill anything else.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from reports.errors import UsageError
from reports.evidence.envelope import add_signature, read_envelope
from reports.journal.events import Arm
from reports.journal.exercise import Exercise
from reports.verify.signatures import KeyFileError, check_envelope
from reports.wording.exercise import exercise_lines

SCHEMA = "runproof/plan/1"
PAYLOAD_TYPE = "application/vnd.runproof.plan+json"
SUFFIX = ".dsse.json"


class PlannedDrill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A drill that will be run; `text` is its plan in full, as `--drill-plan` prints it."""

    drill: str
    system: str
    arm: Arm
    text: str


class PlannedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The edition of a document that the drills follow."""

    system: str
    sha256: str


class DrillPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The plan of a run."""

    schema: str
    exercise: Exercise
    documents: tuple[PlannedDocument, ...]
    drills: tuple[PlannedDrill, ...]


@dataclass(frozen=True)
class SignedPlan:
    """A plan with its signatures. `envelope` are the file's bytes, `sha256` is the digest of the signed ones."""

    plan: DrillPlan
    sha256: str
    envelope: bytes
    signed_by: tuple[str, ...]


def write_plan(path: Path, exercise: Exercise, documents: Sequence[PlannedDocument], drills: Sequence[PlannedDrill]) -> None:
    """Write a plan, the drills in the order of their ids."""
    plan = DrillPlan(schema=SCHEMA, exercise=exercise, documents=tuple(sorted(documents, key=lambda one: one.system)),
                     drills=tuple(sorted(drills, key=lambda one: one.drill)))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n")


def read_plan(path: Path) -> DrillPlan:
    """Read a plan; raises UsageError if the file is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}; `pytest features --drill-plan --drill-plan-to {path}` writes it"
                         ) from error
    return _decoded(path, content)


def sign_plan(path: Path, key_file: Path) -> Path:
    """Sign a plan; its envelope stands beside it and keeps the signatures of others. Raises UsageError."""
    read_plan(path)
    return add_signature(path, PAYLOAD_TYPE, key_file, path.with_suffix(SUFFIX))


def read_signed_plan(path: Path, keys: Sequence[Path] = ()) -> SignedPlan:
    """Read a signed plan. A signature is checked for each of the public `keys` (PEM), and none without keys.

    Raises UsageError if it is no plan, if nobody has signed it, or if the signature of a key is missing or does not hold.
    """
    envelope = read_envelope(path)
    try:
        content = envelope.content
    except ValueError as error:
        raise UsageError(f"{path} is not an envelope: {error}") from error
    if envelope.payload_type != PAYLOAD_TYPE or not envelope.signatures:
        raise UsageError(f"{path} is no signed plan; `python -m reports plan PLAN --sign --key KEY` writes one")
    for key in keys:
        try:
            found = check_envelope(path, key, "the plan")
        except KeyFileError as error:
            raise UsageError(str(error)) from error
        if found.state != "holds":
            raise UsageError(f"{path}: {found.text}; drill what was signed with {key.name}, or have the new plan signed")
    return SignedPlan(_decoded(path, content), hashlib.sha256(content).hexdigest(), path.read_bytes(),
                      tuple(one.keyid for one in envelope.signatures))


def plan_text(path: Path) -> str:
    """Describe a plan for whoever signs it: its digest, its exercise record, and each drill in full. Raises UsageError."""
    plan = read_plan(path)
    lines = [f"plan {hashlib.sha256(path.read_bytes()).hexdigest()}", ""]
    lines += [f"{name:28} {value}" for name, value in exercise_lines(plan.exercise)]
    lines += ["", *(f"document {one.system}: SHA-256 {one.sha256}" for one in plan.documents), ""]
    for drill in plan.drills:
        lines += [drill.drill, drill.text]
    lines.append(f"{len(plan.drills)} {'drill' if len(plan.drills) == 1 else 'drills'}")
    return "\n".join(lines) + "\n"


def refuse_other(plan: DrillPlan, exercise: Exercise, documents: Sequence[PlannedDocument], drills: Sequence[PlannedDrill], *,
                 task: bool) -> None:
    """Raise UsageError, naming the first difference, unless the selected drills are what the plan says.

    A task selects only its own. A machine's share is taken after this, from all drills of the plan.
    """
    if plan.exercise != exercise:
        names = [name for name in exercise.__struct_fields__ if getattr(plan.exercise, name) != getattr(exercise, name)]
        raise UsageError(f"the signed plan states another exercise record: {', '.join(names)}; {_HINT}")
    planned = {one.system: one.sha256 for one in plan.documents}
    for document in documents:
        if planned.get(document.system) != document.sha256:
            raise UsageError(f"the signed plan follows another edition of the document of {document.system}: "
                             f"{planned.get(document.system, 'none')}, not {document.sha256}; {_HINT}")
    known, own = ({one.drill: one for one in each} for each in (plan.drills, drills))
    for name, drill in own.items():
        if name not in known:
            raise UsageError(f"the signed plan does not hold the drill {name!r}; {_HINT}")
        if known[name] != drill:
            raise UsageError(f"the drill {name!r} would do something else than the signed plan says; {_HINT}")
    missing = sorted(known.keys() - own.keys())
    if missing and not task:
        raise UsageError(f"{len(missing)} of the {len(known)} drills of the signed plan are not selected, {missing[0]!r} first; "
                         f"{_HINT}")


_HINT = "select and state what was signed, or have the new plan signed"


def _decoded(path: Path, content: bytes) -> DrillPlan:
    try:
        plan = msgspec.json.decode(content, type=DrillPlan)
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no plan: {error}; `pytest features --drill-plan --drill-plan-to FILE` writes one") from error
    if plan.schema != SCHEMA:
        raise UsageError(f"{path} is a plan of the structure {plan.schema!r}; this version reads {SCHEMA!r}")
    return plan
