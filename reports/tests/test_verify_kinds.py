"""The verification judges every kind: a new one that it does not know does not type-check."""

import shutil
import subprocess
import sys
from pathlib import Path

REPORTS = Path(__file__).resolve().parents[1]


def type_checked(project: Path) -> tuple[int, str]:
    options = ["--strict", "--config-file=", f"--cache-dir={project / 'cache'}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "reports/verify/rejudge.py"],
        cwd=project, capture_output=True, text=True, timeout=300, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_kind_without_a_rejudging_rule_does_not_type_check(tmp_path: Path) -> None:
    shutil.copytree(REPORTS, tmp_path / "reports", ignore=shutil.ignore_patterns("tests", "out", "__pycache__"))
    status, output = type_checked(tmp_path)
    assert status == 0, output
    kinds = tmp_path / "reports" / "journal" / "kinds.py"
    text = kinds.read_text()
    assert text.count('    NORMAL = "return to normal"') == 1
    kinds.write_text(text.replace('    NORMAL = "return to normal"', '    BEAUTY = "beauty"\n    NORMAL = "return to normal"'))
    status, output = type_checked(tmp_path)
    assert status == 1
    unhandled = [line for line in output.splitlines() if "assert_never" in line and "BEAUTY" in line]
    assert len(unhandled) == 2, "as an objective and as a miss: " + output
