"""A change brings exactly its drills into a run with a budget: in a copy of the project, planned by pytest as a run plans it."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from reports.journal.choices import Candidate
from reports.judging.choosing import Record, choose
from reports.judging.findings import read_findings

ROOT = Path(__file__).resolve().parents[2]
FEATURES = ("features/geodashboard/backend_down.feature", "features/geodashboard/nginx_config.feature",
            "features/fraiseql/triage.feature")
PRINTED = '''

def pytest_collection_finish(session):
    import msgspec
    from reports.plugin.budget import CANDIDATE
    from reports.plugin.compat import scenario_of
    for item in session.items:
        print("PLANNED", msgspec.json.encode([item.stash[CANDIDATE], [step.name for step in scenario_of(item).steps]]).decode())
'''
DAY = "2026-03-31T00:00:00.000000Z"
DOCUMENT, FINDINGS = "features/geodashboard/RUNBOOK.md", "features/geodashboard/findings.toml"
DOWN = "Scenario 1: Backend Service Down"
HUNG = "features/geodashboard/backend_down.feature::Hung workers, Option 1"


@dataclass(frozen=True)
class Planned:
    """A drill as a candidate, with the text of its steps."""

    candidate: Candidate
    steps: str

    @property
    def scenario(self) -> str:
        return self.candidate.drill.partition("::")[2]

    @property
    def kinds(self) -> set[str]:
        """The kinds of the faults that strike, as the system's table states them."""
        table = tomllib.loads((ROOT / "environments" / "systems" / self.candidate.system / "system.toml").read_text("utf-8"))
        return {table["faults"][name]["kind"] for name in re.findall(r'the fault "(.*?)" strikes', self.steps)}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose collection prints its candidates."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, copy / name)
    for name in ("steps", "environments", "reports", "features"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "tests", "out"))
    with (copy / "conftest.py").open("a", encoding="utf-8") as file:
        file.write(PRINTED)
    return copy


@pytest.fixture(scope="module")
def before(project: Path) -> dict[str, Planned]:
    return planned(project)


def planned(project: Path) -> dict[str, Planned]:
    """Plan the drills of the features, by their ids."""
    done = subprocess.run([sys.executable, "-B", "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "--collect-only",
                           *FEATURES],
                          cwd=project, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.partition(" ")[2] for line in done.stdout.splitlines() if line.startswith("PLANNED ")]
    read = [msgspec.json.decode(line, type=tuple[Candidate, tuple[str, ...]]) for line in lines]
    return {candidate.drill: Planned(candidate, "\n".join(steps)) for candidate, steps in read}


def brought_in(before: Mapping[str, Planned], after: Mapping[str, Planned]) -> dict[str, tuple[str, ...]]:
    """Choose with a history in which every drill passed as it was before; return the drills that are due, with what changed."""
    past = {name: Record(("PASSED",), (30.0,), DAY, one.candidate.inputs) for name, one in before.items()}
    choices = choose([one.candidate for one in after.values()], past, budget_s=36000, workers=1, seed="s", today=DAY)
    assert all(choice.due in {(), ("inputs changed",)} for choice in choices)
    return {choice.candidate.drill: choice.changed for choice in choices if choice.due}


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def title_of(finding_id: str) -> str:
    return next(one.title for one in read_findings(ROOT / FINDINGS, "geodashboard") if one.finding_id == finding_id)


def shows(planned_drill: Planned, finding_id: str) -> bool:
    """Whether findings.toml names the scenario for the finding, or a step names the finding."""
    (finding,) = [one for one in read_findings(ROOT / FINDINGS, "geodashboard") if one.finding_id == finding_id]
    return planned_drill.candidate.system == "geodashboard" and (
        planned_drill.scenario in (*finding.drills, *finding.proven_by) or f'"{finding_id}"' in planned_drill.steps)


@pytest.mark.parametrize(("file", "edit", "kind", "concerns"), [
    (DOCUMENT, lambda text: replaced(text, f"### {DOWN}\n", f"### {DOWN}\n\nA sentence more.\n"), "procedure",
     lambda one: one.candidate.system == "geodashboard" and f'"{DOWN}"' in one.steps),
    ("environments/faults/frozen.py", lambda text: f"{text}\n# changed\n", "fault", lambda one: "frozen" in one.kinds),
    (FEATURES[0], lambda text: replaced(text, "    And the outage persists for 3 ", "\n    And the outage persists for 4 "),
     "scenario",
     lambda one: one.candidate.drill == HUNG),
    (FINDINGS, lambda text: replaced(text, title_of("GEO-03"), "put otherwise"), "findings", lambda one: shows(one, "GEO-03")),
    ("environments/systems/geodashboard/production/Dockerfile", lambda text: f"{text}# changed\n", "images",
     lambda one: one.candidate.system == "geodashboard"),
], ids=["document", "fault", "step", "finding", "image"])
def test_a_change_brings_exactly_its_drills_in(
        project: Path, before: dict[str, Planned], file: str, edit: Callable[[str], str], kind: str,
        concerns: Callable[[Planned], bool]) -> None:
    assert all(all(one.candidate.inputs) for one in before.values()), "every input has its digest"
    text = (project / file).read_text(encoding="utf-8")
    try:
        (project / file).write_text(edit(text), encoding="utf-8")
        found = brought_in(before, planned(project))
    finally:
        (project / file).write_text(text, encoding="utf-8")
    expected = {name for name, one in before.items() if concerns(one)}
    assert expected
    assert expected < before.keys()
    assert found == dict.fromkeys(expected, (kind,))
