"""The plan of a run as a file: written by pytest, signed, and held against what is about to run. Nothing is started."""

import json
import re
import subprocess

import pytest

from reports.evidence.plan import sign_plan
from steps.tests.test_collecting import GOOD, collect, project

__all__ = ["project"]


@pytest.fixture
def key(tmp_path):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "key.pem"], check=True)
    return tmp_path / "key.pem"


def test_only_what_was_signed_may_run(project, key):
    (project / "exercise.toml").write_text('id = "EX-1"\nlead = "A. Lead"\n')
    plan = project / "plan.json"
    written = collect(project, GOOD, "--drill-plan", f"--drill-plan-to={plan}", "--drill-purpose=audit", "-n", "2")
    assert written.returncode == 0, written.stdout
    content = json.loads(plan.read_bytes())
    assert content["exercise"]["purpose"] == "audit"
    assert content["exercise"]["lead"] == "A. Lead"
    assert [drill["drill"] for drill in content["drills"]] == ["features/geodashboard/case.feature::one"]
    assert "backend workers hang" in content["drills"][0]["text"]
    assert re.fullmatch("[0-9a-f]{64}", content["documents"][0]["sha256"])
    signed = f"--drill-signed-plan={sign_plan(plan, key)}"
    assert collect(project, GOOD, "--drill-plan", signed, "--drill-purpose=audit").returncode == 0
    stranger = project / "stranger.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", project / "stranger.pem"], check=True)
    subprocess.run(["openssl", "pkey", "-in", project / "stranger.pem", "-pubout", "-out", stranger], check=True)
    unsigned = collect(project, GOOD, "--drill-plan", signed, "--drill-purpose=audit", f"--drill-plan-key={stranger}")
    assert unsigned.returncode == 4
    assert "was not made with stranger.pub" in unsigned.stderr
    other = collect(project, GOOD, "--drill-plan", signed)
    assert other.returncode == 4
    assert "the signed plan states another exercise record: purpose" in other.stderr
    two = GOOD + '\n  Scenario: two\n    When the fault "backend workers hang" strikes\n'
    more = collect(project, two, "--drill-plan", signed, "--drill-purpose=audit", "-n", "2")
    assert more.returncode != 0
    assert "the signed plan does not hold the drill 'features/geodashboard/case.feature::two'" in more.stdout + more.stderr


def test_a_machine_drills_its_part_of_all_that_was_signed(project, key):
    two = GOOD + '\n  Scenario: two\n    When the fault "backend workers hang" strikes\n'
    plan = project / "plan.json"
    assert collect(project, two, "--drill-plan", f"--drill-plan-to={plan}").returncode == 0
    signed = f"--drill-signed-plan={sign_plan(plan, key)}"
    part = collect(project, two, "--drill-plan", signed, "--drill-shard=1/2")
    assert part.returncode == 0, part.stdout + part.stderr
    assert "machine 1 of 2: 1 of 2 drills" in part.stdout
    fewer = collect(project, two, "--drill-plan", signed, "--drill-shard=1/2", "-k", "one")
    assert fewer.returncode == 4
    assert "1 of the 2 drills of the signed plan are not selected" in fewer.stderr


@pytest.mark.parametrize(("option", "message"), [
    ("--drill-exercise=none.toml", "none.toml: no such file"),
    ("--drill-exercise-set=leed=A", "unknown field 'leed'"),
    ("--drill-signed-plan=pyproject.toml", "pyproject.toml is not an envelope"),
    ("--drill-plan-to=plan.json", "add --drill-plan"),
    ("--drill-plan-key=pyproject.toml", "name it with --drill-signed-plan"),
    ("--drill-purpose=audit --drill-budget=20m", "an audit drills everything that it selects: leave out --drill-budget"),
])
def test_an_option_that_cannot_be_followed_is_a_usage_error(project, option, message):
    done = collect(project, GOOD, *option.split())
    assert done.returncode == 4
    assert message in done.stderr
