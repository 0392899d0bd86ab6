"""A fourth system is drilled by adding files: nothing of the project is edited."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from reports.run.build import build_run

ROOT = Path(__file__).resolve().parents[2]
FOURTH = Path(__file__).parent / "fourth"
DRILLS_LIMIT_S = 300.0  # some 50 s on an idle machine, once the image is built


def digests(folder: Path) -> dict[Path, str]:
    """Of every file but caches and what runs and builds write."""
    made = folder / "reports" / "out"
    return {file.relative_to(folder): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts and made not in file.parents}


def test_a_new_system_is_drilled_without_editing_a_file(project, tmp_path):
    before = digests(project)
    added = digests(FOURTH).keys()
    assert not before.keys() & added
    shutil.copytree(FOURTH, project, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "features/guestbook", "--drill-arm=all", "-n2",
         "--drill-control-window=5", f"--drill-output={tmp_path / 'out'}"],
        cwd=project, capture_output=True, text=True, timeout=DRILLS_LIMIT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    run = build_run(tmp_path / "out" / "latest")
    assert {(drill.started.scenario, drill.arm, drill.verdict) for drill in run.drills} == {
        ("Hung, as documented", "remedy", "KNOWN DEFECT"), ("Hung, as documented", "no-remedy", "PASSED"),
        ("Hung, as documented", "no-fault", "PASSED"),
        ("Hung, with the corrected diagnosis", "remedy", "PASSED"), ("Hung, with the corrected diagnosis", "no-remedy", "PASSED"),
        ("Hung, with the corrected diagnosis", "no-fault", "PASSED"),
    }
    [known_defect] = [drill for drill in run.drills if drill.verdict == "KNOWN DEFECT"]
    unmet = {objective.name for objective in known_defect.objectives if not objective.met}
    assert unmet == {"unnoticed fault: the service hangs"}
    accounts = [account for drill in run.drills for account in drill.accounts]
    assert len(accounts) == 2
    assert all(account.acknowledged > 0 and account.lost == 0 for account in accounts)
    after = digests(project)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == added
