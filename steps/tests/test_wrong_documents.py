"""Documents of the drilled systems in which one command is replaced by a plausible wrong one: its drill fails and names the line.

That a remedy which only looks (`status` instead of `restart`) fails its drill is in test_drill; a deletion without an age is a
harm in test_account_of_changes.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from reports.journal.events import Missed
from reports.journal.journal import journal_files, read_journal
from reports.journal.kinds import Kind
from reports.run.build import build_run
from steps.tests.test_drill import FEATURES, ROOT, verified

LIMIT_S = 600.0  # some 80 s on an idle machine


@dataclass(frozen=True)
class Wrong:
    """A replaced command, the drill that types it, and the miss that must show it."""

    system: str
    documented: str
    instead: str
    drill: str
    kind: Kind
    subject: str


WRONG = (
    Wrong("geodashboard", "# Option 1: Restart service\nsudo systemctl restart epic-geodashboard",
          "# Option 1: Restart service\nsudo systemctl restart geodashboard",  # another unit
          "backend_down.feature::test_hung_workers_the_corrected_diagnosis_tells_a_hung_backend_from_a_healthy_one",
          Kind.COMMAND, "sudo systemctl restart geodashboard"),
    Wrong("geodashboard", "# Check if process exists\nps aux | grep uvicorn",
          "# Check if it answers\ncurl -fsS http://localhost:8080/api/health",  # another port
          "checks.feature::test_what_the_checks_of_scenario_1_tell_fault[backend workers hang]",
          Kind.BLIND, "curl -fsS http://localhost:8080/api/health"),
    Wrong("fraiseql", "docker-compose exec -T db psql -U fraiseql fraiseql_prod < /opt",
          "docker-compose exec -T db psql -U fraiseql postgres < /opt",  # another database
          "recovery.feature::test_recovery_one_user_deleted_restore_over_existing_data",
          Kind.RECOVERY, ""),
)


def editions(folder: Path) -> dict[str, Path]:
    """Write the body of each document with its commands replaced."""
    written = {}
    for system in sorted({wrong.system for wrong in WRONG}):
        body = (FEATURES / system / "RUNBOOK.md").read_text(encoding="utf-8").split("+++", 2)[2]
        for wrong in WRONG:
            if wrong.system == system:
                assert body.count(wrong.documented) == 1, wrong.documented
                body = body.replace(wrong.documented, wrong.instead)
        written[system] = folder / f"{system}.md"
        written[system].write_text(body, encoding="utf-8")
    return written


def misses(out: Path, drill_id: str) -> list[Missed]:
    """Return everything that the drill missed."""
    entries = [entry for file in journal_files(out / "latest") for entry in read_journal(file)]
    return [entry.what for entry in entries if entry.drill == drill_id and isinstance(entry.what, Missed)]


def test_a_wrong_command_fails_its_drill_and_is_named_with_its_line(tmp_path):
    documents = editions(tmp_path)
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n2", "--drill-patience=3", f"--drill-output={out}",
         *(f"--drill-runbook={system}={path}" for system, path in documents.items()),
         *(f"features/{wrong.system}/{wrong.drill}" for wrong in WRONG)],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    drills = build_run(out / "latest").drills
    assert len(drills) == len(WRONG), done.stdout
    for wrong in WRONG:
        feature = f"features/{wrong.system}/{wrong.drill.partition('::')[0]}"
        [drill] = [drill for drill in drills if drill.started.feature_file == feature]
        assert drill.verdict == "FAILED", (wrong, drill.reasons)
        lines = documents[wrong.system].read_text(encoding="utf-8").splitlines()
        typed = wrong.instead.splitlines()[-1]
        line = next(number for number, text in enumerate(lines, 1) if typed in text)
        missed = [miss for miss in misses(out, drill.drill_id) if (miss.kind, miss.subject) == (wrong.kind, wrong.subject)]
        assert missed, (wrong, drill.reasons)
        assert f"line {line}" in missed[0].message
    again = [line for line in verified(out).splitlines() if line.startswith("ok   judged again")]
    assert [line.rpartition(": ")[2] for line in again] == ["FAILED"] * len(WRONG)
