"""The copies say what their sources say; no command was mended on the way."""

import hashlib
import os
from pathlib import Path

import pytest

from steps.runbook.document import Runbook, read_runbook

FEATURES = Path(__file__).parents[2] / "features"
ORIGINALS = os.environ.get("RUNPROOF_ORIGINALS", "")
SYSTEMS = ("almashooq", "fraiseql", "geodashboard")

# Taken from the sources, of these digests: how many commands they document, and the digest over all of them.
SOURCES = {
    "almashooq": ("24b090caa3598021ef95aeeea6f55bf2f4319e6d11b28130f58f0038a47da0ad", 213,
                  "ec7754d1c242b0346fb369c022ecf19bf5a20d3b3cf5688491f0d5ae71c9d436"),
    "fraiseql": ("b5581faf0809f7093d6c964afa853ec7ecf07194603c0296e3e65e3ac13312b3", 75,
                 "b53e570cf2399b5201ce788c4c2c2604b418f2da5f815c5779de03900583063b"),
    "geodashboard": ("886858a10471d9bb25181b5e9a08c6953f9e44e3bbf0cb0082e5f6f41e1dd84d", 175,
                     "5a3a00615a5f24abcf9955861cadabd83a7cde18c45bdc8e10d801198a83d6fc"),
}

# How each of those commands was read before the reader knew other people's documents: role, label, caption, by hand, quoted.
READINGS = {
    "almashooq": "ead4eaaa7abb0a2958fb22e0e91e3f45a1146271a2e9dcdd79b21e3339a35cc6",
    "fraiseql": "f2ac66a5292f583ed5900ea7e7ead27f2409b62d27bfb1b11a7b1f069f0b589b",
    "geodashboard": "710851e7a5a00ff77131607b84b24bfa609b437a14c2cb32cdd0a797063180b3",
}


def digest_of_readings(runbook: Runbook) -> str:
    """Changes with any command's role, label or caption."""
    said = "\0".join(
        f"{command.command_id}\0{command.role}\0{command.label}\0{command.caption}\0{command.manual}\0{command.quoted}"
        for command in runbook.all_commands
    )
    return hashlib.sha256(said.encode()).hexdigest()


def digest_of_commands(runbook: Runbook) -> str:
    """Changes with any byte of any command, with their order and with the heading that they stand below."""
    said = "\0".join(f"{command.command_id}\0{command.text}" for command in runbook.all_commands)
    return hashlib.sha256(said.encode()).hexdigest()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_copy_holds_the_sources_commands(system):
    runbook = read_runbook(FEATURES / system / "RUNBOOK.md")
    assert runbook.system == system
    assert digest_of_readings(runbook) == READINGS[system]
    assert (runbook.source_sha256, len(runbook.all_commands), digest_of_commands(runbook)) == SOURCES[system]


@pytest.mark.skipif(not ORIGINALS, reason="NOT RUN: RUNPROOF_ORIGINALS names no folder with the sources (not ours to copy)")
@pytest.mark.parametrize("system", SYSTEMS)
def test_the_original_says_the_same(system):
    copy = FEATURES / system / "RUNBOOK.md"
    ours = read_runbook(copy)
    original = read_runbook(Path(ORIGINALS) / f"{system}.md", front_matter_from=copy)
    assert original.sha256 == ours.source_sha256
    assert (original.sha256, len(original.all_commands), digest_of_commands(original)) == SOURCES[system]

    def told(document):
        return [(command.command_id, command.label, command.caption, command.role, command.text, command.manual,
                 command.block_sha256)
                for command in document.all_commands]

    assert told(original) == told(ours)
    for section in ours.sections:
        theirs = original.section(section.address)
        assert theirs.labels == () or [label.text for label in theirs.labels] == [
            label.text for label in section.labels]
        for promised in {"Symptoms", "Response Time"} & theirs.fields.keys():
            assert section.fields[promised].text == theirs.fields[promised].text
        if section.heading.startswith(("Scenario ", "Critical: ")):
            assert {name: field.text for name, field in section.fields.items()} == {
                name: field.text for name, field in theirs.fields.items()}
