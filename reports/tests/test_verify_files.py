"""The verification of files: chains, seals, attachments, lists of digests."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.evidence.build import derive
from reports.journal.clock import FakeClock
from reports.journal.events import AssumptionStated, RunFinished
from reports.journal.journal import Journal, Redactor
from reports.tests.made_up import open_run
from reports.tests.verifying import ROOT, Verified, change

FILES = ("journal.ndjson", "history-before.ndjson", "run.json", "report.html", "junit.xml", "statement.intoto.json", "SHA256SUMS")


def test_an_unchanged_run_holds_with_one_line_per_check(run_dir: Path, verified: Verified) -> None:
    status, output = verified(run_dir)
    assert status == 0, output
    lines = output.splitlines()
    assert lines[-1] == "HOLDS"
    assert all(line.startswith("ok   ") for line in lines[:-1])
    assert "chain of journal.ndjson" in output
    assert "judged again: features/geodashboard/backend_down.feature::Hung workers, Option 1: PASSED" in output


def test_it_needs_nothing_but_the_standard_library(run_dir: Path) -> None:
    done = subprocess.run([sys.executable, "-S", "-E", "-s", "-m", "reports.verify", str(run_dir)], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("HOLDS\n")


@pytest.mark.parametrize("name", [*FILES, "attachment"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_flipped_bit_anywhere_is_noticed(run_dir: Path, verified: Verified, name: str, share: float) -> None:
    path = next((run_dir / "attachments").iterdir()) if name == "attachment" else run_dir / name
    data = bytearray(path.read_bytes())
    data[int(len(data) * share)] ^= 1
    path.write_bytes(data)
    status, output = verified(run_dir)
    assert status == 1
    assert path.name in output.partition("FAIL")[2]


@pytest.mark.parametrize("name", [*FILES, "attachment"])
def test_a_missing_file_is_noticed(run_dir: Path, verified: Verified, name: str) -> None:
    path = next((run_dir / "attachments").iterdir()) if name == "attachment" else run_dir / name
    path.unlink()
    status, output = verified(run_dir)
    assert status == (2 if name == "journal.ndjson" else 1)
    assert path.name in output


TAMPERED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "edited": (lambda lines: [*lines[:40], lines[40].replace(b'"utc":"2025', b'"utc":"2024', 1), *lines[41:]],
               "line 41 was changed"),
    "deleted": (lambda lines: [*lines[:40], *lines[41:]],
                ":41: the chain is broken: entry 41 stands where entry 40 belongs: lines before it are missing"),
    "inserted": (lambda lines: [*lines[:40], lines[39], *lines[40:]],
                 "entry 39 stands where entry 40 belongs: lines were added or moved"),
    "reordered": (lambda lines: [*lines[:40], lines[41], lines[40], *lines[42:]], ":41: the chain is broken"),
    "cut off": (lambda lines: lines[:-30], "the run broke off"),
    "torn": (lambda lines: [*lines[:-1], lines[-1][:-20]], "ends in the middle of line"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_with_the_journal_is_named(run_dir: Path, verified: Verified, how: str) -> None:
    tamper, named = TAMPERED[how]
    change(run_dir / "journal.ndjson", tamper)
    status, output = verified(run_dir)
    assert status == 1
    assert named in output, output
    assert "DOES NOT HOLD" in output


def test_swapped_attachments_are_named(run_dir: Path, verified: Verified) -> None:
    one, *_ = sorted((run_dir / "attachments").iterdir())
    other = run_dir / "attachments" / hashlib.sha256(b"other").hexdigest()
    other.write_bytes(b"other")
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    status, output = verified(run_dir)
    assert status == 1
    assert f"attachments/{one.name} was changed or swapped" in output
    assert f"attachments/{other.name} is named by no journal" in output


def test_workers_are_sealed(tmp_path: Path, clock: FakeClock, verified: Verified) -> None:
    run_dir = tmp_path / "run"
    controller = open_run(run_dir, clock)
    worker = Journal(run_dir / "journal-gw0.ndjson", clock, Redactor())
    worker.record(AssumptionStated(text="from a worker"))
    worker.close()
    controller.record(RunFinished(exit_status=5, duration_s=1.0,
                                  heads={"journal-gw0.ndjson": worker.head, "journal.ndjson": controller.head}))
    controller.close()
    run = derive(run_dir)
    assert {journal.name: journal.sealed for journal in run.journals} == {"journal.ndjson": True, "journal-gw0.ndjson": True}
    assert verified(run_dir)[0] == 0
    change(run_dir / "journal-gw0.ndjson", lambda lines: [line.replace(b"from", b"FROM") for line in lines])
    derive(run_dir)
    assert "journal-gw0.ndjson does not end as the run's last entry says" in verified(run_dir)[1]
    (run_dir / "journal-gw0.ndjson").unlink()
    derive(run_dir)
    assert "journal-gw0.ndjson is missing: the run's last entry seals it" in verified(run_dir)[1]


@pytest.mark.parametrize("target", ["nothing here", "a file", "an empty directory"])
def test_an_unreadable_run_is_exit_status_2(tmp_path: Path, verified: Verified, target: str) -> None:
    path = tmp_path / target
    if target == "a file":
        path.write_text("x")
    elif target == "an empty directory":
        path.mkdir()
    status, output = verified(path)
    assert status == 2
    assert "name the directory of one run" in output
