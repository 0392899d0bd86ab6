"""Merging, with made-up runs of two machines: their monotonic clocks have nothing to do with each other."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.__main__ import main
from reports.evidence.build import derive
from reports.journal.clock import FakeClock
from reports.journal.events import DocumentRead, RunFinished, RunsMerged, RunStarted
from reports.journal.journal import Journal, Redactor, read_journal
from reports.journal.run_lock import RunLock
from reports.run.build import build_run
from reports.run.history import History
from reports.run.past import read_past
from reports.tests.made_up import failed, inconclusive, known_defect, not_run, open_run, passed
from reports.tests.pages import parsed, table
from reports.tests.test_html import Page
from reports.verify.__main__ import checks
from reports.wording.phrases import tone, verdict_sentence

Play = Callable[[Journal, FakeClock], None]


def problems(run_dir: Path) -> list[str]:
    """What the verification does not find in order."""
    return [check.text for check in checks(run_dir) if check.state == "does not hold"]


def run_of(run_dir: Path, hour: int, mono_s: float, *plays: Play, end: bool = True) -> Path:
    """A run of one machine; the last play is a worker's, in a journal of its own."""
    clock = FakeClock(datetime(2025, 11, 9, hour, tzinfo=UTC), mono_s)
    journal = open_run(run_dir, clock)
    worker = Journal(run_dir / "journal-gw0.ndjson", clock, Redactor())
    for play in plays[:-1]:
        play(journal, clock)
    plays[-1](worker, clock)
    if end:
        journal.record(RunFinished(exit_status=1 if failed in plays else 0, duration_s=clock.monotonic() - mono_s,
                                   heads={"journal.ndjson": journal.head, worker.path.name: worker.head}))
    journal.close()
    worker.close()
    derive(run_dir)
    return run_dir


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two machines, `a/` and `b/`; the second machine has been up for 4 s only. Do not change it."""
    out = tmp_path_factory.mktemp("machines")
    run_of(out / "a" / "20251109T100000Z-aaaa", 10, 5_000_000.0, passed, known_defect)
    run_of(out / "b" / "20251109T090000Z-bbbb", 9, 4.0, failed, inconclusive)
    return out


@pytest.fixture
def parts(made: Path, tmp_path: Path) -> list[Path]:
    """Copies that may be changed."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return [tmp_path / "a" / "20251109T100000Z-aaaa", tmp_path / "b" / "20251109T090000Z-bbbb"]


def merged(parts: list[Path], into: Path) -> int:
    return main(["merge", *map(str, parts), "--into", str(into)])


def content(directory: Path) -> dict[str, bytes]:
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_all_drills_are_in_one_report_and_their_times_are_those_of_their_runs(parts: list[Path], tmp_path: Path) -> None:
    into = tmp_path / "out" / "night"
    assert merged(parts, into) == 0
    run, single = build_run(into), [build_run(part) for part in parts]
    assert sorted(drill.drill_id for drill in run.drills) == sorted(drill.drill_id for one in single for drill in one.drills)
    before = {drill.drill_id: (drill.verdict, drill.outage_s, drill.remedy_s, drill.origin_s) for one in single
              for drill in one.drills}
    assert {drill.drill_id: (drill.verdict, drill.outage_s, drill.remedy_s, drill.origin_s) for drill in run.drills} == before
    assert [drill.number for drill in run.drills] == list(range(1, 8))
    assert verdict_sentence(run).startswith("The document does not hold: of 7 drills")
    assert run.finished is not None
    assert run.finished.exit_status == 1
    assert run.started_at is not None
    assert run.started_at.utc == "2025-11-09T09:00:00.000000Z"
    assert [sorted(run.drills[number - 1].drill_id for number in part.drills) for part in run.parts] == [
        sorted(drill.drill_id for drill in one.drills) for one in single]
    assert [document.count("exercised") for document in run.documents] == [9], "one document, exercised by both"


def test_the_journals_are_kept_byte_for_byte_and_everything_verifies(parts: list[Path], tmp_path: Path) -> None:
    into = tmp_path / "night"
    before = [content(part) for part in parts]
    assert merged(parts, into) == 0
    assert [content(part) for part in parts] == before, "the parts are only read"
    assert problems(into) == []
    files = content(into)
    assert {name for name in files if name.startswith("journal")} == {
        "journal.ndjson", "journal-part1.ndjson", "journal-part1-gw0.ndjson", "journal-part2.ndjson", "journal-part2-gw0.ndjson"}
    for number, part in enumerate(parts, 1):
        assert files[f"journal-part{number}.ndjson"] == (part / "journal.ndjson").read_bytes()
        assert files[f"journal-part{number}-gw0.ndjson"] == (part / "journal-gw0.ndjson").read_bytes()
        for attachment in part.glob("attachments/*"):
            assert files[f"attachments/{attachment.name}"] == attachment.read_bytes()
    begun, runs_merged, ended = (entry.what for entry in read_journal(into / "journal.ndjson"))
    assert isinstance(begun, RunStarted)
    assert begun.run_id == "night"
    assert isinstance(runs_merged, RunsMerged)
    assert isinstance(ended, RunFinished)
    assert [(part.run_id, part.exit_status) for part in runs_merged.parts] == [(parts[0].name, 0), (parts[1].name, 1)]
    for one, source in zip(runs_merged.parts, parts, strict=True):
        assert {kept.original: kept.head for kept in one.journals} == {own.name: own.head for own in build_run(source).journals}
        assert all(ended.heads[kept.name] == kept.head for kept in one.journals)
    assert set(ended.heads) == {name for name in files if name.startswith("journal")}


def test_deriving_again_gives_the_same_bytes(parts: list[Path], tmp_path: Path) -> None:
    assert merged(parts, tmp_path / "night") == 0
    before = content(tmp_path / "night")
    shutil.move(tmp_path / "night", tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "a")
    for name in ("run.json", "report.html", "junit.xml", "statement.intoto.json", "SHA256SUMS"):
        (tmp_path / "elsewhere" / name).unlink()
    subprocess.run([sys.executable, "-m", "reports", "render", str(tmp_path / "elsewhere")], check=True, capture_output=True,
                   env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "C", "PYTHONPATH": "."})
    assert content(tmp_path / "elsewhere") == before


def test_the_report_shows_which_machine_ran_what(parts: list[Path], tmp_path: Path) -> None:
    assert merged(parts, tmp_path / "night") == 0
    html = (tmp_path / "night" / "report.html").read_text()
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    text = re.sub(r"\s+", " ", "".join(page.text))
    rows = [" ".join(row) for row in table(parsed(html), "One line for each machine")]
    assert len(rows) == 2
    assert "20251109T100000Z-aaaa" in rows[0]
    assert "Linux 6.1.0 x86_64, 2 cores, 8 GiB" in rows[0]
    assert "journal-part1-gw0.ndjson (journal-gw0.ndjson)" in rows[0]
    assert "exit status 1" in rows[1]
    assert "Merged from20251109T100000Z-aaaa, 20251109T090000Z-bbbb" in text
    assert "all machines together" in text
    assert "broke off:" not in text


def test_the_history_beside_it_gets_a_line_and_parts_are_not_counted_twice(parts: list[Path], tmp_path: Path) -> None:
    out = parts[0].parent
    History(out).finished(build_run(parts[0]))  # the first machine also holds the merged run
    assert merged(parts, out / "night") == 0
    past = read_past(out / "history.ndjson")
    assert [(one.run_id, one.state, one.exit_status, one.parts) for one in past] == [
        (parts[0].name, "finished", 0, ()), ("night", "finished", 1, (parts[0].name, parts[1].name))]
    assert past[1].utc == "2025-11-09T09:00:00.000000Z"
    assert len(past[1].drills) == 7
    summary = json.loads((out / "night" / "run.json").read_bytes())["summary"]
    assert summary["trend"]["previous_run"] == "", "a part is no earlier run of what it is a part of"


def test_a_part_that_broke_off_stays_visibly_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = run_of(tmp_path / "a" / "whole", 10, 50.0, passed, inconclusive)
    broken = run_of(tmp_path / "b" / "broken", 11, 9.0, known_defect, failed, end=False)
    with (broken / "journal.ndjson").open("ab") as file:
        file.write(b'{"seq":99,"torn')
    into = tmp_path / "both"
    assert merged([whole, broken], into) == 0
    run = build_run(into)
    assert run.finished is None
    assert tone(run) == "ERROR"
    assert verdict_sentence(run).startswith("broken, a part of this merged run, broke off")
    assert [(part.finished is None, part.sealed) for part in run.parts] == [(False, True), (True, False)]
    assert all(journal.sealed for journal in run.journals), "the merge seals what there is"
    html = (into / "report.html").read_text()
    assert '<b class=bad>broke off</b>' in html
    assert "Unknown: a part of the run broke off" in html
    assert "broken broke off: nothing sealed its journals until they were merged" in html
    assert json.loads((into / "statement.intoto.json").read_bytes())["predicate"]["result"] == "FAILED"
    assert (into / "journal-part2.ndjson").read_bytes() == (broken / "journal.ndjson").read_bytes()
    assert read_past(tmp_path / "history.ndjson")[0].state == "broken off"
    assert main(["history", str(tmp_path)]) == 0
    assert "broken off" in capsys.readouterr().out


def test_a_merged_run_that_is_changed_later_is_caught(parts: list[Path], tmp_path: Path) -> None:
    into = tmp_path / "night"
    assert merged(parts, into) == 0
    whole = (into / "journal-part2.ndjson").read_bytes()
    (into / "journal-part2.ndjson").write_bytes(b"".join(whole.splitlines(keepends=True)[:-3]))
    run = derive(into)
    assert [part.sealed for part in run.parts] == [True, False]
    assert [journal.name for journal in run.journals if not journal.sealed] == ["journal-part2.ndjson"]
    (into / "journal-part2.ndjson").write_bytes(whole)
    worker = into / "journal-part1-gw0.ndjson"
    worker.write_bytes(b"".join(worker.read_bytes().splitlines(keepends=True)[:-1]))
    assert [part.sealed for part in derive(into).parts] == [False, True]
    assert "its seal does not hold" in (into / "report.html").read_text()
    own = (into / "journal.ndjson").read_bytes()
    (into / "journal.ndjson").write_bytes(b"".join(own.splitlines(keepends=True)[:-1]))
    assert build_run(into).finished is None, "the end of a part is not the end of the merged run"
    (into / "journal-part2.ndjson").unlink()
    assert any("journal-part2.ndjson" in problem and "missing" in problem for problem in problems(into))


def flip(path: Path, old: bytes, new: bytes) -> None:
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def _changed_line(part: Path) -> None:
    flip(part / "journal-gw0.ndjson", b'"arm":"remedy"', b'"arm":"no-fault"')


def _cut_worker(part: Path) -> None:
    lines = (part / "journal-gw0.ndjson").read_bytes().splitlines(keepends=True)
    (part / "journal-gw0.ndjson").write_bytes(b"".join(lines[:-1]))


def _forged_last_line(part: Path) -> None:
    lines = (part / "journal-gw0.ndjson").read_bytes().splitlines(keepends=True)
    (part / "journal-gw0.ndjson").write_bytes(b"".join([*lines[:-1], lines[-1].replace(b"INCONCLUSIVE", b"PASSED")]))


def _no_journal(part: Path) -> None:
    (part / "journal.ndjson").unlink()


def _no_worker(part: Path) -> None:
    (part / "journal-gw0.ndjson").unlink()


def _tail(part: Path) -> None:
    with (part / "journal.ndjson").open("ab") as file:
        file.write(b"more")


def _no_beginning(part: Path) -> None:
    (part / "journal.ndjson").write_bytes(b"")


@pytest.mark.parametrize(("harm", "message"), [
    (_changed_line, r"20251109T090000Z-bbbb: journal-gw0.ndjson:2: the chain is broken"),
    (_forged_last_line, r"journal-gw0.ndjson is not as the run's last entry sealed it"),
    (_cut_worker, r"journal-gw0.ndjson is not as the run's last entry sealed it"),
    (_no_worker, r"journal-gw0.ndjson is missing"),
    (_tail, r"journal.ndjson has something behind its last whole line"),
    (_no_journal, r"holds no journal.ndjson; name the directory of one run"),
    (_no_beginning, r"does not begin with the start of a run"),
])
def test_a_part_that_is_not_as_it_was_written_is_refused(parts: list[Path], tmp_path: Path, harm: Callable[[Path], None],
                                                         message: str, capsys: pytest.CaptureFixture[str]) -> None:
    harm(parts[1])
    refused(parts, tmp_path, message, capsys)


def refused(parts: list[Path], tmp_path: Path, message: str, capsys: pytest.CaptureFixture[str], into: str = "x/night") -> None:
    before = content(tmp_path)
    there = sorted(tmp_path.rglob("*"))
    assert merged(parts, tmp_path / into) == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert content(tmp_path) == before
    assert sorted(tmp_path.rglob("*")) == there, "nothing is half-written, not even a directory"


def test_attachments_are_checked(tmp_path: Path, parts: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    attachment = next((parts[0] / "attachments").iterdir())
    attachment.write_bytes(attachment.read_bytes() + b"x")
    refused(parts, tmp_path, rf"{attachment.name} is missing or was changed", capsys)
    attachment.unlink()
    refused(parts, tmp_path, rf"{attachment.name} is missing or was changed", capsys)


def test_runs_that_do_not_go_together_are_refused(tmp_path: Path, parts: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    one, other = parts
    copy = Path(shutil.copytree(one, tmp_path / "copy"))
    refused([one, copy], tmp_path, r"are the same run, 20251109T100000Z-aaaa", capsys)
    refused([one], tmp_path, r"two runs or more", capsys)
    again = run_of(tmp_path / "again", 12, 7.0, inconclusive, known_defect)
    refused([one, again], tmp_path, rf"{one} and {again} both hold .*disk_full.feature::Disk full of logs, journal vacuumed as",
            capsys)
    edition = open_run(tmp_path / "edition", FakeClock(datetime(2025, 11, 9, tzinfo=UTC)))
    edition.record(DocumentRead(system="geodashboard", path="p", sha256="0" * 64, title="t", source="s", source_version="2",
                                commands=()))
    edition.close()
    refused([one, tmp_path / "edition"], tmp_path, "different editions of the document of geodashboard", capsys)
    lock = RunLock(other.name)
    refused(parts, tmp_path, r"bbbb: this run is still going on", capsys)
    lock.release()


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A third machine's run, with a drill that the others do not have."""
    return run_of(tmp_path / "c" / "20251109T110000Z-cccc", 11, 900.0, not_run)


@pytest.mark.parametrize("merged_first", [True, False])
def test_a_run_that_was_merged_itself_is_merged_as_its_parts(parts: list[Path], third: Path, tmp_path: Path,
                                                             merged_first: bool) -> None:
    assert merged(parts, tmp_path / "night") == 0
    assert merged([*parts, third] if merged_first else [third, *parts], tmp_path / "at-once" / "week") == 0
    both = [tmp_path / "night", third]
    assert merged(both if merged_first else both[::-1], tmp_path / "week") == 0
    once, twice = content(tmp_path / "at-once" / "week"), content(tmp_path / "week")
    assert problems(tmp_path / "week") == []
    assert {name: data for name, data in twice.items() if name.startswith(("journal-part", "attachments/"))} == {
        name: data for name, data in once.items() if name.startswith(("journal-part", "attachments/"))}
    runs = [build_run(tmp_path / "at-once" / "week"), build_run(tmp_path / "week")]
    assert runs[0].parts == runs[1].parts
    named = [[entry.what for entry in read_journal(one / "journal.ndjson") if isinstance(entry.what, RunsMerged)]
             for one in (tmp_path / "at-once" / "week", tmp_path / "week")]
    assert named[0] == named[1]
    ends = [one.finished for one in runs]
    assert ends[0] is not None
    assert ends[1] is not None
    assert [ends[1].exit_status, ends[1].duration_s] == [1, pytest.approx(ends[0].duration_s)]
    assert [part.sealed for part in runs[1].parts] == [True, True, True]
    assert len(runs[1].drills) == 8


def test_a_part_that_broke_off_stays_so_when_it_is_merged_again(tmp_path: Path, third: Path) -> None:
    whole = run_of(tmp_path / "a" / "whole", 10, 50.0, passed, inconclusive)
    broken = run_of(tmp_path / "b" / "broken", 11, 9.0, known_defect, failed, end=False)
    assert merged([whole, broken], tmp_path / "both") == 0
    assert merged([tmp_path / "both", third], tmp_path / "all") == 0
    run = build_run(tmp_path / "all")
    assert run.finished is None
    assert [part.finished is None for part in run.parts] == [False, True, False]
    assert all(journal.sealed for journal in run.journals)


def test_merged_runs_that_do_not_go_together_are_refused(tmp_path: Path, parts: list[Path], third: Path,
                                                         capsys: pytest.CaptureFixture[str]) -> None:
    night = tmp_path / "night"
    assert merged(parts, night) == 0
    refused([night, parts[0]], tmp_path, r"aaaa in \S*night and \S*aaaa are the same run, 20251109T100000Z-aaaa", capsys)
    again = run_of(tmp_path / "again", 12, 7.0, inconclusive)
    refused([third, night, again], tmp_path, r"bbbb in \S*night and \S*again both hold .*: which of the two would count",
            capsys)
    refused([third, night], tmp_path, "there is a run night already", capsys, "x/night")
    whole = content(night)
    worker = night / "journal-part1-gw0.ndjson"
    worker.write_bytes(b"".join(worker.read_bytes().splitlines(keepends=True)[:-1]))
    refused([night, third], tmp_path, r"journal-part1-gw0.ndjson is not as the run's last entry sealed it", capsys)
    worker.write_bytes(whole["journal-part1-gw0.ndjson"])
    lines = whole["journal.ndjson"].splitlines(keepends=True)
    (night / "journal.ndjson").write_bytes(b"".join(lines[:-1]))
    refused([night, third], tmp_path, r"journal.ndjson does not end with the seal of the runs that were merged", capsys)


def test_the_place_must_be_free(tmp_path: Path, parts: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    refused(parts, tmp_path, "full is not an empty directory", capsys, "full")
    refused(parts, tmp_path, "would change that run", capsys, f"{parts[0].relative_to(tmp_path)}/sub")
    refused(parts, tmp_path, "there is a run 20251109T100000Z-aaaa already", capsys, "20251109T100000Z-aaaa")
    (tmp_path / "empty").mkdir()
    assert merged(parts, tmp_path / "empty") == 0
    assert problems(tmp_path / "empty") == []


def test_nothing_is_left_when_writing_fails(tmp_path: Path, parts: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(run_dir: Path) -> None:
        raise OSError(28, "No space left on device", str(run_dir))

    monkeypatch.setattr("reports.evidence.merge.derive", fails)
    (tmp_path / "x").mkdir()
    assert merged(parts, tmp_path / "x" / "night") == 2
    assert list((tmp_path / "x").iterdir()) == []
