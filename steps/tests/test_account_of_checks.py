"""A made-up section with one defect of each kind of cell is found by mechanisms alone; the same section without defects is not.

The drills run on the fourth system's replica, in a copy of the project, with a document of their own.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from reports.journal.events import Missed
from reports.journal.journal import read_journal
from reports.run.build import build_run
from steps.tests.test_new_system import FOURTH

DRILL_LIMIT_S = 400.0

DOCUMENT = """\
+++
system = "guestbook"
title = "Guestbook — Operations Runbook"
source = "none: written for a test"
source_version = "1"
source_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
+++

# Guestbook — Operations Runbook

## The Guestbook does not answer

**Time to Resolution**: 2-5 minutes

**Diagnosis**

```bash
{diagnosis}
```

**Resolution**

```bash
{resolution}
```
"""
FLAWED = DOCUMENT.format(
    diagnosis="""\
# Check the service
systemctl is-active guestbook

# Check what visitors see
curl -s --max-time 2 http://localhost:8080/helth

# Check the version
guestbookctl status

# Check the log
tail -n 5 /var/log/guestbook/access.log

# Check the entries
cat /var/lib/private/guestbook/entries

# Watch the service
sudo journalctl -u guestbook -f

# Check the host
hostname""",
    resolution="""\
# Step 1: Clear the failure
sudo systemctl reset-failed guestbook
# Verify that it is up again
systemctl is-active guestbook
sleep 3

# Step 2: Restart the service
sudo systemctl restart guestbook
# Verify that nothing was stopped
sleep 4
sudo journalctl -u guestbook --no-pager | grep -c Stopped | grep -x 0""")
LOG = "sudo journalctl -u guestbook --no-pager | grep -c Stopped | grep -x 0"
SOUND = DOCUMENT.format(
    diagnosis="""\
# Check what visitors see
curl -fsS --max-time 2 http://localhost:8080/health

# Check that the entries can be read
sudo tail -n 1 /var/lib/private/guestbook/entries""",
    resolution="""\
# Step 1: Look at the service
sudo systemctl show guestbook --property=ActiveState

# Step 2: Restart the service
sudo systemctl restart guestbook
# Verify that visitors are answered
sleep 4
curl -fsS --max-time 2 http://localhost:8080/health""")
FEATURE = """\
@guestbook
Feature: What the checks tell

  Scenario: The section, as written
    Given the "guestbook" replica of production
    And the runbook procedure "The Guestbook does not answer"
    And the outage is measured on "guestbook"
    And a steady service
    And the documented checks are known while all is well
    When the fault "the service hangs" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator runs the documented diagnosis
    Then the documented checks tell the fault from health
    When the operator follows "Step 1"
    And the operator follows "Step 2"
    Then the incident is resolved within 5 minutes, as "Time to Resolution" promises
"""
ACTIVE = '"Check the service" = { well = "^active$", examples = { well = "active", broken = "inactive" } }'
WOLF = """\
"Check what visitors see" = { well = '"ok"', examples = { well = '{"status": "ok"}', broken = '{"status": "unknown path"}' } }
"hostname" = { waived = "the caption asks for the host, which no drill takes away" }
"""
WAIVED = """\
"Check that the entries can be read" = { waived = "the caption asks for the entries, which no drill takes away" }
"""
LOOKS_ELSEWHERE = """\
"Check that the entries can be read" = { looks_at = ["the entries are gone"], because = "the caption asks for the entries" }

[faults."the entries are gone"]
kind = "units stopped"
description = "the service is stopped for good"
units = ["guestbook.service"]
"""


def drilled(project: Path, out: Path, document: str, checks: str, *options: str) -> str:
    """Run the section in a copy of the project; return what pytest prints."""
    shutil.copytree(FOURTH, project, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    system = project / "features" / "guestbook"
    for file in (*system.glob("*.feature"), system / "findings.toml"):
        file.unlink()
    (system / "RUNBOOK.md").write_text(document, encoding="utf-8")
    (system / "checks.feature").write_text(FEATURE, encoding="utf-8")
    table = project / "environments" / "systems" / "guestbook" / "system.toml"
    text = table.read_text(encoding="utf-8")
    assert text.count(ACTIVE) == 1
    table.write_text(text.replace(ACTIVE, checks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "features/guestbook", f"--drill-output={out}", *options],
        cwd=project, capture_output=True, text=True, timeout=DRILL_LIMIT_S, check=False)
    return done.stdout + done.stderr


def missed_in(project: Path, out: Path, document: str, checks: str) -> tuple[str, dict[tuple[str, str], str]]:
    """Run the section; return its verdict, and the message of each miss by kind and subject."""
    printed = drilled(project, out, document, checks)
    [drill] = build_run(out / "latest").drills
    verified = subprocess.run([sys.executable, "-m", "reports.verify", str(out / "latest")], cwd=project, capture_output=True,
                              text=True, timeout=60, check=False)
    assert verified.returncode == 0, verified.stdout + printed
    return drill.verdict, {(str(miss.kind), miss.subject): miss.message for miss in missed_of(out / "latest")}


def missed_of(run_dir: Path) -> list[Missed]:
    return [entry.what for entry in read_journal(run_dir / "journal.ndjson") if isinstance(entry.what, Missed)]


def test_one_defect_of_each_kind_is_found_with_its_line_and_in_words(project, tmp_path):
    verdict, missed = missed_in(project, tmp_path / "out", FLAWED, WOLF)
    wolf = "curl -s --max-time 2 http://localhost:8080/helth"
    says = {
        ("blind check", "systemctl is-active guestbook"): ("line 19", "it answers as when all is well"),
        ("cries wolf", wolf): ("line 22", 'it reads as broken while all is well: `{"status": "unknown path"}`'),
        ("blind check", wolf): ("line 22", "it reads as broken when all is well, too"),
        ("command", "guestbookctl status"): ("line 25", "guestbookctl: command not found"),
        ("unusable check", "tail -n 5 /var/log/guestbook/access.log"): ("line 28", "needs a file that is not there"),
        ("unusable check", "cat /var/lib/private/guestbook/entries"): ("line 31", "needs rights that the operator has not"),
        ("unusable check", "sudo journalctl -u guestbook -f"): ("line 34", "goes on until Ctrl-C is pressed"),
        ("unnoticed fault", "the service hangs"): ("a check tells 'the service hangs' from health", "0 of 7 checks do"),
        ("false success", "systemctl is-active guestbook"): ("line 46", "it says well while users are not served: `active`"),
        ("false alarm", LOG): ("line 53", "it says broken while users are served: it prints nothing, exit status 1"),
        ("command", LOG): ("line 53", "exit status 1"),
    }
    assert verdict == "FAILED"
    assert missed.keys() == says.keys()
    for name, words in says.items():
        assert all(word in missed[name] for word in words), (name, missed[name])


def test_the_same_section_without_defects_gives_nothing(project, tmp_path):
    assert missed_in(project, tmp_path / "out", SOUND, WAIVED) == ("PASSED", {})


def test_a_check_that_looks_at_no_drilled_fault_is_refused(project, tmp_path):
    printed = drilled(project, tmp_path / "out", SOUND, LOOKS_ELSEWHERE, "--drill-plan")
    assert "environments/systems/guestbook/system.toml:41: checks.'Check that the entries can be read': " in printed
    assert "looks at 'the entries are gone', and the checks of 'The Guestbook does not answer' are judged under " in printed
    assert "features/guestbook/RUNBOOK.md:22" in printed
