"""A run and a directory of runs as OpenMetrics; a real Prometheus reads them in steps/tests/test_metrics_prometheus.py."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from reports.__main__ import main
from reports.errors import UsageError
from reports.evidence.metrics import metrics, write_metrics
from reports.evidence.open_metrics import Family, text
from reports.run.past import PastDrill, PastRun, PastTime

NOW = datetime(2025, 11, 19, 10, 0, tzinfo=UTC)
SAMPLE = re.compile(r'(?P<name>[a-z_]+)(?:\{(?P<labels>(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (?P<value>-?[\d.e+-]+)')


def samples(content: str) -> dict[tuple[str, str], float]:
    """Parse strictly: families in one piece, the unit at the end of the name, no sample twice, and an end."""
    lines = content.split("\n")
    assert lines[-2:] == ["# EOF", ""]
    found: dict[tuple[str, str], float] = {}
    family, seen = "", set()
    for line in lines[:-2]:
        if line.startswith("# TYPE "):
            family, kind = line.split()[2:]
            assert kind == "gauge"
            assert family not in seen
            seen.add(family)
        elif line.startswith("# UNIT "):
            assert line.split()[2] == family
            assert family.endswith(f"_{line.split()[3]}")
        elif not line.startswith("# HELP "):
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            assert sample["name"] == family
            key = (family, sample["labels"] or "")
            assert key not in found, line
            found[key] = float(sample["value"])
    return found


def of(found: dict[tuple[str, str], float], name: str, *parts: str) -> list[float]:
    return [value for (family, labels), value in found.items()
            if family == f"runproof_{name}" and all(part in labels for part in parts)]


def test_a_run_has_its_times_targets_margins_verdicts_and_findings(derived_run: Path) -> None:
    found = samples(metrics(derived_run, NOW))
    hung = ('drill="Hung workers, Option 1"', 'arm="remedy"', 'objective="recovery"')
    (measured,), (bound,), (target,), (margin,) = (of(found, f"recovery_{what}seconds", *hung)
                                                   for what in ("", "bound_", "target_", "margin_"))
    assert target == 5.0
    assert margin == pytest.approx(5.0 - measured - bound, abs=0.002)
    vacuumed = ('drill="Disk full of logs, journal vacuumed as written"', 'objective="recovery"')
    assert of(found, "recovery_seconds", *vacuumed) == []  # it did not come back
    assert of(found, "recovery_target_seconds", *vacuumed) == [5.0]
    assert of(found, "recovery_met", *vacuumed) == [0.0]
    assert of(found, "drill_verdict", 'drill="Grafana shows the outage"', 'verdict="NOT RUN"') == [1.0]
    assert of(found, "drills", 'system="geodashboard"', 'verdict="PASSED"') == [4.0]
    assert of(found, "procedure_undrilled_days", 'procedure="Scenario 1: Backend Service Down"') == [10.0]
    assert of(found, "procedure_last_drilled_timestamp_seconds", 'procedure="Scenario 1: Backend Service Down"') == [
        datetime(2025, 11, 9, 10, tzinfo=UTC).timestamp()]
    assert of(found, "findings", 'status="open"', 'severity="remedy fails"') == [1.0]
    assert of(found, "findings_overdue") == [0.0]
    assert of(found, "last_run_success") == [0.0]


def directory(out: Path, *runs: PastRun) -> Path:
    out.mkdir()
    (out / "history.ndjson").write_bytes(b"".join(msgspec.json.encode(run) + b"\n" for run in runs))
    return out


def drill(name: str, verdict: str, seconds: float | None) -> PastDrill:
    return PastDrill(drill=f"features/shop/x.feature::{name}", scenario=name, arm="remedy", verdict=verdict, procedure="Down",  # type: ignore[arg-type] # given by the test
                     times=(PastTime(kind="recovery", subject="", measured_s=seconds, bound_s=0.1, target_s=5.0, met=True),))


def run(run_id: str, *drills: PastDrill, **more: object) -> PastRun:
    return PastRun(run_id=run_id, utc=f"2025-11-{run_id[-2:]}T10:00:00.000000Z", state="finished", drills=drills, **more)  # type: ignore[arg-type] # as above


def test_a_directory_has_the_newest_result_of_each_drill(tmp_path: Path) -> None:
    out = directory(tmp_path / "out", run("r-09", drill("one", "PASSED", 2.0), drill("two", "PASSED", 1.0), exit_status=0),
                    run("r-10", drill("one", "PASSED", 3.0), exit_status=0),
                    run("r-11", drill("one", "ERROR", 9.0), exit_status=1))
    found = samples(metrics(out, NOW))
    assert of(found, "recovery_seconds", 'drill="one"') == [9.0]
    assert of(found, "recovery_seconds", 'drill="two"') == [1.0]
    assert of(found, "drill_verdict", 'drill="one"', 'verdict="ERROR"') == [1.0]
    assert of(found, "procedure_undrilled_days") == [9.0]  # an ERROR judged nothing
    assert of(found, "last_run_success") == [0.0]


def test_a_drill_that_was_not_run_keeps_its_newest_verdict(tmp_path: Path) -> None:
    out = directory(tmp_path / "out", run("r-09", drill("one", "FAILED", 9.0), exit_status=1),
                    run("r-10", drill("one", "NOT RUN", None), drill("two", "NOT RUN", None), exit_status=0))
    found = samples(metrics(out, NOW))
    assert of(found, "drill_verdict", 'drill="one"', 'verdict="FAILED"') == [1.0], "a budget ends no alert"
    assert of(found, "drill_verdict", 'drill="one"') == [1.0]
    assert of(found, "drill_verdict", 'drill="two"', 'verdict="NOT RUN"') == [1.0]


def test_parts_of_a_merged_run_do_not_count_beside_it(tmp_path: Path) -> None:
    out = directory(tmp_path / "out", run("night-09", drill("one", "PASSED", 2.0), parts=("m-10",), exit_status=0),
                    run("m-10", drill("one", "FAILED", 4.0), exit_status=1))
    assert of(samples(metrics(out, NOW)), "recovery_seconds") == [2.0]


def test_labels_are_escaped(tmp_path: Path) -> None:
    family = Family("a_seconds", 'of "x"\n', "seconds")
    family.add({"drill": 'a "b"\\\n{c}'}, 1.5)
    assert text([family, Family("empty", "")]) == (
        '# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds of \\"x\\"\\n\n'
        'a_seconds{drill="a \\"b\\"\\\\\\n{c}"} 1.5\n# EOF\n')


def test_a_file_is_replaced_in_one_step(derived_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into = tmp_path / "runproof.prom"
    into.write_text("old")
    seen = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        seen.append((self.suffix != ".prom", into.read_text(), self.read_text().endswith("# EOF\n")))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_metrics(derived_run, into, NOW)
    assert seen == [(True, "old", True)]
    assert samples(into.read_text())
    assert os.listdir(tmp_path) == ["runproof.prom"]  # noqa: PTH208 - hidden files count as well


def test_the_command_line_prints_or_writes_and_refuses_what_is_no_run(
    derived_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["metrics", str(derived_run)]) == 0
    assert capsys.readouterr().out.endswith("# EOF\n")
    assert main(["metrics", str(derived_run), "--into", str(tmp_path / "x.prom")]) == 0
    assert samples((tmp_path / "x.prom").read_text())
    capsys.readouterr()
    assert main(["metrics", str(tmp_path)]) == 2
    assert "holds no run that has ended" in capsys.readouterr().err
    with pytest.raises(UsageError, match="is not a directory"):
        metrics(tmp_path / "none", NOW)
