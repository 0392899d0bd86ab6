"""A made-up history of a year of game days, with lines as large as real ones, for `reports.bench`; the same bytes each time."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from reports.journal.clock import rfc3339
from reports.journal.events import Verdict
from reports.run.past import PastDrill, PastFinding, PastRun, PastTime

_PROCEDURES, _SYSTEMS, _FINDINGS = 60, 5, 300
LISTED = tuple(PastFinding(system=f"system-{number % _SYSTEMS}", finding=f"system-{number % _SYSTEMS}-{number}",
                           severity="remedy fails", owner="platform team", due="2026-01-31", opened="2025-01-01")
               for number in range(1, 2 * _FINDINGS, 2))


def write_year(out_dir: Path, runs: int, drills: int) -> None:
    """Write a history with one game day each day from 1 January 2025, each with a line for its start and one for its end."""
    luck = random.Random(7)
    out_dir.mkdir(parents=True)
    with (out_dir / "history.ndjson").open("wb") as file:
        for day in range(runs):
            at = datetime(2025, 1, 1, 22, tzinfo=UTC) + timedelta(days=day)
            started = PastRun(run_id=f"{at:%Y%m%dT%H%M%SZ}-0000", utc=rfc3339(at), state="started")
            results = tuple(_drill(luck, number) for number in range(drills))
            verdicts = {verdict: sum(one.verdict == verdict for one in results) for verdict in {one.verdict for one in results}}
            ended = msgspec.structs.replace(started, state="finished", exit_status=0, drills=results, verdicts=verdicts,
                                            listed=LISTED)
            file.writelines(msgspec.json.encode(line) + b"\n" for line in (started, ended))


def _drill(luck: random.Random, number: int) -> PastDrill:
    procedure = number % _PROCEDURES
    system, scenario = f"system-{procedure % _SYSTEMS}", f"Backend down because its workers hang, Option {number}, as corrected"
    verdict: Verdict = "KNOWN DEFECT" if number % 2 else "FAILED" if luck.random() < 0.002 else "PASSED"
    recovery_s = round(luck.uniform(1, 4), 3)
    return PastDrill(
        drill=f"features/{system}/procedure_{procedure}.feature::{scenario}", scenario=scenario, arm="remedy", verdict=verdict,
        remedy_s=recovery_s, outage_s=round(recovery_s + 10, 3), remedy_bound_s=0.05, outage_bound_s=0.05, system=system,
        procedure=f"{procedure}. What to do when the service does not answer",
        findings=(f"{system}-{number}",) if number % 2 else (), every_d=30.0,
        times=(PastTime("recovery", "", recovery_s, 0.05, 5.0, met=True),
               PastTime("resolution", "", recovery_s + 10, 0.05, 300.0, met=True)))
