"""Statements of procedures: how they are read, and that each one of a drilled procedure is looked at or waived."""

import os
import re
from pathlib import Path

import pytest

from environments import systems
from steps.runbook.document import read_runbook
from steps.runbook.statements import statements_of

FEATURES = Path(__file__).parents[2] / "features"
ORIGINALS = os.environ.get("RUNPROOF_ORIGINALS", "")
SYSTEMS = ("almashooq", "fraiseql", "geodashboard")
_PROCEDURE = re.compile(r'the runbook procedure "(?P<heading>[^"]+)"')
_LOOK = re.compile(r'the symptom "(?P<symptom>.+?)" appears|"(?P<outcome>.+?)" holds, as')
_CELL = re.compile(r"\|\s*([^|]+?)\s*(?=\|)")


def document(tmp_path, body):
    path = tmp_path / "RUNBOOK.md"
    about = 'system = "shop"\ntitle = "Shop"\nsource = "s"\nsource_version = "1"'
    path.write_text(f'+++\n{about}\nsource_sha256 = "{"0" * 64}"\n+++\n{body}')
    return read_runbook(path)


def looked_at(system):
    """Map each procedure of the features to the statements that its scenarios look at; an outline's values are all its cells."""
    found: dict[str, set[str]] = {}
    for feature in sorted((FEATURES / system).glob("*.feature")):
        headings: list[str] = []
        for line in feature.read_text(encoding="utf-8").splitlines():
            if procedure := _PROCEDURE.search(line):
                headings = [procedure["heading"]]
                found.setdefault(headings[0], set())
            elif look := _LOOK.search(line):
                found[headings[0]] |= set((look["symptom"] or look["outcome"]).split(", "))
            elif line.strip().startswith("|") and headings:
                found[headings[0]] |= {part for cell in _CELL.findall(line) for part in cell.split(", ")}
    return found


def test_symptoms_outcomes_and_check_lists_are_statements(tmp_path):
    runbook = document(tmp_path, """## Down

**Symptoms**: no answer, 502 errors
**Expected Outcome**: service running
**Time to Resolution**: 5 minutes
**Prevention**: restart it every day, at night

```bash
systemctl restart web
```

### Post-Recovery

```
□ all services run
- [ ] the report is written
```
""")
    assert [(statement.text, statement.kind, statement.line) for statement in statements_of(runbook.section("Down"))] == [
        ("no answer", "symptom", 10), ("502 errors", "symptom", 10), ("service running", "expected outcome", 11),
        ("restart it every day, at night", "claim", 13), ("all services run", "check list", 19),
        ("the report is written", "check list", 19)]


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_statement_of_a_drilled_procedure_is_looked_at_or_waived(system):
    runbook, looked = read_runbook(FEATURES / system / "RUNBOOK.md"), looked_at(system)
    waived = systems.replica(system, "plan", data_on="", variant="").statements_waived
    made = {(heading, statement.text) for heading in looked for statement in statements_of(runbook.section(heading))}
    assert {(heading, text) for heading, text in made if text not in looked[heading]} == set(waived)


@pytest.mark.skipif(not ORIGINALS, reason="NOT RUN: RUNPROOF_ORIGINALS names no folder with the sources (not ours to copy)")
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_original_makes_the_same_statements(system):
    copy = FEATURES / system / "RUNBOOK.md"
    original = read_runbook(Path(ORIGINALS) / f"{system}.md", front_matter_from=copy)
    ours = read_runbook(copy)
    for heading in looked_at(system):
        assert [statement.text for statement in statements_of(original.section(heading))] == [
            statement.text for statement in statements_of(ours.section(heading))]
