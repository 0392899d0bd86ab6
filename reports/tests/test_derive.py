import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.__main__ import main
from reports.errors import UsageError
from reports.evidence.build import derive, derived_files
from reports.wording.phrases import CHECK_BY_PYTHON, CHECK_BY_SHELL, CHECK_FILES


@pytest.fixture
def run_dir(derived_run: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(derived_run, tmp_path / derived_run.name))


def test_the_same_journals_give_the_same_bytes_in_any_place_and_process(derived_run: Path, run_dir: Path) -> None:
    before = {path.name: path.read_bytes() for path in derived_run.glob("*") if path.is_file()}
    for name in ("run.json", "report.html", "junit.xml", "statement.intoto.json", "SHA256SUMS"):
        (run_dir / name).unlink()
    subprocess.run([sys.executable, "-m", "reports", "render", str(run_dir)], check=True, capture_output=True,
                   env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "C", "PYTHONPATH": "."})
    assert {path.name: path.read_bytes() for path in run_dir.glob("*") if path.is_file()} == before


def test_a_run_that_broke_off_can_be_derived(run_dir: Path) -> None:
    whole = (run_dir / "journal.ndjson").read_bytes()
    (run_dir / "journal.ndjson").write_bytes(whole[:len(whole) // 2])
    run = derive(run_dir)
    assert run.finished is None
    assert "This run broke off" in (run_dir / "report.html").read_text()


@pytest.mark.parametrize("name", ["run.json", "report.html", "junit.xml", "statement.intoto.json"])
def test_render_can_compare_instead_of_writing(run_dir: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "--check", str(run_dir)]) == 0
    with (run_dir / name).open("ab") as file:
        file.write(b" ")
    assert main(["render", "--check", str(run_dir)]) == 1
    assert name in capsys.readouterr().out
    assert main(["render", str(run_dir)]) == 0
    assert main(["render", "--check", str(run_dir)]) == 0


@pytest.mark.parametrize("by_hand", [CHECK_BY_SHELL, CHECK_BY_PYTHON])
def test_the_checks_by_hand_that_the_report_prints_work(run_dir: Path, by_hand: str) -> None:
    def check() -> str:
        return subprocess.run(["sh", "-c", f"{CHECK_FILES}\n{by_hand}"], cwd=run_dir, capture_output=True, text=True,
                              check=False).stdout

    journal = run_dir / "journal.ndjson"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:40]))
    head = derive(run_dir).journals[0].head
    output = check()
    assert f"{head}  journal.ndjson" in output
    assert "FAILED" not in output
    assert "broken" not in output
    lines = (run_dir / "journal.ndjson").read_bytes().splitlines(keepends=True)
    lines[5] = lines[5].replace(b'"utc":"2025', b'"utc":"2024', 1)
    (run_dir / "journal.ndjson").write_bytes(b"".join(lines))
    assert "journal.ndjson: broken chain" in check()
    assert "journal.ndjson: FAILED" in check()


def test_run_json_tells_verdicts_coverage_and_drills(derived_run: Path) -> None:
    document = json.loads((derived_run / "run.json").read_bytes())
    assert document["schema"] == "runproof/run/2"
    assert document["summary"]["verdicts"] == {
        "PASSED": 4, "KNOWN DEFECT": 1, "FAILED": 1, "INCONCLUSIVE": 1, "ERROR": 0, "NOT RUN": 1}
    assert document["summary"]["coverage"][0]["exercised"] == 9
    assert document["summary"]["coverage"][0]["commands"] == 13
    outages = {drill["scenario"]: drill["outage_s"] for drill in document["summary"]["drills"] if drill["arm"] == "remedy"}
    assert outages["Hung workers, Option 1"] == pytest.approx(10.154, abs=0.01)
    assert outages["Disk full of logs, journal vacuumed as written"] is None


def test_junit_counts_verdicts(derived_run: Path) -> None:
    suite = ET.parse(derived_run / "junit.xml").getroot()[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8", "failures": "1", "errors": "1", "skipped": "2"}


def test_junit_tells_each_objective_with_its_figures(derived_run: Path) -> None:
    cases = {case.get("name"): case for case in ET.parse(derived_run / "junit.xml").iter("testcase")}
    properties = [(one.get("name"), one.get("value"))
                  for one in cases["Port taken by another process, Option 1 then 2 [remedy]"].findall("properties/property")]
    assert properties[:3] == [("verdict", "FAILED"), ("arm", "remedy"), ("system", "geodashboard")]
    first = {name: value for name, value in properties if str(name).startswith("objective.1.")}
    assert first == {
        "objective.1.kind": "recovery", "objective.1.subject": "",
        "objective.1.sentence": "recovery within 5 s of the last remedy command",
        "objective.1.target": "5", "objective.1.limit": "at most", "objective.1.actual": "5.977615",
        "objective.1.bound": "0.027215", "objective.1.unit": "s", "objective.1.margin": "-1.004829", "objective.1.met": "false"}
    assert ("objective.2.met", "true") in properties
    known = cases["Disk full of logs, journal vacuumed as written [remedy]"]
    values = {one.get("name"): one.get("value") for one in known.findall("properties/property")}
    assert values["finding"] == "GEO-01"
    assert (values["objective.1.actual"], values["objective.1.margin"]) == ("", "")  # not reached


def test_junit_has_the_structure_that_readers_know(derived_run: Path) -> None:
    root = ET.parse(derived_run / "junit.xml").getroot()
    allowed = {"testsuites": ["testsuite"], "testsuite": ["testcase"], "testcase": ["properties", "skipped", "failure", "error"],
               "properties": ["property"], "property": [], "failure": [], "error": [], "skipped": []}
    for element in root.iter():
        assert {child.tag for child in element} <= set(allowed[element.tag])
    for case in root.iter("testcase"):
        assert [child.tag for child in case][:1] == ["properties"]
        assert len(case) <= 2
    for one in root.iter("property"):
        assert set(one.attrib) == {"name", "value"}
    assert set(root[0].attrib) == {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}


def test_the_statement_names_journals_and_attachments_by_digest(derived_run: Path) -> None:
    statement = json.loads((derived_run / "statement.intoto.json").read_bytes())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicate"]["result"] == "FAILED"
    assert len(statement["predicate"]["passedTests"]) == 4
    sums = {line[66:]: line[:64] for line in (derived_run / "SHA256SUMS").read_text().splitlines()}
    assert {one["name"]: one["digest"]["sha256"] for one in statement["subject"]} == {
        name: digest for name, digest in sums.items() if re.match("journal|attachments", name)}


def test_a_directory_without_a_journal_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=r"holds no journal.ndjson"):
        derived_files(tmp_path)
    assert main(["render", str(tmp_path)]) == 2
    assert "name the directory of one run" in capsys.readouterr().err
