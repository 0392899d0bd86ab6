"""An operator who obeys made-up sections, on a real host: where each of them leads, and what the verification says of it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.journal.events import CommandSkipped, Entry
from reports.journal.journal import read_journal
from reports.journal.kinds import Kind
from reports.run.build import build_run

FOURTH = Path(__file__).parent / "fourth"
DRILLS_LIMIT_S = 400.0  # some 80 s on an idle machine, once the image is built
FRONT = (FOURTH / "features/guestbook/RUNBOOK.md").read_text(encoding="utf-8").split("+++")[1]
RETRIES = " --retry 5 --retry-delay 1 --retry-all-errors"
ASK = f"curl -fsS --max-time 2{RETRIES} http://localhost:8080/health"
SECTIONS = {
    "right": f"""
# Option 1: Restart the service
sudo systemctl restart guestbook
# Verify it answers
{ASK}

# Option 2: Take it out of service
sudo systemctl disable --now guestbook
""",
    "goes on": f"""
# Step 1: Restart the service
sudo systemctl restart guestbook

# Step 2: Verify it answers
{ASK}

# Step 3: If still down, reboot
sudo reboot

# Step 4: Empty the old log
sudo systemctl stop guestbook
sudo rm -f /var/log/guestbook.log
sudo systemctl start guestbook
""",
    "ends down": """
# Step 1: Restart the service
sudo systemctl restart guestbook

# Step 2: Stop what is left of it
sudo systemctl stop guestbook
""",
    "believes": """
# Step 1: If down, restart the service
sudo systemctl restart guestbook
""",
}
DOCUMENT = "".join(f"""
## The section that {name}

**Time to Resolution**: 2-5 minutes

**Diagnosis**

```bash
# {"Check the service" if name == "believes" else "Ask the service"}
{"systemctl is-active guestbook" if name == "believes" else ASK.replace(RETRIES, "")}
```

**Resolution**

```bash
{commands.strip()}
```
""" for name, commands in SECTIONS.items())
FEATURE = """
Feature: An operator who obeys

  Scenario Outline: The section that <name>
    Given the "guestbook" replica of production
    And the runbook procedure "The section that <name>"
    And the outage is measured on "guestbook"
    And clients keep writing entries
    And a steady service
    When the fault "the service hangs" strikes
    Then the outage persists for 3 seconds while nobody acts
    When the operator obeys the whole procedure
    Then the service is up at the end, and no further step took it away again
    And the incident is resolved within 5 minutes, as "Time to Resolution" promises
    And no acknowledged write is lost

    Examples:
      | name |
"""


@pytest.fixture
def obedient(project):
    """The project with the Guestbook, and with these sections in the place of its own."""
    shutil.copytree(FOURTH, project, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    folder = project / "features" / "guestbook"
    for file in folder.glob("*"):
        file.unlink()

    def write(document=DOCUMENT, names=tuple(SECTIONS)):
        (folder / "RUNBOOK.md").write_text(f"+++{FRONT}+++\n# Guestbook\n{document}")
        (folder / "obedient.feature").write_text(FEATURE + "".join(f"      | {name} |\n" for name in names))
        return project

    return write


def run(project, *options):
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "features/guestbook", *options], cwd=project,
                          capture_output=True, text=True, timeout=DRILLS_LIMIT_S, check=False)


def test_each_section_leads_where_it_leads(obedient, tmp_path):
    project = obedient()
    done = run(project, "-n2", "--drill-patience=10", f"--drill-output={tmp_path / 'out'}")
    assert done.returncode == 1, done.stdout + done.stderr
    latest = tmp_path / "out" / "latest"
    drills = {drill.started.scenario.removeprefix("The section that "): drill for drill in build_run(latest).drills}
    assert {name: drill.verdict for name, drill in drills.items()} == {
        "right": "PASSED", "goes on": "FAILED", "ends down": "FAILED", "believes": "FAILED"}
    missed = {name: {objective.subject for objective in drill.objectives
                     if objective.kind is Kind.OBEDIENT and not objective.met} for name, drill in drills.items()}
    stop = "sudo systemctl stop guestbook"
    assert missed == {"right": set(), "goes on": {stop}, "ends down": {"guestbook", stop}, "believes": {"guestbook"}}
    named = f"line {line_of(stop)}: `{stop}`, typed while the service was back, leaves it up: not true"
    assert named in " ".join(done.stdout.split())

    skipped = {(drill, what.documented): what.reason for drill, what in skips(latest)}
    assert skipped == {
        ("right", "sudo systemctl disable --now guestbook"):
            "Option 1 is an alternative, and its verification said that all is well",
        ("goes on", "sudo reboot"): "'If still down': the last check said that all is well",
        ("believes", "sudo systemctl restart guestbook"): "'If down': the last check said that all is well",
    }
    verified = subprocess.run([sys.executable, "-m", "reports.verify", str(latest)], cwd=project, capture_output=True, text=True,
                              timeout=60, check=False)
    assert verified.returncode == 0, verified.stdout


def line_of(text):
    """The line of the section that goes on; the front matter takes the lines before it."""
    lines = f"+++{FRONT}+++\n# Guestbook\n{DOCUMENT}".splitlines()
    return lines.index(text) + 1


def skips(latest):
    for journal in sorted(latest.glob("journal*.ndjson")):
        for entry in read_journal(journal):
            if isinstance(entry, Entry) and isinstance(entry.what, CommandSkipped):
                yield entry.drill.rpartition("The section that ")[2], entry.what


def test_the_plan_shows_conditions_and_refuses_to_guess(obedient):
    planned = run(obedient(), "--drill-plan", "-n0")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "[If still down: where the last check says broken]" in planned.stdout
    refused = run(obedient(DOCUMENT.replace("If still down", "If it looks purple")), "--drill-plan", "-n0")
    assert refused.returncode == 4
    asked = r"line \d+: 'If it looks purple'; in the front matter: conditions = \[\{ heading = \"The section that goes on\""
    assert re.search(asked, refused.stdout + refused.stderr)


def test_the_front_matter_states_what_a_condition_means(obedient):
    document = DOCUMENT.replace("If still down", "If it looks purple")
    project = obedient(document)
    runbook = project / "features" / "guestbook" / "RUNBOOK.md"
    stated = ('conditions = [{ heading = "The section that goes on", text = "If it looks purple", holds = "never" }]\n'
              "+++\n# Guestbook")
    runbook.write_text(runbook.read_text().replace("+++\n# Guestbook", stated))
    planned = run(project, "--drill-plan", "-n0")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "[If it looks purple: never]" in planned.stdout
