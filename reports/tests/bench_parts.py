"""Made-up parts of a plan, for `reports.bench`: one machine's journal, copied with other drills and a chain of its own."""

import hashlib
import re
import tempfile
from pathlib import Path

from reports.journal.choices import Inputs
from reports.journal.division import Division, PlannedDrill, digest_of
from reports.journal.events import PartTaken
from reports.judging.dividing import wrongly_divided
from reports.tests.bench_run import write_run

_PREV = re.compile(rb'"prev":"[0-9a-f]{64}"}\n\Z')
_CASE = re.compile(rb"(Backend down, case )(\d+)")
_HEAD = re.compile(rb'"heads":\{"journal\.ndjson":"[0-9a-f]{64}"')
_FILE = "features/geodashboard/backend_down.feature"


def write_parts(directory: Path, parts: int, drills_each: int) -> None:
    """Write the runs of so many machines into directories of their own; each holds the division of the whole plan."""
    with tempfile.TemporaryDirectory() as scratch:
        write_run(Path(scratch), drills_each, part=PartTaken(part=1, parts=parts, unit="machine", plan_sha256="0" * 64, commit="",
                                                             attached=True))
        lines = (Path(scratch) / "journal.ndjson").read_bytes().splitlines(keepends=True)
    division = _division(parts, drills_each)
    content = division.encode()
    assert not list(wrongly_divided(division))
    for part in range(1, parts + 1):
        run_dir = directory / f"part-{part}"
        (run_dir / "attachments").mkdir(parents=True)
        (run_dir / "attachments" / digest_of(content)).write_bytes(content)
        _write_part(run_dir / "journal.ndjson", lines, part, parts, digest_of(content))


def _division(parts: int, drills_each: int) -> Division:
    """Divide drills that all take as long: the rule deals them out in the order of their ids."""
    drills = []
    for number in range(parts * drills_each):
        scenario = f"Backend down, case {number:06d}"
        drills.append(PlannedDrill(
            drill=f"{_FILE}::{scenario}", part=number % parts + 1, expected_s=40.0, system="geodashboard", feature_file=_FILE,
            feature="Geodashboard backend down", scenario=scenario, line=10, arm="remedy", inputs=Inputs()))
    return Division(unit="machine", parts=parts, commit="", history_sha256=hashlib.sha256(b"").hexdigest(), drills=tuple(drills))


def _write_part(path: Path, lines: list[bytes], part: int, parts: int, plan: str) -> None:
    head = b"0" * 64
    with path.open("wb") as file:
        for line in lines:
            own = _CASE.sub(lambda found: b"%b%06d" % (found[1], int(found[2]) * parts + part - 1), line)
            if b'"event":"run started"' in own:
                own = re.sub(rb'"run_id":"[^"]*"', b'"run_id":"part-%d"' % part, own)
            elif b'"event":"part taken"' in own:
                own = own.replace(b'"part":1,', b'"part":%d,' % part).replace(b"0" * 64, plan.encode(), 1)
            elif b'"event":"run finished"' in own:
                own = _HEAD.sub(b'"heads":{"journal.ndjson":"%b"' % head, own)
            own = _PREV.sub(b'"prev":"%b"}\n' % head, own)
            file.write(own)
            head = hashlib.sha256(own).hexdigest().encode()
