"""Reading journals and writing pages, in one process or several; drills whose entries do not lie together."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.errors import HarnessError
from reports.journal.clock import FakeClock
from reports.journal.events import RunFinished
from reports.journal.journal import Journal, Redactor, chained
from reports.page import html
from reports.run import reading
from reports.run.build import build_run
from reports.tests.made_up import failed, inconclusive, known_defect, open_run, passed

Play = Callable[[Journal, FakeClock], None]


def write(run_dir: Path, *of_workers: Play) -> Path:
    clock = FakeClock(datetime(2025, 11, 9, 10, tzinfo=UTC))
    main = open_run(run_dir, clock)
    workers = [Journal(run_dir / f"journal-gw{number}.ndjson", clock, Redactor()) for number in range(len(of_workers))]
    for worker, play in zip(workers, of_workers, strict=True):
        play(worker, clock)
        worker.close()
    main.record(RunFinished(exit_status=1, duration_s=1.0, heads={worker.path.name: worker.head for worker in workers}))
    main.close()
    return run_dir


def several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_MUCH", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def test_several_processes_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_dir = write(tmp_path / "run", passed, known_defect, failed, inconclusive)
    alone = build_run(run_dir)
    assert len(alone.drills) == 7
    several_processes(monkeypatch)
    assert build_run(run_dir) == alone


def test_a_broken_chain_is_named_by_whichever_process_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_dir = write(tmp_path / "run", passed, failed)
    path = run_dir / "journal-gw1.ndjson"
    path.write_bytes(path.read_bytes().replace(b'"arm":"remedy"', b'"arm":"no-fault"', 1))
    several_processes(monkeypatch)
    with pytest.raises(HarnessError, match=r"journal-gw1\.ndjson:\d+: the chain is broken"):
        build_run(run_dir)


def test_a_drill_whose_entries_are_apart_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drill's entries after its first 20 stand behind those of all others, in the next worker's journal."""
    whole = build_run(write(tmp_path / "whole", passed, failed))
    clock = FakeClock(datetime(2025, 11, 9, 10, tzinfo=UTC))
    entries = {name: list(chained(tmp_path / "whole" / name)) for name in ("journal-gw0.ndjson", "journal-gw1.ndjson")}
    journals = [open_run(tmp_path / "apart", clock), *(Journal(tmp_path / "apart" / name, clock, Redactor()) for name in entries)]
    drills = dict.fromkeys(entry.drill for each in entries.values() for entry, _ in each if entry.drill)
    everything = [entry for each in entries.values() for entry, _ in each]
    for late in (False, True):
        for number, drill in enumerate(drills):
            own = [entry for entry in everything if entry.drill == drill]
            for entry in own[20:] if late else own[:20]:
                clock.advance(max(0.0, entry.at.mono - clock.monotonic()))
                journals[1 + (number + late) % 2].record(entry.what, drill=entry.drill)
    for journal in journals:
        journal.close()
    apart = build_run(tmp_path / "apart")
    assert {one.drill_id: (one.verdict, one.outage_s, len(one.commands), len(one.steps)) for one in apart.drills} == {
        one.drill_id: (one.verdict, one.outage_s, len(one.commands), len(one.steps)) for one in whole.drills}
    several_processes(monkeypatch)
    assert build_run(tmp_path / "apart") == apart


def test_several_processes_write_the_same_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = build_run(write(tmp_path / "run", passed, known_defect, failed, inconclusive))
    alone = html.report_html(run)
    monkeypatch.setattr(html, "_MANY", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert html.report_html(run) == alone
