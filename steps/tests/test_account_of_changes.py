"""A real drill with a document whose remedy heals and harms: each harm is found with its line.

That the same drill finds nothing in the document as it is, is in test_drill, with the game day.
"""

import subprocess
from pathlib import Path

from reports.journal.events import ChangesListed, DrillFinished, Missed, StateTaken
from reports.journal.journal import journal_files, read_journal
from reports.journal.kinds import Kind
from steps.tests.test_drill import command, sabotaged, verified

ROOT = Path(__file__).resolve().parents[2]
RESTART = "# Option 1: Restart service\nsudo systemctl restart epic-geodashboard"
HARMS = {
    "sudo systemctl disable --now certbot.timer": {"unit certbot.timer is disabled", "unit certbot.timer is stopped"},
    "docker rm -f $(docker ps -q --filter label=com.docker.compose.service=blackbox-exporter)": {
        "container blackbox-exporter is gone", "nothing listens on tcp 127.0.0.1:9115 any more"},
    'sudo find /var/log/letsencrypt -name "*.log" -delete': {"files younger than a day deleted in /var/log/letsencrypt"},
    "sudo chown ubuntu /opt/epic-geodashboard/backend/store.py": {
        "files in /opt/epic-geodashboard/backend have another owner"},
    "sudo useradd helpdesk": {"user helpdesk is new"},
}


def drilled(tmp_path: Path, *lines: str) -> tuple[list[ChangesListed], list[Missed], str, str]:
    """Run a drill with these lines behind the restart: its accounts, its missed changes, its verdict and the edition."""
    option = sabotaged(tmp_path, RESTART, "\n".join((RESTART, *lines)))
    done = subprocess.run(command(tmp_path / "out", option), cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    entries = [entry.what for file in journal_files(tmp_path / "out" / "latest") for entry in read_journal(file)]
    verdicts = [entry.verdict for entry in entries if isinstance(entry, DrillFinished)]
    assert len(verdicts) == 1, done.stdout + done.stderr
    assert "judged again" in verified(tmp_path / "out")
    moments = [entry.moment for entry in entries if isinstance(entry, StateTaken)]
    assert moments[:3] == ["healthy", "healthy", "after the fault"]
    assert moments[-1] == "end"
    return ([entry for entry in entries if isinstance(entry, ChangesListed)],
            [entry for entry in entries if isinstance(entry, Missed) and entry.kind == Kind.CHANGE], verdicts[0], option)


def test_each_harm_of_a_remedy_is_a_miss_with_its_line_and_none_is_left_out(tmp_path):
    [account], missed, verdict, option = drilled(tmp_path, *HARMS)
    edition = Path(option.partition("=")[2].partition("=")[2])
    lines = edition.read_text(encoding="utf-8").splitlines()
    expected = {what: lines.index(line) + 1 for line, found in HARMS.items() for what in found}
    assert verdict == "FAILED"
    assert account.judged
    assert {change.what: change.line for change in account.changes} == expected
    assert {miss.subject: miss.place.line if miss.place else None for miss in missed} == expected
