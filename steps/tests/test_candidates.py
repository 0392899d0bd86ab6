"""What a drill's verdict depends on: a changed fault module, document line, image or table entry concerns exactly its drills."""

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from environments import systems
from environments.systems import inputs
from environments.systems.loader import load
from environments.systems.tabular import TabularReplica
from reports.journal.events import ActionItem
from reports.judging.findings import read_findings
from steps.drill import candidates
from steps.drill.documents import Documents
from steps.drill.touched import Lines, Touched, parse_diff

ROOT = Path(__file__).resolve().parents[2]
DIFF = """\
diff --git a/features/s/RUNBOOK.md b/features/s/RUNBOOK.md
--- a/features/s/RUNBOOK.md
+++ b/features/s/RUNBOOK.md
@@ -10 +10,2 @@ ## One
-old
+new
+more
@@ -30,4 +31,0 @@ ## Two
-gone
diff --git a/old.py b/old.py
--- a/old.py
+++ /dev/null
@@ -1,3 +0,0 @@
"""


@pytest.fixture
def replica() -> TabularReplica:
    found = systems.replica("geodashboard", "plan")
    assert isinstance(found, TabularReplica)
    return found


def copied(tmp_path: Path) -> Path:
    """A copy of a system's folder that may be changed."""
    return Path(shutil.copytree(ROOT / "environments" / "systems" / "geodashboard", tmp_path / "geodashboard"))


def loaded(folder: Path) -> TabularReplica:
    found = load(folder).make("plan", "", "")
    assert isinstance(found, TabularReplica)
    return found


def replaced(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_changed_fault_module_concerns_the_faults_of_its_kind(replica: TabularReplica) -> None:
    modules = {name: {file.name for file in inputs.fault_files(replica, [name])} for name in replica.table.faults}
    for name, written in replica.table.faults.items():
        if written["kind"] != "combined":
            assert any(f'tag="{written["kind"]}"' in file.read_text() for file in inputs.fault_files(replica, [name])), name
    stopped = {name for name, files in modules.items() if "units_stopped.py" in files}
    assert stopped
    assert stopped < modules.keys()


def test_a_combined_fault_has_the_modules_and_entries_of_its_parts(replica: TabularReplica) -> None:
    combined = {name: written["faults"] for name, written in replica.table.faults.items() if written["kind"] == "combined"}
    for name, parts in combined.items():
        assert set(inputs.fault_files(replica, parts)) < set(inputs.fault_files(replica, [name]))
        assert set(parts) < set(inputs.fault_names(replica, [name]))
    assert combined


def test_a_helper_that_faults_share_concerns_those_that_import_it() -> None:
    found = systems.replica("fraiseql", "plan")
    assert isinstance(found, TabularReplica)
    with_helper = {name for name in found.table.faults
                   if any(file.name == "containers.py" for file in inputs.fault_files(found, [name]))}
    assert with_helper
    assert with_helper < found.table.faults.keys()


def test_a_changed_entry_of_a_fault_concerns_its_drills_alone(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    before = loaded(folder)
    one, *others = before.table.faults
    replaced(folder / "system.toml", str(before.table.faults[one]["description"]), "described otherwise")
    after = loaded(folder)
    assert inputs.fault_digest(before, [one]) != inputs.fault_digest(after, [one])
    combined = {name for name in others if one in inputs.fault_names(before, [name])}
    assert {name for name in others if inputs.fault_digest(before, [name]) != inputs.fault_digest(after, [name])} == combined
    assert inputs.table_digest(before) == inputs.table_digest(after)


def test_the_rest_of_the_table_concerns_all_and_the_intervals_none(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    before = loaded(folder)
    table = folder / "system.toml"
    table.write_text(table.read_text(encoding="utf-8") + '\n[exercise]\nevery = "30 d"\n', encoding="utf-8")
    dated = loaded(folder)
    assert (before.every_d("any"), dated.every_d("any")) == (None, 30.0)
    assert inputs.table_digest(before) == inputs.table_digest(dated)
    replaced(table, before.table.title, "another system")
    assert inputs.table_digest(before) != inputs.table_digest(loaded(folder))


def test_a_changed_file_of_an_image_concerns_the_systems_that_have_it(tmp_path: Path, replica: TabularReplica) -> None:
    folder = copied(tmp_path)
    before = inputs.image_digest(loaded(folder))
    (folder / "production" / "Dockerfile").open("a").write("# changed\n")
    inputs._folder_digest.cache_clear()
    assert inputs.image_digest(loaded(folder)) != before
    base = ROOT / "environments" / "images" / "dockerfiles"
    assert {base / "host", base / "docker_host"} <= set(inputs.image_folders(replica))
    used = {system: set(inputs.image_folders(found)) for system in ("fraiseql", "almashooq")
            if isinstance(found := systems.replica(system, "plan"), TabularReplica)}
    assert base / "node" in used["almashooq"]
    assert base / "node" not in used["fraiseql"]


def test_code_of_a_system_or_a_fault_is_not_everybodys() -> None:
    files = {file.relative_to(ROOT).as_posix() for file in inputs.environment_files()}
    assert {"environments/hosts/host.py", "environments/faults/__init__.py", "environments/systems/tabular.py",
            "environments/probes/http.py"} <= files
    assert not {file for file in files if file.startswith("environments/faults/")} - {"environments/faults/__init__.py"}
    assert "environments/systems/almashooq/system.py" not in files
    judging = {file.relative_to(ROOT).as_posix() for file in candidates.report_files()}
    assert "reports/judging/rules.py" in judging
    assert not {file for file in judging if file.startswith(("reports/page", "reports/judging/choosing"))}


def test_a_changed_line_of_the_document_concerns_the_procedures_that_contain_it() -> None:
    documents = Documents(ROOT, [])
    runbook = documents.of("geodashboard")
    spans = {section.address: candidates._span(runbook, section) for section in runbook.sections}
    lines = documents.file_of("geodashboard").read_text(encoding="utf-8").split("\n")
    for section in runbook.sections:
        first, last = spans[section.address]
        assert section.heading.split()[0] in lines[first - 1]
        assert all(first <= command.line <= last for command in section.commands)
    top = [section for section in runbook.sections if section.level == 3]
    assert all(spans[one.address][1] < spans[next_one.address][0] for one, next_one in pairwise(top))


def test_who_sees_to_a_finding_by_when_brings_no_drill_in_and_that_it_is_fixed_does() -> None:
    finding = next(iter(read_findings(ROOT / "features" / "geodashboard" / "findings.toml", "geodashboard")))
    owned = replace(finding, action=ActionItem(owner="platform team", due="2027-01-31", opened="2026-11-01"))
    accepted = replace(finding, action=ActionItem(status="accepted", accepted_until="2027-01-31"))
    fixed = replace(finding, action=ActionItem(status="fixed", fixed_on="2026-11-20"))
    same = {candidates._judged_by(one) for one in (finding, owned, accepted)}
    assert len(same) == 1
    assert candidates._judged_by(fixed) not in same
    assert candidates._judged_by(replace(finding, drills=())) not in same


def test_a_diff_is_read_as_lines_of_the_files_as_they_are_now() -> None:
    root = Path("/p")
    document = root / "features/s/RUNBOOK.md"
    hunks = parse_diff(DIFF, root)
    assert hunks == {document: [(10, 11), (31, 32)], root / "old.py": [(0, 1)]}
    touched = Touched(hunks)
    assert touched.any([Lines(document, 5, 10)])
    assert touched.any([Lines(document, 32, 40)]), "what was deleted stood between lines 31 and 32"
    assert not touched.any([Lines(document, 12, 30)])
    assert touched.any([Lines(root / "old.py")])
    assert touched.any([Lines(root / "features")]), "a directory with all below it"
    assert not touched.any([Lines(root / "other.py"), Lines(root / "feat")])


def test_where_git_does_not_tell_nothing_was_touched(tmp_path: Path) -> None:
    assert not Touched.since_merge_base(tmp_path).any([Lines(tmp_path)])
