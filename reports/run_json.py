"""run.json: the run model for machines, the same bytes for the same journals."""

import msgspec

from reports.events import Verdict
from reports.history import past_drills
from reports.past import PastDrill
from reports.run_model import Run

SCHEMA = "runproof/run/1"


class CoverageSummary(msgspec.Struct, frozen=True):
    """Counts of a document's commands."""

    system: str
    document_sha256: str
    commands: int
    exercised: int
    waived: int
    missing: int


class Summary(msgspec.Struct, frozen=True):
    """What a dashboard wants first."""

    verdicts: dict[Verdict, int]
    coverage: tuple[CoverageSummary, ...]
    drills: tuple[PastDrill, ...]


class Document(msgspec.Struct, frozen=True):
    """The whole file. Instants called `mono`, and fields that end in `_s` below a drill, are monotonic seconds."""

    schema: str
    summary: Summary
    run: Run


def run_json(run: Run) -> bytes:
    """The file's bytes."""
    coverage = tuple(CoverageSummary(
        system=document.document.system, document_sha256=document.document.sha256, commands=document.total,
        exercised=document.count("exercised"), waived=document.count("waived"), missing=document.count("missing"),
    ) for document in run.documents)
    summary = Summary(verdicts=run.counts, coverage=coverage, drills=past_drills(run))
    encoded = msgspec.json.encode(Document(schema=SCHEMA, summary=summary, run=run))
    return msgspec.json.format(encoded, indent=1) + b"\n"
