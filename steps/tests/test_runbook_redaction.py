"""The documents' commands reach the journal as they stand, but for the passwords that two of them hold."""

from pathlib import Path

import pytest

from reports.journal.journal import Redactor
from steps.runbook.document import read_runbook

FEATURES = Path(__file__).resolve().parents[2] / "features"
EXCEPTIONS = {
    ("almashooq", "mongo admin --eval \"db.changeUserPassword('admin', 'newpassword')\""):
        "mongo admin --eval \"db.changeUserPassword('admin', '[redacted]')\"",
    ("almashooq", 'redis-cli CONFIG SET requirepass "newpassword"'): 'redis-cli CONFIG SET requirepass "[redacted]"',
}


@pytest.mark.parametrize("system", ["almashooq", "fraiseql", "geodashboard"])
def test_documented_commands_are_recorded_unchanged(system):
    commands = [command.text for command in read_runbook(FEATURES / system / "RUNBOOK.md").all_commands]
    redact = Redactor().redact
    changed = {(system, text): redact(text) for text in commands if redact(text) != text}
    assert changed == {key: text for key, text in EXCEPTIONS.items() if key[0] == system}
    assert len(commands) > 50


@pytest.mark.parametrize("file", sorted(FEATURES.glob("*/*.feature")) + sorted(FEATURES.glob("*/findings.toml")),
                         ids=lambda file: f"{file.parent.name}-{file.name}")
def test_features_and_findings_are_recorded_unchanged(file):
    text = file.read_text(encoding="utf-8")
    assert Redactor().redact(text) == text
